"""What an engine computes in its next step: a token for everyone who writes, and as much reading as may be between.

Pure but for Pace, which remembers how long steps took. How a prompt is cut changes when an answer comes and never what
it says (networks/pieces.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_READ = 512
STALL = 2.5  # reading may take this many times as long as a step that only writes
WEIGHT = 0.2


@dataclass(frozen=True)
class Reader:
    """A prompt that is being read: `start` of its `total` tokens are. It may be cut at multiples of `stride`."""

    start: int
    total: int
    stride: int | None


def shares(readers: Sequence[Reader], budget: int) -> tuple[int, ...]:
    """Up to where each prompt is read in this step: those that end soonest first, while `budget` tokens last.

    The first always moves on, so that short ones can't keep a long one waiting for ever.
    """
    ends = [reader.start for reader in readers]
    left = budget
    if readers:
        ends[0] = _end(readers[0], 0, must=True)
        left -= ends[0] - readers[0].start
    for number in sorted(range(len(readers)), key=lambda number: readers[number].total - ends[number]):
        reader = readers[number]
        end = _end(Reader(ends[number], reader.total, reader.stride), left, must=False)
        left -= end - ends[number]
        ends[number] = end
    return tuple(ends)


def _end(reader: Reader, budget: int, *, must: bool) -> int:
    if reader.total - reader.start <= budget or (must and reader.stride is None):
        return reader.total
    if reader.stride is None:
        return reader.start
    end = (reader.start + max(0, budget)) // reader.stride * reader.stride
    least = (reader.start // reader.stride + 1) * reader.stride
    return min(reader.total, max(end, least)) if must or end > reader.start else reader.start


class Pace:
    """How many tokens may be read in a step without keeping those who write waiting for long."""

    def __init__(self) -> None:
        self._write = 0.0  # seconds of a step that only writes
        self._read = 0.0  # seconds a token that is read

    def budget(self, writers: int) -> int:
        """The tokens to read in a step with so many writers."""
        if not writers or not self._read:
            return MOST_READ
        return min(MOST_READ, int(STALL * self._write / self._read))

    def took(self, seconds: float, writers: int, read: int) -> None:
        """A step took so long."""
        if not read:
            self._write = _blend(self._write, seconds)
        else:
            self._read = _blend(self._read, max(0.0, seconds - (self._write if writers else 0.0)) / read)


def _blend(old: float, new: float) -> float:
    return new if not old else old + WEIGHT * (new - old)
