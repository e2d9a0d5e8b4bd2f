"""What was measured, against what is asked for, as a Markdown table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ok` is None where nothing is asked for."""

    name: str
    target: str
    measured: str
    ok: bool | None


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of the samples does not exceed."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def times(name: str, milliseconds: Sequence[float], under: float | None = None) -> Figure:
    """Durations; `under` is asked of their 95th percentile."""
    asked = "" if under is None else f"p95 < {under:g} ms"
    if not milliseconds:
        return Figure(name, asked, "nothing measured", None if under is None else False)
    p50, p95, most = quantile(milliseconds, 0.5), quantile(milliseconds, 0.95), max(milliseconds)
    said = f"{p50:.0f} / {p95:.0f} ms (max {most:.0f}, n {len(milliseconds)})"
    return Figure(name, asked, said, None if under is None else p95 < under)


def at_most(name: str, value: float, limit: float, unit: str = "") -> Figure:
    return Figure(name, f"<= {limit:g}{unit}", f"{value:.4g}{unit}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "") -> Figure:
    return Figure(name, f">= {limit:g}{unit}", f"{value:.4g}{unit}", value >= limit)


def holds(name: str, outcomes: Sequence[bool]) -> Figure:
    """Something that has to hold each time."""
    return Figure(name, "always", f"{sum(outcomes)} of {len(outcomes)}", bool(outcomes) and all(outcomes))


def told(name: str, measured: str) -> Figure:
    """For information."""
    return Figure(name, "", measured, None)


def table(figures: Iterable[Figure]) -> str:
    marks = {True: "yes", False: "**no**", None: ""}
    lines = [f"| {one.name} | {one.target} | {one.measured} | {marks[one.ok]} |" for one in figures]
    return "\n".join(["| metric | target | measured, p50 / p95 | ok |", "| --- | --- | --- | --- |", *lines])
