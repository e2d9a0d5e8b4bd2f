"""Text inside code: which characters stand as they are, and how wide a text is on a screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

_PLAIN = frozenset(map(chr, range(32, 127)))
_JOINERS = "\u200c\u200d"  # Persian words and emoji are built with them; escaped, neither could be read.


def visible(char: str) -> bool:
    """Whether a character may stand in code as itself.

    Controls, blanks other than the space, lone surrogates and marks that reorder a line (bidi) are not
    visible: they could be lost on the way through a clipboard, or make code look like something else.
    """
    return char.isprintable() or char in _JOINERS


def escaped(text: str, escape: Callable[[str], str], special: str, *, raw: str = "", ascii: bool = False) -> str:
    """The text with `escape(char)` for `special` and for invisible characters, but never for those in `raw`.

    With `ascii`, every character beyond ASCII is escaped too.
    """
    found = {char for char in special if char in text}
    if ascii or not (text.isascii() and text.isprintable()):
        others = set(text) - _PLAIN
        found.update(char for char in others if char not in raw and ((ascii and char > "~") or not visible(char)))
    return text.translate({ord(char): escape(char) for char in found}) if found else text


def multiline(text: str) -> bool:
    """Whether a text reads better over several lines; blank lines at its ends alone don't count."""
    return "\n" in text.strip("\n")


def quote_for(text: str) -> str:
    """The quotation mark that black, ruff and prettier choose: double, unless single saves escapes."""
    return "'" if text.count('"') > text.count("'") else '"'


def widths(text: str) -> tuple[int, int]:
    """The fewest and the most columns that formatters may count for a text.

    The two differ for emoji and other signs, which count 0 to 2 depending on their neighbours.
    """
    if text.isascii():
        return len(text), len(text)
    low = high = 0
    for char in text:
        least, most = (1, 1) if char.isascii() else _columns(char)
        low, high = low + least, high + most
    return low, high


_EMOJI_AMONG_OTHERS = "\u203c\u2049\u2139\u3030\ufe0e\ufe0f"


@lru_cache(4096)
def _columns(char: str) -> tuple[int, int]:
    if "\u0300" <= char <= "\u036f":
        return 0, 0
    if unicodedata.category(char) in ("So", "Sk", "Sm", "Me", "Cf", "Cn") or char in _EMOJI_AMONG_OTHERS:
        return 0, 2
    wide = 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return wide, wide
