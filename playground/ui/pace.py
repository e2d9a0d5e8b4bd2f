"""A run's events at a pace that a browser can paint, until they end or somebody stops them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Self

from ..events import Event

INTERVAL = 1 / 25
FAST_INTERVAL = 1 / 10
FAST = 100
"""Above this many events a second, FAST_INTERVAL holds."""
HEARTBEAT = 3.0
"""Seconds of silence after which an empty batch comes: whoever passes it on learns whether anybody listens."""


class Paced:
    """Reads a stream in a task of its own and gives its events in batches.

        async with Paced(stream) as paced:
            async for events in paced.batches(): ...

    The first event comes at once, then at most 25 batches a second, none held back for longer than that. An
    error of the stream is raised after the events before it. `stop()` ends the batches at once, from anywhere in
    the loop, and closes the stream; so does leaving the `async with`.
    """

    def __init__(self, stream: AsyncGenerator[Event, None], heartbeat: float = HEARTBEAT) -> None:
        self._stream = stream
        self._heartbeat = heartbeat
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self.stopped = False

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await asyncio.wait([self._reader])
        if not self._reader.cancelled():
            self._reader.exception()  # seen: a run that was left has nobody to tell

    def stop(self) -> None:
        self.stopped = True
        self._reader.cancel()
        self._queue.put_nowait(None)  # the reader may not have begun, and then says nothing

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        loop = asyncio.get_running_loop()
        before = loop.time()
        while (batch := await self._batch())[-1:] != [None]:
            events = [event for event in batch if event is not None]
            yield events
            now = loop.time()
            rate = len(events) / max(now - before, INTERVAL)
            before = now
            if events:
                await asyncio.sleep(FAST_INTERVAL if rate > FAST else INTERVAL)
        if last := [event for event in batch if event is not None]:
            yield last
        await asyncio.wait([self._reader])
        if not self.stopped:
            self._reader.result()

    async def _batch(self) -> list[Event | None]:
        """Everything that has come, or what comes next; [] after the heartbeat. None at its end is the end."""
        try:
            batch = [await asyncio.wait_for(self._queue.get(), self._heartbeat)]
        except TimeoutError:
            return []
        while not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    async def _read(self) -> None:
        try:
            async with aclosing(self._stream) as events:
                async for event in events:
                    self._queue.put_nowait(event)
        finally:
            self._queue.put_nowait(None)
