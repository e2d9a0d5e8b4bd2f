"""The schemas in a JSON schema, each at its place, and the ones that no answer can end in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

ONE = frozenset({"items", "additionalItems", "additionalProperties"})
LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems", "items"})
MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
"""Keywords whose value is a schema, a list of schemas, and schemas by name."""


def schemas_in(schema: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    """Each schema by its place (as `$ref` names it), the whole first."""
    waiting = [(place, schema)]
    while waiting:
        place, schema = waiting.pop()
        yield place, schema
        if isinstance(schema, dict):
            waiting += [(f"{place}/{where}", inner) for where, inner in reversed(list(_inside(schema)))]


def _inside(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword, value in schema.items():
        if keyword in MAPS and isinstance(value, dict):
            yield from ((f"{keyword}/{_segment(name)}", inner) for name, inner in value.items())
        elif keyword in LISTS and isinstance(value, list):
            yield from ((f"{keyword}/{index}", inner) for index, inner in enumerate(value))
        elif keyword in ONE:
            yield keyword, value


def _segment(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def target_of(reference: str) -> str:
    """The place that a `$ref` within the same schema names."""
    return unquote(reference) if reference not in ("#/", "") else "#"


def endless(schemas: Mapping[str, Any]) -> str | None:
    """The first place whose schema no finite JSON follows, because it needs itself. `schemas` are all, by place."""
    ended: set[str] = set()
    while more := {place for place, schema in schemas.items() if place not in ended and _ends(place, schema, ended)}:
        ended |= more
    left = [place for place in schemas if place not in ended]
    return next((place for place in left if "$ref" in schemas[place]), left[0] if left else None)


def _ends(place: str, schema: Any, ended: set[str]) -> bool:
    """Whether a value of this schema can end, given the places where one can."""
    if not isinstance(schema, dict):
        return True

    def all_of(keyword: str) -> bool:
        return all(f"{place}/{keyword}/{index}" in ended for index in range(len(schema.get(keyword, ()))))

    def one_of(keyword: str) -> bool:
        given = schema.get(keyword, ())
        return not given or any(f"{place}/{keyword}/{index}" in ended for index in range(len(given)))

    follows = "$ref" not in schema or target_of(schema["$ref"]) in ended
    if not (follows and all_of("allOf") and one_of("anyOf") and one_of("oneOf")):
        return False
    kinds = schema.get("type")
    shapes = {"object": _object_ends, "array": _array_ends}
    given = [kinds] if isinstance(kinds, str) else kinds
    if not given or "const" in schema or "enum" in schema:
        return True
    return any(kind not in shapes or shapes[kind](place, schema, ended) for kind in given)


def _object_ends(place: str, schema: Mapping[str, Any], ended: set[str]) -> bool:
    named = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    rest = "additionalProperties" not in schema or f"{place}/additionalProperties" in ended

    def has(name: str) -> bool:
        return f"{place}/properties/{_segment(name)}" in ended if name in named else bool(patterns) or rest

    some = rest or bool(patterns) or any(map(has, named))
    return all(map(has, schema.get("required", ()))) and (not schema.get("minProperties") or some)


def _array_ends(place: str, schema: Mapping[str, Any], ended: set[str]) -> bool:
    least = schema.get("minItems", 0)
    items = schema.get("items")
    keyword, rest = ("items", "additionalItems") if isinstance(items, list) else ("prefixItems", "items")
    first = len(schema.get(keyword, ()))
    begun = all(f"{place}/{keyword}/{index}" in ended for index in range(min(first, least)))
    return begun and (least <= first or rest not in schema or f"{place}/{rest}" in ended)
