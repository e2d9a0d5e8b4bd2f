"""The text of a JavaScript or TypeScript program and its tree: what stands at a node, whatever its value is."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from .grammar import Deadline, Unparsed, parsed
from .values import Hole

if TYPE_CHECKING:
    from tree_sitter import Node

    from .scope import Scope

FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "generator_function", "method_definition"}
    | {"generator_function_declaration"}
)
TYPED = frozenset({"as_expression", "satisfies_expression", "non_null_expression", "instantiation_expression"})
"""Expressions that say a type of the one that they begin with: `x as T`, `x satisfies T`, `x!`, `x<T>`."""
_NAMES = ("identifier", "this", "shorthand_property_identifier", "meta_property")
_CALLED = re.compile(r"(?<!\bfunction )(?<![\w$.])([A-Za-z_$][\w$]*+)\s*+(?:<[^<>()]*+>)?\(")
_JSX = re.compile(r"</|/>")


def tree(text: str, deadline: Deadline) -> tuple[bytes, Node]:
    """The program as UTF-8, and its tree. TypeScript's grammar reads JavaScript too; with JSX in it, a second one does.

    Raises BadRequest for what is no program.
    """
    try:
        return parsed(text, "typescript", deadline)
    except Unparsed:
        if not _JSX.search(text):
            raise
    return parsed(text, "tsx", deadline)


class Function:
    """A function of the program, with the names around it."""

    def __init__(self, node: Node, scope: Scope) -> None:
        self.node = node
        self.scope = scope


class Source:
    """What stands at the nodes of one program."""

    def __init__(self, source: bytes) -> None:
        self._source = source

    @cached_property
    def called(self) -> frozenset[str]:
        """Names that brackets follow: those of the functions that are called, and of methods too."""
        return frozenset(_CALLED.findall(self._source.decode(errors="replace")))

    def text(self, node: Node) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        """The text from byte to byte."""
        return self._source[start:end].decode(errors="replace")

    def hole(self, node: Node) -> Hole:
        return Hole(line_of(node), self._said(node))

    def _said(self, node: Node | None, depth: int = 12) -> str:
        """What an expression is, in its own words but for texts and numbers, which may be a secret."""
        if node is None or depth == 0:
            return "..."
        if node.type in _NAMES:
            return f"{self.text(node):.40}"
        if node.type in TYPED or node.type in ("await_expression", "parenthesized_expression", "template_substitution"):
            return self._said(inner_of(node), depth - 1)
        inner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if inner is not None:
            return self._said(inner, depth - 1) + ("[...]" if name is None else f".{self.text(name):.40}")
        called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        return node.type.replace("_", " ") if called is None else f"{self._said(called, depth - 1)}(...)"

    def names(self, node: Node | None) -> list[str]:
        """The names in a chain of them (`a.b.c`), the first one only where it is a name itself."""
        names: list[str] = []
        node = bare(node)
        while node is not None and node.type == "member_expression":
            name = node.child_by_field_name("property")
            names.append("" if name is None else self.text(name))
            node = bare(node.child_by_field_name("object"))
        if node is not None and node.type in ("identifier", "this", "meta_property"):
            names.append(self.text(node))
        return names[::-1]

    def dotted(self, node: Node | None) -> str:
        """`a.b.c` for such an expression, "" for any other."""
        root = bare(node)
        while root is not None and root.type == "member_expression":
            root = bare(root.child_by_field_name("object"))
        is_name = root is not None and root.type in ("identifier", "this", "meta_property")
        return ".".join(self.names(node)) if is_name else ""


def line_of(node: Node) -> int:
    return int(node.start_point.row) + 1


def inner_of(node: Node) -> Node | None:
    """The expression in one that adds nothing to its value: brackets, a type, an await."""
    inner = [child for child in node.named_children if child.type != "comment"]
    return (inner[-1] if node.type == "type_assertion" else inner[0]) if inner else None


def bare(node: Node | None) -> Node | None:
    """The node without brackets and types around it."""
    while node is not None and (node.type in TYPED or node.type in ("parenthesized_expression", "type_assertion")):
        node = inner_of(node)
    return node


def called_of(call: Node) -> Node | None:
    """What a call calls. The grammar reads `await f<T>(x)` as a call of `await f`."""
    called = bare(call.child_by_field_name("function"))
    return bare(inner_of(called)) if called is not None and called.type == "await_expression" else called


def object_of(node: Node | None, steps: int) -> Node | None:
    """What the last `steps` names of a chain of names are taken from."""
    node = bare(node)
    for _ in range(steps):
        node = None if node is None else bare(node.child_by_field_name("object"))
    return node
