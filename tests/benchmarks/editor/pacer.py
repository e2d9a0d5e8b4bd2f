"""A fake endpoint in a process of its own, so that nothing of the browser's driver disturbs its pace.

Every piece of an answer is the time at which it is sent, "t1732300000.123 " in seconds since 1970: whoever reads it
on the same machine knows how long it took.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from tests.benchmarks.editor.documents import digest
from tests.fakes import DONE, Answer, FakeServer, Recorded, Step, chunk, usual, written


@dataclass(frozen=True)
class Pace:
    """Pieces a second, and for how many seconds."""

    rate: float
    seconds: float


@dataclass(frozen=True)
class Burst:
    """So many tokens, all alike, as fast as they go; `top` alternatives each, None without log probabilities."""

    tokens: int
    top: int | None


@dataclass(frozen=True)
class Arrival:
    """A request for an answer: when it was whole here (seconds since 1970), how large, and of what messages."""

    at: float
    size: int
    digest: str


@dataclass(frozen=True)
class Seen:
    """All that the endpoint has seen so far; `left` are the times at which an unfinished answer was left."""

    arrivals: tuple[Arrival, ...]
    left: tuple[float, ...]


class Pacer:
    """The endpoint as its user holds it: `url`, `pace` for the answers from now on, and what it has `seen`."""

    def __init__(self) -> None:
        self._here, there = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))

    def __enter__(self) -> Self:
        self._process.start()
        self.url: str = self._here.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._here.send(None)
        self._process.join()

    def pace(self, rate: float, seconds: float) -> None:
        self._ask(Pace(rate, seconds))

    def burst(self, tokens: int, top: int | None) -> None:
        self._ask(Burst(tokens, top))

    def seen(self) -> Seen:
        return self._ask("seen")

    def _ask(self, question: object) -> Seen:
        self._here.send(question)
        seen: Seen = self._here.recv()
        return seen


class _Endpoint:
    """What the server's thread and the pipe's share; each list is written by one of them alone."""

    def __init__(self) -> None:
        self.pace: Pace | Burst = Pace(60, 1)
        self.arrivals: list[Arrival] = []

    def answer(self, request: Recorded) -> Answer:
        if request.method != "POST":
            return usual(request)
        now = time.time()
        self.arrivals.append(Arrival(now, len(request.body), digest(request.json["messages"])))
        pace = self.pace
        pieces = _pieces(pace) if isinstance(pace, Pace) else _burst(pace)
        return Answer(pieces, headers={"content-type": "text/event-stream"})


async def _pieces(pace: Pace) -> AsyncGenerator[Step, None]:
    yield written(chunk("", role="assistant"))
    start = time.monotonic()
    for number in range(int(pace.rate * pace.seconds)):
        yield max(0.0, start + number / pace.rate - time.monotonic())
        yield written(chunk(f"t{time.time():.3f} "))
    yield written(chunk(reason="stop"), DONE)


async def _burst(burst: Burst) -> AsyncGenerator[Step, None]:
    """Written once: how long it takes to write is not what is measured."""
    piece = written(_scored(chunk("token "), burst.top))
    for _ in range(burst.tokens):
        yield piece
    yield written(chunk(reason="stop"), DONE)


def _scored(piece: dict[str, Any], top: int | None) -> dict[str, Any]:
    """A piece as one token, with so many alternatives, the first of which is itself."""
    if top is None:
        return piece
    (choice,) = piece["choices"]
    texts = [choice["delta"]["content"], *(f"other{place} " for place in range(1, top))]
    ranked = [
        {"token": text, "logprob": -0.1 - place, "bytes": list(text.encode())} for place, text in enumerate(texts)
    ]
    scored = {**ranked[0], "top_logprobs": ranked[:top]}
    return {**piece, "choices": [{**choice, "logprobs": {"content": [scored]}}]}


def _serve(pipe: Connection) -> None:
    endpoint = _Endpoint()
    with FakeServer(endpoint.answer) as server:
        pipe.send(server.url)
        while (asked := pipe.recv()) is not None:
            if isinstance(asked, (Pace, Burst)):
                endpoint.pace = asked
            since = time.time() - time.monotonic()
            pipe.send(Seen(tuple(endpoint.arrivals), tuple(since + at for at in tuple(server.disconnects))))
