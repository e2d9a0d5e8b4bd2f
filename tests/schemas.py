"""Random JSON schemas: most keywords there are, nested and combined, some of them senseless."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any] | bool

names = st.sampled_from(["a", "b", "name", "is it?", "Größe", "日", 'q"\\', ""])
numbers = st.integers(-50, 50)
texts = st.sampled_from(["", "red", "a b", "é🟦", 'say "no"\n', "\\"])
values = st.recursive(
    st.none() | st.booleans() | numbers | st.sampled_from([0.5, -2.25, 1e3]) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=3,
)
patterns = st.sampled_from(["^[a-z]{2,4}$", "[0-9]", "^(ab|cd)+$", "^x?y*$", "^$", r"^\d{2}$", "é|a", "^.{3}$"])
formats = st.sampled_from(
    ["date", "time", "date-time", "email", "ipv4", "uuid", "hostname", "duration", "unknown-format"]
)


def keywords(kind: str | None, given: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Schema]:
    """Schemas of a type with any of these keywords."""
    fixed = {} if kind is None else {"type": st.just(kind)}
    return st.fixed_dictionaries(fixed, optional=given)


strings = keywords("string", {
    "minLength": st.integers(0, 3), "maxLength": st.integers(0, 6), "pattern": patterns, "format": formats,
})  # fmt: skip
integers = keywords("integer", {
    "minimum": numbers, "maximum": numbers, "exclusiveMinimum": numbers, "multipleOf": st.sampled_from([1, 2, 7]),
})  # fmt: skip
floats = keywords("number", {
    "minimum": numbers, "exclusiveMaximum": st.sampled_from([0.5, 100]), "multipleOf": st.sampled_from([0.5, 3]),
})  # fmt: skip
simple: st.SearchStrategy[Any] = st.one_of(
    strings, integers, floats, keywords("boolean", {}), keywords("null", {}),
    st.fixed_dictionaries({"const": values}), st.fixed_dictionaries({"enum": st.lists(values, max_size=3)}),
    st.fixed_dictionaries({"type": st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, max_size=2, unique=True)}),
    st.just({}), st.booleans(), st.just({"$ref": "#/$defs/shared"}), st.just({"$ref": "#/nowhere"}),
)  # fmt: skip


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas with others in them."""
    some = st.lists(inner, min_size=1, max_size=2)
    objects = keywords("object", {
        "properties": st.dictionaries(names, inner, max_size=3), "required": st.lists(names, max_size=2, unique=True),
        "additionalProperties": st.booleans() | inner, "minProperties": st.integers(0, 2), "maxProperties": st.integers(0, 3),
    })  # fmt: skip
    arrays = keywords("array", {
        "items": inner, "prefixItems": some, "minItems": st.integers(0, 2), "maxItems": st.integers(0, 3),
    })  # fmt: skip
    combined = keywords(None, {"anyOf": some, "oneOf": some, "allOf": some})
    rare = keywords(None, {
        "not": inner, "if": inner, "contains": inner, "uniqueItems": st.booleans(), "propertyNames": inner,
        "patternProperties": st.dictionaries(patterns, inner, max_size=1),
    })  # fmt: skip
    return st.one_of(objects, objects, arrays, arrays, combined, combined, rare)


def _whole(schema: Any) -> Any:
    shared = {"shared": {"type": "string", "maxLength": 5}}
    return {**schema, "$defs": shared} if isinstance(schema, dict) else {"allOf": [schema], "$defs": shared}


schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(simple, around, max_leaves=6).map(_whole)
