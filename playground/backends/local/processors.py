"""How many of the machine's cores a model may use, and how OpenMP's threads should wait for each other.

Measured on two cores, one stream of the default model in 8-bit weights, milliseconds a token, on an idle machine and with
one more busy process beside: two threads that spin while they wait 20 and 192, two that sleep 42 and 26, one thread 20 and
24. A step is hundreds of small operations, and to wake a thread takes as long as many of them. A prompt's large operations
gain from a second thread that sleeps in between.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FEW = 3
CGROUP = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Plan:
    """The number of threads to compute with, in steps of few tokens and else, and whether they spin while they wait."""

    threads: int
    few_threads: int
    spin: bool


def plan(cores: int) -> Plan:
    """On few cores all of them, sleeping, and one for steps of few tokens; on more, one is left to server and page."""
    return Plan(cores, 1, spin=False) if cores <= FEW else Plan(cores - 1, cores - 1, spin=True)


def usable_cores() -> int:
    """The cores that this process may use: by its affinity, and by a container's limit."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        limit = container_limit(CGROUP.read_text())
    except OSError:
        limit = None
    return allowed if limit is None else max(1, min(allowed, limit))


def container_limit(text: str) -> int | None:
    """Whole cores that a control group's cpu.max grants ("200000 100000" is two), or None for no limit."""
    share, _, period = text.strip().partition(" ")
    if not (share.isdigit() and period.isdigit() and int(period)):
        return None
    return max(1, round(int(share) / int(period)))
