"""Two answers at once into a long conversation, while somebody types in another row; and what they leave behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.async_api import CDPSession

from tests.benchmarks.editor import bench as benches
from tests.benchmarks.editor.bench import TYPED, Bench
from tests.benchmarks.editor.documents import conversation, renamed
from tests.benchmarks.editor.figures import Figure, at_least, at_most, holds, times, told
from tests.browser.playground import Playground

ROWS = 100
RATE = 60.0
SETTLED = 2.0
"""Seconds after a run until nothing of it should be left."""


@dataclass(frozen=True)
class Held:
    """What the page holds once it is idle; `frames` are those asked for in an idle second (Gradio asks for some)."""

    nodes: int
    listeners: int
    timers: int
    frames: int
    heap: int
    typeset: int
    """Nodes in the Markdown of the two answers: the page keeps those of texts that it shows no more, up to a bound."""


@dataclass(frozen=True)
class Run:
    """Milliseconds from the endpoint to the page, frames by the second, milliseconds from key to paint."""

    latencies: list[float]
    frames: list[int]
    longest_frame: float
    typing: list[float]
    kept: bool


async def measure(bench: Bench, seconds: float, runs: int) -> list[Figure]:
    """Two short runs first (the answer's row, then its first variant, are new to the page), then those measured."""
    rows = conversation(ROWS)
    row = benches.spread(benches.positions(rows, role="user", shorter=1000), 3)[1]
    async with bench.tab(rows, renamed("second", rows)) as tab:
        probe = await tab.page.context.new_cdp_session(tab.page)
        await probe.send("Performance.enable")
        for _ in range(2):
            await _run(bench, tab, row, 2)
        held = [await _held(tab, probe)]
        found = []
        for _ in range(runs):
            found.append(await _run(bench, tab, row, seconds))
            held.append(await _held(tab, probe))
    return [*_figures(found), *_growth(held, seconds)]


async def _run(bench: Bench, tab: Playground, row: int, seconds: float) -> Run:
    bench.pacer.pace(RATE, seconds)
    await tab.page.evaluate("probe.stream()")
    await tab.page.get_by_role("button", name="Run all").click()
    await tab.running(1)
    await asyncio.sleep(min(1.0, seconds / 4))
    kept = await benches.type_into(tab, row, TYPED)
    await tab.page.evaluate("probe.finished()")
    streamed = await tab.page.evaluate("probe.streamed()")
    beats = streamed["beats"]
    return Run(
        latencies=streamed["latencies"],
        frames=_by_second(beats),
        longest_frame=max(after - before for before, after in pairwise(beats)),
        typing=await benches.typed(tab.page),
        kept=kept,
    )


def _by_second(beats: list[float]) -> list[int]:
    """Frames in each whole second."""
    seconds = [int((beat - beats[0]) // 1000) for beat in beats]
    return [seconds.count(second) for second in range(seconds[-1])]


async def _held(tab: Playground, probe: CDPSession) -> Held:
    await asyncio.sleep(SETTLED)
    before = await tab.page.evaluate("probe.frames")
    await asyncio.sleep(1)
    frames = await tab.page.evaluate("probe.frames") - before
    for _ in range(2):
        await probe.send("HeapProfiler.collectGarbage")
    answer: dict[str, Any] = await probe.send("Performance.getMetrics")
    counts = {metric["name"]: int(metric["value"]) for metric in answer["metrics"]}
    timers = await tab.page.evaluate("probe.timers.size")
    typeset = await tab.page.evaluate("probe.typeset()")
    return Held(counts["Nodes"], counts["JSEventListeners"], timers, frames, counts["JSHeapUsedSize"], typeset)


def _figures(runs: list[Run]) -> list[Figure]:
    name = f"2 panes x {RATE:g} tokens/s, {ROWS} rows"
    frames = [count for run in runs for count in run.frames]
    return [
        times(f"{name}: engine to DOM", [each for run in runs for each in run.latencies], under=250),
        at_least(f"{name}: frames in the slowest second", min(frames, default=0), 30),
        told(f"{name}: frames a second, mean", f"{sum(frames) / max(1, len(frames)):.0f}"),
        told(f"{name}: longest frame", f"{max(run.longest_frame for run in runs):.0f} ms"),
        times(f"{name}: a character to paint", [each for run in runs for each in run.typing], under=50),
        holds(f"{name}: texts and caret as typed", [run.kept for run in runs]),
    ]


def _growth(held: list[Held], seconds: float) -> list[Figure]:
    """From after the first runs to after the last one. An answer that is run again stays as a variant, so its text and
    its Markdown are meant to be kept. The heap fills for a while by itself; what leaks grows in every run."""
    first, last, runs = held[0], held[-1], len(held) - 1
    text = 2 * RATE * seconds * len("t1732300000.123 ") / 1024
    least = min(after.heap - before.heap for before, after in pairwise(held)) / 1024
    name = f"after {runs} runs more"
    return [
        at_most(f"{name}: DOM nodes more", last.nodes - first.nodes, runs * last.typeset),
        at_most(f"{name}: listeners more", last.listeners - first.listeners, 0),
        at_most(f"{name}: timers more", last.timers - first.timers, 0),
        at_most(f"{name}: frames more, asked for in an idle second", last.frames - first.frames, 3),
        at_most(f"{name}: heap more by the run that adds least", least, 4 * text, " KB"),
        told(f"{name}: text kept, a run", f"{text:.0f} KB"),
        told(f"{name}: nodes, listeners, timers", f"{last.nodes}, {last.listeners}, {last.timers}"),
        told(f"{name}: heap, after each run", ", ".join(f"{each.heap / 1e6:.2f}" for each in held) + " MB"),
    ]
