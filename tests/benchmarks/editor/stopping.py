"""Stop: how soon the text stands still, how soon the endpoint is left, and what stays."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playwright.async_api import expect

from tests.benchmarks.editor import bench as benches
from tests.benchmarks.editor.bench import Bench
from tests.benchmarks.editor.documents import conversation, renamed
from tests.benchmarks.editor.figures import Figure, holds, times
from tests.browser.playground import Playground

ROWS = 100
RATE = 60.0


@dataclass(frozen=True)
class Stop:
    """Milliseconds from the click until the text stood still, and until the endpoint saw that it was left."""

    still: float
    left: float | None
    kept: bool
    marked: bool


async def measure(bench: Bench, rounds: int) -> list[Figure]:
    """Two panes run; one is stopped, then the other."""
    rows = conversation(ROWS)
    bench.pacer.pace(RATE, 60)
    stops = []
    async with bench.tab(rows, renamed("second", rows)) as tab:
        for _ in range(rounds):
            await tab.page.get_by_role("button", name="Run all").click()
            for pane in (1, 2):
                await expect(tab.pane(pane).locator(".live .text")).to_contain_text("t1")
            await asyncio.sleep(1)
            stops += [await _stop(bench, tab, pane) for pane in (1, 2)]
    return [
        times("stop: click until the text stands still", [stop.still for stop in stops], under=200),
        times("stop: click until the endpoint is left", [stop.left for stop in stops if stop.left is not None]),
        holds("stop: the endpoint is left", [stop.left is not None for stop in stops]),
        holds("stop: the partial text stays", [stop.kept for stop in stops]),
        holds("stop: the answer is marked", [stop.marked for stop in stops]),
    ]


async def _stop(bench: Bench, tab: Playground, pane: int) -> Stop:
    before = len(bench.pacer.seen().left)
    shown = tab.pane(pane)
    await shown.evaluate("(pane) => probe.stopping(pane)")
    await shown.locator(".pane-top .stop").click()
    found = await tab.page.evaluate("probe.stopped")
    left = await benches.until(lambda: bench.pacer.seen().left[before:], seconds=5)
    marked = await tab.rows(pane).last.get_by_text("stopped").count() > 0
    delay = 1000 * left[0] - found["clicked"] if left else None
    return Stop(found["still"], delay, 0 < found["before"] <= found["after"], marked)
