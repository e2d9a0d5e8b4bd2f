"""From messages to the model's prompt, through the chat template."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from playground.backends.local.model import LoadedModel, load
from playground.backends.local.prompt import build_prompt
from playground.backends.local.weights import Weights
from playground.errors import BadRequest, ContextTooLong, Unsupported
from playground.messages import Message, ToolCall, assistant, system, tool, user
from tests.backends.local.asking import picture
from tests.models import CONTEXT, SEEING, TINY

SMOL = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
# Knows tools, names and developers; raises for two messages of one role in a row.
STRICT = """{{ tools | tojson if tools }}{% set last = namespace(role='') %}{% for m in messages %}
{%- if m.role == last.role and m.role == 'user' %}{{ raise_exception('Roles must alternate') }}{% endif %}
{%- set last.role = m.role %}<{{ m.role }}{{ ' ' + m.name if m.name }}>{{ m.content | trim }}
{%- for call in m.tool_calls or [] %}<call>{{ call.function | tojson }}</call>{% endfor %}
{%- endfor %}{% if add_generation_prompt %}<assistant>{% endif %}{# developer #}"""
# Looks at the system message only when it is the first.
FORGETFUL = """{% if messages[0].role == 'system' %}[{{ messages[0].content }}]{% endif %}
{%- for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}"""
CALL = ToolCall.of("c1", "weather", '{"city": "Oslo"}')


@pytest.fixture(scope="module")
def tiny(weights: Weights) -> LoadedModel:
    return loaded(weights, TINY)


@pytest.fixture(scope="module")
def seeing(weights: Weights) -> LoadedModel:
    return loaded(weights, SEEING)


def loaded(weights: Weights, model_id: str) -> LoadedModel:
    folder = weights.folder(model_id, lambda progress: None)
    return load(model_id, folder, torch.device("cpu"))[0]


def templated(model: LoadedModel, template: str) -> LoadedModel:
    """The model with another chat template."""

    class Templated:
        chat_template = template

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return model.tokenizer(*args, **kwargs)

        def apply_chat_template(self, *args: Any, **kwargs: Any) -> Any:
            return model.tokenizer.apply_chat_template(*args, **kwargs, chat_template=template)

    return dataclasses.replace(model, tokenizer=Templated())


def prompt_of(model: LoadedModel, *messages: Message) -> str:
    return str(model.vocabulary._tokenizer.decode(build_prompt(messages, model).tokens))


def test_a_conversation_is_rendered_by_the_models_template(tiny: LoadedModel) -> None:
    assert prompt_of(tiny, user("Hi")) == f"{SMOL}<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert prompt_of(tiny, system("Be brief"), user("Hi"), assistant("Yes?"), user("Bye")) == (
        "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
    )


def test_content_in_parts_equals_the_same_text(tiny: LoadedModel) -> None:
    parts = Message.model_validate({"role": "user", "content": [{"type": "text", "text": "Hi"}]})
    assert prompt_of(tiny, parts) == prompt_of(tiny, user("Hi"))


def test_a_developer_is_the_system_to_a_template_that_knows_none(tiny: LoadedModel) -> None:
    developer = Message(role="developer", content="Be brief")
    assert prompt_of(tiny, developer, user("Hi")) == prompt_of(tiny, system("Be brief"), user("Hi"))
    assert prompt_of(templated(tiny, STRICT), developer, user("Hi")) == "<developer>Be brief<user>Hi<assistant>"


@pytest.mark.parametrize("start", ["Well", "Well, ", "Well\n\n", "<|im_end|> quoted"])
def test_a_last_assistant_message_is_continued_as_it_stands(tiny: LoadedModel, start: str) -> None:
    rendered = prompt_of(tiny, user("Hi"), assistant(start))
    assert rendered == f"{SMOL}<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n{start}"


def test_an_empty_last_assistant_message_starts_a_new_answer(tiny: LoadedModel) -> None:
    assert prompt_of(tiny, user("Hi"), assistant("")) == prompt_of(tiny, user("Hi"))


def test_tools_names_and_results_reach_a_template_that_knows_them(tiny: LoadedModel) -> None:
    calling = Message(role="assistant", content=None, tool_calls=(CALL,))
    named = Message(role="user", content="Hi", name="Ann")
    assert prompt_of(templated(tiny, STRICT), named, calling, tool("c1", "sunny")) == (
        '<user Ann>Hi<assistant><call>{"name": "weather", "arguments": {"city": "Oslo"}}</call><tool>sunny<assistant>'
    )


@pytest.mark.parametrize(
    ("template", "messages", "param"),
    [
        (None, (Message(role="user", content="Hi", name="Ann"),), "messages[0].name"),
        (FORGETFUL, (user("Hi"), system("Be brief"), user("Bye")), "messages[1].content"),
    ],
)
def test_what_the_template_would_leave_out_is_refused(
    tiny: LoadedModel, template: str | None, messages: tuple[Message, ...], param: str
) -> None:
    model = tiny if template is None else templated(tiny, template)
    with pytest.raises(BadRequest, match="no place for") as error:
        build_prompt(messages, model)
    assert error.value.param == param


@pytest.mark.parametrize(
    ("template", "messages", "words"),
    [
        (STRICT, (user("Hi"), user("Hello?")), "Roles must alternate"),
        (STRICT, (user("Hi"), Message(role="assistant", content="x", tool_calls=(CALL,))), "no results"),
        (
            STRICT,
            (
                user("Hi"),
                Message(role="assistant", content="x", tool_calls=(ToolCall.of("c", "f", "{broken"),)),
                tool("c", "y"),
            ),
            "not JSON",
        ),
        (None, (user("half a character: \ud83e"),), "surrogate"),
        (None, (Message(role="assistant", content="x", function_call={"name": "f"}), user("Hi")), "function_call"),
    ],
)
def test_a_conversation_that_cannot_be_a_prompt_is_refused(
    tiny: LoadedModel, template: str | None, messages: tuple[Message, ...], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        build_prompt(messages, tiny if template is None else templated(tiny, template))


def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers(tiny: LoadedModel) -> None:
    with pytest.raises(ContextTooLong, match=r"1,0\d\d tokens long.* 1,024") as error:
        build_prompt((user("x " * 1000),), tiny)
    assert error.value.code == "context_length_exceeded"
    assert CONTEXT == 1024


def test_a_text_model_refuses_images(tiny: LoadedModel) -> None:
    with pytest.raises(Unsupported, match="does not see images") as error:
        build_prompt((user("Look", picture("red")),), tiny)
    assert error.value.param == "messages[0].content[1]"


def test_images_become_the_models_image_tokens(seeing: LoadedModel) -> None:
    prompt = build_prompt((user("Look", picture("red")),), seeing)
    image = seeing.tokenizer.convert_tokens_to_ids("<image>")
    assert prompt.tokens.count(image) == 4
    assert set(prompt.inputs) >= {"input_ids", "pixel_values"}
    text = build_prompt((user("Look"),), seeing)
    assert set(text.inputs) == {"input_ids"}


def test_image_marks_typed_into_a_text_do_not_pass_for_images(seeing: LoadedModel) -> None:
    with pytest.raises(BadRequest, match="images"):
        build_prompt((user("Look <image>", picture("red")),), seeing)


def test_variables_reach_the_template(tiny: LoadedModel) -> None:
    model = templated(tiny, "{{ messages[0].content }} {{ reasoning_effort }} {{ depth + 1 }}")
    prompt = build_prompt((user("Hi"),), model, {"reasoning_effort": "low", "depth": 2})
    assert tiny.vocabulary._tokenizer.decode(prompt.tokens) == "Hi low 3"


@pytest.mark.parametrize(
    ("variables", "param"),
    [({"reasoning_effort": "low"}, "reasoning_effort"), ({"dep": 1}, "chat_template_kwargs.dep")],
)
def test_a_variable_that_the_template_does_not_know_is_refused(
    tiny: LoadedModel, variables: dict[str, Any], param: str
) -> None:
    model = templated(tiny, "{{ messages[0].content }} {{ depth }}")
    with pytest.raises(Unsupported) as refused:
        build_prompt((user("Hi"),), model, variables)
    assert refused.value.param == param


def test_a_template_may_open_the_thinking(tiny: LoadedModel) -> None:
    template = "{{ messages[0].content }}\nassistant\n{% if think is not defined or think %}<think>\n{% endif %}"
    model = templated(tiny, template)
    assert build_prompt((user("Hi"),), model).thinking
    assert not build_prompt((user("Hi"),), model, {"think": False}).thinking
