"""A backend's events on their way to a client that may wait, or leave, at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import AsyncExitStack, aclosing
from types import TracebackType
from typing import Any, Self, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ..events import Event, Finished, Progress
from ..wire import DONE, ChunkWriter, error_body, sse
from .failures import ours

T = TypeVar("T")
KEEP_ALIVE = ": keep-alive\n\n"  # a comment in the event-stream format: clients skip it


class Feed:
    """Runs a backend's stream in a task of its own, and is itself an asynchronous iterator of the events.

    So the reader can wait with a limit without disturbing the stream, and the stream lives in one task from
    its start to its close, as timeouts and cancel scopes within it require. Leaving the `async with` cancels
    it and returns when it is closed.
    """

    def __init__(self, stream: AsyncGenerator[Event, None]) -> None:
        self._stream = stream
        self._queue: asyncio.Queue[Event | Exception] = asyncio.Queue(maxsize=64)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._pump())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next event; the stream's own error, or StopAsyncIteration, where it ends."""
        item = await self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def _pump(self) -> None:
        end: Exception = RuntimeError("a backend's stream ended without a Finished event")
        try:
            async with aclosing(self._stream) as stream:
                async for event in stream:
                    await self._queue.put(event)
                    if isinstance(event, Finished):
                        end = StopAsyncIteration()
        except Exception as error:  # noqa: BLE001 - handed to the reader, whose edge judges it
            end = error
        await self._queue.put(end)


async def opening(feed: Feed, patience: float) -> Event | None:
    """The first event that is not progress; None when it has not come after `patience` seconds.

    An error that comes first is raised: nothing is sent yet, so it can have its own HTTP status.
    """
    try:
        async with asyncio.timeout(patience):
            while True:
                event = await anext(feed)
                if not isinstance(event, Progress):
                    return event
    except TimeoutError:
        return None


async def lines(feed: Feed, first: Event | None, writer: ChunkWriter, silence: float) -> AsyncIterator[str]:
    """The answer as server-sent events; a comment at each progress report and `silence` seconds."""
    event = first
    for chunk in writer.start():
        yield sse(chunk)
    try:
        while not isinstance(event, Finished):
            if event is None or isinstance(event, Progress):
                yield KEEP_ALIVE
            else:
                for chunk in writer.write(event):
                    yield sse(chunk)
            event = await _next(feed, silence)
    except Exception as error:  # noqa: BLE001 - the edge: logged by ours(), told as the stream's last line
        yield sse(error_body(ours(error)))
        return
    for chunk in writer.write(event):
        yield sse(chunk)
    yield DONE


async def _next(feed: Feed, silence: float) -> Event | None:
    try:
        async with asyncio.timeout(silence):
            return await anext(feed)
    except TimeoutError:
        return None


class EventStream(StreamingResponse):
    """Sends server-sent events, and closes what they come from however it ends, even before it began."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[str], held: AsyncExitStack) -> None:
        # X-Accel-Buffering keeps nginx, as it stands before a Space, from collecting the stream.
        super().__init__(content, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; cancels it and raises ClientDisconnect as soon as the client leaves."""
    doing = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
