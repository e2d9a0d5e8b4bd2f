"""The words of a shell's script: quotes, expansions and heredocs, as far as the text tells what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import quoting
from .grammar import Deadline
from .values import Hole, Text, joined, mapped

if TYPE_CHECKING:
    from tree_sitter import Node

_UNQUOTED_BACKTICK = re.compile(r"(?<!\\)(?:\\\\)*`")
_EXPANSIONS = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"}
)


class Words:
    """Reads the words of one script. `variables` are those that are set so far; `printed` gives what a statement prints."""

    def __init__(self, source: bytes, deadline: Deadline, printed: Callable[[Node], Text]) -> None:
        self._source = source
        self._deadline = deadline
        self._printed = printed
        self.variables: dict[str, Text] = {}

    def text(self, node: Node) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        """The text from byte to byte."""
        return self._source[start:end].decode(errors="replace")

    def word(self, node: Node) -> Text:
        """What a word is once its quotes are gone and its expansions made."""
        self._deadline.check()
        kind = node.type
        if kind == "raw_string":
            return self.text(node)[1:-1]
        if kind == "ansi_c_string":
            return quoting.ansi(self.text(node)[2:-1])
        if kind == "string":
            return joined(self._pieces(node, node.start_byte + 1, node.end_byte - 1, quoting.double))
        if kind in ("concatenation", "command_name", "translated_string"):
            return joined([self.word(child) for child in node.named_children])
        if kind in _EXPANSIONS:
            return self._expansion(node)
        return quoting.bare(self.text(node))

    def _pieces(self, node: Node, start: int, end: int, decode: Callable[[str], str]) -> Iterator[Text]:
        """The text from byte `start` to byte `end`, with its expansions."""
        for child in node.named_children:
            if child.type in _EXPANSIONS:
                yield decode(self.between(start, child.start_byte))
                yield self._expansion(child)
                start = child.end_byte
        yield decode(self.between(start, end))

    def _expansion(self, node: Node) -> Text:
        if node.type == "command_substitution":
            printed = joined([self._printed(child) for child in node.named_children])
            return printed.rstrip("\n") if isinstance(printed, str) else printed
        names = [child for child in node.named_children if child.type == "variable_name"]
        if node.type not in ("simple_expansion", "expansion") or not names:
            return Hole(line_of(node), f"a {node.type.replace('_', ' ')}")
        name = self.text(names[0])
        operator = "".join(self.text(child) for child in node.children[2:-1] if not child.is_named)
        if name in self.variables and operator in ("", ":-", "-"):
            return self.variables[name]
        if operator not in ("", ":-", "-", ":?", "?"):
            return Hole(line_of(node), f"${{{name}...}}")
        has_default = operator in (":-", "-") and len(node.named_children) > 1
        default = self.word(node.named_children[-1]) if has_default else ""
        known = default if isinstance(default, str) and default else None
        return Hole(line_of(node), f"${name}", env=name, default=known)

    def heredoc(self, node: Node) -> Text:
        """What a heredoc holds."""
        start = next(child for child in node.children if child.type == "heredoc_start")
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        if body is None:
            return ""
        # The grammar leaves out the blanks and blank lines that a body begins with.
        blank = len(self._source[: body.start_byte].rstrip())
        first = self._source.find(b"\n", blank, body.start_byte) + 1 or body.start_byte
        strip = any(child.type == "<<-" for child in node.children)
        if set(self.text(start)) & set("'\"\\"):
            text: Text = self.between(first, body.end_byte)
        else:
            text = joined(self._pieces(body, first, body.end_byte, quoting.heredoc))
            if any(_UNQUOTED_BACKTICK.search(self.between(*gap)) for gap in _gaps(body)):
                text = Hole(line_of(body), "a command in backticks")
        return mapped(text, lambda part: re.sub(r"(?m)^\t+", "", part)) if strip else text


def line_of(node: Node) -> int:
    return int(node.start_point.row) + 1


def _gaps(node: Node) -> Iterator[tuple[int, int]]:
    start = node.start_byte
    for child in node.named_children:
        if child.type in _EXPANSIONS:
            yield start, child.start_byte
            start = child.end_byte
    yield start, node.end_byte
