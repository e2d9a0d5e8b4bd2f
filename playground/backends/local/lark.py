"""Pieces of a grammar in Lark, as llguidance reads it, for the tokens of one model. Pure text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .constraints import literal as pattern_of

ESCAPES = {"json_allowed_escapes": 'nrbtf\\"'}
"""No \\u in JSON: a text is written in one way only, so that no name is met twice in disguise."""
NATURAL = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": ", **ESCAPES}
"""JSON as models were trained to write it."""


def natural(schema: Mapping[str, Any]) -> str:
    """JSON that follows this schema."""
    return f"%json {json.dumps({**schema, 'x-guidance': NATURAL})}"


class Lark:
    """Writes grammars. Rules and terminals that it is given get names, and stand in `lines`.

    `tokens` are the texts that are one token each, by id: they stand for nothing else, text that looks like them included.
    """

    def __init__(self, tokens: Mapping[str, int]) -> None:
        self._tokens = tokens
        self.lines: list[str] = []

    def literal(self, text: str) -> str:
        """The text, with the ids of the tokens in it."""
        return " ".join(
            f"<[{self._tokens[piece]}]>" if piece in self._tokens else quoted(piece) for piece in self._cut(text)
        )

    def rule(self, body: str) -> str:
        return self._named("rule", body)

    def terminal(self, body: str) -> str:
        return self._named("TERMINAL", body)

    def recursive(self, body: Callable[[str], str]) -> str:
        """A rule that may speak of itself: `body` is given its name."""
        place = len(self.lines)
        name = self.rule("")
        self.lines[place] = f"{name}: {body(name)}"
        return name

    def text_until(self, closing: str, patterns: Sequence[str] = (), least: int = 0, most: int | None = None) -> str:
        """A text of so many characters that matches the patterns, and the mark that ends it and is not in it."""
        plain, rest = self._plain(closing)
        least_here = least if plain else max(1, least)
        size = "*" if least_here == 0 and most is None else f"{{{least_here},{'' if most is None else most}}}"
        parts = [f"/(?s:.{size})/", *(f"/{pattern}/" for pattern in patterns), without(closing.rstrip() or closing)]
        text = f"({' & '.join(parts)})"
        if plain:
            return f"{self.terminal(f'{text} {quoted(plain)}')} {rest}".rstrip()
        may_be_empty = least == 0 and not patterns
        some = "" if most == 0 else self.terminal(text) + ("?" if may_be_empty else "")
        return f"{some} {rest}".strip()

    def one_until(self, closing: str, texts: Iterable[str]) -> str:
        """One of these texts, and what ends it."""
        plain, rest = self._plain(closing)
        choices = " | ".join(quoted(text) for text in texts)
        if plain:
            return f"{self.terminal(f'({choices}) {quoted(plain)}')} {rest}".rstrip()
        return f"({choices}) {rest}"

    def _plain(self, text: str) -> tuple[str, str]:
        """The text before the first token of its own, and the rest in Lark."""
        pieces = self._cut(text)
        plain = "" if not pieces or pieces[0] in self._tokens else pieces[0]
        return plain, self.literal(text.removeprefix(plain))

    def _cut(self, text: str) -> list[str]:
        marks = sorted(self._tokens, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, marks))})", text) if marks else [text]
        return [piece for piece in pieces if piece]

    def _named(self, kind: str, body: str) -> str:
        name = f"{kind}_{len(self.lines)}"
        self.lines.append(f"{name}: {body}")
        return name


def quoted(text: str) -> str:
    return json.dumps(text)


def without(text: str) -> str:
    """A pattern in a terminal: anything that this text does not stand in."""
    return f"~/(?s:.*){pattern_of(text)}(?s:.*)/"
