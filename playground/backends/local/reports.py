"""What local models say of themselves: how far a piece of work is, that nobody wants it any more, what is in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ...events import Progress

Report = Callable[[Progress], None]


log = logging.getLogger(__name__)


class Narrator:
    """Writes progress to the log: each new message, and every tenth of what has a total."""

    def __init__(self) -> None:
        self._last: tuple[str, int] = ("", 0)

    def tell(self, progress: Progress) -> None:
        share = progress.done * 10 // progress.total if progress.done and progress.total else 0
        if (progress.message, share) != self._last:
            self._last = (progress.message, share)
            log.info("%s", progress.message if not share else f"{progress.message}: {share}0%")


@dataclass(frozen=True)
class Loaded:
    """A model in memory: where, with which weights ("8-bit", "bfloat16" ...), and how many bytes came with it.

    `alone_because` says why its requests are not computed together, None if they are. `steps` counts those that its
    engine has made, `running` the requests that run or wait.
    """

    id: str
    device: str
    weights: str
    nbytes: int
    alone_because: str | None
    steps: int
    running: int


class Abandoned(Exception):
    """The request was cancelled. Raised by a Report, or between steps, to end the work; caught by the worker."""
