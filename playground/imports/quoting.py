"""Text in a shell's quotes, decoded as bash decodes it (Bash Reference Manual, 3.1.2)."""

from __future__ import annotations

import re

_BARE = re.compile(r"\\(\n|.)", re.DOTALL)
_DOUBLE = re.compile(r'\\(\n|[$`"\\])')
_HEREDOC = re.compile(r"\\(\n|[$`\\])")
_ANSI = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})"
    r"|(?P<octal>[0-7]{1,3})|c(?P<control>.)|(?P<plain>.))",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def bare(text: str) -> str:
    """Outside of quotes."""
    return _BARE.sub(_kept, text) if "\\" in text else text


def double(text: str) -> str:
    """Between double quotes."""
    return _DOUBLE.sub(_kept, text) if "\\" in text else text


def heredoc(text: str) -> str:
    """In a heredoc whose word has no quotes."""
    return _HEREDOC.sub(_kept, text) if "\\" in text else text


def _kept(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]


def ansi(text: str) -> str:
    """Between $' and '. Halves of a character (\\ud83d\\ude00) are joined, and single bytes beyond ASCII read as
    Latin-1 where they are no UTF-8: browsers write both."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    data, end = b"", 0
    for found in _ANSI.finditer(text):
        byte = _byte(found)
        if data and (byte is None or found.start() > end):
            parts.append(_decoded(data))
            data = b""
        parts.append(text[end : found.start()])
        if byte is None:
            parts.append(_character(found))
        else:
            data += bytes((byte,))
        end = found.end()
    return joined_halves("".join([*parts, _decoded(data), text[end:]]))


def _byte(found: re.Match[str]) -> int | None:
    digits = found["hex"] or found["octal"]
    return int(digits, 16 if found["hex"] else 8) & 0xFF if digits else None


def _character(found: re.Match[str]) -> str:
    digits = found["short"] or found["long"]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else ""
    if found["control"]:
        return chr(ord(found["control"].upper()) & 0x1F)
    plain = found["plain"]
    return _PLAIN.get(plain, plain if plain in "\\'\"?" else found[0])


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def joined_halves(text: str) -> str:
    """The text with each pair of surrogates as the character that they stand for."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


_SURROGATE = re.compile("[\ud800-\udfff]")
