"""Where a running piece of work says what it is doing, and learns that nobody wants it any more."""

from __future__ import annotations

from collections.abc import Callable

from ...events import Progress

Report = Callable[[Progress], None]


class Abandoned(Exception):
    """The request was cancelled. Raised by a Report, or between steps, to end the work; caught by the worker."""
