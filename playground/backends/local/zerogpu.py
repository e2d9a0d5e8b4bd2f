"""Local models on a Space with ZeroGPU: a GPU is borrowed for each answer, and computes it by the same engine.

There, a function under `spaces.GPU` runs in a process that `spaces` forks, which alone sees the GPU; its arguments and
what it yields travel by pickle. In that process stands a LocalBackend as anywhere else; this one fetches the weights
before a GPU is asked for, so that no second of the visitor's share goes into a download, and hands the events on.
"""

from __future__ import annotations

import asyncio
import contextvars
import re
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from typing import cast

from ...errors import Busy, ModelUnavailable, PlaygroundError
from ...events import Event, Finished, Progress
from ...request import ChatRequest
from ..base import ModelInfo, Tap
from .backend import LocalBackend
from .run import Run
from .settings import read_settings

Answer = Callable[[ChatRequest], Iterator[Event | PlaygroundError]]
Lend = Callable[..., Callable[[Answer], Answer]]
LOADING_S, TOKENS_PER_S, LONGEST_S = 30, 20, 120
USUAL_TOKENS = 1024


class ZeroGpuBackend:
    """Runs each request where `lend` (spaces.GPU) lends a GPU for it; `here` looks for models and fetches them.

    `there` makes the backend in the process that has the GPU. Make this before the page is launched: `spaces` looks
    for decorated functions then.
    """

    def __init__(self, here: LocalBackend, there: Callable[[], LocalBackend], lend: Lend) -> None:
        self._here = here
        self._answer = lend(duration=seconds_for)(answering(there))

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        """See backends/base.py. There is no wire, so that a tap hears nothing."""
        read_settings(request)
        async with aclosing(self._here.fetch(request.model.id)) as progress:
            async for report in progress:
                yield report
        run = Run(request.model.id)
        run.send(Progress(message="Asking for a GPU"))
        context = contextvars.copy_context()  # Gradio keeps in it who asks, and `spaces` whose share is used
        threading.Thread(
            target=context.run, args=(self._borrow, request, run), name="borrowed-gpu", daemon=True
        ).start()
        try:
            async for event in run.heard():
                yield (
                    event.model_copy(update={"timings": run.watch.timings()}) if isinstance(event, Finished) else event
                )
        finally:
            run.cancel()

    async def models(self) -> tuple[ModelInfo, ...]:
        """See backends/base.py."""
        return await self._here.models()

    async def close(self) -> None:
        await self._here.close()

    def _borrow(self, request: ChatRequest, run: Run) -> None:
        """Say what the process with the GPU says. Leaving the loop early tells it to stop."""
        try:
            with closing(cast("Generator[Event | PlaygroundError]", self._answer(request))) as said:
                for item in said:
                    if run.cancelled:
                        return
                    if not isinstance(item, (PlaygroundError, Progress)):
                        run.watch.first()
                    run.send(item)
            run.send(
                ModelUnavailable("The process with the GPU ended before the answer was complete.", advice="Run again.")
            )
        except Exception as error:  # noqa: BLE001 - `spaces` raises Gradio's errors, and what the other process ran into
            run.send(_refused(error))


def answering(there: Callable[[], LocalBackend]) -> Answer:
    """What runs in the process with the GPU, which may live on for further answers: so its backend is kept."""
    kept: list[LocalBackend] = []

    def answer(request: ChatRequest) -> Iterator[Event | PlaygroundError]:
        if not kept:
            kept.append(there())
        events = kept[0].stream(request)
        with asyncio.Runner() as runner:
            try:
                while (event := runner.run(_next(events))) is not None:
                    yield event
            except PlaygroundError as error:
                yield error  # as an item: an exception would lose all but its name on the way
            finally:
                runner.run(events.aclose())

    return answer


async def _next(events: AsyncGenerator[Event, None]) -> Event | None:
    return await anext(events, None)


def seconds_for(request: ChatRequest) -> int:
    """For how long a GPU is asked: to load the model and write the answers. A shorter time is granted sooner."""
    tokens = (request.params.max_tokens or USUAL_TOKENS) * (request.params.n or 1)
    return min(LONGEST_S, LOADING_S + tokens // TOKENS_PER_S)


def _refused(error: Exception) -> PlaygroundError:
    """What `spaces` said, in this app's words."""
    words = re.sub(r"<[^>]*>", "", str(getattr(error, "message", error))).strip()
    if "quota" in words.lower():
        told: PlaygroundError = Busy(
            words, advice="Wait until your share is filled up again, or sign in to have a larger one."
        )
    elif "aborted" in words.lower():
        told = ModelUnavailable(
            "The GPU was taken back before the answer was complete.",
            advice="Lower max_tokens or n, choose a smaller model, or run again.",
        )
    else:
        told = ModelUnavailable(f"The Space lent no GPU: {words[:300]}", advice="Run again in a while.")
    told.__cause__ = error
    return told
