"""A deterministic backend without a model: it plays scripts. For demos, and for tests of everything above.

A token is a word here, with the blanks before it: max_tokens, usage and log probabilities count words, and
they are counted, not guessed. A script has one possible answer, so that every sampling setting is honoured by
giving that answer, and each of its words has the log probability 0, unless the model has a `score`. What a script can't
honour is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import closing

from ..errors import BadRequest, ContextTooLong, ModelNotFound, PlaygroundError, Unsupported
from ..events import (
    Delta,
    Event,
    Finished,
    LogprobsDelta,
    Progress,
    ReasoningDelta,
    Stopwatch,
    TextDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from ..request import ChatRequest
from .base import ModelInfo, Tap
from .demos import DEMOS
from .scripts import End, Pause, Script, ScriptedModel, Step, words

# Fields that ask nothing of a model.
_IDLE = frozenset({"user", "metadata", "store", "service_tier"})


class ScriptedBackend:
    """A Backend (see base.py) over scripts by model id; without any, the demo models of demos.py.

    `tokens_per_second` paces every word; None plays as fast as it can, pauses of the scripts aside.
    """

    def __init__(
        self, scripts: Mapping[str, Script | ScriptedModel] | None = None, *, tokens_per_second: float | None = None
    ) -> None:
        rows = DEMOS if scripts is None else scripts
        self._models = {id: row if isinstance(row, ScriptedModel) else ScriptedModel(row) for id, row in rows.items()}
        self._pace = 1 / tokens_per_second if tokens_per_second else 0.0

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        watch = Stopwatch()
        model = self._models.get(request.model.id)
        if model is None:
            raise ModelNotFound(f"there is no scripted model {request.model.id}")
        check(request, model)
        steps = model.script(request) if callable(model.script) else model.script
        choices = [_Choice(index, request, model.score or _certain) for index in range(request.params.n or 1)]
        with closing(_steps(steps)) as steps:
            for step in steps:
                if isinstance(step, PlaygroundError):
                    raise step
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, Progress):
                    yield step
                else:
                    for event in [event for choice in choices for event in choice.take(step)]:
                        await asyncio.sleep(self._pace * _size(event))
                        watch.first()
                        yield event
                if all(choice.reason for choice in choices):
                    break
        for event in [event for choice in choices for event in choice.flush()]:
            watch.first()
            yield event
        yield Finished(
            reasons=tuple(choice.reason or choice.natural for choice in choices),
            usage=_usage(request, choices),
            timings=watch.timings(),
        )

    async def models(self) -> tuple[ModelInfo, ...]:
        return tuple(
            ModelInfo(
                id=id,
                sees_images=model.sees_images,
                context_length=model.context_length,
                refuses=model.refuses,
                thinks="reasoning_effort" not in dict(model.refuses),
                thinking_fields=tuple({"reasoning_effort"} - dict(model.refuses).keys()),
                continues=model.continues,
            )
            for id, model in self._models.items()
        )

    async def close(self) -> None:
        """Nothing is held."""


def check(request: ChatRequest, model: ScriptedModel) -> None:
    """Raises BadRequest, with `param`, for what a scripted model cannot honour."""
    asked = {name for name, value in request.params.given().items() if value is not None}
    for name, reason in model.refuses:
        if name in asked and not (name == "response_format" and request.params.response_format["type"] == "text"):
            raise Unsupported(f"{name} cannot be honoured: {reason}", param=name)
    for name, value in request.extra.items():
        if value is not None and name not in _IDLE:
            raise Unsupported(f"{name} is not known to a scripted model", param=name)
    if model.sees_images is False and any(message.images for message in request.messages):
        raise BadRequest("this model cannot see images", param="messages", advice="Choose a model that sees images.")
    length = _prompt_words(request)
    if model.context_length is not None and length > model.context_length:
        said = f"the conversation has {length} words; the model holds {model.context_length}"
        raise ContextTooLong(said, param="messages")


def _steps(steps: Iterable[Step]) -> Generator[Step, None, None]:
    """The steps; closing it closes a generator beneath it."""
    yield from steps


class _Choice:
    """One choice while it is played: cut at max_tokens and before stop texts, counted in words."""

    def __init__(self, index: int, request: ChatRequest, score: Callable[[str], tuple[TokenLogprob, ...]]) -> None:
        params = request.params
        stop = params.stop or ()
        limits = [limit for limit in (params.max_tokens, params.max_completion_tokens) if limit is not None]
        self._index, self._score = index, score
        self._stops: tuple[str, ...] = (stop,) if isinstance(stop, str) else tuple(stop)
        self._left: float = min(limits, default=float("inf"))
        self._logprobs = bool(params.logprobs)
        self._top = params.top_logprobs or 0
        self._held = ""
        self.reason: str | None = None
        self.natural = "stop"
        self.completion = 0
        self.reasoning = 0

    def take(self, step: Delta | End) -> list[Event]:
        """What a step becomes for this choice; nothing once it has ended."""
        if self.reason is not None:
            return []
        if isinstance(step, End):
            events = self.flush()
            self.reason = step.reason
            return events
        if isinstance(step, TextDelta):
            return self._say(self._spend(step.text))
        if isinstance(step, ReasoningDelta):
            text = self._spend(step.text)
            self.reasoning += len(words(text))
            return [ReasoningDelta(text=text, choice=self._index)] if text else []
        if isinstance(step, ToolCallDelta):
            self.natural = "tool_calls"
            arguments = self._spend(step.arguments)
            return [step.model_copy(update={"arguments": arguments, "choice": self._index})]
        return [step.model_copy(update={"choice": self._index})]

    def flush(self) -> list[Event]:
        """The text that was held back because a stop text might have begun in it."""
        held, self._held = self._held, ""
        return self._events(held)

    def _spend(self, text: str) -> str:
        """As much of the text as max_tokens leaves room for."""
        tokens = words(text)
        kept = tokens if len(tokens) <= self._left else tokens[: int(self._left)]
        if len(kept) < len(tokens):
            self.reason = "length"
        self._left -= len(kept)
        self.completion += len(kept)
        return "".join(kept)

    def _say(self, text: str) -> list[Event]:
        text = self._held + text
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.reason, self._held = "stop", ""
            return self._events(text[: min(found)])
        end = len(text) - max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[end:]
        return self._events(text[:end])

    def _events(self, text: str) -> list[Event]:
        if not text:
            return []
        said = TextDelta(text=text, choice=self._index)
        if not self._logprobs:
            return [said]
        tokens = tuple(self._scored(token) for word in words(text) for token in self._score(word))
        return [LogprobsDelta(tokens=tokens, choice=self._index), said]

    def _scored(self, token: TokenLogprob) -> TokenLogprob:
        return token._replace(top=token.top[: self._top])


def _certain(word: str) -> tuple[TokenLogprob, ...]:
    sure = TokenLogprob(token=word, logprob=0.0, bytes=word.encode(errors="replace"))
    return (sure._replace(top=(sure,)),)


def _overlap(text: str, stop: str) -> int:
    """How many of the text's last characters may be the beginning of the stop text."""
    sizes = range(min(len(text), len(stop) - 1), 0, -1)
    return next((size for size in sizes if text.endswith(stop[:size])), 0)


def _size(event: Event) -> int:
    return len(words(event.text)) if isinstance(event, (TextDelta, ReasoningDelta)) else 0


def _prompt_words(request: ChatRequest) -> int:
    return sum(len(words(message.thinking + message.text)) for message in request.messages)


def _usage(request: ChatRequest, choices: Iterable[_Choice]) -> Usage:
    reasoning = sum(choice.reasoning for choice in choices)
    return Usage(
        prompt_tokens=_prompt_words(request),
        completion_tokens=sum(choice.completion for choice in choices),
        reasoning_tokens=reasoning or None,
    )
