"""Annotations of Python as JSON schemas, read from the syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadRequest
from ..jsonvalue import dumps

_PLAIN: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "Any": {},
    "object": {},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "UUID": {"type": "string", "format": "uuid"},
}
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "Collection", "MutableSequence"})
_SETS = frozenset({"set", "Set", "frozenset", "FrozenSet"})
_TUPLES = frozenset({"tuple", "Tuple"})
_DICTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum",
           "min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}  # fmt: skip
_ADVICE = (
    "Use str, int, float, bool, list[...], dict[str, ...], Literal[...], Optional[...] or a class of the same text."
)


def wrong(node: ast.AST, message: str, advice: str = _ADVICE) -> BadRequest:
    return BadRequest(f"line {getattr(node, 'lineno', 1)}: {message}", advice=advice)


@dataclass(frozen=True)
class Names:
    """What a pasted text defines beside its functions: enums and classes with fields, and names for types."""

    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    types: Mapping[str, ast.expr] = field(default_factory=dict)
    within: frozenset[str] = frozenset()

    def inside(self, name: str) -> Names:
        return Names(self.classes, self.types, self.within | {name})


def schema_of(node: ast.expr, names: Names) -> dict[str, Any]:
    """The schema of an annotation. Raises BadRequest, with the line, for one that JSON has no word for."""
    if isinstance(node, ast.Constant):
        return _constant(node, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([schema_of(node.left, names), schema_of(node.right, names)])
    if isinstance(node, ast.Subscript):
        return _subscript(node, names)
    name = _name(node)
    if name in names.types or name in names.classes:
        return _own(node, name, names)
    if name in _PLAIN:
        return dict(_PLAIN[name])
    if name in _LISTS | _TUPLES:
        return {"type": "array"}
    if name in _SETS:
        return {"type": "array", "uniqueItems": True}
    if name in _DICTS:
        return {"type": "object"}
    raise wrong(node, f"the type {ast.unparse(node)} is not known here")


def _name(node: ast.expr) -> str:
    """The last part of a name: typing.List is List."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.Constant, names: Names) -> dict[str, Any]:
    if node.value is None:
        return {"type": "null"}
    if not isinstance(node.value, str):
        raise wrong(node, f"{ast.unparse(node)} is a value, not a type")
    try:
        inner = ast.parse(node.value, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise wrong(node, f"the type {node.value!r} is not valid Python") from error
    return schema_of(ast.fix_missing_locations(_at(inner, node)), names)


def _at(tree: ast.expr, place: ast.AST) -> ast.expr:
    for node in ast.walk(tree):
        ast.copy_location(node, place)
    return tree


def _subscript(node: ast.Subscript, names: Names) -> dict[str, Any]:
    name = _name(node.value)
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        return _choices(node, [_literal(each) for each in inner])
    if name == "Annotated":
        return _annotated(inner, names)
    if name in ("Required", "NotRequired", "Final"):
        return schema_of(inner[0], names)
    if name in _DICTS:
        return _dict(node, inner, names)
    if name in _TUPLES and not _is_open(inner):
        items = [schema_of(each, names) for each in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    schemas = [schema_of(each, names) for each in inner if not _is_ellipsis(each)]
    if name == "Optional":
        return _union([*schemas, {"type": "null"}])
    if name == "Union":
        return _union(schemas)
    if name in _LISTS | _SETS | _TUPLES and len(schemas) == 1:
        return {"type": "array", "items": schemas[0], **({"uniqueItems": True} if name in _SETS else {})}
    raise wrong(node, f"the type {ast.unparse(node)} is not known here")


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _is_open(inner: Sequence[ast.expr]) -> bool:
    return len(inner) == 2 and _is_ellipsis(inner[1])


def _dict(node: ast.Subscript, inner: Sequence[ast.expr], names: Names) -> dict[str, Any]:
    if len(inner) != 2 or schema_of(inner[0], names).get("type") != "string":
        raise wrong(node, f"the keys of {ast.unparse(node)} must be texts: JSON has no others")
    values = schema_of(inner[1], names)
    return {"type": "object", **({"additionalProperties": values} if values else {})}


def _literal(node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
    except ValueError as error:
        raise wrong(node, f"{ast.unparse(node)} is not a plain value") from error
    if value is not None and not isinstance(value, (str, int, float)):
        raise wrong(node, f"{ast.unparse(node)} is no JSON value")
    return value


def _choices(node: ast.AST, values: list[Any]) -> dict[str, Any]:
    if not values:
        raise wrong(node, "there is nothing to choose from")
    kinds = list(dict.fromkeys(_KINDS[type(value)] for value in values))
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}


_KINDS: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def _annotated(inner: Sequence[ast.expr], names: Names) -> dict[str, Any]:
    """What Annotated says beside the type: a text is the description; Field(...) may bound the value."""
    schema = schema_of(inner[0], names)
    for note in inner[1:]:
        if isinstance(note, ast.Constant) and isinstance(note.value, str):
            schema["description"] = note.value
        elif isinstance(note, ast.Call):
            given = {word.arg: word.value for word in note.keywords if word.arg}
            if isinstance(said := given.get("description"), ast.Constant):
                schema["description"] = str(said.value)
            schema |= {_BOUNDS[key]: _literal(value) for key, value in given.items() if key in _BOUNDS}
    return schema


def _union(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One schema for any of these: a list of types where that says it all, else anyOf."""
    if any(not schema for schema in schemas):
        return {}
    flat = [part for schema in schemas for part in (schema["anyOf"] if set(schema) == {"anyOf"} else [schema])]
    unique = list({dumps(schema): schema for schema in flat}.values())
    if len(unique) == 1:
        return unique[0]
    others = [schema for schema in unique if schema != {"type": "null"}]
    if len(others) == 1 and len(unique) == 2 and isinstance(others[0].get("type"), str):
        schema = dict(others[0])
        choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, "type": [schema["type"], "null"], **choices}
    if all(set(schema) == {"type"} and isinstance(schema["type"], str) for schema in unique):
        return {"type": [schema["type"] for schema in unique]}
    return {"anyOf": unique}


def _own(node: ast.expr, name: str, names: Names) -> dict[str, Any]:
    if name in names.within:
        raise wrong(node, f"{name} contains itself, which is not supported here")
    names = names.inside(name)
    if name in names.types:
        return schema_of(names.types[name], names)
    made = names.classes[name]
    bases = {_name(base) for base in made.bases}
    if any(base.endswith(("Enum", "Flag")) for base in bases):
        values = [line.value for line in made.body if isinstance(line, ast.Assign)]
        return _choices(made, [_literal(value) for value in values])
    return _fields(made, names)


def _fields(made: ast.ClassDef, names: Names) -> dict[str, Any]:
    """A class with annotated fields (a dataclass, a TypedDict, a pydantic model) as an object."""
    fields = [line for line in made.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]
    if not fields:
        raise wrong(made, f"{made.name} has no annotated fields")
    optional = [line for line in fields if line.value is not None or ast.unparse(line.annotation).startswith("NotReq")]
    required = [line.target.id for line in fields if line not in optional and isinstance(line.target, ast.Name)]
    properties = {line.target.id: schema_of(line.annotation, names) for line in fields if isinstance(line.target, ast.Name)}  # fmt: skip
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}
