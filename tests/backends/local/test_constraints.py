"""Answers under a constraint: how it may be spelled, what is refused, and that every answer follows it."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import jsonschema
import pytest
from transformers import AutoTokenizer

from playground.backends.local import LocalBackend
from playground.backends.local.settings import read_settings
from playground.errors import BadRequest
from playground.events import Reply
from playground.messages import assistant
from playground.request import ChatRequest
from tests.backends.local.asking import ask, run
from tests.models import TINY, default_model_folder

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "tags": {"type": "array", "items": {"enum": ["a", "b", None]}, "maxItems": 3},
    },
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}


def of_schema(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, **more}}


def wild(seed: int = 1, **params: Any) -> ChatRequest:
    """A request whose free answer would be noise."""
    return ask("Describe a person.", **{"temperature": 2, "seed": seed, "max_tokens": 200, **params})


def structured(**how: Any) -> dict[str, Any]:
    return {"extra": {"structured_outputs": how}}


def texts(reply: Reply) -> list[str]:
    assert [choice.finish_reason for choice in reply.choices] == ["stop"] * len(reply.choices)
    return [choice.message.text for choice in reply.choices]


def is_person(text: str) -> bool:
    person = json.loads(text)
    return (
        list(person) == ["name", "age", "tags"]
        and len(person["name"]) <= 20
        and type(person["age"]) is int
        and 0 <= person["age"] <= 120
        and len(person["tags"]) <= 3
        and set(person["tags"]) <= {"a", "b", None}
    )


@pytest.mark.parametrize(
    "how",
    [
        {"response_format": of_schema(PERSON, strict=True, description="someone")},
        {"response_format": {"type": "json", "value": PERSON}},
        structured(json=PERSON),
        structured(json=json.dumps(PERSON)),
    ],
    ids=["OpenAI", "TGI", "vLLM", "vLLM, as text"],
)
async def test_a_schema_is_kept_in_each_spelling(local: LocalBackend, how: dict[str, Any]) -> None:
    (text,) = texts(await run(local, wild(**how)))
    assert is_person(text)


async def test_it_is_kept_whatever_else_is_asked(local: LocalBackend) -> None:
    """Bias and penalties change which of the allowed tokens comes, and can't bring another; nor rule all of them out."""
    everything_banned = {str(token): -100 for token in range(49152)}
    for seed in range(10):
        request = wild(
            seed,
            n=2,
            frequency_penalty=2,
            presence_penalty=-2,
            repetition_penalty=1.5,
            response_format=of_schema(PERSON),
        )
        assert all(map(is_person, texts(await run(local, request))))
    banned = wild(logit_bias=everything_banned, response_format=of_schema(PERSON))
    assert all(map(is_person, texts(await run(local, banned))))


@pytest.mark.parametrize(
    ("how", "pattern"),
    [
        ({"response_format": {"type": "regex", "value": "[0-9]{4}-[0-9]{2}"}}, r"[0-9]{4}-[0-9]{2}"),
        (structured(regex="(ab|cd){3}"), "(ab|cd){3}"),
        (
            structured(choice=["red", "a (b) [c] {d} \\ ^$.|?*+ é 🟦\n"]),
            r"red|a \(b\) \[c\] \{d\} \\ \^\$\.\|\?\*\+ é 🟦\n",
        ),
        (structured(grammar='start: "x" DIGIT DIGIT\nDIGIT: /[0-9]/\n'), "x[0-9]{2}"),
        (structured(grammar='root ::= "yes" | "no" [0-9] [0-9]\n'), "yes|no[0-9]{2}"),
    ],
    ids=["TGI's regex", "regex", "choice", "Lark", "GBNF"],
)
async def test_patterns_choices_and_grammars_are_kept(local: LocalBackend, how: dict[str, Any], pattern: str) -> None:
    found = [texts(await run(local, wild(seed, **how)))[0] for seed in range(6)]
    assert all(re.fullmatch(pattern, text) for text in found), found


BOUNDED: dict[str, tuple[Any, int]] = {
    "integers between bounds": ({"type": "integer", "minimum": -5, "maximum": 1_000_000}, 8),
    "texts of some length": ({"type": "string", "maxLength": 10}, 42),
    "texts of a bounded pattern": ({"type": "string", "pattern": "^[a-z]{1,9}( [a-z]{1,9}){0,2}$"}, 31),
    "formats of fixed length": ({"type": "string", "format": "date"}, 12),
    "lists of some": ({"type": "array", "items": {"type": "boolean"}, "maxItems": 12}, 74),
    "one of several": ({"anyOf": [{"enum": ["a", 2]}, {"type": "null"}, {"const": [True, {}]}]}, 9),
}
"""Schemas whose answers have a longest one, of so many tokens at most: each a byte."""


@pytest.mark.parametrize("name", BOUNDED)
async def test_a_bounded_schema_always_ends_by_itself(local: LocalBackend, name: str) -> None:
    """Though the model would never end: its end is ruled out by bias, which gives way where nothing else may come."""
    schema, most = BOUNDED[name]
    whole = {"type": "object", "properties": {"it": schema}, "required": ["it"], "additionalProperties": False}
    for seed in range(4):
        endless = wild(seed, max_tokens=None, logit_bias={"2": -100}, response_format=of_schema(whole))
        reply = await run(local, endless)
        (text,) = texts(reply)
        jsonschema.validate(json.loads(text), whole)
        assert reply.usage is not None
        assert reply.usage.completion_tokens <= most + len('{"it":}') + 1


async def test_what_has_no_bounds_ends_where_the_context_does(local: LocalBackend) -> None:
    """And says so; the text is then the beginning of a valid one."""
    schema = {"type": "array", "items": {"type": "boolean"}, "minItems": 300}
    request = ask("x " * 850, temperature=2, seed=1, response_format=of_schema(schema))
    (choice,) = (await run(local, request)).choices
    assert choice.finish_reason == "length"
    assert re.fullmatch(r"\[((true|false),)*(true|false|[a-z]*)", choice.message.text)


async def test_any_object_will_do(local: LocalBackend) -> None:
    reply = await run(local, wild(max_tokens=60, response_format={"type": "json_object"}))
    assert reply.choices[0].message.text.startswith("{")


async def test_each_of_many_at_once_keeps_its_own(local: LocalBackend) -> None:
    """And each answers as it would alone."""
    schemas = [{"type": "array", "items": {"const": n}, "minItems": 2, "maxItems": 2 + n} for n in range(8)]
    requests = [wild(seed, response_format=of_schema(schema)) for seed, schema in enumerate(schemas)]
    alone = [texts(await run(local, request)) for request in requests]
    together = [texts(reply) for reply in await asyncio.gather(*(run(local, request) for request in requests))]
    assert together == alone
    for number, (text,) in enumerate(alone):
        assert set(json.loads(text)) == {number}


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a keyword": ({"response_format": of_schema({"uniqueItems": True})}, "response_format.json_schema.schema", "uniqueItems"),
    "a deep keyword": (
        {"response_format": of_schema({"properties": {"a": {"not": {}}}})}, "response_format.json_schema.schema", '"not"',
    ),
    "an unknown format": ({"response_format": {"type": "json", "value": {"type": "string", "format": "shoe"}}}, "response_format.value", "shoe"),
    "an impossible schema": (structured(json={"enum": []}), "structured_outputs.json", "Unsatisfiable"),
    "a schema that is none": (structured(json=[1]), "structured_outputs.json", "must be a JSON schema"),
    "half JSON": (structured(json="{"), "structured_outputs.json", "is not JSON"),
    "no schema": ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "an object with a schema"),
    "an unknown type": ({"response_format": {"type": "xml"}}, "response_format.type", "'xml' is not known"),
    "a misspelling": ({"response_format": of_schema(PERSON, stict=True)}, "response_format.json_schema.stict", "not known"),
    "more beside": ({"response_format": {"type": "json_object", "schema": {}}}, "response_format.schema", "not known"),
    "looking ahead": (structured(regex="(?=a)b"), "structured_outputs.regex", "look-ahead"),
    "a broken pattern": ({"response_format": {"type": "regex", "value": "(a"}}, "response_format.value", "\n    (a\n    ^\nerror: unclosed group"),
    "no pattern": (structured(regex=""), "structured_outputs.regex", "a regular expression"),
    "no choices": (structured(choice=[]), "structured_outputs.choice", "list of texts"),
    "an empty choice": (structured(choice=["a", ""]), "structured_outputs.choice", "none of them empty"),
    "broken Lark": (structured(grammar="start: X"), "structured_outputs.grammar", "unknown name"),
    "broken GBNF": (structured(grammar='root ::= ( "a"'), "structured_outputs.grammar", "Expected"),
    "GBNF without a rule": (structured(grammar='root ::= "yes" | item\n'), "structured_outputs.grammar", "Rule 'item' not found"),
    "GBNF in 5,000 brackets": (structured(grammar="root ::= " + "(" * 5000 + '"a"' + ")" * 5000), "structured_outputs.grammar", "nested too deeply"),
    "Lark that begins with itself": (structured(grammar='start: start "a"'), "structured_outputs.grammar", "nothing can follow"),
    "Lark that does so later": (structured(grammar='start: "x" a\na: a "b"'), "structured_outputs.grammar", "nothing can follow"),
    "orders in Lark": (
        structured(grammar='start: "<" %json {"items": {"x-guidance": {"lenient": true}}}'), "structured_outputs.grammar", '"x-guidance" at #/items',
    ),
    "what is no text": (structured(grammar='%llguidance {"allow_invalid_utf8": true}\nstart: "a"'), "structured_outputs.grammar", "allow_invalid_utf8"),
    "other grammars": (structured(grammar='{"grammars": [{"json_schema": {"x-guidance": {"lenient": true}}}]}'), "structured_outputs.grammar", "grammar"),
    "a repetition without measure": (structured(regex="(a{1000}){1000}"), "structured_outputs.regex", "more than 10,000 times"),
    "too many choices": (structured(choice=[f"x{n}" for n in range(2001)]), "structured_outputs.choice", "2,000 is the most"),
    "too long a pattern": (structured(regex="ab" * 30000), "structured_outputs.regex", "50,000 is the most"),
    "a schema that is itself": ({"response_format": of_schema({"$ref": "#"})}, "response_format.json_schema.schema", '"$ref" at #'),
    "what contradicts itself": (
        {"response_format": of_schema({"properties": {"a": {"allOf": [{"type": "string"}, {"type": "null"}]}}, "required": ["a"], "type": "object"})},
        "response_format.json_schema.schema", '#/properties/a ("allOf"): Unsatisfiable',
    ),
    "an unknown kind": (structured(xml="a"), "structured_outputs.xml", "not known"),
    "two kinds": (structured(regex="a", choice=["b"]), "structured_outputs", "one of json, regex, choice, grammar"),
    "two constraints": ({"response_format": {"type": "json_object"}, **structured(regex="a")}, "structured_outputs", "two constraints"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_kept_is_refused_by_name(local: LocalBackend, name: str) -> None:
    how, param, words = REFUSED[name]
    with pytest.raises(BadRequest) as refused:
        await run(local, wild(**how))
    assert (refused.value.param, refused.value.status) == (param, 400)
    assert words in refused.value.message


def in_words(source: Any, kind: str = "json") -> dict[str, Any]:
    return structured(**{kind: source})


@pytest.mark.parametrize(
    ("how", "banned", "pattern"),
    [
        (in_words(r"\d{4}", "regex"), "0123456789", "[0-9]{4}"),
        (in_words(r"[\w]{2}\s", "regex"), "", "[0-9A-Za-z_]{2}[ \t\n\r\f\v]"),
        (in_words({"type": "string", "pattern": r"^\d[^\W]$"}), "0123456789", '"[0-9][0-9A-Za-z_]"'),
        (
            in_words(
                'start: "<" %json {"type": "array", "items": {"const": 1}, "minItems": 2, "maxItems": 2} ">"', "grammar"
            ),
            "",
            r"<\[1,1\]>",
        ),
    ],
)
async def test_classes_are_of_ascii_and_json_is_compact(
    local: LocalBackend, how: dict[str, Any], banned: str, pattern: str
) -> None:
    """Whatever the model would rather say: digits of other scripts come when those of ASCII are banned, if they may."""
    tokens = AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)
    bias = {str(tokens.convert_tokens_to_ids(digit)): -100 for digit in banned}
    found = [texts(await run(local, wild(seed, logit_bias=bias, **how)))[0] for seed in range(4)]
    assert all(re.fullmatch(pattern, text) for text in found), found


async def test_names_are_written_in_one_way_only(local: LocalBackend) -> None:
    """With \\u, a name beside the named ones could be one of these in disguise, and have another type."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "additionalProperties": {"const": "x"},
        "minProperties": 1,
        "maxProperties": 1,
    }
    tokens = AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)
    drawn = {
        str(token): 50 for text in ("\\u", "u", "006", "1") for token in tokens.encode(text, add_special_tokens=False)
    }
    schema = {**schema, "required": ["a"], "maxProperties": 2}
    for seed in range(4):
        reply = await run(local, wild(seed, logit_bias=drawn, max_tokens=60, **in_words(schema)))
        assert "\\u" not in reply.choices[0].message.text


async def test_an_answer_that_cannot_go_on_is_an_error_and_no_stop(local: LocalBackend) -> None:
    """Some dead ends are not seen at the start. This grammar's is behind its fifth letter."""
    grammar = 'start: "a" "b" "c" "d" "e" x | "z"\nx: x "f"'
    letters = AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)
    never_z = {str(letters.convert_tokens_to_ids("z")): -100}
    with pytest.raises(BadRequest, match="nothing can follow"):
        await run(local, wild(logit_bias=never_z, **structured(grammar=grammar)))


@pytest.mark.parametrize("choice", ["auto", "required"])
async def test_a_tools_parameters_must_end_too(local: LocalBackend, choice: str) -> None:
    parameters = {"type": "object", "properties": {"x": {"$ref": "#/properties/x"}}, "required": ["x"]}
    tools = [{"type": "function", "function": {"name": "f", "parameters": parameters}}]
    with pytest.raises(BadRequest) as refused:
        await run(local, ask("Hi", tools=tools, tool_choice=choice))
    assert refused.value.param == "tools[0].function.parameters"
    assert '"$ref" at #/properties/x' in refused.value.message


async def test_plain_text_is_no_constraint(local: LocalBackend) -> None:
    free, text = wild(max_tokens=8), wild(max_tokens=8, response_format={"type": "text"})
    assert (await run(local, free)).choices == (await run(local, text)).choices
    assert free.model.id == TINY


@pytest.mark.parametrize(
    ("begun", "how"),
    [
        ('{"name": "Ann', {"response_format": of_schema(PERSON)}),
        ("ye", structured(choice=["yes", "no"])),
        ("2024-", structured(regex=r"\d{4}-\d{2}")),
        ("yes", structured(choice=["yes", "no"])),
    ],
)
async def test_an_answer_that_was_begun_is_kept_whole(local: LocalBackend, begun: str, how: dict[str, Any]) -> None:
    asked = ask("Well?", assistant(begun), temperature=2, seed=1, max_tokens=200, **how)
    (text,) = texts(await run(local, asked))
    whole = begun + text
    assert is_person(whole) if begun.startswith("{") else re.fullmatch(r"yes|[0-9]{4}-[0-9]{2}", whole)


async def test_what_no_answer_begins_with_is_not_gone_on_with(local: LocalBackend) -> None:
    with pytest.raises(BadRequest, match="isn't the beginning") as refused:
        await run(local, ask("Well?", assistant("Well, "), max_tokens=20, **structured(choice=["yes", "no"])))
    assert refused.value.param == "structured_outputs.choice"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"response_format": of_schema(True, name=7)}, "response_format.json_schema.name"),
        ({"response_format": of_schema(True, name="schéma !")}, "response_format.json_schema.name"),
        ({"response_format": of_schema(True, strict="maybe")}, "response_format.json_schema.strict"),
        ({"response_format": of_schema(True, description=5)}, "response_format.json_schema.description"),
        ({"response_format": {"type": "json_object", "zzz": 1}}, "response_format.zzz"),
        ({"extra": {"chat_template_kwargs": []}}, "chat_template_kwargs"),
        ({"extra": {"chat_template_kwargs": 0}}, "chat_template_kwargs"),
    ],
)
def test_a_field_of_another_kind_is_refused_by_name(params: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_settings(ask("Hi", **params))
    assert refused.value.param == param


def test_null_is_as_not_given() -> None:
    unset = {"chat_template_kwargs": None, "structured_outputs": None}
    held = {"type": "json_schema", "json_schema": {"schema": True, "name": None, "strict": None}}
    assert read_settings(ask("Hi", response_format=held, extra=unset)).constraint is not None
    assert (
        read_settings(ask("Hi", response_format={"type": "text", "json_schema": None}, extra=unset)).constraint is None
    )
