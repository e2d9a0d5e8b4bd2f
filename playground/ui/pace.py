"""Live updates at a pace that a browser can paint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..events import Event

INTERVAL = 1 / 25
FAST_INTERVAL = 1 / 10
FAST = 100
"""Above this many events a second, FAST_INTERVAL holds."""


async def batches(stream: AsyncGenerator[Event, None]) -> AsyncGenerator[list[Event], None]:
    """The events of a stream in batches, at most 25 a second, none held back for longer than that.

    The first event comes at once. An error of the stream is raised after the events before it. Closing
    this iterator closes the stream.
    """
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    reader = asyncio.create_task(_read(stream, queue))
    try:
        open_ = True
        while open_:
            batch = [await queue.get()]
            while not queue.empty():
                batch.append(queue.get_nowait())
            open_ = batch[-1] is not None
            events = [event for event in batch if event is not None]
            if events:
                yield events
            if open_:
                await asyncio.sleep(INTERVAL if len(batch) < FAST * INTERVAL else FAST_INTERVAL)
        await reader
    finally:
        reader.cancel()
        await asyncio.wait([reader])
        if not reader.cancelled():
            reader.exception()  # seen: a closed iterator has nobody left to tell


async def _read(stream: AsyncGenerator[Event, None], queue: asyncio.Queue[Event | None]) -> None:
    try:
        async with aclosing(stream) as events:
            async for event in events:
                queue.put_nowait(event)
    finally:
        queue.put_nowait(None)
