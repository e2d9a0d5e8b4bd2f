"""Local models behind the API, asked through the clients that people use: `openai` and `huggingface_hub`."""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from typing import Any, Literal

import jsonschema
import openai
import pytest
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.errors import HfHubHTTPError
from pydantic import BaseModel, Field

from playground.backends.advice import CARRIED
from tests.models import CONTEXT, TINY

TEXTS = ["Grüße 👩‍👩‍👧‍👦!", "你好，世界。", "e\u0301 a\u0308 n\u0303 ≠ é", "한국어 🇰🇷 日本語", "עִבְרִית ✊🏽 नमस्ते"]


def said(text: str) -> Any:
    return [{"role": "user", "content": text}]


def client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


# --- one model, many ways to ask -----------------------------------------------------------------


class City(BaseModel):
    name: str = Field(max_length=20)
    kind: Literal["capital", "town", "village"]
    inhabitants: int = Field(ge=0, le=99_999_999)


@pytest.mark.model
async def test_the_openai_client_parses_into_a_class(real_url: str) -> None:
    async with client(real_url) as ours:
        answer = await ours.chat.completions.parse(
            model=CARRIED, messages=said("Tell me of Paris, as JSON."), response_format=City, temperature=1.5, seed=7
        )
        async with ours.chat.completions.stream(
            model=CARRIED, messages=said("Tell me of Paris, as JSON."), response_format=City, temperature=1.5, seed=7
        ) as stream:
            streamed = await stream.get_final_completion()
    parsed = answer.choices[0].message.parsed
    assert isinstance(parsed, City)
    assert streamed.choices[0].message.parsed == parsed
    assert answer.choices[0].finish_reason == "stop"


async def test_the_hub_client_is_answered_alike(tiny_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With TGI's forms, which it sends: the grammar as `value`, a list of stops."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)  # else it asks no server at all
    asked: dict[str, Any] = {"model": TINY, "max_tokens": 12, "seed": 3, "temperature": 1.0}
    async with client(tiny_url) as ours:
        theirs = await ours.chat.completions.create(messages=said("Hi"), stop=["zz"], **asked)
    async with AsyncInferenceClient(base_url=f"{tiny_url}/v1", api_key="none") as hub:
        whole = await hub.chat_completion(said("Hi"), stop=["zz"], **asked)
        pieces = [
            chunk
            async for chunk in await hub.chat_completion(
                said("Hi"), stop=["zz"], stream=True, stream_options={"include_usage": True}, **asked
            )
        ]
        format: Any = {"type": "regex", "value": "[0-9]{4}-[0-9]{2}"}
        dated = await hub.chat_completion(said("Hi"), response_format=format, **asked)
        with pytest.raises(HfHubHTTPError) as unknown:
            await hub.chat_completion(said("Hi"), model="no/such", max_tokens=1)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in pieces if chunk.choices)
    assert whole.choices[0].message.content == text == theirs.choices[0].message.content
    assert pieces[-1].usage is not None
    assert theirs.usage is not None
    assert pieces[-1].usage.completion_tokens == whole.usage.completion_tokens == theirs.usage.completion_tokens == 12
    assert re.fullmatch(r"\d{4}-\d{2}", dated.choices[0].message.content or "")
    assert unknown.value.response is not None
    assert unknown.value.response.status_code == 404


# --- what the contract says, row by row ----------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"messages": said("word " * CONTEXT)}, "messages", "context_length_exceeded"),
    ({"max_tokens": 0}, "max_tokens", None),
    ({"temperature": 2.1}, "temperature", None),
    ({"extra_body": {"mood": "good"}}, "mood", "unsupported_parameter"),
    ({"stop": list("abcde")}, "stop", None),
    ({"top_logprobs": 2}, "top_logprobs", None),
    ({"logit_bias": {"99999999": 1}}, "logit_bias", None),
    ({"presence_penalty": 2.5}, "presence_penalty", None),
    ({"response_format": {"type": "regex", "value": "("}}, "response_format", None),
    ({"extra_body": {"structured_outputs": {"choice": []}}}, "structured_outputs", None),
    ({"response_format": {"type": "json_object"}, "extra_body": {"structured_outputs": {"regex": "a"}}}, "structured_outputs", None),
    ({"tool_choice": "required"}, "tool_choice", None),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]}, "messages", None),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]}, "messages[0].content[0].image_url.url", None),
]  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("fields", "param", "code"), REFUSED, ids=[str(row[0])[:60] for row in REFUSED])
async def test_is_refused_before_anything_runs(
    tiny_url: str, fields: dict[str, Any], param: str, code: str | None, stream: bool
) -> None:
    asked: dict[str, Any] = {"model": TINY, "messages": said("Hi"), "max_tokens": 2, "stream": stream, **fields}
    async with client(tiny_url) as ours:
        with pytest.raises(openai.BadRequestError) as error:
            await ours.chat.completions.create(**asked)
    assert error.value.param is not None
    assert error.value.param.startswith(param)
    assert code is None or error.value.code == code
    if code == "context_length_exceeded":
        assert len(re.findall(r"\d[\d,]{2,}", error.value.message)) >= 2, "both numbers"


async def test_logprobs_without_top_have_empty_lists(tiny_url: str) -> None:
    asked: dict[str, Any] = {"model": TINY, "messages": said("Hi"), "max_tokens": 5, "logprobs": True, "seed": 1}
    async with client(tiny_url) as ours:
        bare = await ours.chat.completions.create(**asked)
        hot = await ours.chat.completions.create(**{**asked, "temperature": 0}, top_logprobs=3)
        cold = await ours.chat.completions.create(**{**asked, "temperature": 0.1, "top_p": 0.1}, top_logprobs=3)
    (tokens, greedy, sharp) = ((answer.choices[0].logprobs.content or []) for answer in (bare, hot, cold))
    assert [token.top_logprobs for token in tokens] == [[]] * 5
    for token in greedy:
        tops = [top.logprob for top in token.top_logprobs]
        assert tops == sorted(tops, reverse=True)
        assert (len(tops), token.logprob) == (3, tops[0])
    assert greedy[0].top_logprobs == sharp[0].top_logprobs, "of the raw distribution, whatever the temperature"


async def test_several_answers_are_indexed_and_counted(tiny_url: str) -> None:
    asked: dict[str, Any] = {"model": TINY, "messages": said("Hi"), "max_completion_tokens": 6, "n": 3, "seed": 1}
    async with client(tiny_url) as ours:
        whole = await ours.chat.completions.create(**asked)
        texts = ["", "", ""]
        async for chunk in await ours.chat.completions.create(**asked, stream=True):
            for choice in chunk.choices:
                texts[choice.index] += choice.delta.content or ""
    assert [choice.message.content for choice in whole.choices] == texts
    assert len(set(texts)) == 3
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 18
    assert [choice.finish_reason for choice in whole.choices] == ["length"] * 3


# --- equal to the byte ---------------------------------------------------------------------------


WILD = "([\u4e00-\u9fa5]|[\U0001f600-\U0001f64f]|[\U0001f1e6-\U0001f1ff]|[ぁ-んa-z ]|[aeo][\u0300-\u036f]|👩‍👧){12}"
"""CJK, emoji, flags, combining marks, joiners: most are several tokens, in which no token is a whole character."""


async def test_streamed_and_whole_texts_are_equal_to_the_byte(tiny_url: str) -> None:
    """200 seeded requests at a high temperature; every second one is cut off, often within a character."""
    async with client(tiny_url) as ours:
        room = asyncio.Semaphore(8)

        async def both(seed: int) -> tuple[str, str]:
            asked: dict[str, Any] = {
                "model": TINY, "messages": said(TEXTS[seed % len(TEXTS)]), "seed": seed, "temperature": 2.0,
                "max_tokens": 150 if seed % 2 else 3 + seed % 9, "extra_body": {"structured_outputs": {"regex": WILD}},
            }  # fmt: skip
            async with room:
                whole = await ours.chat.completions.create(**asked)
                stream = await ours.chat.completions.create(**asked, stream=True)
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            return whole.choices[0].message.content or "", text

        pairs = await asyncio.gather(*(both(seed) for seed in range(200)))
    assert [whole.encode() for whole, _ in pairs] == [text.encode() for _, text in pairs]
    assert not any("\ufffd" in whole for whole, _ in pairs)
    assert len({whole for whole, _ in pairs[1::2]}) == 100
    assert all(re.fullmatch(WILD, whole) for whole, _ in pairs[1::2])


async def test_free_texts_are_equal_to_the_byte_as_well(tiny_url: str) -> None:
    """Noise without a constraint: characters come in pieces, and U+FFFD only where the model's bytes are no text."""
    markup = {str(token): -100 for token in range(17)}
    async with client(tiny_url) as ours:
        room = asyncio.Semaphore(8)

        async def both(seed: int) -> tuple[str, str, str]:
            asked: dict[str, Any] = {
                "model": TINY, "messages": said(TEXTS[seed % len(TEXTS)]), "seed": seed, "temperature": 2.0,
                "max_tokens": 24, "logprobs": True, "logit_bias": markup,
            }  # fmt: skip
            async with room:
                whole = (await ours.chat.completions.create(**asked)).choices[0]
                stream = await ours.chat.completions.create(**asked, stream=True)
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            tokens = whole.logprobs.content if whole.logprobs else None
            raw = b"".join(bytes(token.bytes or ()) for token in tokens or ())
            return whole.message.content or "", text, codecs.getincrementaldecoder("utf-8")("replace").decode(raw)

        found = await asyncio.gather(*(both(seed) for seed in range(30)))
    assert all(whole == text == spelled for whole, text, spelled in found)
    assert sum(not whole.isascii() for whole, _, _ in found) > 10


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 99}}, "required": ["a"]},
    {"type": "array", "items": {"enum": ["red", "green", "blue"]}, "minItems": 1, "maxItems": 4},
    {"type": "object", "properties": {"ok": {"type": "boolean"}, "why": {"type": "string", "maxLength": 12}}, "required": ["ok", "why"]},
    {"enum": ["north", "east", "south", "west"]},
    {"type": "string", "pattern": "^[a-f]{3}-[0-9]{2}$"},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3},
    {"type": "object", "properties": {"at": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}, "maxItems": 3}}, "required": ["at"]},
    {"const": {"fixed": [1, "two", None]}},
]  # fmt: skip
for schema in SCHEMAS:
    if schema.get("type") == "object":
        schema["additionalProperties"] = False


@pytest.mark.model
async def test_answers_side_by_side_equal_the_answers_alone(real_url: str) -> None:
    """Each with a schema, a seed and a temperature of its own."""
    async with client(real_url) as ours:

        async def ask(index: int) -> str:
            format: Any = {"type": "json_schema", "json_schema": {"name": "it", "schema": SCHEMAS[index]}}
            answer = await ours.chat.completions.create(
                model=CARRIED, messages=said(f"Answer {index}."), response_format=format,
                seed=index, temperature=0.25 * index, max_tokens=200,
            )  # fmt: skip
            assert answer.choices[0].finish_reason == "stop"
            return answer.choices[0].message.content or ""

        alone = [await ask(index) for index in range(8)]
        together = await asyncio.gather(*(ask(index) for index in range(8)))
    assert list(together) == alone
    for text, schema in zip(alone, SCHEMAS, strict=True):
        jsonschema.validate(json.loads(text), schema)
