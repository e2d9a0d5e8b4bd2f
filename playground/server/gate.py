"""What every API request passes first: an id, one line in the log, the key, the origin.

A plain ASGI middleware, so that streams pass unbuffered and a client's leaving reaches the handler.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Collection
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import PlaygroundError, Unauthorized
from .failures import answer, ours
from .origins import check_origin, preflight, tell_browser

log = logging.getLogger(__name__)

GONE = 499  # nginx's status for a client that left; only in the log


class Gate:
    """Refuses requests without the key (when there is one) and from pages of sites other than its own and `origins`."""

    def __init__(self, app: ASGIApp, api_key: str | None, origins: Collection[str] = ()) -> None:
        self._app = app
        self._key = api_key.encode() if api_key is not None else None
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(send, Headers(scope=scope).get("origin"), self._origins)
        try:
            await self._pass(scope, receive, visit)
        except ClientDisconnect:
            visit.status = GONE
        except Exception as error:  # noqa: BLE001 - the edge: logged by ours(), and nothing of it goes out
            failure = ours(error)
            if visit.status is None:
                await answer(failure)(scope, receive, visit.send)
        finally:
            visit.report(scope)

    async def _pass(self, scope: Scope, receive: Receive, visit: _Visit) -> None:
        headers = Headers(scope=scope)
        if (allowed := preflight(scope["method"], headers, self._origins)) is not None:
            await allowed(scope, receive, visit.send)
            return
        try:
            check_key(headers, self._key)
            check_origin(headers, self._origins)
        except PlaygroundError as error:
            await answer(error)(scope, receive, visit.send)
            return
        await self._app(scope, receive, visit.send)


class _Visit:
    """One request: its id goes out as a header, its outcome into the log, without contents or keys."""

    def __init__(self, send: Send, origin: str | None, origins: Collection[str]) -> None:
        self._send = send
        self._origin, self._origins = origin, origins
        self._start = time.perf_counter()
        self.id = f"req_{uuid4().hex}"
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.id
            tell_browser(headers, self._origin, self._origins)
        await self._send(message)

    def report(self, scope: Scope) -> None:
        took = time.perf_counter() - self._start
        path = quote(scope["path"])
        log.info("%s %s %s %.2fs %s", scope["method"], path, self.status or GONE, took, self.id)


def check_key(headers: Headers, key: bytes | None) -> None:
    """Raises Unauthorized unless `Authorization: Bearer <key>` is there; None asks for nothing."""
    if key is None:
        return
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        raise Unauthorized("This API needs a key: send it as `Authorization: Bearer KEY`.")
    # The comparison takes the same time wherever the two differ; headers arrive decoded as latin-1.
    if not hmac.compare_digest(given.strip().encode("latin-1"), key):
        raise Unauthorized("The API key is not the one that this server asks for.")
