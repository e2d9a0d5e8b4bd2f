"""Tools on local models: what is read of a request, how families write calls, and what an answer may do."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.backends.local.calls import DEFAULT, CallReader, Said
from playground.backends.local.channels import CALLS, ChannelSplitter
from playground.backends.local.detokenize import Detokenizer
from playground.backends.local.model import LoadedModel
from playground.backends.local.prompt import build_prompt
from playground.backends.local.settings import read_settings
from playground.backends.local.tools import Tool, ToolUse
from playground.backends.local.weights import Weights
from playground.errors import BadRequest
from playground.events import Choice, ToolCallDelta, collect
from playground.messages import Message, ToolCall, tool, user
from tests.backends.local.asking import ask, events, run
from tests.backends.local.families import FORMS, gathered, of_family, tiny_model

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "unit": {"enum": ["C", "F"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
WEATHER = {"type": "function", "function": {"name": "weather", "description": "Says it.", "parameters": CITY}}
NOW = {"type": "function", "function": {"name": "now"}}
TOOLS = [WEATHER, NOW]
SCHEMAS: dict[str, dict[str, Any]] = {"weather": CITY, "now": {}}
CALLED = Message(
    role="assistant", content=None, tool_calls=(ToolCall.of("call_1", "weather", '{"city": "Oslo", "unit": "C"}'),)
)


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [WEATHER, WEATHER]}, "tools[1].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "a.b"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "größe"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "a", "params": {}}}]}, "tools[0].function.params"),
        ({"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "array"}}}]},
         "tools[0].function.parameters.type"),
        ({"tools": [{**NOW, "zzz": 1}]}, "tools[0].zzz"),
        ({"tools": [{"type": "function", "function": {"name": "a", "strict": "x"}}]}, "tools[0].function.strict"),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "now", "q": 1}}}, "tool_choice.function.q"),
    ],
)  # fmt: skip
def test_tools_that_cannot_be_are_refused_by_name(params: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as error:
        read_settings(ask("Hi", **params))
    assert error.value.param == param


@pytest.mark.parametrize("given", [{}, {"parameters": None}, {"parameters": {}}])
def test_a_tool_without_parameters_takes_none(given: dict[str, Any]) -> None:
    use = read_settings(ask("Hi", tools=[{"type": "function", "function": {"name": "now", **given}}])).tools
    assert use is not None
    assert json.loads(use.tools[0].parameters) == {"type": "object", "properties": {}, "additionalProperties": False}


# --- how families write it -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(weights: Weights) -> LoadedModel:
    return tiny_model(weights)


MARKS = ("<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "<|channel|>", "<|message|>", "<|tool_call>", "<tool_call|>",
         '<|"|>', "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>")  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_markup_is_learnt_from_the_template(weights: Weights, tiny: LoadedModel, name: str) -> None:
    assert of_family(weights, tiny, name).form == FORMS[name]


def test_a_template_without_tools_has_no_markup(tiny: LoadedModel) -> None:
    assert tiny.form is None


CITIES = {
    "GEMMA_WITHOUT_TOOLS": '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo", "unit": "C"}}\n</tool_call>',
    "QWEN_TAGGED": "<function=weather>\n<parameter=city>\nOslo\n</parameter>\n",
    "TAGGED_PAIRS": "<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n",
    "GEMMA": 'call:weather{city:<|"|>Oslo<|"|>,unit:<|"|>C<|"|>}',
}


@pytest.mark.parametrize("name", [*FORMS, "GEMMA_WITHOUT_TOOLS", None])
def test_tools_calls_and_results_reach_the_prompt(weights: Weights, tiny: LoadedModel, name: str | None) -> None:
    model = tiny if name is None else of_family(weights, tiny, name)
    tools = [Tool("weather", WEATHER, "", "")]
    prompt = build_prompt((user("Hot?"), CALLED, tool("call_1", "4 degrees")), model, tools=tools)
    text = model.tokenizer.decode(prompt.tokens)
    city = CITIES.get(name or "", '"city": "Oslo"')
    for part in ("maxLength", "Hot?", "weather", city, "4 degrees"):
        assert part in text, (part, text)


def test_results_of_a_model_without_a_place_for_tools_join_what_the_user_says_next(
    weights: Weights, tiny: LoadedModel
) -> None:
    model = of_family(weights, tiny, "GEMMA_WITHOUT_TOOLS")
    assert model.form is None
    twice = Message(
        role="assistant", content="So.", tool_calls=(ToolCall.of("a", "now", "{}"), ToolCall.of("b", "now", "{}"))
    )
    asked = (user("Hot?"), twice, tool("a", "noon"), tool("b", "night"), user("And?"))
    written = {
        True: "<start_of_turn>user\nYou can call functions.",
        False: "<start_of_turn>user\nHot?<end_of_turn>\n<start_of_turn>model\nSo.\n<tool_call>",
    }
    for tools, beginning in written.items():
        prompt = build_prompt(asked, model, tools=[Tool("now", NOW, "", "")] if tools else ())
        text = model.tokenizer.decode(prompt.tokens)
        assert text.startswith(beginning)
        assert text.endswith(
            "</tool_call><end_of_turn>\n<start_of_turn>user\n<tool_response>\nnoon\n</tool_response>\n<tool_response>\n"
            "night\n</tool_response>\nAnd?<end_of_turn>\n<start_of_turn>model\n"
        )


def test_two_messages_of_the_user_stay_two(weights: Weights, tiny: LoadedModel) -> None:
    with pytest.raises(BadRequest, match="alternate"):
        build_prompt((user("Hot?"), user("Well?")), of_family(weights, tiny, "GEMMA_WITHOUT_TOOLS"))


def test_a_call_without_its_result_is_not_answered(tiny: LoadedModel) -> None:
    with pytest.raises(BadRequest, match="has no results"):
        build_prompt((user("Hot?"), CALLED), tiny)


# --- reading calls -------------------------------------------------------------------------------

ONE = '{"city": "a}\\"{", "unit": "C"}'
SAID: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    ("HERMES", "Just text < tool_call", "Just text < tool_call", []),
    ("HERMES", "Well.\n \n  and", "Well.\n \n  and", []),
    ("HERMES", f'<tool_call>\n{{"name": "weather", "arguments": {ONE}}}\n</tool_call>', "", [("weather", ONE)]),
    ("HERMES", 'Hm.\n\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>', "Hm.", [("now", "{}")]),
    ("HERMES", f'<tool_call>\n{{"name": "now", "arguments": {{}}}}\n</tool_call>\n<tool_call>\n{{"name": "weather", '
     f'"arguments": {ONE}}}\n</tool_call>', "", [("now", "{}"), ("weather", ONE)]),
    ("LLAMA", f'{{"name": "weather", "parameters": {ONE}}}', "", [("weather", ONE)]),
    ("LLAMA", 'Say {"name": "now", "parameters": {}}', 'Say {"name": "now", "parameters": {}}', []),
    ("MISTRAL", f'[TOOL_CALLS] [{{"name": "now", "arguments": {{}}}}, {{"name": "weather", "arguments": {ONE}}}]', "",
     [("now", "{}"), ("weather", ONE)]),
    ("MISTRAL_NAMED", f"So: [TOOL_CALLS]weather[ARGS]{ONE}[TOOL_CALLS]now[ARGS]{{}}", "So:", [("weather", ONE), ("now", "{}")]),
    ("QWEN_TAGGED", "So.\n\n<tool_call>\n<function=weather>\n<parameter=city>\na}\"{\n</parameter>\n<parameter=unit>\nC\n"
     "</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=now>\n</function>\n</tool_call>", "So.",
     [("weather", ONE), ("now", "{}")]),
    ("TAGGED_PAIRS", "\n\n<tool_call>now\n</tool_call>\n<tool_call>now\n</tool_call>", "", [("now", "{}"), ("now", "{}")]),
    ("GEMMA", "So <|tool_call>call:weather{city:<|\"|>a}\"{<|\"|>,unit:<|\"|>C<|\"|>}<tool_call|><|tool_call>call:now{}<tool_call|>",
     "So", [("weather", ONE), ("now", "{}")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "text", "calls"), SAID)
def test_text_and_calls_are_told_apart_however_they_come(
    name: str, answer: str, text: str, calls: list[tuple[str, str]]
) -> None:
    for seed in range(40):
        reader, cut = CallReader(FORMS[name], str, schemas=SCHEMAS), random.Random(seed)
        rest, said = answer, []
        while rest:
            size = cut.randint(1, len(answer) if seed == 0 else 5)
            said.append(reader.feed(rest[:size]))
            rest = rest[size:]
        said.append(reader.flush())
        assert "".join(part.text for part in said) == text
        assert gathered([delta for part in said for delta in part.calls]) == calls
        assert reader.whole == bool(calls)


# --- what an answer may do -----------------------------------------------------------------------


def walked(model: LoadedModel, use: ToolUse, begun: str, seed: int) -> tuple[str, list[tuple[str, str]], bool]:
    """An answer that goes on from `begun` with tokens drawn from the allowed ones: text, calls, and if all are whole."""
    form = model.form or DEFAULT
    mask, text = model.grammars.mask_for_tools(use, form), Detokenizer(model.vocabulary, shown=form.markup)
    reader, draw = CallReader(form, str, schemas=SCHEMAS), random.Random(seed)
    splitter = ChannelSplitter() if form == CALLS else None
    wanted = model.tokenizer.encode(begun, add_special_tokens=False)
    said: list[Said] = []
    for _ in range(400):
        allowed = mask.allowed()
        if mask.complete or (not wanted and any(allowed[end] for end in model.ends)):
            break
        ids = allowed.nonzero().flatten()
        token = wanted.pop(0) if wanted else int(ids[draw.randrange(len(ids))])
        assert allowed[token], begun
        mask.take(token)
        piece = text.feed(token)
        said.append(reader.feed(piece if splitter is None else splitter.feed(piece).text))
    said.append(reader.flush())
    calls = gathered([delta for part in said for delta in part.calls])
    return "".join(part.text for part in said), calls, reader.whole


BEGUN = {
    "HERMES": "Hm. <tool_call>", "THINKING": "<tool_call>", "LLAMA": '{"name": "', "MISTRAL": "[TOOL_CALLS]",
    "MISTRAL_NAMED": "Now: [TOOL_CALLS]", "CHANNELS": " to=functions.", "QWEN_TAGGED": "Hm. <tool_call>",
    "TAGGED_PAIRS": "<tool_call>", "GEMMA": "Hm.<|tool_call>",
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("one_token", [False, True])
def test_from_where_a_call_begins_it_is_held_to_the_tools(
    weights: Weights, tiny: LoadedModel, name: str, one_token: bool
) -> None:
    model = of_family(weights, tiny, name, MARKS if one_token else ())
    auto = read_settings(ask("Hi", tools=TOOLS)).tools
    required = read_settings(ask("Hi", tools=TOOLS, tool_choice="required")).tools
    assert auto is not None
    assert required is not None
    for seed in range(3):
        for use, begun in ((auto, BEGUN[name]), (required, BEGUN[name] if name == "CHANNELS" else "")):
            text, calls, whole = walked(model, use, begun, seed)
            assert whole
            assert text == begun.partition("<")[0].partition("[")[0].rstrip() or name in ("LLAMA", "CHANNELS")
            for called, arguments in calls:
                assert called in ("weather", "now")
                Draft202012Validator(CITY if called == "weather" else {"maxProperties": 0}).validate(
                    json.loads(arguments)
                )


def wild(**params: Any) -> Any:
    given: dict[str, Any] = {"temperature": 2, "max_tokens": 200, "tools": TOOLS} | params
    return ask("What is the weather in Oslo?", model=CARRIED, **given)


def checked(choice: Choice) -> list[str]:
    """The names of the calls, their arguments found valid."""
    for call in choice.message.tool_calls or ():
        schema = CITY if call.function.name == "weather" else {"type": "object", "maxProperties": 0}
        Draft202012Validator(schema).validate(json.loads(call.function.arguments))
    return [call.function.name for call in choice.message.tool_calls or ()]


@pytest.mark.model
@pytest.mark.parametrize("parallel", [True, False])
async def test_required_means_valid_calls_and_nothing_else(real: LocalBackend, parallel: bool) -> None:
    asked = wild(tool_choice="required", n=6, seed=1, parallel_tool_calls=parallel)
    choices = (await run(real, asked)).choices
    for choice in choices:
        if choice.finish_reason == "length":
            continue
        names = checked(choice)
        assert choice.finish_reason == "tool_calls"
        assert choice.message.content is None
        assert set(names) <= {"weather", "now"}
        assert len(names) == 1 or (parallel and len(names) > 1)
    assert any(choice.finish_reason == "tool_calls" for choice in choices)


@pytest.mark.model
async def test_the_named_tool_is_called_once(real: LocalBackend) -> None:
    named = {"type": "function", "function": {"name": "now"}}
    (choice,) = (await run(real, wild(tool_choice=named, seed=2))).choices
    assert (checked(choice), choice.finish_reason) == (["now"], "tool_calls")


@pytest.mark.model
async def test_none_means_text(real: LocalBackend) -> None:
    for seed in range(3):
        (choice,) = (await run(real, wild(tool_choice="none", seed=seed, max_tokens=40))).choices
        assert choice.message.tool_calls is None
        assert "<tool_call>" not in choice.message.text


@pytest.mark.model
async def test_calls_stream_with_id_and_name_first(real: LocalBackend) -> None:
    asked = wild(tool_choice="required", seed=3, temperature=1)
    found = await events(real, asked)
    deltas = [event for event in found if isinstance(event, ToolCallDelta)]
    assert deltas[0].id
    assert deltas[0].name in ("weather", "now")
    assert all(later.id is None and later.name is None for later in deltas[1:] if later.index == 0)
    whole = await collect(real.stream(asked))
    assert "".join(d.arguments for d in deltas if d.index == 0) == (
        (whole.choices[0].message.tool_calls or ())[0].function.arguments
    )


@pytest.mark.model
async def test_an_answer_follows_the_format_where_it_calls_nothing(real: LocalBackend) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "properties": {
        "a": {"type": "boolean"}}, "required": ["a"], "additionalProperties": False}}}  # fmt: skip
    choices = (await run(real, wild(response_format=form, n=4, seed=5))).choices
    for choice in choices:
        assert checked(choice) or isinstance(json.loads(choice.message.text)["a"], bool)


@pytest.mark.model
@pytest.mark.parametrize(
    "given", [{"regex": r"a\/b/[c/]"}, {"grammar": 'start: "a/b/" x\nx: "c"'}, {"choice": ["a/b/c"]}], ids=str
)
async def test_patterns_and_grammars_go_with_tools(real: LocalBackend, given: dict[str, Any]) -> None:
    for choice in ("none", "auto"):
        asked = wild(tool_choice=choice, n=3, seed=6).model_copy(update={"extra": {"structured_outputs": given}})
        for answer in (await run(real, asked)).choices:
            if answer.finish_reason == "stop":
                assert answer.message.text in ("a/b/c", "a/b//")
            assert not answer.message.tool_calls or (choice == "auto" and checked(answer))


# --- what looks like a call, and isn't ------------------------------------------------------------

TRIGGER = "Use <tool_call> for that"


def drawn(**params: Any) -> Any:
    return ask("Hi", temperature=1, **params)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"structured_outputs": {"choice": [TRIGGER]}}, TRIGGER),
        ({"structured_outputs": {"json": {"const": TRIGGER}}}, json.dumps(TRIGGER)),
    ],
)
@pytest.mark.parametrize("choice", ["none", "auto"])
async def test_what_the_format_asks_for_is_text(
    local: LocalBackend, given: dict[str, Any], text: str, choice: str
) -> None:
    """The random model calls now and then where it may; what it says else is whole."""
    for seed in range(4):
        reply = await run(local, drawn(extra=given, tools=[NOW], tool_choice=choice, seed=seed, max_tokens=80))
        (said,) = reply.choices
        assert said.message.text == text or (choice == "auto" and said.message.tool_calls)


async def test_of_a_call_that_is_cut_off_nothing_is_text(local: LocalBackend) -> None:
    for tokens in range(1, 12):
        reply = await run(local, drawn(tools=[WEATHER], tool_choice="required", seed=1, max_tokens=tokens))
        assert (reply.choices[0].message.text, reply.choices[0].finish_reason) == ("", "length")


async def test_calls_of_different_turns_have_different_ids(local: LocalBackend) -> None:
    async def ids(*messages: Message) -> list[str]:
        asked = ask(*messages, tools=[NOW], tool_choice="required", parallel_tool_calls=False, seed=1)
        return [call.id for call in (await run(local, asked)).choices[0].message.tool_calls or ()]

    first, again, later = (
        await ids(user("Hi")),
        await ids(user("Hi")),
        await ids(user("Hi"), CALLED, tool("call_1", "4")),
    )
    assert first == again
    assert not set(first) & set(later)


@pytest.mark.parametrize("name", FORMS)
def test_a_tool_without_parameters_reaches_any_template(weights: Weights, tiny: LoadedModel, name: str) -> None:
    use = read_settings(ask("Hi", tools=[NOW])).tools
    assert use is not None
    prompt = build_prompt((user("Late?"),), of_family(weights, tiny, name), tools=use.tools)
    assert "now" in tiny.tokenizer.decode(prompt.tokens)


def test_where_the_template_drops_what_is_said_beside_calls_nothing_is(weights: Weights, tiny: LoadedModel) -> None:
    model = of_family(weights, tiny, "MISTRAL", marks=MARKS)
    use = read_settings(ask("Hi", tools=[NOW], tool_choice="auto")).tools
    assert use is not None
    mask = model.grammars.mask_for_tools(use, FORMS["MISTRAL"])
    (trigger,) = model.tokenizer.encode("[TOOL_CALLS]", add_special_tokens=False)
    assert mask.allowed()[trigger]
    mask.take(model.tokenizer.encode("a", add_special_tokens=False)[0])
    assert not mask.allowed()[trigger]
