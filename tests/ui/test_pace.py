"""Live batches: the first at once, all events in order, none lost, errors last, stopping and leaving close the stream."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from playground.errors import Silent
from playground.events import Event, TextDelta
from playground.ui.pace import INTERVAL, Paced


async def said(count: int, pause: float = 0.0) -> AsyncGenerator[Event, None]:
    for number in range(count):
        await asyncio.sleep(pause)
        yield TextDelta(text=f"{number} ")


async def breaks() -> AsyncGenerator[Event, None]:
    yield TextDelta(text="so far")
    raise Silent("nothing more came")


class Endless:
    """Says something, then nothing, for ever; knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def stream(self) -> AsyncGenerator[Event, None]:
        try:
            yield TextDelta(text="x")
            await asyncio.sleep(3600)
        finally:
            self.closed = True


async def test_every_event_arrives_once_and_in_order():
    async with Paced(said(500, 0.0005)) as paced:
        got = [event async for batch in paced.batches() for event in batch]
    assert got == [TextDelta(text=f"{number} ") for number in range(500)]


async def sizes(count: int, pause: float) -> tuple[list[int], float]:
    """The sizes of the batches of a stream, and the seconds they took."""
    loop = asyncio.get_running_loop()
    async with Paced(said(count, pause)) as paced:
        started = loop.time()
        found = [len(batch) async for batch in paced.batches()]
    return found, loop.time() - started


async def test_above_a_hundred_events_a_second_ten_batches_are_enough():
    found, seconds = await sizes(400, 0.002)
    assert sum(found) == 400
    assert len(found) <= 4 + 10 * seconds


async def test_sixty_events_a_second_stay_smooth_after_a_hiccup():
    async def hiccup() -> AsyncGenerator[Event, None]:
        for number in range(60):
            await asyncio.sleep(0.0 if number < 10 else 1 / 60)
            yield TextDelta(text=str(number))

    loop = asyncio.get_running_loop()
    async with Paced(hiccup()) as paced:
        started = loop.time()
        found = [len(batch) async for batch in paced.batches()]
    assert len(found) >= 12 * (loop.time() - started)


async def test_the_first_event_does_not_wait():
    async with Paced(said(3)) as paced:
        loop = asyncio.get_running_loop()
        started = loop.time()
        await anext(paced.batches())
        assert loop.time() - started < INTERVAL


async def test_an_error_comes_after_the_events_before_it():
    got: list[Event] = []
    with pytest.raises(Silent):
        async with Paced(breaks()) as paced:
            async for batch in paced.batches():
                got += batch
    assert got == [TextDelta(text="so far")]


async def test_stopping_ends_the_batches_and_closes_the_stream():
    endless = Endless()
    async with Paced(endless.stream()) as paced:
        got = []
        async for batch in paced.batches():
            got += batch
            asyncio.get_running_loop().call_later(0.05, paced.stop)
        assert (got, paced.stopped, endless.closed) == ([TextDelta(text="x")], True, True)


async def test_leaving_closes_the_stream():
    endless = Endless()
    async with Paced(endless.stream()) as paced:
        await anext(paced.batches())
    assert endless.closed


async def test_silence_has_a_heartbeat():
    async with Paced(Endless().stream(), heartbeat=0.01) as paced:
        batches = paced.batches()
        assert [len(await anext(batches)) for _ in range(4)] == [1, 0, 0, 0]


async def test_leaving_a_stream_that_broke_meanwhile_is_quiet():
    async with Paced(breaks()) as paced:
        await anext(paced.batches())
        await asyncio.sleep(0.01)
