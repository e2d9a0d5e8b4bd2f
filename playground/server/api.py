"""The chat-completion API: POST /chat/completions, GET /models, GET /models/{id}; mounted at /v1,
with its description at GET /openapi.json and GET /docs.

Every answer that is not a success is `{"error": {"message", "type", "param", "code"}}`, never a 422. The key is
checked before anything else, the body whole before anything runs. An error that comes before the first
event has its own status; one in the middle of a stream is the stream's last line. A client that leaves cancels.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import AsyncExitStack, contextmanager
from uuid import uuid4

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..backends.base import Backend, ModelInfo
from ..errors import Busy, ModelNotFound, ModelUnavailable, PlaygroundError
from ..events import collect
from ..request import Endpoint
from ..wire import ChunkWriter, completion
from .body import read_chat
from .docs import Docs
from .failures import on_http_error, on_playground_error
from .gate import Gate
from .streams import EventStream, Feed, lines, opening, unless_gone


def create_api(
    backend: Backend,
    endpoint: Endpoint,
    *,
    api_key: str | None = None,
    cors_origins: Collection[str] = (),
    max_body_bytes: int = 32 * 2**20,
    max_concurrent: int = 64,
    patience: float = 15.0,
) -> FastAPI:
    """An app of its own that answers for `backend`, whose models stand at `endpoint`.

    Pages of `cors_origins` may call it from a browser; of other sites, none.
    `max_concurrent` counts answers being made or waited for; one more is told 429. `patience` is in seconds:
    after it, a stream that has not begun is opened with keep-alive comments, and they recur as often.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)  # docs.py serves what is derived from our own values
    app.add_exception_handler(PlaygroundError, on_playground_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_middleware(Gate, api_key=api_key, origins=cors_origins)
    models = _Models(backend)
    chat = _Chat(backend, endpoint, _Places(max_concurrent), max_body_bytes, patience)
    app.add_api_route("/chat/completions", chat.answer, methods=["POST"])
    app.add_api_route("/models", models.list, methods=["GET"])
    app.add_api_route("/models/{id:path}", models.one, methods=["GET"])
    docs = Docs(key_required=api_key is not None)
    app.add_route("/openapi.json", docs.document)
    app.add_route("/docs", docs.page)
    return app


def health_route(path: str = "/health") -> Route:
    """A route that says that the server answers; it asks for no key and touches no model."""

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Route(path, health, methods=["GET"])


class _Places:
    """How many answers may be under way at once."""

    def __init__(self, limit: int) -> None:
        self._free = limit

    @contextmanager
    def take(self) -> Iterator[None]:
        if not self._free:
            raise Busy("The server has as many requests as it takes.")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class _Chat:
    """POST /chat/completions."""

    def __init__(
        self, backend: Backend, endpoint: Endpoint, places: _Places, max_body_bytes: int, patience: float
    ) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._places = places
        self._max_body_bytes = max_body_bytes
        self._patience = patience

    async def answer(self, request: Request) -> Response:
        asked, delivery = await read_chat(request, self._endpoint, self._max_body_bytes)
        id, created = f"chatcmpl-{uuid4().hex}", int(time.time())
        async with AsyncExitStack() as stack:
            stack.enter_context(self._places.take())
            feed = await stack.enter_async_context(Feed(self._backend.stream(asked)))
            if not delivery.stream:
                reply = await unless_gone(request, collect(feed))
                return JSONResponse(completion(id, created, asked.model.id, reply))
            first = await unless_gone(request, opening(feed, self._patience))
            writer = ChunkWriter(id, created, asked.model.id, include_usage=delivery.wants_usage, n=asked.params.n or 1)
            return EventStream(lines(feed, first, writer, self._patience), stack.pop_all())


class _Models:
    """GET /models and GET /models/{id}."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._created = int(time.time())

    async def list(self) -> JSONResponse:
        """The models that can run."""
        infos = await self._backend.models()
        runnable = [self._body(info) for info in infos if info.unavailable is None]
        return JSONResponse({"object": "list", "data": runnable})

    async def one(self, id: str) -> JSONResponse:
        info = next((info for info in await self._backend.models() if info.id == id), None)
        if info is None:
            raise ModelNotFound(f"The model {id!r} does not exist here.", param="model")
        if info.unavailable is not None:
            raise ModelUnavailable(info.unavailable)
        return JSONResponse(self._body(info))

    def _body(self, info: ModelInfo) -> dict[str, object]:
        refused = dict(info.refuses)
        return {
            "id": info.id,
            "object": "model",
            "created": self._created,
            "owned_by": info.id.rpartition("/")[0] or "local",
            "context_length": info.context_length,
            "status": "loaded" if info.residence is not None else "loading" if info.loading else "available",
            "capabilities": {
                "vision": info.sees_images,
                "thinking": info.thinks,
                "tools": "tools" not in refused,
                "own_tool_markup": info.own_tool_markup,
                "structured_output": "response_format" not in refused,
            },
        }
