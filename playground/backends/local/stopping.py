"""Stop strings: the answer ends before the first of them, wherever token boundaries fall."""

from __future__ import annotations


class StopScanner:
    """Passes text on until a stop string appears, holding back what may become one.

    `feed` returns the text that is safe to show; nothing of a stop string ever is. Once `stopped`, no more
    text comes. `flush` gives what was held back when the answer ends otherwise.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        if self.stopped:
            return ""
        held = self._held + text
        found = [at for at in (held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped, self._held = True, ""
            return held[: min(found)]
        keep = self._unsure(held)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def flush(self) -> str:
        held, self._held = self._held, ""
        return held

    def _unsure(self, text: str) -> int:
        """The length of the longest end of the text that begins a stop string."""
        return max((overlap(text, stop) for stop in self._stops), default=0)


def overlap(text: str, mark: str) -> int:
    """How many characters at the end of the text are the beginning of the mark, the whole mark not counted."""
    longest = min(len(text), len(mark) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(mark[:size])), 0)
