"""Live batches: the first at once, all events in order, none lost, errors last, closing closes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from playground.errors import Silent
from playground.events import Event, TextDelta
from playground.ui.pace import INTERVAL, batches


async def said(count: int, pause: float = 0.0) -> AsyncGenerator[Event, None]:
    for number in range(count):
        await asyncio.sleep(pause)
        yield TextDelta(text=f"{number} ")


async def test_every_event_arrives_once_and_in_order():
    got = [event async for batch in batches(said(500, 0.0005)) for event in batch]
    assert got == [TextDelta(text=f"{number} ") for number in range(500)]


async def test_a_fast_stream_is_told_in_few_batches():
    loop = asyncio.get_running_loop()
    started = loop.time()
    count = [len(batch) async for batch in batches(said(300, 0.001))]
    assert sum(count) == 300
    assert len(count) <= 2 + (loop.time() - started) / INTERVAL


async def test_the_first_event_does_not_wait():
    async with aclosing(batches(said(3, 0.0))) as live:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await anext(live)
        assert loop.time() - started < INTERVAL


async def test_an_error_comes_after_the_events_before_it():
    async def breaks() -> AsyncGenerator[Event, None]:
        yield TextDelta(text="so far")
        raise Silent("nothing more came")

    got: list[Event] = []
    with pytest.raises(Silent):
        async for batch in batches(breaks()):
            got += batch
    assert got == [TextDelta(text="so far")]


async def test_closing_closes_the_stream():
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[Event, None]:
        try:
            while True:
                yield TextDelta(text="x")
                await asyncio.sleep(0.001)
        finally:
            closed.set()

    async with aclosing(batches(endless())) as live:
        await anext(live)
    assert closed.is_set()


async def test_closing_a_stream_that_broke_meanwhile_is_quiet():
    async def breaks() -> AsyncGenerator[Event, None]:
        yield TextDelta(text="x")
        raise Silent("gone")

    async with aclosing(batches(breaks())) as live:
        await anext(live)
        await asyncio.sleep(0.01)
