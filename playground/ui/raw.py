"""The raw view: what went over the wire for a run, as it went, kept for a while in memory.

Secrets were taken out before anything came here (backends/base.py, Tap). A run is found by its id, which the page
makes at random: whoever knows it may read it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from ..backends.base import Backend, Headers
from ..events import Event, Finished, Progress
from ..jsonvalue import dumps
from ..redact import MARK
from ..request import ChatRequest
from ..wire import DONE, ChunkWriter, payload, sse
from ..wire.requests import STREAMED

MOST_RUNS = 100
MOST_BYTES = 32 * 1024 * 1024
RUN_BYTES = 4 * 1024 * 1024
BODY_BYTES = RUN_BYTES * 3 // 4
"""Of a request's body at most this much is kept, so that room is left for the answer."""
PIECE_BYTES = 150
"""What a piece of an answer takes in memory beside its text."""


@dataclass
class _Attempt:
    """A request and its answer. Times are in seconds: `started` since the run began, the others since `started`."""

    started: float
    method: str
    url: str
    headers: Headers
    body: bytes
    body_cut: int
    status: int | None = None
    response_headers: Headers = ()
    answered: float | None = None
    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def sends(self, body: bytes) -> bool:
        return len(body) == len(self.body) + self.body_cut and body.startswith(self.body)

    def view(self) -> dict[str, Any]:
        return {
            "started": _rounded(self.started),
            "method": self.method,
            "url": self.url,
            "headers": [list(pair) for pair in self.headers],
            "body": _text(self.body),
            "body_cut": self.body_cut,
            "status": self.status,
            "response_headers": [list(pair) for pair in self.response_headers],
            "lines": [[_rounded(at), line] for at, piece in self.pieces for line in _lines(piece)],
        }


class Exchange:
    """A Tap that records one run. Beyond RUN_BYTES it leaves out what comes, and says so.

    `grown` is told by how many bytes it grew; `now` tells seconds.
    """

    def __init__(self, grown: Callable[[int], None], now: Callable[[], float]) -> None:
        self._grown = grown
        self._now = now
        self._began = now()
        self._total: float | None = None
        self._attempts: list[_Attempt] = []
        self._error: dict[str, Any] | None = None
        self._in_app = False
        self._cut = False
        self._forgotten = False
        self.size = 0

    def sent(self, method: str, url: str, headers: Headers, body: str) -> None:
        whole, taken = body.encode(), 0
        if self._attempts and self._attempts[-1].sends(whole):
            kept = self._attempts[-1].body
        else:
            kept = self._fitting(whole, BODY_BYTES)
            taken = len(kept)
        self._attempts.append(_Attempt(self._since(), method, url, headers, kept, len(whole) - len(kept)))
        self._grow(taken + _weight(headers))

    def answered(self, status: int, headers: Headers) -> None:
        attempt = self._attempts[-1]
        attempt.status, attempt.response_headers = status, headers
        attempt.answered = self._since() - attempt.started
        self._grow(_weight(headers))

    def received(self, text: str) -> None:
        attempt, kept = self._attempts[-1], self._fitting(text.encode(), RUN_BYTES - PIECE_BYTES)
        if kept:
            attempt.pieces.append((self._since() - attempt.started, kept))
            self._grow(len(kept) + PIECE_BYTES)

    def is_in_app(self) -> None:
        """Nothing goes over a wire: what is told is what this app's own API would put on one."""
        self._in_app = True

    def end(self, error: dict[str, Any] | None = None) -> None:
        """Nothing more comes; `error` says what went wrong, if something did."""
        self._total = self._since() if self._total is None else self._total
        self._error = error or self._error

    def forget(self) -> None:
        """Give the memory back, and keep nothing more."""
        self._forgotten = True
        for attempt in self._attempts:
            attempt.body, attempt.pieces = b"", []

    def view(self) -> dict[str, Any]:
        """For the browser. `timings` are seconds since the run began; those of the attempt are the latest attempt's."""
        return {
            "attempts": [attempt.view() for attempt in self._attempts],
            "in_app": self._in_app,
            "running": self._total is None,
            "cut": self._cut,
            "timings": self._timings(),
            "error": self._error,
        }

    def _timings(self) -> dict[str, float]:
        times = {"total": self._since() if self._total is None else self._total}
        for attempt in self._attempts[-1:]:
            times["sent"] = attempt.started
            if attempt.answered is not None:
                times["headers"] = attempt.started + attempt.answered
            if attempt.pieces:
                times["first_line"] = attempt.started + attempt.pieces[0][0]
        return {name: _rounded(seconds) for name, seconds in times.items()}

    def _since(self) -> float:
        return self._now() - self._began

    def _fitting(self, data: bytes, most: int) -> bytes:
        """As much of the data as there is room for, if at most this much is kept in all."""
        if self._forgotten:
            return b""
        kept = data[: max(0, most - self.size)]
        self._cut = self._cut or len(kept) < len(data)
        return kept

    def _grow(self, by: int) -> None:
        if not self._forgotten:
            self.size += by
            self._grown(by)


class Exchanges:
    """The exchanges of the latest runs: at most `runs` of them, and `size` bytes in all. For one event loop."""

    def __init__(
        self, *, runs: int = MOST_RUNS, size: int = MOST_BYTES, now: Callable[[], float] = time.perf_counter
    ) -> None:
        self._runs = runs
        self._most = size
        self._now = now
        self._kept: OrderedDict[str, Exchange] = OrderedDict()
        self._sessions: dict[str, str | None] = {}  # run -> the session whose it is
        self._size = 0

    def open(self, run: str, session: str | None = None) -> Exchange:
        """A new exchange, found by this id from now on. One that had it before is forgotten."""
        if run in self._kept:
            self._forget(run)
        while len(self._kept) >= self._runs:
            self._forget(next(iter(self._kept)))
        self._kept[run] = exchange = Exchange(self._grown, self._now)
        self._sessions[run] = session
        return exchange

    def close(self, session: str | None) -> None:
        """Forget what a session sent and got: its page was closed."""
        for run in [run for run, owner in self._sessions.items() if owner == session]:
            self._forget(run)

    def view(self, ask: Any) -> dict[str, Any]:
        """The answer to {"run"}: the exchange (see Exchange.view), or {"missing": True} if it is not kept."""
        exchange = self._kept.get(str(ask.get("run"))) if isinstance(ask, Mapping) else None
        return {"missing": True} if exchange is None else exchange.view()

    def _grown(self, by: int) -> None:
        self._size += by
        while self._size > self._most:
            self._forget(next(iter(self._kept)))

    def _forget(self, run: str) -> None:
        exchange = self._kept.pop(run)
        del self._sessions[run]
        self._size -= exchange.size
        exchange.forget()


async def recorded(backend: Backend, request: ChatRequest, exchange: Exchange) -> AsyncGenerator[Event, None]:
    """Run the request; the exchange records it, and ends when the run has finished."""
    remote = request.model.endpoint.kind == "remote"
    stream = backend.stream(request, tap=exchange) if remote else _as_api(request, backend.stream(request), exchange)
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Finished):
                exchange.end()
            yield event


async def _as_api(
    request: ChatRequest, stream: AsyncGenerator[Event, None], exchange: Exchange
) -> AsyncGenerator[Event, None]:
    """The same events of a stream that has no wire, recorded as this app's own API would put them on one."""
    exchange.is_in_app()
    endpoint = request.model.endpoint
    key: Headers = () if endpoint.key_name is None else (("Authorization", f"Bearer {MARK}"),)
    url, body = f"{endpoint.base_url or ''}/chat/completions", dumps(payload(request, STREAMED))
    exchange.sent("POST", url, (("Content-Type", "application/json"), *key), body)
    writer = ChunkWriter(
        "chatcmpl-raw", int(time.time()), request.model.id, include_usage=True, n=request.params.n or 1
    )
    opening = writer.start()
    async with aclosing(stream) as events:
        async for event in events:
            if not isinstance(event, Progress):
                chunks, opening = [*opening, *writer.write(event)], []
                exchange.received("".join(map(sse, chunks)) + (DONE if isinstance(event, Finished) else ""))
            yield event


def _weight(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def _text(kept: bytes) -> str:
    """The text; a character that was cut in two at the end is left out."""
    return kept.decode(errors="ignore")


def _lines(piece: bytes) -> list[str]:
    return _text(piece).removesuffix("\n").split("\n")


def _rounded(seconds: float) -> float:
    return round(seconds, 4)
