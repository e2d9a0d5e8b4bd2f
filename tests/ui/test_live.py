"""What a run tells its pane: whole snapshots, each enough by itself."""

import pytest

from playground.errors import Unauthorized, sentence
from playground.events import (
    Event,
    Finished,
    LogprobsDelta,
    Progress,
    ReasoningDelta,
    TextDelta,
    Timings,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from playground.ui.live import LiveRun


def test_progress_shows_until_the_first_delta():
    live = LiveRun("r1")
    assert live.snapshot()["phase"] == "waiting"
    live.add([Progress(message="Fetching", done=1, total=2)])
    assert live.snapshot()["progress"] == {"message": "Fetching", "done": 1, "total": 2}
    live.add([TextDelta(text="Hi")])
    assert (live.snapshot()["phase"], live.snapshot()["progress"]) == ("streaming", None)


class Clock:
    """Tells 0, 1, 2, ... seconds: one more each time it is asked."""

    def __init__(self) -> None:
        self._seconds = -1.0

    def __call__(self) -> float:
        self._seconds += 1
        return self._seconds


HM, OH = ReasoningDelta(text="hm"), ReasoningDelta(text="oh")
SAID, CALLED = TextDelta(text="so"), ToolCallDelta(index=0, id="c", name="f")


@pytest.mark.parametrize(
    ("events", "thought"),
    [
        ([SAID], [None]),
        ([HM], [0.0]),
        ([HM, OH], [1.0]),
        ([HM, OH, SAID], [2.0]),
        ([HM, CALLED], [1.0]),
        ([SAID, HM, OH, SAID], [2.0]),
        ([HM, SAID, OH, SAID], [1.0]),
        ([HM, Progress(message="x"), Finished(reasons=("stop",), timings=Timings(ttft=0, total=9))], [0.0]),
        ([HM.model_copy(update={"choice": 1}), HM, SAID.model_copy(update={"choice": 1}), OH], [2.0, 2.0]),
        ([HM.model_copy(update={"choice": 1}), SAID.model_copy(update={"choice": 1})], [None, 1.0]),
    ],
)
def test_how_long_each_choice_has_reasoned(events: list[Event], thought: list[float | None]):
    live = LiveRun("r1", now=Clock())
    live.add(events)
    assert [choice["thought"] for choice in live.snapshot()["choices"]] == thought


def test_a_finished_run_has_its_figures():
    live = LiveRun("r1", now=Clock())
    live.add([ReasoningDelta(text="hm"), TextDelta(text="a"), TextDelta(text="b", choice=1)])
    live.add([ToolCallDelta(index=0, id="c1", name="f", arguments="{}")])
    usage = Usage(prompt_tokens=5, completion_tokens=11)
    live.add([Finished(reasons=("tool_calls", "stop"), usage=usage, timings=Timings(ttft=1.0, total=3.0))])
    shown = live.snapshot()
    assert shown["phase"] == "done"
    assert shown["choices"] == [
        {
            "text": "a",
            "reasoning": "hm",
            "thought": 1.0,
            "calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            "finish_reason": "tool_calls",
            "tokens": None,
        },
        {"text": "b", "reasoning": "", "thought": None, "calls": [], "finish_reason": "stop", "tokens": None},
    ]
    assert shown["stats"] == {
        "pieces": 4,
        "ttft": 1.0,
        "total": 3.0,
        "tokens_per_second": 5.0,
        "prompt_tokens": 5,
        "completion_tokens": 11,
        "reasoning_tokens": None,
        "estimated": False,
        "finish_reason": "tool_calls",
    }


def test_an_error_keeps_what_had_streamed():
    live = LiveRun("r1")
    live.add([TextDelta(text="so far")])
    shown = live.snapshot(error=Unauthorized("wrong key", upstream_status=401, body="{}"))
    assert shown["phase"] == "failed"
    assert shown["choices"][0]["text"] == "so far"
    assert shown["error"] == {
        "message": "Wrong key.",
        "advice": Unauthorized.advice,
        "param": None,
        "status": 401,
        "body": "{}",
        "needs_key": True,
    }


def test_every_snapshot_is_news_and_a_stopped_run_says_so():
    live = LiveRun("r1")
    live.add([TextDelta(text="so far")])
    assert live.snapshot() != live.snapshot()
    assert live.snapshot(stopped=True)["phase"] == "stopped"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("wrong key", "Wrong key."),
        ("owner/name is not here", "owner/name is not here."),
        ("temperature: must be from 0 to 2, not 9", "temperature: must be from 0 to 2, not 9."),
        ("http://host/v1 sent a web page", "http://host/v1 sent a web page."),
        ("Already a sentence.", "Already a sentence."),
        ("", ""),
    ],
)
def test_errors_are_shown_as_sentences(said: str, shown: str):
    assert sentence(said) == shown


def test_log_probabilities_come_once_at_the_end():
    live = LiveRun("r1")
    token = TokenLogprob(token="Hi", logprob=-0.123456, top=(TokenLogprob(token="Ho", logprob=-2.0),))
    live.add([TextDelta(text="Hi"), LogprobsDelta(tokens=(token,))])
    assert live.snapshot()["choices"][0]["tokens"] is None
    told = '[["Hi",-0.1235,null,[["Ho",-2.0]]]]'
    assert live.snapshot(stopped=True)["choices"][0]["tokens"] == told
    live.add([Finished(reasons=("stop",), timings=Timings(ttft=0, total=1))])
    assert live.snapshot()["choices"][0]["tokens"] == told
    without = LiveRun("r2")
    without.add([TextDelta(text="Hi"), Finished(reasons=("stop",), timings=Timings(ttft=0, total=1))])
    assert without.snapshot()["choices"][0]["tokens"] is None
