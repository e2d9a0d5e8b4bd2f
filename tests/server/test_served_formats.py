"""Formats and tools over HTTP: each spelling is kept, whole and streamed, or refused by name before anything runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import openai
import pytest

from tests.backends.local.asking import picture
from tests.models import SEEING, TINY
from tests.server.asking import asked, streamed, text_of, whole

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"town": {"type": "string", "maxLength": 6}, "size": {"enum": ["S", "L"]}},
    "required": ["town", "size"],
    "additionalProperties": False,
}


def valid(text: str) -> bool:
    jsonschema.validate(json.loads(text), SCHEMA)
    return True


def matching(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


FORMS: list[tuple[str, dict[str, Any], Callable[[str], bool]]] = [
    ("OpenAI's schema", {"response_format": {"type": "json_schema", "json_schema": {"name": "it", "strict": True, "schema": SCHEMA}}}, valid),
    ("TGI's schema", {"response_format": {"type": "json", "value": SCHEMA}}, valid),
    ("TGI's pattern", {"response_format": {"type": "regex", "value": "[a-c]{3}x?"}}, matching("[a-c]{3}x?")),
    ("vLLM's schema", {"extra_body": {"structured_outputs": {"json": SCHEMA}}}, valid),
    ("vLLM's pattern", {"extra_body": {"structured_outputs": {"regex": "é{2}😀"}}}, matching("é{2}😀")),
    ("vLLM's choice", {"extra_body": {"structured_outputs": {"choice": ["yes", "no way"]}}}, matching("yes|no way")),
    ("vLLM's grammar, in Lark", {"extra_body": {"structured_outputs": {"grammar": 'start: "a" B+\nB: /[xy]z/ | "!"\n'}}, "logit_bias": {"2": 9}}, matching("a([xy]z|!)+")),
    ("vLLM's grammar, in GBNF", {"extra_body": {"structured_outputs": {"grammar": 'root ::= "a" ("b" | "c") [0-9]\n'}}}, matching("a[bc][0-9]")),
]  # fmt: skip


@pytest.mark.parametrize(("how", "holds"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
async def test_each_spelling_is_kept(tiny_url: str, how: dict[str, Any], holds: Callable[[str], bool]) -> None:
    more = {"temperature": 2, "presence_penalty": 1.5, "seed": 4}
    answer = await whole(tiny_url, n=3, **more, **how)
    pieces = await streamed(tiny_url, **more, **how)
    assert [choice.finish_reason for choice in answer.choices] == ["stop"] * 3
    assert all(holds(choice.message.content or "") for choice in answer.choices)
    assert (pieces.text, pieces.ended) == (answer.choices[0].message.content, "stop")


TREE = {
    "type": "object",
    "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "required": ["below"],
}
LASTING = {"type": "array", "items": {"$ref": "#/$defs/tree"}, "minItems": 40, "$defs": {"tree": TREE}}
NO_END = {
    "$defs": {"all": {"type": "object", "properties": {"in": {"$ref": "#/$defs/all"}}, "required": ["in"]}},
    "$ref": "#/$defs/all",
}
ENDLESS: list[dict[str, Any]] = [
    {"type": "json", "value": {"type": "array", "items": {"type": "boolean"}, "minItems": 100}},
    {"type": "json", "value": LASTING},
    {"type": "regex", "value": "[{][a-z]{499}"},
]


@pytest.mark.parametrize("format", ENDLESS, ids=["a long list", "a recursion", "a pattern"])
async def test_what_does_not_end_in_time_is_cut_off_and_says_so(tiny_url: str, format: Any) -> None:
    """As OpenAI does: the text is then the beginning of a valid one."""
    answer = (await whole(tiny_url, temperature=2, max_tokens=30, response_format=format)).choices[0]
    pieces = await streamed(tiny_url, temperature=2, max_tokens=30, response_format=format)
    assert (pieces.text, pieces.ended) == (answer.message.content, answer.finish_reason)
    assert answer.finish_reason == "length"
    assert pieces.text[0] in "{["


TOOL = {"type": "function", "function": {"name": "weigh", "parameters": SCHEMA}}
BARE = {"type": "function", "function": {"name": "now"}}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"response_format": {"type": "json", "value": {"uniqueItems": True}}}, "response_format.value", "uniqueItems"),
    ({"response_format": {"type": "json", "value": NO_END}}, "response_format.value", "can't be held to"),
    ({"response_format": {"type": "yaml"}}, "response_format.type", "yaml"),
    ({"extra_body": {"structured_outputs": {"regex": "a", "choice": ["b"]}}}, "structured_outputs", "one of"),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "fly"}}}, "tool_choice", "fly"),
    ({"tools": [TOOL, TOOL]}, "tools[1].function.name", "weigh"),
    ({"tools": [{"type": "function", "function": {"name": "a", "parameters": {"not": {}}}}]}, "tools[0].function.parameters", "not"),
    ({"tools": [{"type": "function", "function": {"name": "a", "parameters": []}}]}, "tools", "parameters"),
]  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("how", "param", "words"), REFUSED)
async def test_the_rest_is_refused(tiny_url: str, how: dict[str, Any], param: str, words: str, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        await whole(tiny_url, **how, stream=stream)
    assert (error.value.param or "").startswith(param)
    assert words in error.value.message


async def test_a_tool_needs_no_parameters_and_calls_come_as_deltas(tiny_url: str) -> None:
    """Id and name come first, then the arguments in pieces; the index stands throughout, and no markup in the text."""
    how: dict[str, Any] = {"tools": [BARE, TOOL], "tool_choice": "required", "temperature": 1.5, "max_tokens": 200}
    for seed in range(3):
        pieces = await streamed(tiny_url, seed=seed, **how)
        deltas = [d for chunk in pieces.chunks for c in chunk.choices for d in c.delta.tool_calls or []]
        calls: list[Any] = []
        for delta in deltas:
            if delta.index == len(calls):
                assert delta.id
                calls.append([delta.function.name, ""])  # type: ignore[union-attr]
            else:
                assert (delta.id, delta.function.name) == (None, None)  # type: ignore[union-attr]
            calls[delta.index][1] += delta.function.arguments or ""  # type: ignore[union-attr]
        if pieces.ended == "length":
            calls.pop()
        assert pieces.text == ""
        for name, arguments in calls:
            assert json.loads(arguments) == {} if name == "now" else valid(arguments)
    assert await text_of(tiny_url, **{**how, "tool_choice": "none", "max_tokens": 5})


async def test_one_text_part_is_the_same_as_the_text(tiny_url: str) -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    assert await text_of(tiny_url, messages=parts, max_tokens=8) == await text_of(tiny_url, max_tokens=8)


@pytest.mark.parametrize("arguments", ["{broken", "", "[1]", "null"])
async def test_broken_arguments_of_old_calls_are_never_the_servers_fault(tiny_url: str, arguments: str) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weigh", "arguments": arguments}}
    messages = [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
    ]  # fmt: skip
    async with httpx.AsyncClient() as client:
        body = asked(messages=messages, tools=[TOOL], max_tokens=2)
        answer = await client.post(f"{tiny_url}/v1/chat/completions", json=body)
    assert answer.status_code in (200, 400), answer.text


async def test_a_model_that_sees_is_shown_pictures(tiny_url: str) -> None:
    def looking(colour: str) -> Any:
        url = picture(colour).image_url.url
        parts = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": url}}]
        return [{"role": "user", "content": parts}]

    seen = [
        await text_of(tiny_url, model=SEEING, messages=looking(colour), max_tokens=12) for colour in ("red", "blue")
    ]
    assert seen[0] != seen[1]
    with pytest.raises(openai.BadRequestError, match="does not see images"):
        await whole(tiny_url, model=TINY, messages=looking("red"))
