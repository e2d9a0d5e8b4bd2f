"""A schema that was found to be held to, in the words that llguidance reads as its author meant them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .patterns import agreed
from .schemaformats import EXACT, HINTS, PATTERNS, RANGES
from .schemaplaces import LISTS, MAPS, ONE

NEAR_ZERO = 1e-9
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_SILENT = frozenset({
    "$schema", "$id", "id", "$anchor", "$comment", "title", "description", "default", "example", "examples",
    "deprecated", "readOnly", "writeOnly", "externalDocs", "discriminator", "xml",
})  # fmt: skip


def is_annotation(keyword: str) -> bool:
    """Whether a keyword says nothing of which JSON follows the schema."""
    return keyword in _SILENT or (keyword.startswith("x-") and keyword != "x-guidance")


def in_our_words(schema: Any) -> Any:
    """The schema without annotations; formats and bounds are patterns and ranges that mean the same everywhere."""
    if not isinstance(schema, dict):
        return schema
    made = {
        keyword: _value(keyword, value)
        for keyword, value in schema.items()
        if not is_annotation(keyword) and keyword != "uniqueItems"
    }
    return _with_format(_with_bounds(made))


def _value(keyword: str, value: Any) -> Any:
    if keyword in MAPS:
        return {
            agreed(name) if keyword == "patternProperties" else name: in_our_words(inner)
            for name, inner in value.items()
        }
    if keyword in LISTS and isinstance(value, list):
        return [in_our_words(inner) for inner in value]
    if keyword in ONE:
        return in_our_words(value)
    return agreed(value) if keyword == "pattern" else value


def _with_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """Bounds that are numbers of JSON, both ends included: digits without end could round up to what is excluded."""
    made = dict(schema)
    for exclusive, inclusive in _EXCLUSIVE.items():
        value = made.pop(exclusive, None)
        if value is True:
            value = made.get(inclusive)
        if value is not None and value is not False:
            _narrow(made, inclusive, _inside(value, inclusive))
    if "minimum" in made:
        made["minimum"] = max(-EXACT, made["minimum"])
    if "maximum" in made:
        made["maximum"] = min(EXACT, made["maximum"])
    return made


def _inside(value: float, inclusive: str) -> float:
    away = -math.inf if inclusive == "maximum" else math.inf
    return math.copysign(NEAR_ZERO, away) if value == 0 else math.nextafter(value, away)


def _narrow(schema: dict[str, Any], keyword: str, value: float) -> None:
    tighter = min if keyword == "maximum" else max
    schema[keyword] = tighter(schema.get(keyword, value), value)


def _with_format(schema: dict[str, Any]) -> dict[str, Any]:
    form = schema.get("format")
    if form in PATTERNS:
        return _with_pattern(_without(schema, "format"), f"^(?:{PATTERNS[form]})$")
    if form in RANGES:
        made = _without(schema, "format")
        low, high = RANGES[form]
        _narrow(made, "minimum", low)
        _narrow(made, "maximum", high)
        return made
    return _without(schema, "format") if form in HINTS else schema


def _without(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}


def _with_pattern(schema: dict[str, Any], pattern: str) -> dict[str, Any]:
    if "pattern" not in schema:
        return {**schema, "pattern": pattern}
    return {**schema, "allOf": [*schema.get("allOf", ()), {"pattern": pattern}]}
