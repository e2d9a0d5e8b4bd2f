"""What a running request emits, and the one fold of it.

A stream is any number of deltas and progress reports, then exactly one Finished. `choice` numbers the
answer (0 to n-1) that a delta belongs to.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from pydantic import SkipValidation

from .messages import Message, ToolCall
from .values import Value


class TextDelta(Value):
    """More of the answer's text."""

    text: str
    choice: int = 0


class ReasoningDelta(Value):
    """More of the thinking before the answer."""

    text: str
    choice: int = 0


class ToolCallDelta(Value):
    """More of tool call number `index`; id and name come once, arguments in pieces of JSON text."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    choice: int = 0


class TokenLogprob(NamedTuple):
    """A token and its natural-log probability; `bytes` are its UTF-8 bytes, None where unknown.

    No Value: an answer has thousands, and to validate each alternative would take longer than all else that is
    done for the answer. Who reads one from outside checks it there.
    """

    token: str
    logprob: float
    bytes: builtins.bytes | None = None
    top: tuple[TokenLogprob, ...] = ()


class LogprobsDelta(Value):
    """The log probabilities of the tokens behind the text that comes next."""

    tokens: SkipValidation[tuple[TokenLogprob, ...]]
    choice: int = 0


class Progress(Value):
    """What is going on before the first token. `done` of `total` in bytes or steps, None where unknown."""

    message: str
    done: int | None = None
    total: int | None = None


class Usage(Value):
    """Token counts; `estimated` when they are the app's own guess and not the backend's count."""

    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    estimated: bool = False


class Timings(Value):
    """Seconds from the start of the request: to the first delta (None if none came), and in all."""

    ttft: float | None
    total: float

    def tokens_per_second(self, completion_tokens: int) -> float | None:
        """Tokens per second after the first one; None where that cannot be told."""
        if self.ttft is None or completion_tokens < 2 or self.total <= self.ttft:
            return None
        return (completion_tokens - 1) / (self.total - self.ttft)


class Finished(Value):
    """The end. `reasons` holds each choice's finish_reason, in order; usage is None if never told."""

    reasons: tuple[str | None, ...]
    timings: Timings
    usage: Usage | None = None

    @property
    def reason(self) -> str | None:
        return self.reasons[0] if self.reasons else None


Delta = TextDelta | ReasoningDelta | ToolCallDelta | LogprobsDelta
Event = Delta | Progress | Finished


class Stopwatch:
    """Times a stream for its Finished event: start it, call `first()` at each delta, then `timings()`."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._first: float | None = None

    def first(self) -> None:
        if self._first is None:
            self._first = time.perf_counter() - self._start

    def timings(self) -> Timings:
        return Timings(ttft=self._first, total=time.perf_counter() - self._start)


class Choice(Value):
    """One folded answer. A model that said nothing leaves a message with empty content."""

    message: Message
    finish_reason: str | None
    logprobs: SkipValidation[tuple[TokenLogprob, ...]] = ()


class Reply(Value):
    """A whole answer, each choice in its place; `finished` is False when the stream was stopped or broke off."""

    choices: tuple[Choice, ...]
    usage: Usage | None = None
    timings: Timings | None = None
    finished: bool = True


class Fold:
    """Folds events into a Reply, at any moment: `add` each event, read `reply()` whenever it is wanted."""

    def __init__(self) -> None:
        self._choices: dict[int, _Partial] = {}
        self._end: Finished | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Finished):
            self._end = event
            for index in range(len(event.reasons)):
                self._choices.setdefault(index, _Partial())
        elif not isinstance(event, Progress):
            self._choices.setdefault(event.choice, _Partial()).add(event)

    def reply(self) -> Reply:
        reasons = self._end.reasons if self._end else ()
        return Reply(
            choices=tuple(
                self._choices.get(index, _Partial()).choice(reasons[index] if index < len(reasons) else None)
                for index in range(max(self._choices, default=-1) + 1)
            ),
            usage=self._end.usage if self._end else None,
            timings=self._end.timings if self._end else None,
            finished=self._end is not None,
        )


class _Partial:
    """One choice while it grows."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: dict[int, dict[str, str]] = {}
        self.logprobs: list[TokenLogprob] = []

    def add(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self.text.append(delta.text)
        elif isinstance(delta, ReasoningDelta):
            self.reasoning.append(delta.text)
        elif isinstance(delta, LogprobsDelta):
            self.logprobs.extend(delta.tokens)
        else:
            call = self.calls.setdefault(delta.index, {"id": "", "name": "", "arguments": ""})
            call["id"] = delta.id or call["id"]
            call["name"] = delta.name or call["name"]
            call["arguments"] += delta.arguments

    def choice(self, reason: str | None) -> Choice:
        return Choice(message=self._message(), finish_reason=reason, logprobs=tuple(self.logprobs))

    def _message(self) -> Message:
        text, reasoning = "".join(self.text), "".join(self.reasoning)
        calls = tuple(ToolCall.of(c["id"], c["name"], c["arguments"]) for _, c in sorted(self.calls.items()))
        fields: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None}
        if reasoning:
            fields["reasoning_content"] = reasoning
        if calls:
            fields["tool_calls"] = calls
        return Message(**fields)


async def collect(stream: AsyncIterator[Event]) -> Reply:
    """Run a stream to its end and fold it. Errors of the stream pass through."""
    fold = Fold()
    async for event in stream:
        fold.add(event)
    return fold.reply()
