"""Texts and numbers as JavaScript writes them (ECMA-262, 12.9), and values as its texts."""

from __future__ import annotations

import json
import re
from typing import Any

from ..snippets import javascript
from .quoting import joined_halves
from .values import MOST_BITS, Hole, Mixed, as_hole

SAFE = 2**53
"""JavaScript's whole numbers are exact below this."""
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<code>[0-9A-Fa-f]{1,6})\}|u(?P<unit>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?P<end>\r\n|[\n\r\u2028\u2029])|(?P<char>.))",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def unescaped(text: str) -> str:
    """What stands between the quotes of a string or template literal, decoded."""
    return joined_halves(_ESCAPE.sub(_character, text)) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    digits = found["code"] or found["unit"] or found["byte"]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else ""
    return "" if found["end"] else _PLAIN.get(found["char"], found["char"])


def number_of(text: str) -> int | float | None:
    """The value of a number, None for one that JSON does not have."""
    text = text.replace("_", "")
    try:
        if re.fullmatch(r"\d+", text):
            return int(text)
        if re.match(r"0[xXbBoO]|\d+n\Z", text):
            number = int(text.rstrip("n"), 0)
            return number if number.bit_length() <= MOST_BITS else None
        decimal = float(text)
    except ValueError:
        return None
    return decimal if abs(decimal) < float("inf") else None


def text_of(value: Any, hole: Hole) -> Any:
    """The text that a value becomes beside a text; the hole where that is not known."""
    if isinstance(value, (str, Hole, Mixed)):
        return value
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= SAFE):
        return javascript.number(value)
    return as_hole(value) or hole
