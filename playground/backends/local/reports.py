"""Where a running piece of work says what it is doing, and learns that nobody wants it any more."""

from __future__ import annotations

import logging
from collections.abc import Callable

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


class Abandoned(Exception):
    """The request was cancelled. Raised by a Report, or between steps, to end the work; caught by Run.job."""
