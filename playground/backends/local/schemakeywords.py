"""What a JSON schema asks for, put so that it can be held to, or refused. Pure.

Every keyword is honoured, or says nothing about which JSON follows the schema, or is refused by its name and place. What
llguidance would read otherwise than the schema's author (formats, classes in patterns, numbers at a bound) is put in
its words; what it would take too long over is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...errors import BadRequest
from .patterns import REPEATED, repeated
from .schemaformats import EXACT, HINTS, KEPT, PATTERNS, RANGES
from .schemaplaces import LISTS, MAPS, ONE, endless, schemas_in, target_of
from .schemawords import in_our_words, is_annotation

MOST = {
    "properties": 400, "patternProperties": 50, "enum": 2000, "required": 1000, "prefixItems": 400, "minItems": 2000,
    "anyOf": 500, "oneOf": 500, "allOf": 100, "$ref": 1000,
}  # fmt: skip
"""How much of each a schema may have, all its parts together: more would hold up everybody's answers."""

DEPTH = 50
ITEMS = 1000
DIVISOR, DIGITS = 1000, 6
SMALL = 1e-12
_LEAST = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_HONOURED = (
    {"type", "const", "enum", "$ref", "required", "pattern", "format", "multipleOf", *_LEAST, *_BOUNDS}
    | ONE | LISTS | MAPS
)  # fmt: skip
_NEEDS = ("$ref", "required", "minItems", "minProperties")
_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


class Unheld(Exception):
    """Why a schema can't be held to: the keyword, and where it stands."""

    def __init__(self, keyword: str, place: str, because: str) -> None:
        super().__init__(f'"{keyword}" at {place} {because}')


def held(schema: Any, param: str) -> Any:
    """The same schema in the words of llguidance. Raises BadRequest that names a keyword, where it can't be held to."""
    try:
        places = dict(schemas_in(schema))
        for place, found in places.items():
            _check(found, place, places)
        _check_amounts(places)
        if (stuck := endless(places)) is not None:
            keyword = next(word for word in (*_NEEDS, *places[stuck]) if word in places[stuck])
            raise Unheld(keyword, stuck, "needs itself, so that no answer could end")
        return in_our_words(schema)
    except Unheld as refused:
        raise BadRequest(
            f"This schema can't be held to: {refused}.",
            param=param,
            advice="Remove or change what it names: a constraint is kept whole, or refused.",
        ) from refused


def _check(schema: Any, place: str, places: Mapping[str, Any]) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise Unheld(_keyword_of(place), place, "must be a schema: an object, true or false")
    if place.count("/") > 2 * DEPTH:
        raise Unheld(place.split("/")[1], place[:80], f"stands more than {DEPTH} schemas deep")
    for keyword, value in schema.items():
        if keyword not in _HONOURED and not _says_nothing(keyword, value, place):
            raise Unheld(keyword, place, "is not honoured here")
        if check := _CHECKS.get(keyword):
            check(keyword, value, place)
    _check_reference(schema, place, places)
    _check_count(schema, place)


def _keyword_of(place: str) -> str:
    """The keyword that the schema at a place belongs to."""
    *_, before, last = ["", *place.split("/")]
    return before if before in MAPS | LISTS else last


def _says_nothing(keyword: str, value: Any, place: str) -> bool:
    """Whether a keyword leaves open which JSON follows the schema."""
    if keyword in ("$id", "id", "$anchor"):
        return place == "#" or keyword == "$anchor"
    return is_annotation(keyword) or (keyword == "uniqueItems" and value is False)


def _check_reference(schema: Mapping[str, Any], place: str, places: Mapping[str, Any]) -> None:
    reference = schema.get("$ref", "#")
    if not isinstance(reference, str) or target_of(reference) not in places:
        raise Unheld("$ref", place, f"names no schema within this one: {str(reference)[:100]}")


def _check_count(schema: Mapping[str, Any], place: str) -> None:
    """A name that comes twice counts once, and only names that are written in the schema are kept from that."""
    least = schema.get("minProperties", 0)
    if least > len(set(schema.get("required", ()))) + 1:
        raise Unheld("minProperties", place, "asks for more names than required has, so that one could come twice")


def _whole(keyword: str, value: Any, place: str) -> None:
    if type(value) is not int or not 0 <= value < 2**31:
        raise Unheld(keyword, place, "must be a whole number from 0 up to 2147483647")
    if keyword == "minItems" and value > ITEMS:
        raise Unheld(keyword, place, f"is more than {ITEMS}")


def _number(keyword: str, value: Any, place: str) -> None:
    if isinstance(value, bool) and keyword.startswith("exclusive"):
        return
    if not _is_number(value):
        raise Unheld(keyword, place, "must be a number")
    lower = keyword in ("minimum", "exclusiveMinimum")
    _exact(keyword, max(value, -EXACT) if lower else min(value, EXACT), place)


def _exact(keyword: str, value: float, place: str) -> None:
    if not _is_number(value) or abs(value) > EXACT:
        raise Unheld(keyword, place, "is a number beyond those that JSON keeps exactly (2^53)")
    if 0 < abs(value) < SMALL:
        raise Unheld(keyword, place, f"is a number nearer to 0 than {SMALL}")


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _divisor(keyword: str, value: Any, place: str) -> None:
    if not _is_number(value) or value <= 0:
        raise Unheld(keyword, place, "must be a number above 0")
    coefficient, digits = parts_of(value)
    if coefficient > DIVISOR or digits > DIGITS:
        raise Unheld(keyword, place, f"is a number of more digits than can be held to: up to {DIVISOR}, or as 0.25")


def parts_of(value: float) -> tuple[int, int]:
    """The number as a whole one, and how many decimals that had."""
    digits = max(0, -int(Decimal(repr(value)).normalize().as_tuple().exponent))
    return int(Decimal(repr(value)).scaleb(digits)), digits


def _names(keyword: str, value: Any, place: str) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Unheld(keyword, place, "must be a list of texts")


def _by_name(keyword: str, value: Any, place: str) -> None:
    if not isinstance(value, dict):
        raise Unheld(keyword, place, "must be an object with schemas in it")


def _list(keyword: str, value: Any, place: str) -> None:
    if not isinstance(value, list):
        raise Unheld(keyword, place, "must be a list")


def _type(keyword: str, value: Any, place: str) -> None:
    given = value if isinstance(value, list) else [value]
    if not given or any(kind not in _TYPES for kind in given):
        raise Unheld(keyword, place, f"must be one of {', '.join(_TYPES)}, or a list of these")


def _format(keyword: str, value: Any, place: str) -> None:
    if not isinstance(value, str) or value not in PATTERNS.keys() | KEPT | RANGES.keys() | HINTS:
        raise Unheld(keyword, place, f"names a format that is not known here: {str(value)[:60]}")


def _pattern(keyword: str, value: Any, place: str) -> None:
    if not isinstance(value, str):
        raise Unheld(keyword, place, "must be a text")
    if repeated(value) > REPEATED:
        raise Unheld(keyword, place, f"repeats something more than {REPEATED:,} times")


def _patterns(keyword: str, value: Any, place: str) -> None:
    _by_name(keyword, value, place)
    for pattern in value:
        _pattern(keyword, pattern, place)


def _constant(keyword: str, value: Any, place: str) -> None:
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEPTH:
            raise Unheld(keyword, place, f"is more than {DEPTH} levels deep")
        if isinstance(item, str) and not _writable(item):
            raise Unheld(keyword, place, "holds a control character, or half of a character")
        if isinstance(item, (int, float)) and not isinstance(item, bool):
            _exact(keyword, item, place)
        if isinstance(item, dict):
            waiting += [(name, depth + 1) for name in item]
        if isinstance(item, (dict, list)):
            waiting += [(inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)]


def _writable(text: str) -> bool:
    """Whether a text can be written in JSON without \\u, which answers don't use."""
    return not any((char < " " and char not in "\b\f\n\r\t") or "\ud800" <= char <= "\udfff" for char in text)


def _constants(keyword: str, value: Any, place: str) -> None:
    _list(keyword, value, place)
    for item in value:
        _constant(keyword, item, place)


_CHECKS: dict[str, Callable[[str, Any, str], None]] = {
    **dict.fromkeys(_LEAST, _whole),
    **dict.fromkeys(_BOUNDS, _number),
    **dict.fromkeys(MAPS, _by_name),
    **dict.fromkeys(LISTS - {"items"}, _list),
    "multipleOf": _divisor,
    "required": _names,
    "type": _type,
    "format": _format,
    "pattern": _pattern,
    "patternProperties": _patterns,
    "const": _constant,
    "enum": _constants,
}


def _check_amounts(places: Mapping[str, Any]) -> None:
    for keyword, most in MOST.items():
        found = [schema[keyword] for schema in places.values() if isinstance(schema, dict) and keyword in schema]
        if sum(map(_amount, found)) > most:
            raise Unheld(keyword, "#", f"comes to more than {most:,} in this schema, all its parts together")
    _check_divisors([schema for schema in places.values() if isinstance(schema, dict)])


def _amount(value: Any) -> int:
    return value if isinstance(value, int) else 1 if isinstance(value, str) else len(value)


def _check_divisors(schemas: Sequence[Mapping[str, Any]]) -> None:
    """Numbers that two schemas together ask to be divisible are multiples of a larger number."""
    parts = [parts_of(schema["multipleOf"]) for schema in schemas if "multipleOf" in schema]
    most = max((digits for _, digits in parts), default=0)
    together = math.lcm(*(coefficient * 10 ** (most - digits) for coefficient, digits in parts))
    joined = together > DIVISOR * 10**most and any(map(_joins, schemas))
    if joined or sum(coefficient for coefficient, _ in parts) > 4 * DIVISOR:
        raise Unheld("multipleOf", "#", "has values in this schema that come to too large a number together")


def _joins(schema: Mapping[str, Any]) -> bool:
    """Whether the schema has one value follow several schemas."""
    alone = len(schema.keys() & _HONOURED - {"$defs", "definitions"}) == 1
    return "allOf" in schema or (not alone and not schema.keys().isdisjoint({"$ref", "anyOf", "oneOf"}))
