"""Arguments of calls that are not JSON: reading them as they stream, and holding them to a tool's schema."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playground.backends.local.arguments import ArgumentStyle, MarkedStyle, TaggedStyle, Words
from playground.backends.local.callgrammar import grammar_of
from playground.backends.local.calls import CallReader, Form
from playground.backends.local.detokenize import Detokenizer
from playground.backends.local.settings import read_settings
from playground.backends.local.toolschema import spoken
from playground.backends.local.weights import Weights
from playground.errors import BadRequest
from playground.events import ToolCallDelta
from tests.backends.local.asking import ask
from tests.backends.local.families import FORMS, gathered, of_family, tiny_model

POINT = {
    "type": "object",
    "properties": {
        "lat": {"type": "number", "minimum": -9, "maximum": 9},
        "kind": {"const": "p"},
        "sure": {"type": "boolean"},
    },
    "required": ["lat", "kind"],
    "additionalProperties": False,
}
TRIP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "maxLength": 9, "minLength": 1},
        "unit": {"enum": ["C", "F", "日"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
        "sure": {"type": "boolean", "description": "Whether."},
        "near": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
        "at": {"$ref": "#/$defs/point"},
        "note": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "default": None},
        "code": {"type": "string", "pattern": "^[a-z]{2}/[0-9]$"},
        "either": {"type": ["integer", "string"], "maxLength": 3, "minimum": 0, "maximum": 5},
        "listed": {"enum": [1, "a", None, True]},
        "nest": {"$ref": "#/$defs/nest"},
    },
    "required": ["city", "unit", "at"],
    "additionalProperties": False,
    "$defs": {
        "point": POINT,
        "nest": {
            "type": "object",
            "properties": {"q": {"type": "string", "maxLength": 2}, "nest": {"$ref": "#/$defs/nest"}},
            "required": ["q"],
            "additionalProperties": False,
        },
    },
}
TAGGED = TaggedStyle("<parameter=", ">\n", "\n</parameter>\n", Words("True", "False", "None"))
MARKED = MarkedStyle('<|"|>', ordered=True)
STYLES: dict[str, tuple[ArgumentStyle, str]] = {
    "tagged": (TAGGED, "</function>\n</tool_call>"),
    "marked": (MARKED, "}<tool_call|>"),
}

# --- reading -------------------------------------------------------------------------------------

READ: list[tuple[str, str, Any]] = [
    ("tagged", "", {}),
    ("tagged", "<parameter=city>\nNew\n\nYork \n</parameter>\n", {"city": "New\n\nYork "}),
    ("tagged", "<parameter=city>\n\n</parameter>\n", {"city": ""}),
    ("tagged", '<parameter=city>\n12 "a\\b" </parameter>, 日🟦\n</parameter>\n', {"city": '12 "a\\b" </parameter>, 日🟦'}),
    ("tagged", "<parameter=days>\n12\n</parameter>\n<parameter=city>\n12\n</parameter>\n", {"days": 12, "city": "12"}),
    ("tagged", "<parameter=sure>\nTrue\n</parameter>\n", {"sure": True}),
    ("tagged", "<parameter=sure>\nfalse\n</parameter>\n", {"sure": False}),
    ("tagged", "<parameter=note>\nNone\n</parameter>\n", {"note": None}),
    ("tagged", "<parameter=note>\nnull\n</parameter>\n", {"note": None}),
    ("tagged", "<parameter=note>\n12\n</parameter>\n", {"note": "12"}),
    ("tagged", '<parameter=at>\n{"lat": 1.5,\n "kind": "p"}\n</parameter>\n', {"at": {"lat": 1.5, "kind": "p"}}),
    ("tagged", '<parameter=near>\n["a", "}"]\n</parameter>\n', {"near": ["a", "}"]}),
    ("tagged", "<parameter=unknown>\nnot JSON\n</parameter>\n", {"unknown": "not JSON"}),
    ("marked", "", {}),
    ("marked", 'city:<|"|>New\n"York" {,}<|"|>', {"city": 'New\n"York" {,}'}),
    ("marked", 'city:<|"|><|"|>,days:12', {"city": "", "days": 12}),
    ("marked", 'city:<|"|>日🟦 <|" <|<|"|>', {"city": '日🟦 <|" <|'}),
    ("marked", "at:{kind:<|\"|>p<|\"|>,lat:-1.5},days:1", {"at": {"kind": "p", "lat": -1.5}, "days": 1}),
    ("marked", "at:{},near:[],either:[[],{}]", {"at": {}, "near": [], "either": [[], {}]}),
    ("marked", 'near:[<|"|>a<|"|>,<|"|>]<|"|>],note:null,sure:true', {"near": ["a", "]"], "note": None, "sure": True}),
]  # fmt: skip


def read(style: ArgumentStyle, tail: str, text: str, cut: random.Random | None) -> tuple[list[str], str]:
    """The pieces of JSON that come of a text that comes in pieces, and what is left behind the arguments."""
    reader, held, pieces = style.reader(TRIP, tail), "", []
    while text:
        size = len(text) if cut is None else cut.randint(1, 4)
        piece, held = reader.feed(held + text[:size])
        pieces.append(piece)
        text = text[size:]
    assert reader.complete
    return pieces, held


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_arguments_are_read_as_json_however_they_come(name: str, text: str, value: Any) -> None:
    style, tail = STYLES[name]
    for seed in (None, *range(30)):
        pieces, left = read(style, tail, text + tail, None if seed is None else random.Random(seed))
        assert json.loads("".join(pieces)) == value
        assert left == tail[: len(left)]


@pytest.mark.parametrize(("name", "opening"), [("tagged", "<parameter=city>\n"), ("marked", 'city:<|"|>')])
def test_a_text_is_passed_on_while_it_comes(name: str, opening: str) -> None:
    style, tail = STYLES[name]
    piece, held = style.reader(TRIP, tail).feed(opening + "New Yo")
    assert (piece, held) == ('{"city": "New Yo', "")


@pytest.mark.parametrize("name", STYLES)
def test_what_a_template_writes_reads_back(name: str) -> None:
    style, tail = STYLES[name]
    value = {"city": "a\n<b>", "days": 3, "sure": False, "near": ["x"], "at": {"lat": 1, "kind": "p"}, "note": None}
    assert isinstance(style, (TaggedStyle, MarkedStyle))
    assert json.loads("".join(read(style, tail, style.written(value) + tail, None)[0])) == value


AGAIN = {"anyOf": [{"$ref": "#/$defs/again"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "title": "City", "maxLength": 3, "pattern": "a"}, "text"),
        ({"enum": ["a", "b"]}, "text"),
        ({"const": "a"}, "text"),
        ({"$ref": "#/$defs/name"}, "text"),
        ({"type": "string", "format": "date"}, "json"),
        ({"type": ["string", "null"]}, "text or null"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "json"),
        ({"enum": ["a", 1]}, "json"),
        ({"type": "integer"}, "json"),
        ({"$ref": "#/$defs/loop"}, "json"),
        ({"$ref": "#/$defs/again"}, "json"),
        ({}, "json"),
        (True, "json"),
    ],
)
def test_a_value_that_can_only_be_a_text_needs_no_quotes(schema: Any, kind: str) -> None:
    assert (
        spoken(schema, {"$defs": {"name": {"type": "string"}, "loop": {"$ref": "#/$defs/loop"}, "again": AGAIN}})
        == kind
    )


# --- holding to a schema -------------------------------------------------------------------------

OWN = ("QWEN_TAGGED", "TAGGED_PAIRS", "GEMMA")
MARKS = {
    "QWEN_TAGGED": ("<tool_call>", "</tool_call>"),
    "TAGGED_PAIRS": ("<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
    "GEMMA": ("<|tool_call>", "<tool_call|>", '<|"|>'),
}


def tool(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "trip", "parameters": parameters}}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("one_token", [False, True])
def test_arguments_drawn_by_chance_fit_the_schema(weights: Weights, name: str, one_token: bool) -> None:
    model = of_family(weights, tiny_model(weights), name, MARKS[name] if one_token else ())
    use = read_settings(ask("Hi", tools=[tool(TRIP)], tool_choice="required", parallel_tool_calls=False)).tools
    assert use is not None
    form = model.form
    assert form == FORMS[name]
    start = model.grammars.mask_for_tools(use, form)
    keys: set[str] = set()
    for seed in range(2):
        mask, text, draw = start.copy(), Detokenizer(model.vocabulary, shown=form.markup), random.Random(seed)
        reader = CallReader(form, str, schemas={"trip": TRIP})
        deltas: list[ToolCallDelta] = []
        for _ in range(900):
            allowed = mask.allowed()
            if mask.complete or any(allowed[end] for end in model.ends):
                break
            ids = allowed.nonzero().flatten()
            token = int(ids[draw.randrange(len(ids))])
            mask.take(token)
            deltas += reader.feed(text.feed(token)).calls
        assert reader.whole
        ((called, arguments),) = gathered(deltas)
        value = json.loads(arguments)
        Draft202012Validator(TRIP).validate(value)
        keys |= value.keys()
        assert called == "trip"
    assert keys >= {"city", "unit", "at"}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("tagged", {"minProperties": 1}, "minProperties"),
    ("tagged", {"anyOf": [{"required": ["a"]}]}, "anyOf"),
    ("tagged", {"properties": {"a>\nb": {}}}, "a>"),
    ("tagged", {"properties": {"a": {"$ref": "#/properties/b"}, "b": {"type": "integer"}}}, "[$]ref"),
    ("tagged", {"properties": {"a": {"enum": ["x\n</parameter>\n"]}}}, "enum"),
    ("marked", {"properties": {"a": {"type": "string", "format": "date"}}}, "format"),
    ("marked", {"properties": {"a": {"type": "array", "uniqueItems": True}}}, "uniqueItems"),
    ("marked", {"properties": {"a": {"oneOf": [{"type": "string"}]}}}, "oneOf"),
    ("marked", {"properties": {"a": {"type": "object", "minProperties": 1}}}, "minProperties"),
    ("marked", {"properties": {"a:b": {}}}, "a:b"),
    ("marked", {"properties": {"a": {"enum": ['<|"|>']}}}, "enum"),
    ("marked", {"required": ["b"], "properties": {"a": {}}}, "required"),
]


@pytest.mark.parametrize(("name", "parameters", "word"), REFUSED)
def test_what_the_markup_has_no_form_for_is_refused_by_name(name: str, parameters: dict[str, Any], word: str) -> None:
    style, tail = STYLES[name]
    use = read_settings(ask("Hi", tools=[tool({"type": "object", **parameters})])).tools
    assert use is not None
    with pytest.raises(BadRequest, match=word) as refused:
        grammar_of(use, Form("", "<call>", "{", tail, "", "", style), {})
    assert refused.value.param == "tools[0].function.parameters"
