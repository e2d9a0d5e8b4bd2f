"""JSON text as its value, exactly, with the place of whatever is wrong in it."""

from __future__ import annotations

import re
from itertools import count
from json import JSONDecodeError
from typing import Any

from ..errors import BadRequest
from ..jsonvalue import MAX_DEPTH, loads
from .values import Hole, Mixed, Text, holes, joined, with_default


def json_of(text: str, what: str = "the JSON", *, first_line: int = 1) -> Any:
    """The value of a JSON text. Raises BadRequest with line and column where the text breaks the grammar."""
    try:
        value = loads(text)
    except JSONDecodeError as error:
        raise BadRequest(
            f"{what} is wrong at line {first_line - 1 + error.lineno}, column {error.colno}: {error.msg}",
            advice="Correct it there, or paste all of it.",
        ) from error
    except ValueError as error:
        said = "a number has too many digits" if "digits" in str(error) else f"{error!s:.200}"
        raise BadRequest(f"{what} cannot be read: {said}", advice="Correct it and import again.") from error
    return shallow(value)


def shallow(value: Any) -> Any:
    """The value, unless it is nested deeper than a request can be."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for outer in level
            if isinstance(outer, (dict, list))
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return value
    raise BadRequest(f"the JSON is nested more than {MAX_DEPTH} levels deep", advice="Import a simpler request.")


def value_of(text: Text, what: str) -> Any:
    """The value of a JSON text that may have holes in it; what has a hole in it is Mixed."""
    text = with_default(text)
    if isinstance(text, str):
        return json_of(text, what)
    hole = next(holes(text))
    if isinstance(text, Hole):
        raise _unreadable(hole, what)
    start = next(mark for mark in (f"hole{number}." for number in count()) if not _holds(text, mark))
    marks = {f"{start}{index}.": part for index, part in enumerate(text.parts) if isinstance(part, Hole)}
    names = iter(marks)
    whole = "".join(part if isinstance(part, str) else next(names) for part in text.parts)
    try:
        value = shallow(loads(whole))
    except ValueError as error:
        raise _unreadable(hole, what) from error
    pattern = re.compile(f"({re.escape(start)}\\d+\\.)")
    return _filled(value, pattern, marks)


def _holds(text: Mixed, mark: str) -> bool:
    return any(mark in part for part in text.parts if isinstance(part, str))


def _filled(value: Any, pattern: re.Pattern[str], marks: dict[str, Hole]) -> Any:
    if isinstance(value, str):
        pieces = pattern.split(value)
        return value if len(pieces) == 1 else joined(marks.get(piece, piece) for piece in pieces)
    if isinstance(value, dict):
        return {_filled(key, pattern, marks): _filled(item, pattern, marks) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, pattern, marks) for item in value]
    return value


def _unreadable(hole: Hole, what: str) -> BadRequest:
    return BadRequest(
        f"line {hole.line}: {hole.said} stands in {what}, and the text does not tell its value",
        advice="Write the value itself in its place and import again.",
    )
