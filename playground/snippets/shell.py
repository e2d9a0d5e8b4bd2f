"""Text in shell code: words, and JSON by way of a quoted heredoc, in which a shell changes nothing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from itertools import count
from typing import Any

from .media import Data
from .text import escaped

word = shlex.quote


def json_text(value: Any) -> str:
    """Indented JSON, readable, with invisible characters as JSON's own escapes; Data as the URLs they stand for."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_url)
    return escaped(text, _escape, "", raw="\n")


def _url(item: Any) -> str:
    assert isinstance(item, Data)
    return item.url


def json_parts(value: Any) -> list[str | Data]:
    """The same JSON in parts: those Data that are read from files stand between texts, without their base64."""
    marks: dict[str, Data] = {}

    def stand_in(item: Any) -> str:
        assert isinstance(item, Data)
        if not item.file:
            return item.url
        mark = f"{marker}{len(marks)}."
        marks[mark] = item
        return mark

    marker = _absent(json_text(value))
    text = escaped(
        json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=stand_in), _escape, "", raw="\n"
    )
    return list(_split(text, marks))


def _split(text: str, marks: dict[str, Data]) -> Iterator[str | Data]:
    for mark, item in marks.items():
        before, text = text.split(mark, 1)
        yield f"{before}data:{item.media_type};base64,"
        yield item
    yield text


def _absent(text: str) -> str:
    """A text that the given one does not hold."""
    return next(mark for mark in (f"file{number}." for number in count()) if mark not in text)


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"


def heredoc(text: str, then: str = "", name: str = "JSON") -> str:
    """`<<'JSON'`, the rest of its line, and the text up to a closing line that is none of the text's own."""
    lines = set(text.split("\n"))
    names = (name if number == 1 else f"{name}_{number}" for number in count(1))
    marker = next(candidate for candidate in names if candidate not in lines)
    return f"<<'{marker}'{then}\n{text}\n{marker}\n"
