"""An OpenAI-compatible server that plays scripted answers and records every request: one thread, one free port.

    with FakeServer() as server:
        server.play(Answer.events({"choices": [...]}, DONE))
        ... POST to f"{server.url}/chat/completions" ...
        assert server.last.json["temperature"] == 0.5

Whatever is not scripted is answered as a small model would: "Hello from the fake." streamed or whole, as asked.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

DONE = "[DONE]"
REPLY = "Hello from the fake."
BODY_CAP = 64 * 1024 * 1024


class HangUp:
    """A step that closes the connection at once, whatever was promised."""


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived. Header names are lower-case; `connection` numbers the connection it came by."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Heard:
    """A tap (see playground/backends/base.py) that writes down what it is told: the name of the call, then its arguments."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def sent(self, method: str, url: str, headers: tuple[tuple[str, str], ...], body: str) -> None:
        self.calls.append(("sent", method, url, headers, body))

    def answered(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        self.calls.append(("answered", status, headers))

    def received(self, text: str) -> None:
        self.calls.append(("received", text))

    @property
    def names(self) -> list[str]:
        """The names of the calls; several `received` in a row count once."""
        names = [name for name, *_ in self.calls]
        return [name for place, name in enumerate(names) if name != "received" or names[place - 1 : place] != [name]]

    @property
    def bodies(self) -> list[str]:
        """The body of each request."""
        return [call[-1] for call in self.calls if call[0] == "sent"]

    @property
    def text(self) -> str:
        """All that was received."""
        return "".join(call[1] for call in self.calls if call[0] == "received")


Step = bytes | float | threading.Event | HangUp
"""Bytes to send, seconds to wait, an event to wait for, or the end of the connection."""


@dataclass(frozen=True)
class Answer:
    """A scripted answer. `steps` are sent as chunks; `raw` sends them bare, without a status line or framing."""

    steps: Iterable[Step] | AsyncGenerator[Step, None] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False

    @classmethod
    def json(cls, body: Any, status: int = 200, **headers: str) -> Answer:
        kind = {"content-type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls((json.dumps(body).encode(),), status, kind | named)

    @classmethod
    def text(cls, text: str, status: int = 200, kind: str = "text/html") -> Answer:
        return cls((text.encode(),), status, {"content-type": kind})

    @classmethod
    def events(cls, *events: Any, kind: str = "text/event-stream") -> Answer:
        """Server-sent events: a dict is sent as JSON, a string as data, other steps as they are."""
        return cls(tuple(_step(event) for event in events), 200, {"content-type": kind})


def _step(event: Any) -> Step:
    if isinstance(event, (bytes, float, threading.Event, HangUp)):
        return event
    data = event if isinstance(event, str) else json.dumps(event)
    return f"data: {data}\n\n".encode()


def written(*events: Any) -> bytes:
    """Events (as for Answer.events, without delays) as the bytes of one piece."""
    return b"".join(step for event in events if isinstance(step := _step(event), bytes))


def chunk(text: str | None = None, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """A chat.completion.chunk; `fields` are added to its delta."""
    delta = fields if text is None else {"content": text, **fields}
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "fake", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}


USAGE = {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9}


def usual(request: Recorded) -> Answer:
    """What the server answers where nothing is scripted."""
    if request.method == "GET" and request.path.endswith("/models"):
        return Answer.json({"object": "list", "data": [{"id": "fake", "object": "model"}]})
    if request.method != "POST" or not request.path.endswith("/chat/completions"):
        return Answer.json({"error": {"message": f"no route {request.path}", "type": "invalid_request_error"}}, 404)
    if request.json.get("stream"):
        words = [chunk(word) for word in REPLY.split(" ", 1)[:1]] + [chunk(" " + REPLY.split(" ", 1)[1])]
        told = {**chunk(), "choices": [], "usage": USAGE}
        return Answer.events(chunk("", role="assistant"), *words, chunk(reason="stop"), told, DONE)
    message = {"role": "assistant", "content": REPLY}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = {"id": "fake", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
    return Answer.json({**whole, "usage": USAGE})


Found = TypeVar("Found")


def until(look: Callable[[], Found], timeout: float = 5.0) -> Found:
    """The first truthy thing that `look` sees. Fails after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
    return found


class FakeServer:
    """See the module. `otherwise` answers what no scripted answer is left for."""

    def __init__(self, otherwise: Callable[[Recorded], Answer | Awaitable[Answer]] = usual) -> None:
        self.requests: list[Recorded] = []
        self.disconnects: list[float] = []
        """When a client left an unfinished answer, in time.monotonic() seconds."""
        self.playing = 0
        """How many answers are under way."""
        self._otherwise = otherwise
        self._queue: deque[Answer] = deque()
        self._connections = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-server")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL, with /v1."""
        return f"{self.origin}/v1"

    @property
    def last(self) -> Recorded:
        return self.requests[-1]

    def play(self, *answers: Answer) -> Self:
        """Queue answers for the next requests, in turn, whatever is asked."""
        self._queue.extend(answers)
        return self

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(5), "the fake server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    # --- the server's own thread -----------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._connections += 1
            task = asyncio.create_task(self._talk(self._connections, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=1024 * 1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _receive(number, reader)) is not None:
                self.requests.append(request)
                answer = self._queue.popleft() if self._queue else self._otherwise(request)
                answer = answer if isinstance(answer, Answer) else await answer
                if not await self._answer(answer, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Play it; whether the connection can be used again."""
        self.playing += 1
        play = asyncio.create_task(_play(answer, writer))
        try:
            while not play.done():
                await asyncio.wait([play], timeout=0.005)
                if _gone(reader, writer) and not play.done():
                    self.disconnects.append(time.monotonic())
                    return False
            return play.result()
        finally:
            play.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await play
            self.playing -= 1


def _gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    return reader.at_eof() or reader.exception() is not None or writer.is_closing()


async def _receive(number: int, reader: asyncio.StreamReader) -> Recorded | None:
    try:
        first_byte = await reader.readexactly(1)
        if not first_byte.isalpha():  # the beginning of TLS, for one
            raise ConnectionError("not HTTP")
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return Recorded(method, path, headers, await _body(headers, reader), number)


async def _body(headers: Mapping[str, str], reader: asyncio.StreamReader) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        size = int(headers.get("content-length", 0))
        assert size <= BODY_CAP
        return await reader.readexactly(size)
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
        assert len(body) <= BODY_CAP
    await reader.readline()
    return body


async def _play(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    chunked = not answer.raw
    if chunked:
        named = {"transfer-encoding": "chunked", **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(f"HTTP/1.1 {answer.status} Fake\r\n{lines}\r\n".encode("latin-1"))
        await writer.drain()
    async with aclosing(_each(answer.steps)) as steps:
        async for step in steps:
            if isinstance(step, HangUp):
                return False
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif isinstance(step, threading.Event):
                while not step.is_set():
                    await asyncio.sleep(0.005)
            elif step:
                writer.write(b"%x\r\n%b\r\n" % (len(step), step) if chunked else step)
                await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    return chunked


async def _each(steps: Iterable[Step] | AsyncGenerator[Step, None]) -> AsyncGenerator[Step, None]:
    if isinstance(steps, AsyncGenerator):
        async with aclosing(steps):
            async for step in steps:
                yield step
    else:
        for step in steps:
            yield step
