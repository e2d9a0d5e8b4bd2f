"""What the schema of a tool's arguments says of one of them, for markups that are not JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Spoken = Literal["text", "text or null", "json"]
"""What a value is written as where texts have no quotes: always a text; a text, or the word for null; JSON."""

NOTES = frozenset({
    "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "nullable", "strict",
    "$comment", "$schema", "$id",
})  # fmt: skip
"""Keywords that ask nothing of a value."""
SHELVES = ("$defs", "definitions")
_OF_TEXTS = NOTES | {"type", "enum", "const", "minLength", "maxLength", "pattern"}
_NULL = {"type": "null"}


def property_of(schema: Mapping[str, Any], key: str) -> Any:
    """The schema of one property of an object: its own, or that of further ones."""
    properties = schema.get("properties", {})
    return properties[key] if key in properties else schema.get("additionalProperties", True)


def resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    """The schema that a reference to one of the root's definitions means; a schema that is no reference itself."""
    seen: set[str] = set()
    while isinstance(schema, Mapping) and "$ref" in schema and schema.keys() - NOTES == {"$ref"}:
        ref = schema["$ref"]
        found = definition(ref, root)
        if found is None or ref in seen:
            return schema
        seen.add(ref)
        schema = found
    return schema


def definition(ref: Any, root: Mapping[str, Any]) -> Any:
    """What a reference means, None unless it is one of the root's definitions."""
    shelf, _, name = ref.removeprefix("#/").partition("/") if isinstance(ref, str) else ("", "", "")
    return root.get(shelf, {}).get(name) if shelf in SHELVES and str(ref).startswith("#/") else None


def spoken(schema: Any, root: Mapping[str, Any]) -> Spoken:
    """How a value is written where texts have no quotes."""
    schema = resolved(schema, root)
    if not isinstance(schema, Mapping):
        return "json"
    if schema.keys() - NOTES == {"anyOf"}:
        others = [resolved(part, root) for part in schema["anyOf"] if part != _NULL]
        alone = (
            len(others) == 1
            and len(schema["anyOf"]) == 2
            and not (isinstance(others[0], Mapping) and "anyOf" in others[0])
        )
        text = alone and spoken(others[0], root) == "text"
        return "text or null" if text else "json"
    if schema.keys() - _OF_TEXTS or not all(isinstance(value, str) for value in constants(schema) or ()):
        return "json"
    if schema.get("type") == "string" or ("type" not in schema and constants(schema)):
        return "text"
    return "text or null" if _is_nullable(schema) and constants(schema) is None else "json"


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    return isinstance(kind, list) and sorted(kind) == ["null", "string"]


def constants(schema: Mapping[str, Any]) -> list[Any] | None:
    """The values that a schema lists, None where it lists none."""
    if "const" in schema:
        return [schema["const"]]
    listed = schema.get("enum")
    return None if listed is None else list(listed)


def text_of(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part about texts of a schema that is "text" or "text or null"."""
    schema = resolved(schema, root)
    if "anyOf" in schema:
        return text_of(next(part for part in schema["anyOf"] if part != _NULL), root)
    found: Mapping[str, Any] = schema
    return found
