"""Events and their fold: one reply, readable at any moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from playground.errors import Silent
from playground.events import (
    Choice,
    Event,
    Finished,
    Fold,
    LogprobsDelta,
    Progress,
    ReasoningDelta,
    Reply,
    Stopwatch,
    TextDelta,
    Timings,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    collect,
)
from playground.messages import Message, ToolCall, assistant

TIMINGS = Timings(ttft=0.5, total=2.5)
USAGE = Usage(prompt_tokens=3, completion_tokens=5)


def end(*reasons: str | None) -> Finished:
    return Finished(reasons=reasons or ("stop",), timings=TIMINGS, usage=USAGE)


def reply(*choices: Choice) -> Reply:
    return Reply(choices=choices, usage=USAGE, timings=TIMINGS, finished=True)


def choice(message: Message, reason: str | None = "stop", logprobs: tuple[TokenLogprob, ...] = ()) -> Choice:
    return Choice(message=message, finish_reason=reason, logprobs=logprobs)


def calling(*calls: ToolCall, content: str | None = None) -> Message:
    return Message(role="assistant", content=content, tool_calls=calls)


A, B = TokenLogprob(token="a", logprob=-1.0), TokenLogprob(token="b", logprob=-2.0)

STORIES: list[tuple[str, list[Event], Reply]] = [
    ("nothing said", [end()], reply(choice(assistant("")))),
    ("text", [TextDelta(text="Hel"), TextDelta(text="lo"), end()], reply(choice(assistant("Hello")))),
    (
        "progress leaves nothing",
        [Progress(message="loading", done=1, total=2), TextDelta(text="a"), end("length")],
        reply(choice(assistant("a"), "length")),
    ),
    (
        "thinking",
        [ReasoningDelta(text="h"), ReasoningDelta(text="m"), TextDelta(text="a"), end()],
        reply(choice(Message(role="assistant", content="a", reasoning_content="hm"))),
    ),
    (
        "tool calls, interleaved",
        [
            ToolCallDelta(index=1, id="d", name="g", arguments="{"),
            ToolCallDelta(index=0, id="c", name="f"),
            ToolCallDelta(index=1, arguments="}"),
            ToolCallDelta(index=0, arguments="{}"),
            end("tool_calls"),
        ],
        reply(choice(calling(ToolCall.of("c", "f", "{}"), ToolCall.of("d", "g", "{}")), "tool_calls")),
    ),
    (
        "text and a tool call",
        [TextDelta(text="a"), ToolCallDelta(index=0, id="c", name="f", arguments="{}"), end("tool_calls")],
        reply(choice(calling(ToolCall.of("c", "f", "{}"), content="a"), "tool_calls")),
    ),
    (
        "logprobs",
        [LogprobsDelta(tokens=(A,)), TextDelta(text="ab"), LogprobsDelta(tokens=(B,)), end()],
        reply(choice(assistant("ab"), logprobs=(A, B))),
    ),
    (
        "choices, one of them silent",
        [TextDelta(text="b", choice=2), TextDelta(text="a"), end("stop", "length", "stop")],
        reply(choice(assistant("a")), choice(assistant(""), "length"), choice(assistant("b"))),
    ),
    (
        "a choice before the first one has begun",
        [TextDelta(text="b", choice=1)],
        Reply(choices=(choice(assistant(""), None), choice(assistant("b"), None)), finished=False),
    ),
]


def fold(events: Iterable[Event]) -> Reply:
    folded = Fold()
    for event in events:
        folded.add(event)
    return folded.reply()


@pytest.mark.parametrize(("events", "whole"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES])
async def test_events_fold_to_a_reply(events: list[Event], whole: Reply) -> None:
    async def stream() -> AsyncIterator[Event]:
        for event in events:
            yield event

    assert fold(events) == whole
    assert await collect(stream()) == whole


def test_a_stream_that_was_stopped_leaves_what_it_said() -> None:
    partial = fold([TextDelta(text="Hel"), ToolCallDelta(index=0, id="c", name="f", arguments='{"a')])
    message = calling(ToolCall.of("c", "f", '{"a'), content="Hel")
    assert partial == Reply(choices=(choice(message, None),), usage=None, timings=None, finished=False)
    assert fold([]) == Reply(choices=(), usage=None, timings=None, finished=False)


def test_a_fold_is_read_at_any_moment() -> None:
    folded = Fold()
    seen = []
    for text in ("a", "b", "c"):
        folded.add(TextDelta(text=text))
        seen.append(folded.reply().choices[0].message.text)
    assert seen == ["a", "ab", "abc"]


async def test_an_error_passes_through_collect() -> None:
    async def stream() -> AsyncIterator[Event]:
        yield TextDelta(text="a")
        raise Silent("nothing came")

    with pytest.raises(Silent):
        await collect(stream())


@pytest.mark.parametrize(
    ("ttft", "total", "tokens", "rate"),
    [(0.5, 2.5, 5, 2.0), (None, 2.5, 5, None), (0.5, 2.5, 1, None), (0.5, 2.5, 0, None), (0.5, 0.5, 5, None)],
)
def test_tokens_per_second_are_counted_after_the_first(
    ttft: float | None, total: float, tokens: int, rate: float | None
) -> None:
    assert Timings(ttft=ttft, total=total).tokens_per_second(tokens) == rate


def test_a_stopwatch_notes_the_first_delta_only() -> None:
    watch = Stopwatch()
    before = watch.timings()
    watch.first()
    first = watch.timings()
    watch.first()
    last = watch.timings()
    assert before.ttft is None
    assert first.ttft is not None
    assert 0 <= first.ttft <= first.total <= last.total
    assert last.ttft == first.ttft


def test_the_first_reason_stands_for_the_answer() -> None:
    assert end("length", "stop").reason == "length"
    assert Finished(reasons=(), timings=TIMINGS).reason is None
