"""Annotations of Python as JSON schemas, read from the syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from .docstrings import Documented, read_docstring
from .metadata import default_in, field_call, with_metadata
from .names import Names, last_name, quoted, shown, wrong
from .schemas import Schema, choices, types, union
from .values import NotPlain, is_enum, members, value_of

_PLAIN: dict[str, Schema] = {
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
_WRAPPERS = frozenset({"Required", "NotRequired", "ReadOnly", "Final", "InitVar", "ClassVar"})
_FIELDLESS = frozenset({"object", "BaseModel", "TypedDict", "NamedTuple", "Protocol", "Generic", "ABC"})


def schema_of(node: ast.expr, names: Names) -> Schema:
    """The schema of an annotation, the caller's to change. Raises BadRequest, with the line, for one that has none."""
    names = names.deeper(node)
    if isinstance(node, ast.Constant):
        return _constant(node, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return union([schema_of(each, names) for each in _alternatives(node)])
    if isinstance(node, ast.Subscript):
        return _subscript(node, names)
    name = last_name(node)
    if name in names.types:
        return schema_of(names.types[name], names.inside(name, node))
    if name in names.classes:
        return _of_class(names.classes[name], names.inside(name, node))
    if name in _PLAIN:
        return dict(_PLAIN[name])
    if name in _LISTS | _TUPLES:
        return {"type": "array"}
    if name in _SETS:
        return _set({}, names)
    if name in _DICTS:
        return {"type": "object"}
    raise wrong(node, f"the type {shown(node)} is not known here")


def _constant(node: ast.Constant, names: Names) -> Schema:
    if node.value is None:
        return {"type": "null"}
    if not isinstance(node.value, str):
        raise wrong(node, f"{shown(node)} is a value, not a type")
    names.spend(node, len(node.value))
    return schema_of(quoted(node), names)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """a, b and c of a | b | c."""
    found = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _inner(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _subscript(node: ast.Subscript, names: Names) -> Schema:
    name, inner = last_name(node.value), _inner(node)
    if name == "Literal":
        return _choices(node, inner, names)
    if name == "Union" and inner:
        return union([schema_of(each, names) for each in inner])
    if name in _DICTS and len(inner) == 2:
        return _dict(node, inner[0], inner[1], names)
    if name in _TUPLES and not (len(inner) == 2 and _is_ellipsis(inner[1])):
        return _tuple([schema_of(each, names) for each in inner])
    if name == "Annotated" and inner:
        schema = schema_of(inner[0], names)
        for said in inner[1:]:
            schema = with_metadata(schema, said, names)
        return schema
    if len(inner) == 1 or name in _TUPLES:
        return _of_one(node, name, inner[0], names)
    raise wrong(node, f"the type {shown(node)} is not known here")


def _of_one(node: ast.Subscript, name: str, inner: ast.expr, names: Names) -> Schema:
    if name not in _LISTS | _SETS | _TUPLES | _WRAPPERS | {"Optional"}:
        raise wrong(node, f"the type {shown(node)} is not known here")
    schema = schema_of(inner, names)
    if name in _WRAPPERS:
        return schema
    if name == "Optional":
        return union([schema, {"type": "null"}])
    return _set({"items": schema}, names) if name in _SETS else {"type": "array", "items": schema}


def _is_ellipsis(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _set(items: Schema, names: Names) -> Schema:
    """A set as a list: models that are held to a schema can't be held to uniqueItems."""
    names.note("a set is read as a list; that no item comes twice is not said.")
    return {"type": "array", **items}


def _tuple(items: Sequence[Schema]) -> Schema:
    if not items:
        return {"type": "array", "maxItems": 0}
    return {"type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)}


def _dict(node: ast.Subscript, key: ast.expr, value: ast.expr, names: Names) -> Schema:
    keys = schema_of(key, names)
    if keys.get("type") != "string":
        raise wrong(node, f"the keys of {shown(node)} must be texts: JSON has no others")
    if "enum" in keys:
        properties = {name: schema_of(value, names) for name in keys["enum"]}
        return {"type": "object", "properties": properties, "additionalProperties": False}
    if keys.keys() - {"type", "description"}:
        names.note(f"any text may be a key of {shown(node)}.")
    values = schema_of(value, names)
    return {"type": "object", **({"additionalProperties": values} if values else {})}


def _choices(node: ast.AST, written: Sequence[ast.expr], names: Names) -> Schema:
    if not written:
        raise wrong(node, "there is nothing to choose from")
    return choices([_choice(each, names) for each in written])


def _choice(node: ast.expr, names: Names) -> Any:
    try:
        value = value_of(node, names)
    except NotPlain as error:
        raise wrong(node, f"{shown(node)} {error}") from error
    if isinstance(value, (list, dict)):
        raise wrong(node, f"{shown(node)} can't be a choice: texts, numbers, True, False and None can")
    return value


# --- classes ----------------------------------------------------------------------------------------


def _of_class(made: ast.ClassDef, names: Names) -> Schema:
    """An enum as its values; a dataclass, a TypedDict or a pydantic model as an object. `names` are those inside it."""
    names.spend(made, len(made.body))
    if is_enum(made, names):
        return _choices(made, list(members(made).values()), names)
    documented = _documented(made, names)
    fields = _fields(made, documented, names)
    if not fields:
        raise wrong(made, f"{made.name} has no annotated fields")
    described = {"description": documented.summary} if documented.summary else {}
    required = [name for name, (_, needed) in fields.items() if needed]
    properties = {name: schema for name, (schema, _) in fields.items()}
    return {"type": "object", **described, "properties": properties, **({"required": required} if required else {})}


def _documented(made: ast.ClassDef, names: Names) -> Documented:
    """What the docstring of a class says; a class is paid for each time that it is read."""
    text = ast.get_docstring(made, clean=False) or ""
    names.spend(made, len(text) + len(made.body) + len(made.bases) + len(made.keywords))
    return read_docstring(text)


def _fields(made: ast.ClassDef, documented: Documented, names: Names) -> dict[str, tuple[Schema, bool]]:
    """Name to schema and whether it is required, of the class and of its bases as far as the text has them."""
    found: dict[str, tuple[Schema, bool]] = {}
    for base in reversed(made.bases):
        name = last_name(base.value if isinstance(base, ast.Subscript) else base)
        if name in names.classes:
            inside = names.inside(name, base)
            found |= _fields(names.classes[name], _documented(names.classes[name], inside), inside)
        elif name not in _FIELDLESS:
            names.at(made.name).note(f"{shown(base)} is not in the text; fields that it has were left out.")
    total = not any(word.arg == "total" and _is_false(word.value) for word in made.keywords)
    for line in made.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not _is_constant(line.annotation):
            name = line.target.id
            names.spend(line, len(name))
            found[name] = _field(line, documented.parameters.get(name), total, names.at(f"{made.name}, {name}"))
    return found


def _field(line: ast.AnnAssign, said: str | None, total: bool, names: Names) -> tuple[Schema, bool]:
    schema = schema_of(line.annotation, names)
    schema = {**schema, "description": said} if said else schema
    value = None if _is_ellipsis(line.value) else line.value
    schema, needed = with_default(schema, line.annotation, value, names)
    marks = [last_name(each.value) for each in _wrappers(line.annotation)]
    return schema, "Required" in marks or (needed and total and "NotRequired" not in marks)


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_constant(annotation: ast.expr) -> bool:
    """Whether it is a ClassVar, which no object has as a field."""
    return last_name(annotation) == "ClassVar" or any(
        last_name(each.value) == "ClassVar" for each in _wrappers(annotation)
    )


def _wrappers(annotation: ast.expr) -> Iterator[ast.Subscript]:
    """Required[...], Annotated[...] and the like around a type, from the outside."""
    node = annotation
    while True:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = quoted(node)
        if not (
            isinstance(node, ast.Subscript) and last_name(node.value) in _WRAPPERS | {"Annotated"} and _inner(node)
        ):
            return
        yield node
        node = _inner(node)[0]


# --- defaults ---------------------------------------------------------------------------------------


def with_default(
    schema: Schema, annotation: ast.expr | None, value: ast.expr | None, names: Names
) -> tuple[Schema, bool]:
    """The schema of a parameter or field with what stands behind its =, and whether it must be given."""
    needed, default = value is None, value
    if call := field_call(value):
        schema = with_metadata(schema, call, names)
        needed, default = default_in(call)
    elif value is None and annotation is not None:
        around = [said for each in _wrappers(annotation) for said in _inner(each)[1:]]
        for call in filter(None, map(field_call, around)):
            needed, default = default_in(call)
    return (schema if default is None else _defaulted(schema, default, names)), needed


def _defaulted(schema: Schema, node: ast.expr, names: Names) -> Schema:
    try:
        value = value_of(node, names)
    except NotPlain as error:
        names.note(f"the default {shown(node)} {error} and was left out.")
        return schema
    return schema if value is None and "null" not in types(schema) else {**schema, "default": value}
