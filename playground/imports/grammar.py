"""Parsing with tree-sitter, in bounded time: whatever the text is, a tree or an error comes within the time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

from ..errors import BadRequest
from .typography import CURLY

if TYPE_CHECKING:
    from tree_sitter import Language, Node

SECONDS = 1.2
_CHUNK = 16_384
Name = Literal["bash", "typescript", "tsx"]
# What stands for each byte of a character beyond ASCII: a character of words; in JavaScript a blank for its blanks, and
# for curly quotes what breaks its grammar, as they do.
_LETTERS: dict[Name, bytes] = {"bash": b"%", "typescript": b"z", "tsx": b"z"}
_BLANKS = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_OF_JAVASCRIPT = {
    ord(character): shown * len(character.encode())
    for characters, shown in ((_BLANKS, " "), (CURLY, "@"))
    for character in characters
}
_SHOWN: dict[Name, dict[int, str]] = {"bash": {}, "typescript": _OF_JAVASCRIPT, "tsx": _OF_JAVASCRIPT}


class Unparsed(BadRequest):
    """The text breaks the grammar of the language that it was read as."""


class Deadline:
    """The time that reading one text may take in all: code can be made to keep any reader busy for hours."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        return time.monotonic() > self._end

    def check(self) -> None:
        """Raises BadRequest once the time is over."""
        if self.over:
            raise BadRequest("reading the code takes too long", advice="Import only the part that makes the request.")


@cache
def _language(name: Name) -> Language:
    import tree_sitter  # noqa: PLC0415  (the app starts without the parsers)

    if name == "bash":
        import tree_sitter_bash  # noqa: PLC0415

        return tree_sitter.Language(tree_sitter_bash.language())
    import tree_sitter_typescript  # noqa: PLC0415

    grammar = tree_sitter_typescript.language_tsx if name == "tsx" else tree_sitter_typescript.language_typescript
    return tree_sitter.Language(grammar())


def parsed(text: str, language: Name, deadline: Deadline) -> tuple[bytes, Node]:
    """The text in UTF-8 and its tree. Raises BadRequest where that takes too long or the text breaks the grammar.

    The grammars are shown ASCII alone, byte by byte in the same place: they look other characters up in a table that
    does not hold them, and crash (tree-sitter-bash 0.25.1, and tree-sitter-javascript 0.25.0, which TypeScript's is
    made of).
    """
    from tree_sitter import Parser  # noqa: PLC0415

    deadline.check()
    source = text.encode()
    shown = source if text.isascii() else _masked(text, language)

    def chunk(offset: int, _: object) -> bytes:
        # Some loops of the parser can be stopped by the end of the text alone, others by the callback alone.
        return b"" if deadline.over else shown[offset : offset + _CHUNK]

    try:
        root = Parser(_language(language)).parse(chunk, progress_callback=lambda _, __: deadline.over).root_node
    except ValueError:
        deadline.check()
        raise
    deadline.check()
    broken = next(_broken(root), None)
    if broken is not None:
        line, start = broken.start_point.row + 1, source.rfind(b"\n", 0, broken.start_byte) + 1
        column = len(source[start : broken.start_byte].decode(errors="replace")) + 1
        name = "a shell command" if language == "bash" else "JavaScript"
        raise Unparsed(
            f"line {line}, column {column}: the text cannot be read as {name} here",
            advice="Check the quotes and brackets around it, and import again.",
        )
    return source, root


def _masked(text: str, language: Name) -> bytes:
    letters = bytes(range(128)) + _LETTERS[language] * 128
    return text.translate(_SHOWN[language]).encode().translate(letters)


def _broken(root: Node) -> Iterator[Node]:
    """The first place that breaks the grammar, found without recursion: a broken tree may be deep."""
    ahead = [root] if root.has_error else []
    while ahead:
        node = ahead.pop()
        if node.is_error or node.is_missing:
            inner = next((child for child in node.children if child.is_error), None)
            yield inner or node
            return
        ahead.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
