"""Schemas put together. Pure: neither changes what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..jsonvalue import dumps

Schema = dict[str, Any]
_KINDS: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def choices(values: Sequence[Any]) -> Schema:
    """One of these texts, numbers, booleans or null, of which there is at least one."""
    unique = list({dumps(value): value for value in values}.values())
    kinds = list(dict.fromkeys(_KINDS[type(value)] for value in unique))
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": unique}


def union(schemas: Sequence[Schema]) -> Schema:
    """One schema for any of these: a list of types where that says it all, else anyOf."""
    if any(not schema for schema in schemas):
        return {}
    flat = [part for schema in schemas for part in (schema["anyOf"] if set(schema) == {"anyOf"} else [schema])]
    unique = list({dumps(schema): schema for schema in flat}.values())
    if len(unique) == 1:
        return unique[0]
    others = [schema for schema in unique if schema != {"type": "null"}]
    if len(others) == 1 and len(unique) == 2 and isinstance(others[0].get("type"), str):
        schema = others[0]
        enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, "type": [schema["type"], "null"], **enum}
    if all(set(schema) == {"type"} and isinstance(schema["type"], str) for schema in unique):
        return {"type": [schema["type"] for schema in unique]}
    return {"anyOf": unique}


def types(schema: Schema) -> list[str]:
    """The types that a value of the schema may have, as far as it names them."""
    own = schema.get("type", [])
    parts = [kind for part in schema.get("anyOf", ()) for kind in types(part)]
    return [*(own if isinstance(own, list) else [own]), *parts]
