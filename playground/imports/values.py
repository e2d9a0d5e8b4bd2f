"""What the text of a program or a command says of a value: the value, with holes where only running it would tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadRequest

MOST_CHARACTERS = 8_000_000
_MOST_PIECES = 20_000
_MOST_ITEMS = 500_000
_MOST_UNITS = 24_000_000
_UNITS_A_VALUE = 80
_FILE_NAME = re.compile(r"[^\n]{1,200}\.[A-Za-z0-9]{1,5}")


@dataclass(frozen=True)
class Hole:
    """A value that the text does not tell. `said` is what stands there instead, without its own values.

    `env` is the environment variable that it reads, with the `default` for one that is not set; `file` the file.
    """

    line: int
    said: str
    env: str | None = None
    file: str | None = None
    default: Any = None


@dataclass(frozen=True)
class Mixed:
    """A text in pieces, at least one of them a hole."""

    parts: tuple[str | Hole, ...]


@dataclass(frozen=True, eq=False)
class Made:
    """What a call gives that is not a value of JSON: a client, an opened file. `base` is what the method was called on."""

    line: int
    name: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[Any, Any] = field(default_factory=dict)
    base: Any = None


@dataclass(frozen=True, eq=False)
class JsonText:
    """The JSON text of a value; `written` gives it as the program would write it."""

    value: Any
    written: Callable[[Any], str]


FUNCTION = "a function"
"""What a function of the program is as a Made; its arguments are the reader's own."""
MOST_BITS = 14_000
"""Whole numbers beyond this have more digits than JSON's readers take."""


class Absent:
    """JavaScript's `undefined`, the openai package's `NOT_GIVEN`: a field of this value is not sent."""


class Untold:
    """What a statement gives to a name where the text does not tell it; in values it is a Hole of that name."""


ABSENT = Absent()
UNTOLD = Untold()
Text = str | Hole | Mixed


def joined(parts: Iterable[Text]) -> Text:
    """The texts as one. Raises BadRequest where it gets too long."""
    flat: list[str | Hole] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Mixed) else (part,) if part != "" else ())
    if len(flat) > _MOST_PIECES or sum(len(part) for part in flat if isinstance(part, str)) > MOST_CHARACTERS:
        raise too_large()
    if all(isinstance(part, str) for part in flat):
        return "".join(part for part in flat if isinstance(part, str))
    return flat[0] if len(flat) == 1 else Mixed(tuple(flat))


def mapped(text: Text, change: Callable[[str], str]) -> Text:
    """The text with its known pieces changed."""
    if isinstance(text, Mixed):
        return Mixed(tuple(part if isinstance(part, Hole) else change(part) for part in text.parts))
    return text if isinstance(text, Hole) else change(text)


def too_large() -> BadRequest:
    return BadRequest("what the code builds is too large to import", advice="Import a smaller request.")


def as_hole(value: Any) -> Hole | None:
    """The hole that a value is, or has in it; None for a value that is known."""
    if isinstance(value, Hole):
        return value
    if isinstance(value, Mixed):
        return next(part for part in value.parts if isinstance(part, Hole))
    if isinstance(value, Made):
        return Hole(value.line, f"{value.name}(...)", file=_file_of(value))
    if isinstance(value, JsonText):
        return next((hole for hole in holes(value.value)), None)
    return None


def holes(value: Any) -> Iterator[Hole]:
    """All holes in a value. Raises BadRequest for one too large to look through: code can make it endless."""
    ahead, seen = [value], 0
    while ahead:
        inner, seen = ahead.pop(), seen + 1
        if seen > _MOST_ITEMS:
            raise too_large()
        hole = as_hole(inner)
        if hole is not None:
            yield hole
        elif isinstance(inner, dict):
            ahead.extend(reversed([part for pair in inner.items() for part in pair]))
        elif isinstance(inner, list):
            ahead.extend(reversed(inner))


def _file_of(made: Made) -> str | None:
    """The file that a call reads, as far as a name in its arguments tells."""
    for value in (*made.arguments, *made.keywords.values(), made.base):
        if isinstance(value, str) and _FILE_NAME.fullmatch(value) and not value.startswith(("http:", "https:")):
            return value
        hole = as_hole(value)
        if hole is not None and hole.file:
            return hole.file
    return None


def with_default(value: Any) -> Any:
    """The value, or the default of the environment variable that it reads."""
    if isinstance(value, Hole) and value.default is not None:
        return value.default
    if isinstance(value, Mixed):
        return joined(
            part.default if isinstance(part, Hole) and isinstance(part.default, str) else part for part in value.parts
        )
    return value


def settled(value: Any) -> tuple[Any, tuple[str, ...]]:
    """A request's body as plain JSON, and notes on what had to be left out: an image that is read from a file, say.

    Raises BadRequest that names the place of any other hole.
    """
    settling = _Settling()
    return settling.value(value, ()), tuple(settling.notes)


class _Settling:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self._left = _MOST_UNITS

    def value(self, value: Any, place: tuple[str | int, ...]) -> Any:
        self._spend(_UNITS_A_VALUE)
        if isinstance(value, dict):
            return self._object(value, place)
        if isinstance(value, list):
            return self._list(value, place)
        value = with_default(value)
        if isinstance(value, JsonText):
            value = value.written(self.value(value.value, place))
        if isinstance(value, str):
            self._spend(len(value))
            return value
        hole = as_hole(value)
        if hole is not None:
            raise unreadable(hole, name_of(place))
        return None if value is ABSENT else value

    def _spend(self, units: int) -> None:
        self._left -= units
        if self._left < 0:
            raise too_large()

    def _object(self, value: dict[Any, Any], place: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise unreadable(as_hole(key) or Hole(0, "a key"), name_of(place))
            if item is not ABSENT:
                self._spend(len(key))
                found[key] = self.value(item, (*place, key))
        return found

    def _list(self, value: list[Any], place: tuple[str | int, ...]) -> Any:
        found: list[Any] = []
        for index, item in enumerate(value):
            hole = _medium(item)
            if hole is None:
                found.append(self.value(item, (*place, index)))
            else:
                self.notes.append(_left_out(hole, item["type"], name_of(place[:-1] or place)))
        return found if found or not value else ""


def _medium(item: Any) -> Hole | None:
    """The hole in a content part that carries an image or another medium."""
    kind = item.get("type") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind == "text" or not isinstance(item.get(kind), (dict, Hole, Made, Mixed)):
        return None
    hole = next(holes(item[kind]), None)
    return None if hole is None or with_default(hole) is not hole else hole


def _left_out(hole: Hole, kind: str, where: str) -> str:
    what = "image" if kind == "image_url" else kind
    if hole.file:
        return f"The {what} of {where} stands in the file {hole.file:.200}: add that file again."
    return f"The {what} of {where} is not in the text (line {hole.line}: {hole.said}): add it again."


def unreadable(hole: Hole, where: str) -> BadRequest:
    return BadRequest(
        f"line {hole.line}: {hole.said} stands in {where}, and the text does not tell its value",
        advice="Write the value itself in its place and import again.",
        param=where,
    )


def name_of(place: tuple[str | int, ...]) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key:.60}" for key in place)
    return text.lstrip(".") or "the request"
