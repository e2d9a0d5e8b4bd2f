"""Answers with log probabilities: how much longer they take to the page than the same answers without."""

from __future__ import annotations

import time

from tests.benchmarks.editor.bench import Bench, long_tasks
from tests.benchmarks.editor.documents import conversation
from tests.benchmarks.editor.figures import Figure, at_most, quantile, times
from tests.browser.playground import Playground

TOKENS = 4000
TOPS = (None, 0, 5, 20)
MOST = 1.5
"""How many times as long as without log probabilities an answer with five alternatives a token may take."""


async def measure(bench: Bench, rounds: int) -> list[Figure]:
    """One run of each kind first, then `rounds` of each in turn, so that what else the machine does meets all alike."""
    spent: dict[int | None, list[float]] = {top: [] for top in TOPS}
    tasks: dict[int | None, list[float]] = {top: [] for top in TOPS}
    for round_ in range(rounds + 1):
        for top in TOPS:
            async with bench.tab(conversation(4)) as tab:
                seconds, longest = await _run(bench, tab, top)
            if round_:
                spent[top].append(1000 * seconds)
                tasks[top].append(longest)
    return _figures(spent, tasks)


async def _run(bench: Bench, tab: Playground, top: int | None) -> tuple[float, float]:
    """Seconds from the click to the finished answer, and the longest task of the page's thread in milliseconds."""
    bench.pacer.burst(TOKENS, top)
    await long_tasks(tab.page)
    start = time.perf_counter()
    await tab.run_pane()
    await tab.page.evaluate("probe.finished()")
    seconds = time.perf_counter() - start
    return seconds, max(await long_tasks(tab.page), default=0.0)


def _figures(spent: dict[int | None, list[float]], tasks: dict[int | None, list[float]]) -> list[Figure]:
    figures = []
    for top in TOPS:
        name = f"{TOKENS} tokens, {_named(top)}"
        figures += [times(f"{name}: click to finished answer", spent[top]), times(f"{name}: longest task", tasks[top])]
    plain = quantile(spent[None], 0.5)
    ratios = {top: quantile(spent[top], 0.5) / plain for top in TOPS[1:]}
    limits = {5: MOST}
    return figures + [
        at_most(f"{TOKENS} tokens, {_named(top)}: times as long as without", ratio, limits.get(top, float("inf")))
        for top, ratio in ratios.items()
    ]


def _named(top: int | None) -> str:
    return "without log probabilities" if top is None else f"{top} alternatives"
