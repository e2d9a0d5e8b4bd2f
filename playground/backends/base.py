"""The seam: what every backend is, and what it promises.

    async for event in backend.stream(request): ...

* Deltas (text, reasoning, tool call, logprobs) and progress reports come as they happen, then exactly one
  Finished; or a PlaygroundError is raised, and nothing else ever is.
* The request is checked whole before anything runs: a field that this backend or model cannot honour
  raises Unsupported (or another BadRequest) with `param`; it is never dropped.
* Closing the iterator (`aclose()`, or cancelling the task that reads it) cancels: an HTTP stream is closed
  upstream, a local generation stops at its next token and frees its place.
* There is no `stream` flag: everything streams. `events.collect` folds.
* A backend has no state that one request could see of another; it may be used by many tasks of one event
  loop at once.

tests/contract.py holds every backend to this.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from ..events import Event
from ..request import ChatRequest
from ..values import Value


class ModelInfo(Value):
    """What is known of a model. Unknown facts are None; `unavailable` says why it cannot run, if it can't.

    `context_length` counts tokens. `refuses` maps a parameter's name to the reason it is not honoured.
    """

    id: str
    sees_images: bool | None = None
    context_length: int | None = None
    unavailable: str | None = None
    refuses: tuple[tuple[str, str], ...] = ()


class Backend(Protocol):
    def stream(self, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """Run the request. Use `contextlib.aclosing` (or read to the end) so that it ends with you."""
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """The models on offer, most useful first. Raises a PlaygroundError when they can't be listed."""
        ...

    async def close(self) -> None:
        """Give back connections, threads and memory. The backend is not used after."""
        ...
