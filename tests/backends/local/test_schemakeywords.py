"""What a schema may ask for: every keyword is honoured in words that mean the same everywhere, or refused by its name."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from playground.backends.local.patterns import agreed, repeated
from playground.backends.local.schemaformats import PATTERNS
from playground.backends.local.schemakeywords import held
from playground.errors import BadRequest

LINK = {"$ref": "#/$defs/node"}

REFUSED: dict[str, tuple[Any, str]] = {
    "orders to the library": ({"x-guidance": {"lenient": True}}, '"x-guidance" at #'),
    "such orders, deep": ({"items": {"properties": {"a": {"x-guidance": {}}}}}, '"x-guidance" at #/items/properties/a'),
    "a misspelling": ({"minimun": 1}, '"minimun" at #'),
    "half a condition": ({"anyOf": [{"then": {}}]}, '"then" at #/anyOf/0'),
    "an encoding": ({"contentEncoding": "base64"}, '"contentEncoding" at #'),
    "an unknown format": ({"type": "string", "format": "shoe"}, '"format" at # names a format that is not known here: shoe'),
    "a slow divisor": ({"multipleOf": 99999999}, '"multipleOf" at #'),
    "a tiny divisor": ({"multipleOf": 1e-300}, '"multipleOf" at #'),
    "no divisor": ({"multipleOf": 0}, '"multipleOf" at # must be a number above 0'),
    "divisors that multiply": ({"allOf": [{"multipleOf": 997}, {"multipleOf": 991}]}, '"multipleOf" at #'),
    "many divisors": ({"anyOf": [{"multipleOf": 990 + n} for n in range(8)]}, '"multipleOf" at #'),
    "a huge number": ({"minimum": 10**400}, '"minimum" at #'),
    "a huge constant": ({"enum": [1, {"a": [2**53 + 1]}]}, '"enum" at #'),
    "a number that is a text": ({"maximum": "1"}, '"maximum" at # must be a number'),
    "many names": ({"properties": {f"p{n}": True for n in range(401)}}, '"properties" at # comes to more than 400'),
    "many names, in parts": ({"allOf": [{"properties": {f"p{n}": True for n in range(201)}}] * 2}, '"properties" at #'),
    "many constants": ({"enum": list(range(2001))}, '"enum" at #'),
    "a long list": ({"minItems": 1_000_000}, '"minItems" at #'),
    "long lists in lists": ({"minItems": 900, "items": {"minItems": 900, "items": {"minItems": 900}}}, '"minItems" at #'),
    "a long pattern": ({"pattern": "(a{200}){200}"}, '"pattern" at #'),
    "a count of names that may repeat": ({"type": "object", "minProperties": 2}, '"minProperties" at #'),
    "the same beside patterns": (
        {"patternProperties": {"^[ab]$": {"const": 1}}, "additionalProperties": False, "minProperties": 2}, '"minProperties" at #',
    ),
    "itself": ({"$ref": "#"}, '"$ref" at #'),
    "a circle": ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}, '"$ref" at #'),
    "a property that is itself": ({"properties": {"x": {"$ref": "#/properties/x"}}}, '"$ref" at #/properties/x'),
    "an object in itself": (
        {**LINK, "$defs": {"node": {"type": "object", "properties": {"next": LINK}, "required": ["next"]}}}, '"$ref" at #',
    ),
    "an array in itself": ({"type": "array", "items": {"$ref": "#"}, "minItems": 1}, '"$ref" at #/items'),
    "a place that isn't there": ({"$ref": "#/$defs/none"}, '"$ref" at #'),
    "another document": ({"$ref": "https://example.com/x"}, '"$ref" at #'),
    "no schema": ({"properties": {"a": 5}}, '"properties" at #/properties/a must be a schema'),
    "a list of names that is none": ({"required": "a"}, '"required" at #'),
    "half a character": ({"const": "\ud800"}, '"const" at #'),
    "a control character": ({"enum": ["\x00"]}, '"enum" at #'),
    "an unknown type": ({"type": "file"}, '"type" at #'),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_named_with_its_place(name: str) -> None:
    schema, words = REFUSED[name]
    with pytest.raises(BadRequest) as refused:
        held(schema, "here")
    assert refused.value.param == "here"
    assert words in refused.value.message


def test_schemas_without_end_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"items": deep}
    with pytest.raises(BadRequest, match='"items" at #/items'):
        held(deep, "here")


KEPT: dict[str, tuple[Any, Any]] = {
    "annotations say nothing": (
        {"title": "t", "x-order": 1, "deprecated": True, "$schema": "s", "uniqueItems": False, "type": "null"}, {"type": "null"},
    ),
    "a name like a keyword is a name": ({"properties": {"x-guidance": {"title": "t"}, "title": True}}, {"properties": {"x-guidance": {}, "title": True}}),
    "what is no schema is left alone": ({"const": {"title": 1, "format": "x"}}, {"const": {"title": 1, "format": "x"}}),
    "an open end becomes a closed one": ({"exclusiveMaximum": 100}, {"maximum": 99.99999999999999}),
    "at zero too": ({"exclusiveMinimum": 0}, {"minimum": 1e-9}),
    "as older drafts say it": ({"maximum": 5, "exclusiveMaximum": True, "exclusiveMinimum": False}, {"maximum": 4.999999999999999}),
    "the tighter of two bounds": ({"maximum": 1, "exclusiveMaximum": 7}, {"maximum": 1}),
    "a bound that is hardly one": ({"maximum": 9223372036854775807}, {"maximum": 2**53}),
    "whole numbers of 8 bits": ({"type": "integer", "format": "uint8", "minimum": 3}, {"type": "integer", "minimum": 3, "maximum": 255}),
    "how it is shown": ({"type": "string", "format": "password"}, {"type": "string"}),
    "a tree that ends": (
        {**LINK, "$defs": {"node": {"type": "array", "items": LINK}}}, {**LINK, "$defs": {"node": {"type": "array", "items": LINK}}},
    ),
    "itself or something else": ({"anyOf": [{"$ref": "#"}, {"const": 1}]}, {"anyOf": [{"$ref": "#"}, {"const": 1}]}),
    "two names, both asked for": ({"minProperties": 2, "required": ["a", "b"]}, {"minProperties": 2, "required": ["a", "b"]}),
    "true": (True, True),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_means_the_same_everywhere(name: str) -> None:
    schema, words = KEPT[name]
    assert held(schema, "here") == words


def test_a_format_beside_a_pattern_asks_for_both() -> None:
    both = held({"type": "string", "pattern": "^2", "format": "date"}, "here")
    assert both == {"type": "string", "pattern": "^2", "allOf": [{"pattern": f"^(?:{PATTERNS['date']})$"}]}


def test_dates_are_those_of_the_calendar() -> None:
    """Each day that a month may seem to have, in years of every kind."""
    for year in (0, 1, 4, 99, 100, 400, 1900, 1999, 2000, 2023, 2024, 2100, 9999):
        for month in range(14):
            for day in range(33):
                text = f"{year:04}-{month:02}-{day:02}"
                try:
                    there = bool(datetime.date.fromisoformat(text))
                except ValueError:
                    there = False
                assert bool(re.fullmatch(PATTERNS["date"], text)) is there, text


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("time", "23:59:59Z", True),
        ("time", "00:00:60Z", False),
        ("time", "12:00:00.123456+05:30", True),
        ("time", "12:00:00", False),
        ("date-time", "2024-02-29T00:00:00Z", True),
        ("date-time", "2023-02-29T00:00:00Z", False),
        ("date-time", "2023-01-01t00:00:00z", False),
        ("duration", "P1Y2M3DT4H5M6S", True),
        ("duration", "P1W", True),
        ("duration", "P", False),
        ("duration", "PT", False),
        ("duration", "P1Y2W", False),
        ("hostname", "a-b.example", True),
        ("hostname", "-a", False),
        ("hostname", "a-", False),
        ("hostname", "a" * 64, False),
        ("email", "a.b+c@example.org", True),
        ("email", "a..b@example.org", False),
        ("email", "a@b", False),
    ],
)
def test_formats_are_no_looser_than_what_checks_them(form: str, text: str, fits: bool) -> None:
    assert bool(re.fullmatch(PATTERNS[form], text)) is fits


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^\d{4}$", "^[0-9]{4}$"),
        (r"\\d\.", r"\\d\."),
        (r"[\d.]", "[0-9.]"),
        (r"[^\w]", r"[^\p{L}\p{M}\p{N}\p{Pc}\p{Alphabetic}\p{Join_Control}]"),
        (r"\D", r"[^\p{N}]"),
        (r"[^\D]", "[^[^0-9]]"),
        ("a.", r"a[^\n\r\x{85}\x{2028}\x{2029}]"),
        ("(?s).", "(?s)."),
        (r"[.\]x]", r"[.\]x]"),
        ("[[a]", r"[\[a]"),
        ("[a&&b]", r"[a\&&b]"),
        ("[^]", r"[\s\S]"),
        ("é/日", "é/日"),
    ],
)
def test_classes_hold_what_all_dialects_agree_on(pattern: str, words: str) -> None:
    assert agreed(pattern) == words


@pytest.mark.parametrize(
    ("pattern", "times"), [("a", 1), ("a{3}", 3), ("(a{2}b{5}){10,}", 50), ("[{9}]", 1), (r"\{9}", 1), ("a{3}|b{4,9}", 4), ("((a{2}){3}){4}", 24)]
)  # fmt: skip
def test_repetitions_in_repetitions_multiply(pattern: str, times: int) -> None:
    assert repeated(pattern) == times
