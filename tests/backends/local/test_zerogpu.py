"""Local models where a GPU is borrowed for each answer, with a lender that keeps no GPU but `spaces`' manners."""

from __future__ import annotations

import contextvars
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.backends.local import LocalBackend
from playground.backends.local.weights import Weights
from playground.backends.local.zerogpu import Answer, ZeroGpuBackend, seconds_for
from playground.errors import BadRequest, Busy, ModelNotFound, ModelUnavailable, PlaygroundError
from playground.events import Event
from playground.request import ChatRequest
from tests.backends.local.asking import ask, run
from tests.backends.local.test_backend import LocalHarness
from tests.contract import BackendContract, until_error
from tests.models import TINY

VISITOR: contextvars.ContextVar[str] = contextvars.ContextVar("visitor", default="nobody")


class Lender:
    """`spaces.GPU`: what goes into the decorated function and what comes out of it is pickled on the way.

    `refusal` is raised in its place, as where a visitor's share is used up. `lost` takes the GPU away after so many items,
    `ended` lets the other process end then.
    """

    def __init__(self, refusal: Exception | None = None, lost: int | None = None, ended: int | None = None) -> None:
        self.refusal, self.lost, self.ended = refusal, lost, ended
        self.lent: list[tuple[str, int]] = []
        self.out = 0

    def __call__(self, *, duration: Callable[[ChatRequest], int]) -> Callable[[Answer], Answer]:
        def decorate(task: Answer) -> Answer:
            def borrowed(request: ChatRequest) -> Iterator[Event | PlaygroundError]:
                self.lent.append((VISITOR.get(), duration(request)))
                if self.refusal is not None:
                    raise self.refusal
                self.out += 1
                try:
                    for number, item in enumerate(task(passed_on(request))):
                        if number == self.lost:
                            raise GradioError("GPU task aborted")
                        if number == self.ended:
                            return
                        yield passed_on(item)
                finally:
                    self.out -= 1

            return borrowed

        return decorate


class GradioError(Exception):
    """As Gradio's: with a message that may hold HTML."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def passed_on(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


class BorrowingHarness(LocalHarness):
    def __init__(self, backend: ZeroGpuBackend, lender: Lender) -> None:
        self.backend, self._lender = backend, lender

    def running(self) -> int:
        return self._lender.out


Lending = Callable[[Lender], ZeroGpuBackend]


@pytest.fixture
async def lending(weights: Weights, local: LocalBackend) -> AsyncIterator[Lending]:
    """Makes a backend that borrows from a lender; what runs there is the session's local backend."""
    here = LocalBackend(data_dir=Path(), default_model=TINY, weights=weights)
    yield lambda lender: ZeroGpuBackend(here, lambda: local, lender)
    await here.close()


class TestContract(BackendContract):
    @pytest.fixture
    def harness(self, lending: Lending) -> BorrowingHarness:
        lender = Lender()
        return BorrowingHarness(lending(lender), lender)


async def test_the_answer_is_the_local_backends(lending: Lending, local: LocalBackend) -> None:
    asked = ask("Hello", max_tokens=8, logprobs=True, top_logprobs=2)
    borrowed, own = await run(lending(Lender()), asked), await run(local, asked)
    assert borrowed.choices == own.choices
    assert borrowed.timings is not None
    assert borrowed.timings.ttft is not None
    assert borrowed.timings.total >= borrowed.timings.ttft


async def test_the_visitors_own_share_is_used(lending: Lending) -> None:
    lender = Lender()
    VISITOR.set("ann")
    await run(lending(lender), ask("Hello", max_tokens=100, n=2))
    assert lender.lent == [("ann", 40)]


async def test_the_weights_are_here_before_a_gpu_is_asked_for(lending: Lending) -> None:
    lender = Lender()
    _, error = await until_error(lending(lender).stream(ask("Hello", model="tests/none")))
    assert isinstance(error, ModelNotFound)
    _, error = await until_error(lending(lender).stream(ask("Hello", stop=["a", "b", "c", "d", "e"])))
    assert isinstance(error, BadRequest)
    assert lender.lent == []


async def test_an_error_there_keeps_all_it_says(lending: Lending) -> None:
    _, error = await until_error(lending(Lender()).stream(ask("Hello", logit_bias={"999999": 1})))
    assert isinstance(error, BadRequest)
    assert (error.param, error.advice) == ("logit_bias", BadRequest.advice)


@pytest.mark.parametrize(
    ("lender", "kind", "message", "advice"),
    [
        (Lender(GradioError("You have exceeded your GPU quota (60s). <a href='https://x'>Sign in</a>")), Busy,
         "You have exceeded your GPU quota (60s). Sign in", "Wait until"),
        (Lender(lost=3), ModelUnavailable, "The GPU was taken back before the answer was complete.", "Lower max_tokens"),
        (Lender(ended=3), ModelUnavailable, "The process with the GPU ended before the answer was complete.", "Run again"),
        (Lender(RuntimeError("no connection")), ModelUnavailable, "The Space lent no GPU: no connection", "Run again"),
    ],
    ids=["share used up", "taken back", "ended", "something else"],
)  # fmt: skip
async def test_what_the_lender_refuses_is_said(
    lending: Lending, lender: Lender, kind: type[PlaygroundError], message: str, advice: str
) -> None:
    _, error = await until_error(lending(lender).stream(ask("Hello", max_tokens=8)))
    assert isinstance(error, kind)
    assert error.message == message
    assert error.advice.startswith(advice)


async def test_models_are_listed_without_a_gpu(lending: Lending) -> None:
    lender = Lender()
    assert TINY in [model.id for model in await lending(lender).models()]
    assert lender.lent == []


@pytest.mark.parametrize(
    ("params", "seconds"),
    [({}, 81), ({"max_tokens": 100}, 35), ({"max_tokens": 100, "n": 4}, 50), ({"max_tokens": 9000}, 120)],
)
def test_a_gpu_is_asked_for_as_long_as_the_answer_may_take(params: dict[str, Any], seconds: int) -> None:
    assert seconds_for(ask("Hello", **params)) == seconds
