"""What Annotated[...] and Field(...) say beside a type: descriptions, bounds, examples and defaults."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from .names import Names, last_name, shown
from .schemas import Schema, types
from .values import NotPlain, value_of


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_length(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


# Keyword of Field -> what it must be, and the keywords of the schema by the type of the value ("" for any type).
_Row = tuple[Callable[[Any], bool], dict[str, str]]
_LEAST: _Row = (_is_length, {"string": "minLength", "array": "minItems", "object": "minProperties"})
_MOST: _Row = (_is_length, {"string": "maxLength", "array": "maxItems", "object": "maxProperties"})
_KEYWORDS: dict[str, _Row] = {
    "description": (_is_text, {"": "description"}),
    "title": (_is_text, {"": "title"}),
    "examples": (lambda value: isinstance(value, list), {"": "examples"}),
    "ge": (_is_number, {"": "minimum"}),
    "gt": (_is_number, {"": "exclusiveMinimum"}),
    "le": (_is_number, {"": "maximum"}),
    "lt": (_is_number, {"": "exclusiveMaximum"}),
    "multiple_of": (lambda value: _is_number(value) and value > 0, {"": "multipleOf"}),
    "pattern": (_is_text, {"": "pattern"}),
    "min_length": _LEAST,
    "max_length": _MOST,
}
_DEFAULTS = frozenset({"default", "default_factory"})
_PYTHON = frozenset({"repr", "compare", "hash", "kw_only", "frozen"})
_CALLS = {"Ge": "ge", "Gt": "gt", "Le": "le", "Lt": "lt", "MultipleOf": "multiple_of",
          "MinLen": "min_length", "MaxLen": "max_length", "Doc": "description"}  # fmt: skip
_FIELDS = frozenset({"Field", "field"})


def field_call(node: ast.expr | None) -> ast.Call | None:
    """The node where it is pydantic's Field(...) or a dataclass's field(...)."""
    return node if isinstance(node, ast.Call) and last_name(node.func) in _FIELDS else None


def default_in(call: ast.Call) -> tuple[bool, ast.expr | None]:
    """Whether Field(...) leaves the value to be given, else its default, None where that is made by a function."""
    given = {word.arg: word.value for word in call.keywords}
    default = call.args[0] if call.args else given.get("default")
    if default is None:
        return not _DEFAULTS & given.keys(), None
    needed = isinstance(default, ast.Constant) and default.value is ...
    return needed, None if needed else default


def with_metadata(schema: Schema, said: ast.expr, names: Names) -> Schema:
    """The schema with what stands behind the type in Annotated[...], or is a Field(...)."""
    for key, node in _pairs(said):
        keywords = _read(schema, key, node, names) if key in _KEYWORDS else None
        if keywords is None:
            names.note(f"{shown(node)} was left out: it says nothing that is known here.")
        else:
            schema = {**schema, **keywords}
    return schema


def _pairs(said: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    """The keywords of Field, "" for what is not understood, each with its value or with all of it."""
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        yield "description", said
    elif call := field_call(said):
        yield from ((word.arg or "", word) for word in call.keywords if word.arg not in _DEFAULTS | _PYTHON)
    elif isinstance(said, ast.Call) and len(said.args) == 1 and not said.keywords:
        yield _CALLS.get(last_name(said.func), ""), said.args[0] if last_name(said.func) in _CALLS else said
    else:
        yield "", said


def _read(schema: Schema, key: str, node: ast.AST, names: Names) -> Schema | None:
    """The keywords of the schema for one of Field; None where its value does not fit."""
    fits, by_type = _KEYWORDS[key]
    expression = node.value if isinstance(node, ast.keyword) else node
    try:
        value = value_of(expression, names) if isinstance(expression, ast.expr) else None
    except NotPlain:
        return None
    if value is None:
        return {}
    if not fits(value):
        return None
    return {by_type[kind]: value for kind in ("", *types(schema)) if kind in by_type} or None
