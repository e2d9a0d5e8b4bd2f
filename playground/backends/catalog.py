"""Endpoint and key -> Backend, each made once; and the lists of models, remembered for a short while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from typing import Any

from ..events import Event
from ..request import ChatRequest, Endpoint, EndpointKind
from .base import Backend, ModelInfo, Tap
from .remote import RemoteBackend
from .scripted import ScriptedBackend

LOCAL_NAME = "This machine"
HF_ROUTER = Endpoint(
    name="Hugging Face Inference Providers", base_url="https://router.huggingface.co/v1", key_name="HF_TOKEN"
)
DEMO = Endpoint(name="Demo", kind="scripted")
MOST_REMOTES = 32
LISTED_SECONDS = 30.0


def local_endpoint(base_url: str, *, key_required: bool) -> Endpoint:
    """The models of this machine. `base_url` is the app's own API, where the snippets find them."""
    fields: dict[str, Any] = {"name": LOCAL_NAME, "kind": "local", "base_url": base_url}
    return Endpoint(**fields, key_name="API_KEY") if key_required else Endpoint(**fields)


class Catalog:
    """The backends in use. One local and one scripted backend; a remote one for each endpoint and key.

    `most_remotes` bounds those kept: the one longest unused is closed, once nothing runs on it. A backend
    that somebody still holds goes on working after that. `now` tells seconds. For one event loop.
    """

    def __init__(
        self,
        *,
        local: Callable[[], Backend],
        remote: Callable[[Endpoint, str | None], Backend] = RemoteBackend,
        scripted: Callable[[], Backend] = ScriptedBackend,
        most_remotes: int = MOST_REMOTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own: dict[EndpointKind, Callable[[], Backend]] = {"local": local, "scripted": scripted}
        self._remote = remote
        self._most = most_remotes
        self._now = now
        self._kept: dict[EndpointKind, Backend] = {}
        self._remotes: OrderedDict[Hashable, _Shared] = OrderedDict()
        self._retired: list[_Shared] = []

    def backend(self, endpoint: Endpoint, key: str | None = None) -> Backend:
        """The backend of an endpoint. `key` counts for remote endpoints alone. Makes no connection."""
        make = self._own.get(endpoint.kind)
        if make is None:
            return self._shared(endpoint, key or None)
        if endpoint.kind not in self._kept:
            self._kept[endpoint.kind] = make()
        return self._kept[endpoint.kind]

    async def models(self, endpoint: Endpoint, key: str | None = None) -> tuple[ModelInfo, ...]:
        """The models on offer; of a remote endpoint as they were at most 30 seconds ago. Errors are not kept."""
        backend = self.backend(endpoint, key)
        await self._sweep()
        return await backend.models()

    async def close(self) -> None:
        """Close every backend. The catalog is not used after."""
        backends = [*self._kept.values(), *self._remotes.values(), *self._retired]
        self._kept.clear()
        self._remotes.clear()
        self._retired.clear()
        for backend in backends:
            await backend.close()

    def _shared(self, endpoint: Endpoint, key: str | None) -> Backend:
        place = (endpoint, key)
        if place not in self._remotes:
            self._remotes[place] = _Shared(self._remote(endpoint, key), self._now, self._sweep)
        self._remotes.move_to_end(place)
        while len(self._remotes) > self._most:
            self._retired.append(self._remotes.popitem(last=False)[1])
        return self._remotes[place]

    async def _sweep(self) -> None:
        """Close what was retired and is idle. Runs where waiting is possible: `backend` itself can't."""
        idle = [shared for shared in self._retired if shared.running == 0]
        self._retired = [shared for shared in self._retired if shared.running > 0]
        for shared in idle:
            await shared.close()


class _Shared:
    """A remote backend that counts what runs on it and remembers its list of models."""

    def __init__(self, backend: Backend, now: Callable[[], float], sweep: Callable[[], Any]) -> None:
        self._backend = backend
        self._now = now
        self._sweep = sweep
        self._listed: tuple[float, tuple[ModelInfo, ...]] | None = None
        self.running = 0

    def __repr__(self) -> str:
        return repr(self._backend)

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        self.running += 1
        try:
            async with aclosing(self._backend.stream(request, tap=tap)) as events:
                async for event in events:
                    yield event
        finally:
            self.running -= 1
            await self._sweep()

    async def models(self) -> tuple[ModelInfo, ...]:
        if self._listed is None or self._now() - self._listed[0] > LISTED_SECONDS:
            self._listed = (self._now(), await self._backend.models())
        return self._listed[1]

    async def close(self) -> None:
        await self._backend.close()
