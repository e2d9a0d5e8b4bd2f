"""The contract of a backend (playground/backends/base.py) as one set of cases, the same for every backend.

class TestScripted(BackendContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]: ...
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from playground.backends.base import Backend
from playground.errors import BadRequest, ModelNotFound, PlaygroundError
from playground.events import Event, Finished, Fold, LogprobsDelta, Progress, Reply, TextDelta, collect
from playground.jsonvalue import dumps
from playground.messages import user
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.fakes import Heard

FREED_SECONDS = 0.2


class Harness(ABC):
    """A backend ready to run, and what the cases have to know of it."""

    backend: Backend
    endpoint: Endpoint
    model: str
    """A model that answers different prompts differently, in several words, the same every time at temperature 0."""
    long_prompt = "Tell me a long story."
    """A prompt whose answer, without max_tokens, takes at least a second."""
    refused: tuple[tuple[dict[str, Any], str], ...]
    """Fields of a request (as on the wire) that cannot be honoured, and the `param` that the error names.

    A case for a parameter that stands here is left out: that it is refused is checked instead.
    """
    wired = False
    """Whether requests go over a wire."""

    @abstractmethod
    def running(self) -> int:
        """How many requests hold a place: upstream for a remote backend, a slot for a local one."""

    def request(self, prompt: str, *, model: str | None = None, **params: Any) -> ChatRequest:
        return ChatRequest.model_validate(
            {
                "model": ModelRef(endpoint=self.endpoint, id=model or self.model),
                "messages": (user(prompt),),
                "params": {"temperature": 0, **params},
            }
        )

    def refuses(self, param: str) -> bool:
        return param in [name for _, name in self.refused]

    def long(self) -> ChatRequest:
        return self.request(self.long_prompt)

    def fields(self, **fields: Any) -> ChatRequest:
        """A request with these top-level fields, parameters or a provider's own."""
        from playground.wire import read_request

        plain = {"model": self.model, "messages": [{"role": "user", "content": "Hi"}]}
        return read_request({**plain, **fields}, self.endpoint)[0]


PROMPT = "Name the days of the week, one after the other."
OTHER = "What is the capital of France, and how large is it?"


async def events_of(stream: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in stream]


async def until_error(stream: AsyncIterator[Event]) -> tuple[list[Event], PlaygroundError]:
    """What came before the error, and the error. Anything but a PlaygroundError passes through."""
    seen: list[Event] = []
    try:
        async for event in stream:
            seen.append(event)
    except PlaygroundError as error:
        return seen, error
    pytest.fail(f"it ended without an error, after {seen}")


def text_of(reply: Reply, choice: int = 0) -> str:
    return reply.choices[choice].message.text


class Pace:
    """How long a backend takes for a step, here and now: two models may share two cores with other tests."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def saw(self, event: Event) -> bool:
        """Whether enough has come to tell."""
        if isinstance(event, TextDelta):
            self._times.append(time.perf_counter())
        return len(self._times) >= 4

    @property
    def two_steps(self) -> float:
        return 2 * max(after - before for before, after in pairwise(self._times))


async def freed(harness: Harness, pace: Pace) -> None:
    """Waits for the place to be free, and holds it to the promise: 0.2 s, or two steps of a slow model."""
    start = time.perf_counter()
    while harness.running():
        assert time.perf_counter() - start < max(FREED_SECONDS, pace.two_steps), "it went on after it was cancelled"
        await asyncio.sleep(0.002)


class BackendContract:
    async def test_deltas_come_first_then_exactly_one_finished(self, harness: Harness) -> None:
        events = await events_of(harness.backend.stream(harness.request(PROMPT, max_tokens=12)))
        assert [event for event in events if isinstance(event, Finished)] == events[-1:]
        assert any(isinstance(event, TextDelta) for event in events)
        assert all(event.text for event in events if isinstance(event, TextDelta))

    async def test_text_comes_in_pieces_and_folds(self, harness: Harness) -> None:
        events = await events_of(harness.backend.stream(harness.request(PROMPT, max_tokens=12)))
        pieces = [event.text for event in events if isinstance(event, TextDelta)]
        reply = await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=12)))
        assert len(pieces) > 1
        assert text_of(reply) == "".join(pieces)
        assert reply.finished

    async def test_usage_and_timings_are_present_and_sane(self, harness: Harness) -> None:
        start = time.perf_counter()
        reply = await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=12)))
        assert reply.usage is not None
        assert reply.usage.prompt_tokens > 0
        assert 0 < reply.usage.completion_tokens <= 12
        assert not reply.usage.estimated
        assert reply.timings is not None
        assert reply.timings.ttft is not None
        assert 0 <= reply.timings.ttft <= reply.timings.total <= time.perf_counter() - start

    async def test_max_tokens_ends_the_answer(self, harness: Harness) -> None:
        reply = await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=3)))
        assert reply.choices[0].finish_reason == "length"
        assert reply.usage is not None
        assert reply.usage.completion_tokens == 3

    async def test_a_stop_text_ends_the_answer_and_is_not_in_it(self, harness: Harness) -> None:
        whole = text_of(await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=12))))
        middle = len(whole) // 2
        stop = whole[middle : middle + 3]
        events = await events_of(harness.backend.stream(harness.request(PROMPT, max_tokens=12, stop=[stop])))
        said = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert said == whole[: whole.index(stop)]
        assert isinstance(events[-1], Finished)
        assert events[-1].reason == "stop"

    async def test_several_answers_are_numbered(self, harness: Harness) -> None:
        if harness.refuses("n"):
            return
        events = await events_of(harness.backend.stream(harness.request(PROMPT, max_tokens=8, n=2)))
        assert {event.choice for event in events if isinstance(event, TextDelta)} == {0, 1}
        assert isinstance(events[-1], Finished)
        assert len(events[-1].reasons) == 2
        assert all(events[-1].reasons)

    async def test_two_at_once_do_not_mix(self, harness: Harness) -> None:
        requests = [harness.request(prompt, max_tokens=8) for prompt in (PROMPT, OTHER)]
        alone = [text_of(await collect(harness.backend.stream(request))) for request in requests]
        both = await asyncio.gather(*(collect(harness.backend.stream(request)) for request in requests))
        assert [text_of(reply) for reply in both] == alone
        assert alone[0] != alone[1]

    async def test_an_unknown_model_is_said(self, harness: Harness) -> None:
        with pytest.raises(ModelNotFound) as error:
            await collect(harness.backend.stream(harness.request(PROMPT, model="nobody/no-such-model")))
        assert "no-such-model" in error.value.message

    async def test_what_cannot_be_honoured_is_refused_before_anything(self, harness: Harness) -> None:
        for fields, param in harness.refused:
            seen, error = await until_error(harness.backend.stream(harness.fields(**fields)))
            assert isinstance(error, BadRequest)
            assert (error.param, [event for event in seen if not isinstance(event, Progress)]) == (param, [])
            assert error.message
            assert error.advice

    async def test_closing_cancels(self, harness: Harness) -> None:
        pace = Pace()
        async with aclosing(harness.backend.stream(harness.long())) as stream:
            async for event in stream:
                if pace.saw(event):
                    break
            assert harness.running() == 1
        await freed(harness, pace)

    async def test_cancelling_the_task_that_reads_cancels(self, harness: Harness) -> None:
        fold, pace, begun = Fold(), Pace(), asyncio.Event()

        async def read() -> None:
            async with aclosing(harness.backend.stream(harness.long())) as stream:
                async for event in stream:
                    fold.add(event)
                    if pace.saw(event):
                        begun.set()

        task = asyncio.create_task(read())
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await freed(harness, pace)
        assert text_of(fold.reply())
        assert not fold.reply().finished

    async def test_after_a_cancel_it_answers_as_before(self, harness: Harness) -> None:
        before = text_of(await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=8))))
        async with aclosing(harness.backend.stream(harness.long())) as stream:
            await anext(stream)
        after = text_of(await collect(harness.backend.stream(harness.request(PROMPT, max_tokens=8))))
        assert after == before

    async def test_a_tap_hears_the_wire_if_there_is_one_and_changes_nothing(self, harness: Harness) -> None:
        request, heard = harness.request(PROMPT, max_tokens=8), Heard()
        untapped = text_of(await collect(harness.backend.stream(request)))
        assert text_of(await collect(harness.backend.stream(request, tap=heard))) == untapped
        assert heard.names == (["sent", "answered", "received"] if harness.wired else [])
        assert heard.bodies == ([dumps(payload(request, STREAMED))] if harness.wired else [])

    async def test_models_are_listed(self, harness: Harness) -> None:
        assert harness.model in [model.id for model in await harness.backend.models()]

    async def test_log_probabilities_tell_every_token(self, harness: Harness) -> None:
        if harness.refuses("logprobs"):
            return
        request = harness.request(PROMPT, max_tokens=4, logprobs=True, top_logprobs=1)
        events = await events_of(harness.backend.stream(request))
        tokens = [token for event in events if isinstance(event, LogprobsDelta) for token in event.tokens]
        assert len(tokens) == 4
        assert all(token.logprob <= 0 and len(token.top) == 1 for token in tokens)
