"""Code that a word processor or a web page has set: with curly quotes, and blanks that do not break."""

from __future__ import annotations

import re

CURLY = "“”„‟‘’‚‛"
_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'") | {"\u00a0": " "})
_QUOTED = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*+"'
    r"|'''(?:[^\\]|\\.)*?'''|'(?:[^'\\\n]|\\.)*+'"
    r"|[“”„‟](?P<double>[^“”„‟\n]*+)[“”]|[‘’‚‛](?P<single>[^‘’‚‛]*+)[‘’]|[“”„‟‘’‚‛\u00a0]",
    re.DOTALL,
)
NOTE = "Curly quotes and no-break blanks in it were read as plain ones: check its texts."


def plainer(text: str) -> tuple[str, ...]:
    """The text with straight quotes: only where curly ones stand for them, then all over; none where it has them."""
    every = text.translate(_STRAIGHT)
    if every == text:
        return ()
    return tuple(dict.fromkeys((_QUOTED.sub(_straight, text), every)))


def quotes_by_curly(text: str) -> bool:
    """Whether curly quotes stand where code has straight ones, and not only in its texts."""
    if not any(quote in text for quote in CURLY):
        return False
    return any(found[0][0] in CURLY for found in _QUOTED.finditer(text))


def _straight(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return f'"{found["double"]}"'
    if found["single"] is not None:
        return f"'{found['single']}'"
    return found[0].translate(_STRAIGHT) if len(found[0]) == 1 else found[0]
