"""JSON values as Python literals, laid out as black and ruff lay them out (88 columns)."""

from __future__ import annotations

import re
from typing import Any

from .text import escaped, multiline, quote_for

COLUMNS = 88
_STEP = 4
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CLOSING = re.compile('"(?=""|"?\\Z)')  # a quotation mark that would begin or join the closing three


def literal(value: Any, indent: int = 0, lead: int = 0, tail: int = 0) -> str:
    """The value as an expression: the line it starts on is indented by `indent`.

    `lead` and `tail` count the characters on its line before it (indentation included) and after it.
    """
    flat = _flat(value, COLUMNS - lead - tail)
    if flat is not None:
        return flat
    inner = indent + _STEP
    if isinstance(value, dict) and value:
        keys = [f"{string(key)}: " for key in value]
        items = [
            key + literal(item, inner, inner + len(key.encode()), 1)
            for key, item in zip(keys, value.values(), strict=True)
        ]
        return _expanded("{", items, "}", indent)
    if isinstance(value, (list, tuple)) and value:
        return _expanded("[", [literal(item, inner, inner, 1) for item in value], "]", indent)
    return _scalar(value)


def _expanded(opening: str, items: list[str], closing: str, indent: int) -> str:
    pad = " " * (indent + _STEP)
    return f"{opening}\n{''.join(f'{pad}{item},{chr(10)}' for item in items)}{' ' * indent}{closing}"


def _flat(value: Any, room: int) -> str | None:
    """The value on one line, or None where it takes more than `room` columns.

    Columns are counted as bytes of UTF-8, never less than any formatter counts: ruff would join what was
    broken needlessly only where the last comma is missing, and it never is.
    """
    if isinstance(value, dict):
        parts: list[tuple[str, Any]] = [(f"{string(key)}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, (list, tuple)):
        parts, opening, closing = [("", item) for item in value], "[", "]"
    elif isinstance(value, str) and (len(value) > room or multiline(value)):
        return None
    else:
        text = _scalar(value)
        return text if len(text.encode()) <= room else None
    texts: list[str] = []
    room -= 2
    for key, item in parts:
        room -= len(key.encode())
        flat = _flat(item, room)
        if flat is None:
            return None
        texts.append(key + flat)
        room -= len(flat.encode()) + 2
    return f"{opening}{', '.join(texts)}{closing}" if room >= -2 else None


def _scalar(value: Any) -> str:
    """A text, a number, a constant or an empty container."""
    if isinstance(value, str):
        return block(value) if multiline(value) else string(value)
    return repr(value).replace("e+", "e") if isinstance(value, float) else repr(value)


def string(text: str) -> str:
    """A string literal on one line."""
    quote = quote_for(text)
    return f"{quote}{escaped(text, _escape, chr(92) + quote)}{quote}"


def block(text: str) -> str:
    """A triple-quoted literal, whose lines begin at the left margin."""
    body = escaped(text, _escape, "\\", raw="\n")
    return f'"""\\\n{_CLOSING.sub(chr(92) + chr(92) + chr(34), body)}"""'


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char in "\"'":
        return f"\\{char}"
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
