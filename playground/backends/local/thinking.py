"""The thinking in a model's answer: the marks that set it off, and taking it apart from the text as it streams.

Pure. Which marks a model uses is read from its chat template, which writes them around earlier thinking or opens them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .stopping import overlap


@dataclass(frozen=True)
class Marks:
    """What opens and what closes the thinking of an answer."""

    opening: str
    closing: str

    @property
    def text(self) -> str:
        return self.opening + self.closing


KINDS = (
    Marks("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    Marks("<think>", "</think>"),
    Marks("<thinking>", "</thinking>"),
    Marks("[THINK]", "[/THINK]"),
    Marks("<seed:think>", "</seed:think>"),
    Marks("<|START_THINKING|>", "<|END_THINKING|>"),
    Marks("<|channel>thought", "<channel|>"),
)


def marks_of(template: str) -> Marks | None:
    """The marks that a chat template knows, or None where the model does not think."""
    if "<|channel|>" in template and "analysis" in template:
        return KINDS[0]
    return next((kind for kind in KINDS[1:] if kind.opening in template or kind.closing in template), None)


def knows(template: str, name: str) -> bool:
    """Whether a chat template speaks of a variable or a field of this name."""
    return re.search(rf"\b{re.escape(name)}\b", template) is not None


def begins_thinking(prompt: str, marks: Marks) -> bool:
    """Whether the prompt's text ends inside of thinking, which the answer then goes on with."""
    return prompt.rfind(marks.opening) > prompt.rfind(marks.closing) and prompt.rstrip().endswith(marks.opening)


@dataclass(frozen=True)
class Parted:
    """What came of an answer: thinking, then text; either may be empty."""

    thinking: str = ""
    text: str = ""

    def __add__(self, other: Parted) -> Parted:
        return Parted(self.thinking + other.thinking, self.text + other.text)


class Splitter:
    """Takes the thinking at the start of an answer apart from its text. Feed it pieces; `flush` at the end.

    An answer thinks if it begins with the opening mark, blanks before it aside, or if the prompt did (`inside`). Marks and
    the blanks around them are in neither. What could still become a mark is held back. `exact` when the text must stay as it
    is after the piece that closes the thinking, blanks included.
    """

    def __init__(self, marks: Marks, *, inside: bool = False, exact: bool = False) -> None:
        self.marks, self._exact = marks, exact
        self._held = ""
        self._state = "thinking" if inside else "start"
        self._begun = False  # something but blanks has come in this state

    @property
    def thinks(self) -> bool:
        """Whether the text has not begun yet."""
        return self._state != "text"

    @property
    def inside(self) -> bool:
        """Whether this is thinking, for sure."""
        return self._state == "thinking"

    def is_thought(self, parted: Parted) -> bool:
        """Whether the token that this came of belongs to the thinking."""
        return self.inside or bool(parted.thinking) or not parted.text

    def feed(self, piece: str) -> Parted:
        self._held += piece
        thinking = self._open() if self._state == "start" else ""
        if self._state == "thinking":
            thinking += self._think()
        return Parted(thinking, self._text() if self._state == "text" else "")

    def flush(self) -> Parted:
        """What was held back, at the end of the answer."""
        held, self._held = self._held, ""
        if self._state == "thinking":
            return Parted(thinking=held.rstrip() if self._begun else held.strip())
        return Parted(text=held)

    def _open(self) -> str:
        """See whether the answer begins with the opening mark."""
        start = self._held.lstrip()
        if start.startswith(self.marks.opening):
            self._held, self._state = start.removeprefix(self.marks.opening), "thinking"
        elif not self.marks.opening.startswith(start):
            self._state, self._begun = "text", True  # blanks at the start are the text's own
        return ""

    def _think(self) -> str:
        """The thinking that is sure to be some."""
        if not self._begun:
            self._held = self._held.lstrip()
        before, closing, after = self._held.partition(self.marks.closing)
        if closing:
            self._held, self._state, self._begun = after.lstrip(), "text", self._exact
            return before.rstrip()
        sure = len(before) - overlap(before, self.marks.closing)
        sure = len(before[:sure].rstrip())
        self._held = before[sure:]
        self._begun = self._begun or sure > 0
        return before[:sure]

    def _text(self) -> str:
        shown, self._held = self._held, ""
        if not self._begun:
            shown = shown.lstrip()
            self._begun = bool(shown)
        return shown
