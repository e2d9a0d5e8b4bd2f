"""What a pasted text defines beside its functions, and the account that is kept while it is read."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..errors import BadRequest

LARGEST = 200_000
"""How much may be made of a text, in characters of JSON, roughly: a few lines of types can double with each line."""
DEEPEST = 40
"""How deep types may be nested: a tool then stays within what jsonvalue.freeze takes."""
_NODE = 20
_ADVICE = (
    "Use str, int, float, bool, list[...], dict[str, ...], Literal[...], Optional[...] or a class of the same text."
)


def wrong(node: ast.AST, message: str, advice: str = _ADVICE) -> BadRequest:
    said = message if len(message) <= 300 else f"{message[:300]}…"
    return BadRequest(f"line {getattr(node, 'lineno', 1)}: {said}", advice=advice)


def shown(node: ast.AST) -> str:
    """The piece of source for a message, cut short."""
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):  # a number of more digits than Python prints; a long chain of operators
        return "this"
    return text if len(text) <= 60 else f"{text[:60]}…"


def last_name(node: ast.expr) -> str:
    """The last part of a name: typing.List is List."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def quoted(node: ast.Constant) -> ast.expr:
    """The annotation in a string, at the line of the string. Raises BadRequest."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inner = ast.parse(str(node.value).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise wrong(node, f"the type {shown(node)} is not valid Python") from error
    for each in ast.walk(inner):
        ast.copy_location(each, node)
    return inner


@dataclass
class Account:
    """Kept over the whole text: `notes` in order, each once, and what may still be made of it (see LARGEST)."""

    notes: dict[str, None] = field(default_factory=dict)
    left: int = LARGEST


@dataclass(frozen=True)
class Names:
    """Enums, classes with fields and names for types, as seen from one place of the text.

    `within` are the names that the place stands in, `where` is what notes call it.
    """

    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    types: Mapping[str, ast.expr] = field(default_factory=dict)
    account: Account = field(default_factory=Account)
    within: frozenset[str] = frozenset()
    depth: int = 0
    where: str = ""

    def at(self, where: str) -> Names:
        return replace(self, where=where)

    def inside(self, name: str, node: ast.AST) -> Names:
        if name in self.within:
            raise wrong(node, f"{name} contains itself, which is not supported here")
        if len(self.within) == DEEPEST:
            raise wrong(node, f"more than {DEEPEST} names of types stand in each other", "Simplify them.")
        self.spend(node, _NODE)
        return replace(self, within=self.within | {name})

    def deeper(self, node: ast.AST) -> Names:
        if self.depth == DEEPEST:
            raise wrong(node, f"the types are nested more than {DEEPEST} deep", "Simplify them.")
        self.spend(node, _NODE)
        return replace(self, depth=self.depth + 1)

    def spend(self, node: ast.AST, characters: int) -> None:
        """Raises BadRequest where the tools would grow too large."""
        self.account.left -= characters
        if self.account.left < 0:
            raise wrong(node, "the types of the text, written out, are too large for tools", "Simplify them.")

    def note(self, message: str) -> None:
        self.account.notes[f"{self.where}: {message}"] = None
