"""A conversation of a megabyte and twenty pictures: loaded, edited, run, shown as code, loaded again."""

from __future__ import annotations

import time

from playwright.async_api import Page

from tests.benchmarks.editor import bench as benches
from tests.benchmarks.editor.bench import TYPED, Bench
from tests.benchmarks.editor.documents import digest, large_conversation
from tests.benchmarks.editor.figures import Figure, holds, times, told
from tests.benchmarks.editor.pacer import Arrival
from tests.browser.playground import Playground

ROWS, SIZE, IMAGES, IMAGE_SIZE = 200, 5000, 20, 200_000
ANSWER_S = 0.5


async def measure(bench: Bench, rounds: int) -> list[Figure]:
    """Each step so many times."""
    rows = large_conversation(ROWS, SIZE, IMAGES, IMAGE_SIZE)
    bench.pacer.pace(60, ANSWER_S)
    async with bench.tab(rows) as tab:
        loads = [await _reload(tab, ROWS) for _ in range(rounds)]
        runs = [await _run(bench, tab) for _ in range(rounds)]
        whole = [arrival.digest == digest([row["message"] for row in rows]) for arrival, _ in runs]
        places = benches.spread(benches.positions(rows[2:], role="user", shorter=SIZE + 1), 3)
        await benches.long_tasks(tab.page)
        kept = [await benches.type_into(tab, row + 2, TYPED) for row in places]
        typing = await benches.typed(tab.page)
        busy = await benches.long_tasks(tab.page)
        views = [await _there_and_back(tab) for _ in range(rounds)]
        after = [await _reload(tab, ROWS + 1) for _ in range(rounds)]
        stored = [await _shows(tab.page, TYPED), not await tab.page.locator(".notice").count()]
    name = f"{ROWS} rows of {SIZE // 1000} KB, {IMAGES} images"
    return [
        times(f"{name}: navigation until the rows are drawn", loads),
        times(f"{name}: click on Run until the request is at the endpoint", [milliseconds for _, milliseconds in runs]),
        holds(f"{name}: the request is whole", whole),
        told(f"{name}: the request's size", f"{runs[-1][0].size / 1e6:.1f} MB"),
        times(f"{name}: a character to paint", typing, under=50),
        times(f"{name}: tasks over 50 ms while typing", busy),
        holds(f"{name}: texts and caret as typed", kept),
        times(f"{name}: to the code", [code for code, _ in views]),
        times(f"{name}: back to the rows", [back for _, back in views]),
        times(f"{name}: reload after all that", after),
        holds(f"{name}: it is all there after the reload", stored),
    ]


async def _reload(tab: Playground, rows: int) -> float:
    await tab.page.goto("about:blank")
    await tab.page.goto(tab.url)
    return await benches.drawn(tab.page, rows)


async def _run(bench: Bench, tab: Playground) -> tuple[Arrival, float]:
    """The request as it arrived, and milliseconds from the click."""
    before = len(bench.pacer.seen().arrivals)
    await tab.run_pane()
    await tab.finished()
    arrival = bench.pacer.seen().arrivals[before]
    clicked = await tab.page.evaluate("probe.clicked.at")
    return arrival, 1000 * arrival.at - clicked


async def _there_and_back(tab: Playground) -> tuple[float, float]:
    """Milliseconds from the click to the code, and to the rows."""
    return await _view(tab, "Code", 0), await _view(tab, "Chat", ROWS)


async def _view(tab: Playground, name: str, rows: int) -> float:
    await tab.page.evaluate("(rows) => probe.switched(rows)", rows)
    await tab.page.get_by_role("radio", name=name).click()
    milliseconds: float = await tab.page.evaluate("probe.view")
    return milliseconds


async def _shows(page: Page, text: str) -> bool:
    """Whether a field holds this text within a second."""
    look = (
        "(text) => [...document.querySelectorAll('li[data-row] textarea')].some((field) => field.value.includes(text))"
    )
    until = time.monotonic() + 1
    while not (found := bool(await page.evaluate(look, text))) and time.monotonic() < until:
        await page.wait_for_timeout(50)
    return found
