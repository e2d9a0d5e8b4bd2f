"""Plain values of Python as JSON values, from the syntax tree: constants, lists and dicts of them, members of enums."""

from __future__ import annotations

import ast
import math
import re
from typing import Any

from ..jsonvalue import dumps, thaw
from .names import Names, last_name, shown

_MOST_BITS = 4096
_DEEPEST = 10
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which UTF-8 has no bytes for."""


class NotPlain(Exception):
    """The text says why, after the value: "is not a plain value"."""


def value_of(node: ast.expr, names: Names) -> Any:
    """The JSON value that the source stands for, tuples as lists. Raises NotPlain."""
    try:
        value = ast.literal_eval(_member(node, names) or node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise NotPlain("is not a plain value") from error
    if not _is_json(value):
        raise NotPlain("is no JSON value")
    names.spend(node, len(dumps(value)))
    return thaw(value)


def is_enum(made: ast.ClassDef, names: Names) -> bool:
    """Whether Enum is among its bases, or theirs as far as the text has them."""
    seen: set[str] = set()
    waiting = [made]
    while waiting:
        bases = {last_name(base) for base in waiting.pop().bases} - seen
        if any(base.endswith(("Enum", "Flag")) and base not in names.classes for base in bases):
            return True
        seen |= bases
        waiting += [names.classes[base] for base in bases if base in names.classes]
    return False


def members(made: ast.ClassDef) -> dict[str, ast.expr]:
    """The members of an enum, auto() worked out where that is plain."""
    found: dict[str, ast.expr] = {}
    bases = {last_name(base) for base in made.bases}
    before: Any = 0
    for line in made.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        value = line.value if isinstance(line, (ast.Assign, ast.AnnAssign)) else None
        for target in targets:
            name = target.id if isinstance(target, ast.Name) else shown(target)
            if value is None or name.startswith("_"):
                continue
            if isinstance(value, ast.Call) and last_name(value.func) == "auto":
                value = _auto(value, name, bases, before)
            before = value.value if isinstance(value, ast.Constant) else None
            found[name] = value
    return found


def _auto(call: ast.Call, name: str, bases: set[str], before: Any) -> ast.expr:
    if "StrEnum" in bases:
        return ast.copy_location(ast.Constant(name.lower()), call)
    counts = bases == {"Enum"} or "IntEnum" in bases
    return ast.copy_location(ast.Constant(before + 1), call) if counts and type(before) is int else call


def _member(node: ast.expr, names: Names) -> ast.expr | None:
    """What Unit.CELSIUS, or Unit.CELSIUS.value, stands for."""
    if isinstance(node, ast.Attribute) and node.attr == "value":
        node = node.value
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    made = names.classes.get(node.value.id)
    if made is None or not is_enum(made, names):
        return None
    names.spend(node, len(made.body))
    return members(made).get(node.attr)


def _is_json(value: Any, depth: int = _DEEPEST) -> bool:
    if isinstance(value, (list, tuple)):
        return depth > 0 and all(_is_json(item, depth - 1) for item in value)
    if isinstance(value, dict):
        keys = all(isinstance(key, str) and _is_json(key) for key in value)
        return depth > 0 and keys and all(_is_json(item, depth - 1) for item in value.values())
    if isinstance(value, int):
        return value.bit_length() <= _MOST_BITS
    if isinstance(value, str):
        return not _HALF.search(value)
    return value is None or (isinstance(value, float) and math.isfinite(value))
