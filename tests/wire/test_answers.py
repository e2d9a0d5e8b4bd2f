"""event <-> chunk, reply <-> completion: what we write reads back the same, and what others write reads at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import BadAnswer, Busy, ContextTooLong, PlaygroundError, UpstreamFailed
from playground.events import (
    Choice,
    Delta,
    Event,
    Finished,
    Fold,
    LogprobsDelta,
    Progress,
    ReasoningDelta,
    Reply,
    TextDelta,
    Timings,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from playground.messages import Message, ToolCall, assistant
from playground.wire import DONE, AnswerReader, ChunkWriter, completion, sse
from tests.strategies import json_values, texts, words

TIMINGS = Timings(ttft=0.1, total=1.0)


def read(*bodies: Any) -> list[Delta]:
    reader = AnswerReader()
    return [event for body in bodies for event in reader.read(body)]


def read_to_end(bodies: Iterable[Any]) -> list[Event]:
    reader = AnswerReader()
    deltas = [event for body in bodies for event in reader.read(body)]
    return [*deltas, reader.end(TIMINGS)]


def fold(events: Iterable[Event]) -> Reply:
    folded = Fold()
    for event in events:
        folded.add(event)
    return folded.reply()


def write(events: Iterable[Event], n: int, *, include_usage: bool = True) -> list[dict[str, Any]]:
    writer = ChunkWriter("id", 0, "m", include_usage=include_usage, n=n)
    return [*writer.start(), *(chunk for event in events for chunk in writer.write(event))]


# --- what streams, any of it ---------------------------------------------------------------------

counts = st.integers(0, 10**6)
logprobs = st.floats(-9999, 0)
spelled = st.none() | st.binary(max_size=3)
alternatives = st.builds(TokenLogprob, texts, logprobs, spelled, st.just(()))
tokens = st.builds(TokenLogprob, texts, logprobs, spelled, st.lists(alternatives, max_size=2).map(tuple))
usages = st.builds(
    Usage,
    prompt_tokens=counts,
    completion_tokens=counts,
    reasoning_tokens=st.none() | counts,
    cached_tokens=st.none() | counts,
)
reasons = st.none() | st.sampled_from(["stop", "length", "tool_calls", "content_filter"])


@st.composite
def tool_call_streams(draw: st.DrawFn, choice: int) -> list[Event]:
    """Whole calls, each as one delta with its id and name and others with more of its arguments."""
    events: list[Event] = []
    for index in range(draw(st.integers(0, 2))):
        call = draw(st.tuples(words, words, texts))
        events.append(ToolCallDelta(index=index, id=call[0], name=call[1], arguments=call[2], choice=choice))
        more = draw(st.lists(words, max_size=2))
        events += [ToolCallDelta(index=index, id=None, name=None, arguments=text, choice=choice) for text in more]
    return events


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """The events of an answer in one to three choices, interleaved by choice, without empty deltas."""
    n = draw(st.integers(1, 3))
    events: list[Event] = []
    for choice in range(n):
        text = st.builds(TextDelta, text=words, choice=st.just(choice))
        scored = st.lists(tokens, min_size=1, max_size=2).map(tuple)
        said = st.one_of(
            st.tuples(text),
            st.tuples(st.builds(ReasoningDelta, text=words, choice=st.just(choice))),
            st.tuples(st.builds(LogprobsDelta, tokens=scored, choice=st.just(choice)), text),
        )
        for some in draw(st.lists(said, max_size=4)):
            events += some
        events += draw(tool_call_streams(choice))
    ends = tuple(draw(reasons) for _ in range(n))
    return [*events, Finished(reasons=ends, timings=TIMINGS, usage=draw(st.none() | usages))]


@given(streams())
def test_events_survive_being_written_and_read(events: list[Event]) -> None:
    end = events[-1]
    assert isinstance(end, Finished)
    chunks = json.loads(json.dumps(write(events, len(end.reasons))))
    assert read_to_end(chunks) == events


@given(streams())
def test_a_whole_completion_reads_as_the_reply_that_was_written(events: list[Event]) -> None:
    reply = fold(events)
    body = json.loads(json.dumps(completion("id", 0, "m", reply)))
    assert fold(read_to_end([body])) == reply


@given(streams())
def test_streamed_or_whole_the_answer_is_the_same(events: list[Event]) -> None:
    streamed = fold(read_to_end(write(events, len(fold(events).choices))))
    whole = fold(read_to_end([completion("id", 0, "m", fold(events))]))
    assert streamed == whole


@given(json_values | st.dictionaries(st.sampled_from(["choices", "usage", "error", "object"]), json_values))
def test_no_body_breaks_the_reader(body: Any) -> None:
    with suppress(PlaygroundError):
        read_to_end([body])


_keys = ["delta", "message", "index", "finish_reason", "logprobs", "content", "reasoning", "tool_calls", "function"]
_keys += ["id", "name", "arguments", "token", "logprob", "bytes", "top_logprobs", "text"]
_junk = st.recursive(
    json_values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_keys), inner, max_size=4)
)


@given(st.lists(_junk, max_size=3), _junk)
def test_no_choice_breaks_the_reader(choices: list[Any], usage: Any) -> None:
    with suppress(PlaygroundError):
        read_to_end([{"choices": choices, "usage": usage}])


# --- what we write -------------------------------------------------------------------------------


def test_a_stream_begins_with_the_role_and_ends_with_reason_and_usage() -> None:
    events: list[Event] = [
        Progress(message="loading"),
        TextDelta(text="Hi"),
        Finished(reasons=("stop",), timings=TIMINGS, usage=Usage(prompt_tokens=3, completion_tokens=1)),
    ]
    head = {"id": "id", "object": "chat.completion.chunk", "created": 0, "model": "m"}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**head, "choices": [choice], "usage": None}

    assert write(events, 1) == [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hi"}),
        chunk({}, "stop"),
        {**head, "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}},
    ]


def test_usage_is_written_only_when_it_is_wanted() -> None:
    events: list[Event] = [
        Finished(reasons=("stop",), timings=TIMINGS, usage=Usage(prompt_tokens=3, completion_tokens=1))
    ]
    assert all("usage" not in chunk for chunk in write(events, 1, include_usage=False))


def test_every_choice_begins_and_ends() -> None:
    chunks = write([Finished(reasons=("stop", "length"), timings=TIMINGS)], 2, include_usage=False)
    assert [(c["choices"][0]["index"], c["choices"][0]["finish_reason"]) for c in chunks] == [
        (0, None),
        (1, None),
        (0, "stop"),
        (1, "length"),
    ]


def test_reasoning_is_written_under_both_its_names() -> None:
    (chunk,) = ChunkWriter("id", 0, "m", include_usage=False).write(ReasoningDelta(text="hm"))
    assert chunk["choices"][0]["delta"] == {"reasoning_content": "hm", "reasoning": "hm"}
    reply = Reply(
        choices=(Choice(message=Message(role="assistant", content="a", reasoning_content="hm"), finish_reason="stop"),)
    )
    message = completion("id", 0, "m", reply)["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "a", "reasoning_content": "hm", "reasoning": "hm"}
    assert fold(read({"choices": [{"message": message}]})).choices[0].message.thinking == "hm"


def test_a_tool_call_is_written_id_and_name_first() -> None:
    writer = ChunkWriter("id", 0, "m", include_usage=False)
    written = [
        chunk["choices"][0]["delta"]["tool_calls"][0]
        for event in (
            ToolCallDelta(index=1, id="c1", name="now", arguments=""),
            ToolCallDelta(index=1, arguments='{"tz"'),
        )
        for chunk in writer.write(event)
    ]
    assert written == [
        {"index": 1, "id": "c1", "type": "function", "function": {"name": "now", "arguments": ""}},
        {"index": 1, "function": {"arguments": '{"tz"'}},
    ]


def test_a_completion_is_whole() -> None:
    call = ToolCall.of("c1", "now", "{}")
    reply = Reply(
        choices=(
            Choice(message=assistant("Hi"), finish_reason="stop", logprobs=(TokenLogprob(token="Hi", logprob=-0.5),)),
            Choice(message=Message(role="assistant", content=None, tool_calls=(call,)), finish_reason="tool_calls"),
        ),
        usage=Usage(prompt_tokens=3, completion_tokens=2, reasoning_tokens=1, cached_tokens=2),
    )
    token = {"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": []}
    calls = [{"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}]
    assert completion("id", 7, "m", reply) == {
        "id": "id",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi"},
                "logprobs": {"content": [token]},
                "finish_reason": "stop",
            },
            {
                "index": 1,
                "message": {"role": "assistant", "content": None, "tool_calls": calls},
                "logprobs": None,
                "finish_reason": "tool_calls",
            },
        ],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 2,
            "total_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    }


@pytest.mark.parametrize("logprob", [float("-inf"), float("nan"), -1e6])
def test_an_impossible_token_is_written_as_json_can(logprob: float) -> None:
    event = LogprobsDelta(tokens=(TokenLogprob(token="a", logprob=logprob),))
    writer = ChunkWriter("id", 0, "m", include_usage=False)
    assert writer.write(event) == []
    (chunk,) = writer.write(TextDelta(text="a"))
    assert chunk["choices"][0]["logprobs"]["content"][0]["logprob"] == -9999.0


def test_text_and_its_log_probabilities_are_one_chunk_and_the_last_ones_go_with_the_end() -> None:
    writer = ChunkWriter("id", 0, "m", include_usage=False, n=2)
    scored = [LogprobsDelta(tokens=(TokenLogprob(token=text, logprob=-1.0),), choice=0) for text in "abc"]
    events: list[Event] = [*scored[:2], TextDelta(text="other", choice=1), TextDelta(text="ab"), scored[2]]
    end = Finished(reasons=("length", "stop"), timings=TIMINGS)
    found = [
        (choice["index"], choice["delta"], [one["token"] for one in (choice["logprobs"] or {"content": []})["content"]])
        for event in (*events, end)
        for chunk in writer.write(event)
        for choice in chunk["choices"]
    ]
    assert found == [(1, {"content": "other"}, []), (0, {"content": "ab"}, ["a", "b"]), (0, {}, ["c"]), (1, {}, [])]


@given(json_values)
def test_an_sse_event_is_one_line_by_anybodys_count(value: Any) -> None:
    text = sse(value)
    assert text.endswith("\n\n")
    assert len(text.removesuffix("\n\n").splitlines()) == 1
    assert json.loads(text.removeprefix("data: ")) == value


def test_line_ends_of_unicode_and_broken_characters_are_escaped() -> None:
    assert sse("é\u2028\u2029\x85\n") == 'data: "é\\u2028\\u2029\\u0085\\n"\n\n'
    assert sse("\ud800").encode() == b'data: "\\ud800"\n\n'
    assert DONE == "data: [DONE]\n\n"


# --- what others write ---------------------------------------------------------------------------


def said(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ({}, []),
        ({"choices": []}, []),
        ({"choices": None}, []),
        ({"choices": [None, "x", 3, {}]}, []),
        ({"choices": [{"delta": None}]}, []),
        (said(role="assistant", content=None), []),
        (said(content=""), []),
        (said(content="a"), [TextDelta(text="a", choice=0)]),
        (said(content=[{"type": "text", "text": "a"}, {"text": "b"}, "c", {"text": None}]), [TextDelta(text="ab", choice=0)]),
        (said(reasoning="a"), [ReasoningDelta(text="a", choice=0)]),
        (said(reasoning_content="a", reasoning="a"), [ReasoningDelta(text="a", choice=0)]),
        (said(reasoning_content=None, reasoning="a"), [ReasoningDelta(text="a", choice=0)]),
        (said(reasoning="a", content="b"), [ReasoningDelta(text="a", choice=0), TextDelta(text="b", choice=0)]),
        ({"choices": [{"index": 2, "delta": {"content": "a"}}]}, [TextDelta(text="a", choice=2)]),
        ({"choices": [{"delta": {"content": "a"}}]}, [TextDelta(text="a", choice=0)]),
        ({"choices": [{"index": True, "delta": {"content": "a"}}]}, [TextDelta(text="a", choice=0)]),
        ({"choices": [{"index": -1, "delta": {"content": "a"}}]}, [TextDelta(text="a", choice=0)]),
        ({"choices": [{"message": {"content": "a"}}]}, [TextDelta(text="a", choice=0)]),
        ({"choices": [{"delta": {"content": "a"}, "logprobs": {"content": 5}}]}, [TextDelta(text="a", choice=0)]),
        ({"choices": [{"logprobs": {"content": [{"token": "a", "logprob": "x"}, {"logprob": 1}, 3]}}]}, []),
        (
            {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1, "bytes": ["x"], "top_logprobs": 5}]}}]},
            [LogprobsDelta(tokens=(TokenLogprob(token="a", logprob=-1.0, bytes=None, top=()),), choice=0)],
        ),
        (
            {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1, "bytes": [300, -1], "top_logprobs": [3, {"token": "b", "logprob": -9e9}]}]}}]},
            [LogprobsDelta(tokens=(TokenLogprob(token="a", logprob=-1.0, top=(TokenLogprob(token="b", logprob=-9999.0),)),), choice=0)],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_oddities_are_borne(body: dict[str, Any], events: list[Delta]) -> None:
    assert read(body) == events


@pytest.mark.parametrize("body", [None, [], "text", 3, {"choices": {}}, {"choices": "x"}], ids=str)
def test_what_is_no_completion_is_said(body: Any) -> None:
    with pytest.raises(BadAnswer):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"index": 10**9, "delta": {"content": "a"}}]},
        said(tool_calls=[{"index": 10**9, "id": "c"}]),
    ],
)
def test_a_number_made_to_exhaust_memory_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="1000000000"):
        read(body)


def calls_of(*deltas: dict[str, Any]) -> list[tuple[str, str, str]]:
    reply = fold(read(*(said(tool_calls=[delta]) for delta in deltas)))
    calls = reply.choices[0].message.tool_calls or ()
    return [(call.id, call.function.name, call.function.arguments) for call in calls]


def delta(index: int | None = None, id: str | None = None, name: str | None = None, args: Any = None) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", args)) if value is not None}
    return {key: value for key, value in (("index", index), ("id", id), ("function", function)) if value is not None}


@pytest.mark.parametrize(
    ("deltas", "calls"),
    [
        pytest.param(
            [delta(0, "c", "f", ""), delta(0, args='{"a"'), delta(0, args=":1}")], [("c", "f", '{"a":1}')], id="OpenAI"
        ),
        pytest.param([delta(0, "c", "f", "{"), delta(0, "c", "f", "}")], [("c", "f", "{}")], id="TGI: id in each"),
        pytest.param([delta(0, "c", "f", "{}"), delta(1, "d", "g", "{}")], [("c", "f", "{}"), ("d", "g", "{}")], id="two"),
        pytest.param(
            [delta(None, "c", "f", "{}"), delta(None, "d", "g", "{}")],
            [("c", "f", "{}"), ("d", "g", "{}")],
            id="two without an index",
        ),
        pytest.param([delta(None, "c", "f", "{"), delta(args="}")], [("c", "f", "{}")], id="no index: goes on"),
        pytest.param(
            [delta(None, "c", "f", "{"), delta(None, "d", "g", "{"), delta(None, "c", args="}"), delta(None, "d", args="}")],
            [("c", "f", "{}"), ("d", "g", "{}")],
            id="no index: found by id",
        ),
        pytest.param(
            [delta(None, None, "f", "{}"), delta(None, None, "g", "{}")],
            [("", "f", "{}"), ("", "g", "{}")],
            id="neither index nor id",
        ),
        pytest.param([delta(0, "c"), delta(0, None, "f", "{}")], [("c", "f", "{}")], id="the name comes later"),
        pytest.param([delta(0, None, "f", "{"), delta(0, "c", args="}")], [("c", "f", "{}")], id="the id comes later"),
        pytest.param([delta(0, "c", "f", {"a": "é"})], [("c", "f", '{"a": "é"}')], id="arguments as an object"),
        pytest.param([{"index": 0, "id": 5, "function": None}], [("", "", "")], id="nothing usable"),
    ],
)  # fmt: skip
def test_tool_calls_of_every_make(deltas: list[dict[str, Any]], calls: list[tuple[str, str, str]]) -> None:
    assert calls_of(*deltas) == calls


@pytest.mark.parametrize(
    ("told", "reason"),
    [("stop", "stop"), ("length", "length"), ("eos_token", "stop"), ("stop_sequence", "stop"), ("abort", "abort"), ("", None), (None, None), (3, None)],
)  # fmt: skip
def test_finish_reasons_get_their_usual_names(told: Any, reason: str | None) -> None:
    reader = AnswerReader()
    reader.read({"choices": [{"index": 0, "finish_reason": told}]})
    assert reader.end(TIMINGS).reason == reason
    assert reader.finished is (reason is not None)


def test_finished_means_every_choice() -> None:
    reader = AnswerReader()
    finished = [reader.finished]
    for choices in (
        [{"index": 0, "finish_reason": "stop"}, {"index": 1, "delta": {}}],
        [{"index": 1, "finish_reason": "length"}],
    ):
        reader.read({"choices": choices})
        finished.append(reader.finished)
    assert finished == [False, False, True]
    assert reader.end(TIMINGS).reasons == ("stop", "length")


def test_an_answer_without_choices_still_ends() -> None:
    assert AnswerReader().end(TIMINGS) == Finished(reasons=(None,), timings=TIMINGS)


@pytest.mark.parametrize(
    ("bodies", "usage"),
    [
        ([{"prompt_tokens": 3, "completion_tokens": 1}], Usage(prompt_tokens=3, completion_tokens=1)),
        ([{"prompt_tokens": 3, "completion_tokens": 1}, {"prompt_tokens": 3, "completion_tokens": 2}], Usage(prompt_tokens=3, completion_tokens=2)),
        ([{"prompt_tokens": 3, "completion_tokens": 1}, None], Usage(prompt_tokens=3, completion_tokens=1)),
        ([{"completion_tokens": 1}], Usage(prompt_tokens=0, completion_tokens=1)),
        ([{"prompt_tokens": "3", "completion_tokens": -1}], None),
        ([{"prompt_tokens": True, "completion_tokens": None}], None),
        ([{}], None),
        (
            [{"prompt_tokens": 3, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 1}, "prompt_tokens_details": {"cached_tokens": 0}}],
            Usage(prompt_tokens=3, completion_tokens=2, reasoning_tokens=1, cached_tokens=0),
        ),
    ],
    ids=str,
)  # fmt: skip
def test_usage_is_read_from_any_chunk(bodies: list[Any], usage: Usage | None) -> None:
    reader = AnswerReader()
    for body in bodies:
        reader.read({"choices": [], "usage": body})
    assert reader.end(TIMINGS).usage == usage


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ({"error": {"message": "boom", "type": "server_error"}}, UpstreamFailed, "boom"),
        ({"error": {"message": "slow down", "http_status_code": 429}}, Busy, "slow down"),
        ({"error": {"message": "too long: context_length", "code": 400}}, ContextTooLong, "too long: context_length"),
        ({"error": "Model is overloaded", "error_type": "overloaded"}, UpstreamFailed, "Model is overloaded"),
        ({"object": "error", "message": "flat", "code": 500}, UpstreamFailed, "flat"),
    ],
)
def test_an_error_inside_a_stream_is_raised(body: dict[str, Any], kind: type[PlaygroundError], message: str) -> None:
    with pytest.raises(kind) as caught:
        read(said(content="so far"), body)
    assert caught.value.message == message
    assert caught.value.body is not None
    assert json.loads(caught.value.body) == body
