"""A shell's script as the commands that it would run: their words, and what is piped into them. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BadRequest
from . import quoting
from .bash import PIPE, tree
from .grammar import Deadline
from .pipes import PRINTING
from .shell_words import Words, line_of
from .values import Hole, Text, as_hole, joined

if TYPE_CHECKING:
    from tree_sitter import Node

_PREFIXES = frozenset({"time", "sudo", "env", "exec", "command", "nohup", "builtin"})
_SILENT = frozenset({"set", "cd", "true", ":", "read", "local", "unset", "sleep", "mkdir", "alias", "source", "trap"})
_GAP = re.compile(r"(?:[ \t]|\\\n)+|(?:\\.|[^ \t\\])+", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """`words` are the command's own, its name first; `stdin` is what is piped into it, None for the terminal."""

    line: int
    words: tuple[Text, ...]
    stdin: Text | None


def commands(text: str, name: str, deadline: Deadline) -> tuple[Command, ...]:
    """All commands of that name, in the order in which a shell would come to them.

    Raises BadRequest for what is no script.
    """
    source, root = tree(text, deadline)
    script = _Script(source, name, deadline)
    script.statement(root, None)
    return tuple(script.found)


class _Script:
    def __init__(self, source: bytes, name: str, deadline: Deadline) -> None:
        self._deadline = deadline
        self._words = Words(source, deadline, lambda node: self.statement(node, None))
        self.found: list[Command] = []
        self._name = name
        self._readers: dict[str, Callable[[Node, Text | None], Text]] = {
            "command": self._command,
            "pipeline": self._pipeline,
            "redirected_statement": self._redirected,
            "variable_assignment": self._assignment,
            "declaration_command": self._declaration,
            **dict.fromkeys(("heredoc_redirect", "file_redirect", "comment"), lambda node, stdin: ""),
        }

    # --- statements ------------------------------------------------------------------------------

    def statement(self, node: Node, stdin: Text | None) -> Text:
        """What a statement prints."""
        self._deadline.check()
        return self._readers.get(node.type, self._block)(node, stdin)

    def _block(self, node: Node, stdin: Text | None) -> Text:
        """What statements print, one after another; what is piped on goes into the next."""
        printed: list[Text] = []
        piped: Text | None = None
        for child in node.named_children:
            out = self.statement(child, stdin if piped is None else piped)
            piped = out if self._is_piped(child) else None
            if piped is None:
                printed.append(out)
        return joined(printed)

    def _is_piped(self, node: Node) -> bool:
        inner = node.named_children[-1] if node.type == "redirected_statement" else None
        return inner is not None and any(self._words.text(child) == PIPE for child in inner.named_children)

    def _pipeline(self, node: Node, stdin: Text | None) -> Text:
        out = stdin
        for child in node.named_children:
            out = self.statement(child, out)
        return "" if out is None else out

    def _redirected(self, node: Node, stdin: Text | None) -> Text:
        body, *others = node.named_children
        heredocs = [child for child in others if child.type == "heredoc_redirect"]
        for redirect in [*others, *(child for heredoc in heredocs for child in heredoc.named_children)]:
            given = self._input(redirect)
            stdin = stdin if given is None else given
        more = [child for other in others for child in _further_words(other)]
        out = self._command(body, stdin, more) if body.type == "command" else self.statement(body, stdin)
        for heredoc in heredocs:
            for child in heredoc.named_children:
                if child.type == "pipeline":
                    out = self._pipeline(child, out)
                elif child.type in ("command", "list", "redirected_statement", "compound_statement"):
                    out = joined([out, self.statement(child, None)])
        return out

    def _input(self, node: Node) -> Text | None:
        """What a redirection gives to read; None for one that writes."""
        if node.type == "heredoc_redirect":
            return self._words.heredoc(node)
        if node.type == "herestring_redirect":
            return joined([self._words.word(node.named_children[-1]), "\n"])
        if node.type == "file_redirect" and any(child.type == "<" for child in node.children):
            return self._file(self._words.word(node.children_by_field_name("destination")[0]), node)
        return None

    def _assignment(self, node: Node, _: Text | None = None) -> Text:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and name.type == "variable_name":
            self._words.variables[self._words.text(name)] = "" if value is None else self._words.word(value)
        return ""

    def _declaration(self, node: Node, _: Text | None) -> Text:
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assignment(child)
        return ""

    # --- commands --------------------------------------------------------------------------------

    def _command(self, node: Node, stdin: Text | None, more: Iterable[Node] = ()) -> Text:
        words: list[Text] = []
        end = node.start_byte
        for index, child in enumerate([*node.named_children, *more]):
            if index == node.named_child_count:
                end = child.start_byte - 1  # a redirection stands before it
            given = self._input(child)
            if given is not None:
                stdin = given
            elif child.type not in ("variable_assignment", "file_redirect"):
                _join(words, self._words.between(end, child.start_byte), self._words.word(child))
            end = child.end_byte
        while len(words) > 1 and isinstance(words[0], str) and (words[0] in _PREFIXES or _assigns(words[0])):
            words.pop(0)
        return self._run(node, words, stdin)

    def _run(self, node: Node, words: list[Text], stdin: Text | None) -> Text:
        name = words[0] if words and isinstance(words[0], str) else ""
        line, rest = line_of(node), words[1:]
        if self.found and name.startswith("-"):
            option = name[:40] if name.startswith("--") else name[:2]
            raise BadRequest(
                f"line {line}: {option} stands on a line that does not belong to the command before it",
                advice="End the line before it with a backslash, with no blank and no comment after it.",
            )
        if name == self._name:
            self.found.append(Command(line, tuple(words), stdin))
            return Hole(line, f"the answer of {name}")
        if name in _SILENT:
            return ""
        reader = PRINTING.get(name)
        if reader is not None:
            return reader(line, rest, stdin)
        hole = None if stdin is None else as_hole(stdin)
        return Hole(line, f"the output of {name or 'a command'}", file=hole.file if hole else None)

    def _file(self, name: Text, node: Node) -> Hole:
        known = name if isinstance(name, str) else "a file"
        return Hole(line_of(node), f"the file {known:.200}", file=known)


def _join(words: list[Text], between: str, word: Text) -> None:
    """Add a word; the grammar leaves some characters between two words that belong to one of them."""
    if not words:
        words.append(word)
        return
    fresh = False
    for piece in _GAP.findall(between):
        blank = piece[0] in " \t" or piece[:2] == "\\\n"
        if not blank:
            words.append(quoting.bare(piece)) if fresh else words.append(joined((words.pop(), quoting.bare(piece))))
        fresh = blank
    words.append(word if fresh else joined((words.pop(), word)))


def _further_words(redirect: Node) -> list[Node]:
    """The words after a redirection, which belong to the command before it."""
    if redirect.type == "heredoc_redirect":
        return redirect.children_by_field_name("argument")
    return redirect.children_by_field_name("destination")[1:] if redirect.type == "file_redirect" else []


def _assigns(word: str) -> bool:
    return re.match(r"[A-Za-z_]\w*=", word) is not None
