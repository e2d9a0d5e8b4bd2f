"""The lines of a JSONL text: those that can be read, and why others can't."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import BadRequest
from .jsontext import json_of

_REASONS = 3
_MOST_NAMED = 10

Value = tuple[str, Any]
"""The name of a place (`line 3`) and what stands there."""
Failure = tuple[str, BadRequest]


def lines_of(text: str) -> list[tuple[int, str]]:
    """The lines that have something in them, with their numbers."""
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def is_jsonl(lines: list[tuple[int, str]]) -> bool:
    """Whether the first line is an object of its own, and another begins on the next."""
    first, second = ([line.strip() for _, line in lines[:2]] + ["", ""])[:2]
    return _is_object(first) and second.startswith("{")


def are_mostly_objects(lines: list[tuple[int, str]], *, share: float = 0.5) -> bool:
    """Whether at least this share of several lines are objects of their own: JSONL with a line that is broken."""
    return len(lines) > 1 and sum(_is_object(line.strip()) for _, line in lines) >= share * len(lines)


def _is_object(line: str) -> bool:
    return line.startswith("{") and line.endswith("}")


def values_of(lines: Iterable[tuple[int, str]]) -> tuple[list[Value], list[Failure]]:
    """What the lines hold, and why some can't be read."""
    values: list[Value] = []
    failures: list[Failure] = []
    for number, line in lines:
        try:
            values.append((f"line {number}", json_of(line, first_line=number)))
        except BadRequest as error:
            failures.append((f"line {number}", error))
    return values, failures


def note_on(failures: list[Failure]) -> tuple[str, ...]:
    """A note that names what was not read, and why, as far as that is short."""
    if not failures:
        return ()
    reasons = [_reason(place, error) for place, error in failures[:_REASONS]]
    others = [place for place, _ in failures[_REASONS:]]
    named = [*others[:_MOST_NAMED], *(["..."] if len(others) > _MOST_NAMED else [])]
    more = [f"and {len(others)} more ({', '.join(named)})"] if others else []
    return (f"Not read: {'; '.join([*reasons, *more])}.",)


def _reason(place: str, error: BadRequest) -> str:
    return error.message if place in error.message else f"{place}: {error.message}"
