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
    "minimum": numbers, "maximum": numbers, "exclusiveMinimum": numbers, "multipleOf": st.sampled_from([1, 2, 7, 997, 9973, 99999999]), "format": st.sampled_from(["int32", "uint8", "int7"]),
})  # fmt: skip
floats = keywords("number", {
    "minimum": numbers, "exclusiveMaximum": st.sampled_from([0.5, 100]), "multipleOf": st.sampled_from([0.5, 3]),
})  # fmt: skip
simple: st.SearchStrategy[Any] = st.one_of(
    strings, integers, floats, keywords("boolean", {}), keywords("null", {}),
    st.fixed_dictionaries({"const": values}), st.fixed_dictionaries({"enum": st.lists(values, max_size=3)}),
    st.fixed_dictionaries({"type": st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, max_size=2, unique=True)}),
    st.just({}), st.booleans(),
    st.sampled_from(["#/$defs/shared", "#/$defs/tree", "#/nowhere", "#", "#/$defs/loop"]).map(lambda place: {"$ref": place}),
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
        "x-guidance": st.just({"lenient": True, "item_separator": ";"}), "minimun": numbers, "x-order": numbers,
    })  # fmt: skip
    maps = keywords("object", {
        "patternProperties": st.dictionaries(patterns, inner, min_size=1, max_size=2), "additionalProperties": st.booleans() | inner,
        "minProperties": st.integers(0, 2), "maxProperties": st.integers(0, 3),
    })  # fmt: skip
    return st.one_of(objects, objects, arrays, arrays, combined, combined, maps, rare)


SHARED: dict[str, Any] = {
    "shared": {"type": "string", "maxLength": 5},
    "tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 2},
}
LOOP = {"type": "object", "properties": {"a": {"$ref": "#/$defs/loop"}}, "required": ["a"]}


def _whole(schema: Any) -> Any:
    """The schema with what its references name; a loop without end is there only where one names it."""
    shared = SHARED | ({"loop": LOOP} if "#/$defs/loop" in str(schema) else {})
    return {**schema, "$defs": shared} if isinstance(schema, dict) else {"allOf": [schema], "$defs": shared}


schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(simple, around, max_leaves=6).map(_whole)


def _closed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects, arrays and choices that hold no more than a few of these."""
    objects = st.dictionaries(names, inner, max_size=3).flatmap(
        lambda named: st.fixed_dictionaries({
            "type": st.just("object"), "properties": st.just(named), "additionalProperties": st.just(False),
            "required": st.lists(st.sampled_from(sorted(named) or ["a"]), unique=True, max_size=3 if named else 0),
        })
    )  # fmt: skip
    arrays = st.fixed_dictionaries({"type": st.just("array"), "items": inner, "maxItems": st.integers(0, 2)})
    return st.one_of(objects, arrays, st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}))


bounded: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("string"), "maxLength": st.integers(0, 5)}),
        st.fixed_dictionaries({"type": st.just("string"), "format": st.sampled_from(["date", "time", "date-time", "uuid", "ipv4"])}),
        st.fixed_dictionaries({"type": st.just("string"), "pattern": st.sampled_from([r"^\d{2}\s\w{1,3}$", "^[^a-z]{2}$", r"^\D.\S$"])}),
        st.fixed_dictionaries({"type": st.just("integer"), "minimum": st.integers(-50, 0), "maximum": st.integers(0, 50)}),
        st.fixed_dictionaries({"enum": st.lists(values, min_size=1, max_size=3)}), st.fixed_dictionaries({"const": values}),
        st.just({"type": ["boolean", "null"]}),
    ),
    _closed,
    max_leaves=4,
)  # fmt: skip
"""Schemas that every answer under comes to an end, and soon; each can be held to."""
