"""Patterns of JSON schemas, so written that every dialect which may judge an answer reads them alike. Pure.

A schema's pattern is read by JavaScript's rules, and answers are judged by Python's and others' too. Where these
differ on what a class holds, an answer gets only what all of them take: of digits the ten of ASCII, of what is no digit
nothing that any script counts with.
"""

from __future__ import annotations

import re

REPEATED = 10_000
"""How many times at most something in a pattern may have to be repeated."""

_WORD = r"\p{L}\p{M}\p{N}\p{Pc}\p{Alphabetic}\p{Join_Control}"
_BLANK = r"\p{White_Space}\x1c-\x1f\x{feff}"
_NARROW = {"d": "0-9", "w": "0-9A-Za-z_", "s": r" \t\n\r\f\v"}
_WIDE = {"d": r"\p{N}", "w": _WORD, "s": _BLANK}
_LINES = r"[^\n\r\x{85}\x{2028}\x{2029}]"
_ODD = re.compile(r"&&|--|~~|\[")  # what Rust reads as a class in a class, or as what to do with two
_PIECES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<count>[0-9]+)[,}]|[()]|.", re.DOTALL)
_DOTALL = re.compile(r"\(\?[A-Za-z]*s")


def agreed(pattern: str) -> str:
    """The pattern in the dialect of Rust, with classes that hold what all dialects agree on."""
    dot = "." if _DOTALL.search(pattern) else _LINES
    made, at = [], 0
    while at < len(pattern):
        if pattern[at] == "[":
            piece, at = _class(pattern, at)
        elif pattern[at] == "\\":
            piece, at = _escape(pattern[at : at + 2]), at + 2
        else:
            piece, at = dot if pattern[at] == "." else pattern[at], at + 1
        made.append(piece)
    return "".join(made)


def repeated(pattern: str) -> int:
    """How many times at least something in the pattern must be repeated, groups in groups multiplied."""
    waiting, inner = [1], 1
    for found in _PIECES.finditer(pattern):
        if found[0] == "(":
            waiting.append(1)
            continue
        if found[0] == ")":
            inner = waiting.pop() if len(waiting) > 1 else 1
        elif found["count"]:
            inner *= int(found["count"][:9])
        else:
            inner = 1
        waiting[-1] = max(waiting[-1], inner)
    return max(waiting)


def _escape(pair: str) -> str:
    letter = pair[1:]
    if letter in _NARROW:
        return f"[{_NARROW[letter]}]"
    return f"[^{_WIDE[letter.lower()]}]" if letter.lower() in _NARROW else pair


def _class(pattern: str, start: int) -> tuple[str, int]:
    """The class in brackets that begins there, and where it ends. In it stands no other: `[` is itself there."""
    negated = pattern.startswith("[^", start)
    at = start + 1 + negated
    made = []
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "\\":
            made.append(_member(pattern[at : at + 2], negated=negated))
            at += 2
        else:
            made.append("\\" + pattern[at] if _ODD.match(pattern, at) else pattern[at])
            at += 1
    if not made:
        return (r"[\s\S]" if negated else r"[^\s\S]"), at + 1
    return f"[{'^' if negated else ''}{''.join(made)}{pattern[at : at + 1]}", at + 1


def _member(pair: str, *, negated: bool) -> str:
    """An escape among a class's members. What a negated class takes away, it takes away by every dialect."""
    letter = pair[1:]
    if letter in _NARROW:
        return _WIDE[letter] if negated else _NARROW[letter]
    if letter.lower() in _NARROW:
        return f"[^{(_NARROW if negated else _WIDE)[letter.lower()]}]"
    return pair
