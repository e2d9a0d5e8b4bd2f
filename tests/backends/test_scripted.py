"""The scripted backend: what its scripts say, counted in words; and the demo models that ship."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import aclosing
from inspect import getgeneratorstate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.backends.demos import DEMOS
from playground.backends.scripted import ScriptedBackend
from playground.backends.scripts import End, Pause, Script, ScriptedModel, Step, spoken, words
from playground.errors import BadRequest, Busy, ContextTooLong, Unsupported, UpstreamFailed
from playground.events import (
    Finished,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    collect,
)
from playground.messages import Image, Message, assistant, system, tool, user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.contract import events_of, text_of, until_error

SCRIPTED = Endpoint(name="Scripted", kind="scripted")
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def ask(model: str, *messages: Message, **params: Any) -> ChatRequest:
    where = ModelRef(endpoint=SCRIPTED, id=model)
    return ChatRequest.model_validate({"model": where, "messages": messages or (user("Hi there"),), "params": params})


def play(script: Script, **params: Any) -> Any:
    return ScriptedBackend({"m": script}).stream(ask("m", **params))


def plain(events: Iterable[Any]) -> list[tuple[type, dict[str, Any]]]:
    """Events by their content, without the timings."""
    return [(type(event), event.model_dump(exclude={"timings"})) for event in events]


# --- scripts -------------------------------------------------------------------------------------


async def test_a_script_is_played_as_it_stands() -> None:
    script: list[Step] = [
        Progress(message="Warming up"),
        ReasoningDelta(text="Hm. "),
        TextDelta(text="Two words"),
        ToolCallDelta(index=0, id="c", name="f", arguments="{}"),
    ]
    *events, end = await events_of(play(script))
    assert plain(events) == plain(script)
    assert isinstance(end, Finished)
    assert end.reason == "tool_calls"
    assert end.usage is not None
    assert (end.usage.prompt_tokens, end.usage.completion_tokens, end.usage.reasoning_tokens) == (2, 4, 1)


async def test_a_script_may_depend_on_the_request() -> None:
    def script(request: ChatRequest) -> list[TextDelta]:
        return [TextDelta(text=f"seed {request.params.seed}")]

    assert text_of(await collect(play(script, seed=7))) == "seed 7"


async def test_an_error_is_raised_where_it_stands() -> None:
    seen, error = await until_error(play([TextDelta(text="so far"), Busy("enough"), TextDelta(text="never")]))
    assert plain(seen) == plain([TextDelta(text="so far")])
    assert (type(error), error.message) == (Busy, "enough")


async def test_a_script_can_end_for_a_reason_of_its_own() -> None:
    reply = await collect(play([TextDelta(text="un"), End("content_filter"), TextDelta(text="said")]))
    assert (text_of(reply), reply.choices[0].finish_reason) == ("un", "content_filter")


async def test_pauses_and_pace_take_their_time() -> None:
    paced = ScriptedBackend({"m": [TextDelta(text="five words at fifty a"), Pause(0.1)]}, tokens_per_second=50)
    reply = await collect(paced.stream(ask("m")))
    assert reply.timings is not None
    assert reply.timings.ttft is not None
    assert 0.1 <= reply.timings.ttft < 2
    assert reply.timings.total >= reply.timings.ttft + 0.1


async def test_a_generator_is_closed_with_its_run() -> None:
    said = spoken("one two three")  # held here, so that nothing else closes it
    async with aclosing(play(lambda _: said)) as stream:
        await anext(stream)
        assert getgeneratorstate(said) == "GEN_SUSPENDED"
    assert getgeneratorstate(said) == "GEN_CLOSED"


# --- parameters ----------------------------------------------------------------------------------

SAYS = "one two three four five"


@pytest.mark.parametrize(
    ("params", "text", "reason"),
    [
        ({}, SAYS, "stop"),
        ({"max_tokens": 2}, "one two", "length"),
        ({"max_completion_tokens": 1, "max_tokens": 4}, "one", "length"),
        ({"max_tokens": 5}, SAYS, "stop"),
        ({"stop": "three"}, "one two ", "stop"),
        ({"stop": ["four", "e t"]}, "on", "stop"),
        ({"stop": ["o three f"]}, "one tw", "stop"),
        ({"stop": ["fives"]}, SAYS, "stop"),
        ({"stop": ["four"], "max_tokens": 3}, "one two three", "length"),
        ({"temperature": 2, "seed": 3, "top_k": 1}, SAYS, "stop"),
        ({"response_format": {"type": "text"}}, SAYS, "stop"),
    ],
)
async def test_what_is_said(params: dict[str, Any], text: str, reason: str) -> None:
    reply = await collect(play(lambda _: spoken(SAYS), **params))
    assert (text_of(reply), reply.choices[0].finish_reason) == (text, reason)


async def test_max_tokens_counts_reasoning_and_arguments_too() -> None:
    script: list[Step] = [
        ReasoningDelta(text="a b"),
        TextDelta(text=" c"),
        ToolCallDelta(index=0, id="c", name="f", arguments="d e"),
    ]
    reply = await collect(play(script, max_tokens=4))
    message = reply.choices[0].message
    assert (message.thinking, message.text) == ("a b", " c")
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == "d"
    assert reply.choices[0].finish_reason == "length"


async def test_nothing_of_a_stop_text_leaks_while_streaming() -> None:
    events = await events_of(
        play([TextDelta(text="a<"), TextDelta(text="|e"), TextDelta(text="nd|>b")], stop=["<|end|>"])
    )
    assert plain(events[:-1]) == plain([TextDelta(text="a")])


async def test_each_choice_says_the_same() -> None:
    reply = await collect(play(lambda _: spoken(SAYS), n=3, max_tokens=2))
    assert [text_of(reply, index) for index in range(3)] == ["one two"] * 3
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 6


async def test_log_probabilities_are_certain() -> None:
    reply = await collect(play([TextDelta(text="oh é")], logprobs=True, top_logprobs=2))
    tokens = reply.choices[0].logprobs
    assert [(token.token, token.logprob, token.bytes, len(token.top)) for token in tokens] == [
        ("oh", 0.0, b"oh", 1),
        (" é", 0.0, " é".encode(), 1),
    ]


@given(st.text())
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text
    assert all(words(text))


async def test_a_prompt_that_is_too_long_is_refused() -> None:
    backend = ScriptedBackend({"m": ScriptedModel([], context_length=3)})
    await collect(backend.stream(ask("m", user("one two"), assistant("three"))))
    _, error = await until_error(backend.stream(ask("m", system("one two"), user("three four"))))
    assert isinstance(error, ContextTooLong)
    assert error.message == "the conversation has 4 words; the model holds 3"


# --- the models that ship ------------------------------------------------------------------------

FUNCTION = {
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}, "days": {"type": "integer"}},
        "required": ["city", "unit"],
    },
}
TOOLS = [{"type": "function", "function": FUNCTION}]


async def demo(model: str, *messages: Message, **params: Any) -> Any:
    return await collect(ScriptedBackend().stream(ask(model, *messages, **params)))


async def test_the_models_are_listed() -> None:
    listed = await ScriptedBackend().models()
    assert [model.id for model in listed] == [
        "echo",
        "story",
        "thinker",
        "tool-caller",
        "agent",
        "json-writer",
        "failing",
        "guesser",
        "slow",
    ]
    assert all(dict(model.refuses)["logit_bias"] for model in listed)


@pytest.mark.parametrize("model", DEMOS)
async def test_what_a_model_refuses_is_refused_with_its_reason(model: str) -> None:
    given = {
        "tools": TOOLS,
        "tool_choice": "auto",
        "reasoning_effort": "low",
        "logit_bias": {"1": 1},
        "response_format": {"type": "json_object"},
    }
    for name, reason in DEMOS[model].refuses:
        seen, error = await until_error(ScriptedBackend().stream(ask(model, **{name: given[name]})))
        assert (seen, type(error), error.param) == ([], Unsupported, name)
        assert reason in error.message


async def test_echo_repeats_the_last_user_message() -> None:
    messages = (user("no"), user("see ", Image.of(PIXEL), " here"), assistant("ok"))
    assert text_of(await demo("echo", *messages)) == "see [image] here"


async def test_who_sees_no_images_refuses_them() -> None:
    _, error = await until_error(ScriptedBackend().stream(ask("story", user(Image.of(PIXEL)))))
    assert (type(error), error.param) == (BadRequest, "messages")


async def test_thinker_reasons_first() -> None:
    message = (await demo("thinker")).choices[0].message
    assert message.thinking.startswith("The user asks")
    assert message.text.endswith("forty-two.")
    assert (await demo("thinker", reasoning_effort="none")).choices[0].message.thinking == ""


async def test_tool_caller_calls_and_then_tells() -> None:
    reply = await demo("tool-caller", tools=TOOLS)
    (call,) = reply.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "example", "unit": "C"})
    assert reply.choices[0].finish_reason == "tool_calls"
    told = await demo("tool-caller", user("?"), reply.choices[0].message, tool(call.id, "12 degrees"), tools=TOOLS)
    assert text_of(told) == "The tool answered: 12 degrees"


async def test_agent_calls_each_tool_in_turn_and_then_tells() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("first", "second")]
    said = [user("?")]
    for name, answer in (("first", "A"), ("second", "B")):
        message = (await demo("agent", *said, tools=tools)).choices[0].message
        assert [call.function.name for call in message.tool_calls or ()] == [name]
        said += [message, tool(message.tool_calls[0].id, answer)]
    assert text_of(await demo("agent", *said, tools=tools)) == "The tools answered: A; B"


@pytest.mark.parametrize("params", [{}, {"tools": TOOLS, "tool_choice": "none"}])
async def test_tool_caller_may_have_nothing_to_call(params: dict[str, Any]) -> None:
    reply = await demo("tool-caller", **params)
    assert (reply.choices[0].message.tool_calls, reply.choices[0].finish_reason) == (None, "stop")


@pytest.mark.parametrize(
    "params",
    [{"tool_choice": "required"}, {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "other"}}}],
)
async def test_tool_caller_refuses_a_choice_it_has_no_tool_for(params: dict[str, Any]) -> None:
    _, error = await until_error(ScriptedBackend().stream(ask("tool-caller", **params)))
    assert (type(error), error.param) == (Unsupported, "tool_choice")


async def test_failing_says_something_first() -> None:
    seen, error = await until_error(ScriptedBackend().stream(ask("failing")))
    assert len(seen) == 6
    assert isinstance(error, UpstreamFailed)


async def test_story_keeps_an_even_pace() -> None:
    start = time.perf_counter()
    reply = await demo("story", max_tokens=30)
    assert time.perf_counter() - start >= 30 / 60
    assert text_of(reply).startswith("# The lighthouse")


async def test_guesser_knows_what_else_it_might_have_said() -> None:
    choice = (await demo("guesser", logprobs=True, top_logprobs=2)).choices[0]
    spelled = b"".join(bytes(token.bytes or ()) for token in choice.logprobs)
    assert spelled.decode() == choice.message.text
    sure = choice.logprobs[1]
    assert [top.token for top in sure.top] == [" sea", " ocean"]
    assert (await demo("guesser")).choices[0].logprobs == ()


async def test_guesser_goes_on_with_a_text() -> None:
    assert text_of(await demo("guesser", user("?"), assistant("The moon"))).startswith(" at night is")


async def test_what_is_known_of_thinking_and_continuing() -> None:
    listed = {model.id: model for model in await ScriptedBackend().models()}
    assert (listed["thinker"].thinks, listed["thinker"].thinking_fields) == (True, ("reasoning_effort",))
    assert (listed["guesser"].thinks, listed["guesser"].thinking_fields) == (False, ())
    assert [id for id, model in listed.items() if model.continues] == ["guesser"]
