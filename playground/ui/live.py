"""What the browser is told of a run: snapshots, each whole, the last one wins."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import PlaygroundError, sentence
from ..events import (
    Choice,
    Event,
    Finished,
    Fold,
    LogprobsDelta,
    Progress,
    ReasoningDelta,
    Reply,
    TextDelta,
    ToolCallDelta,
)
from ..wire.requests import plain
from .tokens import packed


class LiveRun:
    """Folds a run's events into snapshots for its pane.

    A snapshot: {"run", "beat", "phase": "waiting" | "streaming" | "done" | "stopped" | "failed", "progress":
    {message, done, total} | None, "choices": [{"text", "reasoning", "thought", "calls", "finish_reason", "tokens"}],
    "stats", "error"}. `beat` counts the snapshots, so that each one is news to the browser. `thought` is how many
    seconds the reasoning took, or has taken so far; None where there is none. `tokens` come with the last snapshot alone
    (see tokens.packed), None before. `now` tells seconds.
    """

    def __init__(self, run: str, *, now: Callable[[], float] = time.perf_counter) -> None:
        self._run = run
        self._now = now
        self._fold = Fold()
        self._thinking: dict[int, _Thinking] = {}
        self._progress: Progress | None = None
        self._pieces = 0
        self._beat = 0

    def add(self, events: list[Event]) -> None:
        for event in events:
            self._fold.add(event)
            if isinstance(event, Progress):
                self._progress = event
            elif not isinstance(event, (LogprobsDelta, Finished)):
                self._thinking.setdefault(event.choice, _Thinking()).hear(event, self._now())
                self._pieces += 1

    def snapshot(self, *, error: PlaygroundError | None = None, stopped: bool = False) -> dict[str, Any]:
        reply = self._fold.reply()
        started = bool(reply.choices)
        going = "streaming" if started else "waiting"
        phase = "failed" if error else "done" if reply.finished else "stopped" if stopped else going
        self._beat += 1
        return {
            "run": self._run,
            "beat": self._beat,
            "phase": phase,
            "progress": plain(self._progress) if self._progress and not started else None,
            "choices": [
                _choice(
                    choice, self._thinking.get(index, _Thinking()).seconds, whole=phase not in ("waiting", "streaming")
                )
                for index, choice in enumerate(reply.choices)
            ],
            "stats": _stats(reply, self._pieces),
            "error": describe(error) if error else None,
        }


class _Thinking:
    """How long one choice reasoned before it answered: from its first reasoning to its first text or tool call."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._latest: float | None = None
        self._over = False

    def hear(self, delta: ReasoningDelta | TextDelta | ToolCallDelta, now: float) -> None:
        if self._over or (self._start is None and not isinstance(delta, ReasoningDelta)):
            return
        self._start = now if self._start is None else self._start
        self._latest = now
        self._over = not isinstance(delta, ReasoningDelta)

    @property
    def seconds(self) -> float | None:
        """Up to the latest reasoning while it still reasons; None if it answered without."""
        return None if self._start is None or self._latest is None else self._latest - self._start


def _choice(choice: Choice, thought: float | None, *, whole: bool) -> dict[str, Any]:
    return {
        "text": choice.message.text,
        "reasoning": choice.message.thinking,
        "thought": thought,
        "calls": plain(choice.message.tool_calls or ()),
        "finish_reason": choice.finish_reason,
        "tokens": packed(choice.logprobs) if whole and choice.logprobs else None,
    }


def _stats(reply: Reply, pieces: int) -> dict[str, Any]:
    """Figures of a finished run; while it runs, only the pieces received so far."""
    usage, timings = reply.usage, reply.timings
    speed = timings.tokens_per_second(usage.completion_tokens) if usage and timings else None
    return {
        "pieces": pieces,
        "ttft": timings.ttft if timings else None,
        "total": timings.total if timings else None,
        "tokens_per_second": speed,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "reasoning_tokens": usage.reasoning_tokens if usage else None,
        "estimated": bool(usage and usage.estimated),
        "finish_reason": reply.choices[0].finish_reason if reply.choices else None,
    }


def describe(error: PlaygroundError) -> dict[str, Any]:
    """An error as the pane shows it; the body is redacted already."""
    return {
        "message": sentence(error.message),
        "advice": sentence(error.advice),
        "param": error.param,
        "status": error.upstream_status,
        "body": error.body,
        "needs_key": error.status == 401,
    }
