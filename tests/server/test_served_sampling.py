"""How local models draw, over HTTP: seeds, penalties, bias, cuts, stop strings and log probabilities."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from transformers import AutoTokenizer

from playground.params import PARAMS
from tests.models import TINY, default_model_folder
from tests.server.asking import asked, streamed, text_of, whole

LETTERS = {"extra_body": {"structured_outputs": {"regex": "[a-z ]{40}"}}}


@pytest.fixture(scope="module")
def two() -> tuple[str, str]:
    """The ids of the tokens "A" and "B"."""
    tokenizer = AutoTokenizer.from_pretrained(default_model_folder())
    return str(tokenizer.convert_tokens_to_ids("A")), str(tokenizer.convert_tokens_to_ids("B"))


async def test_a_seed_repeats_an_answer_and_none_varies_it(tiny_url: str) -> None:
    seeds = [7, 7, 8, None, None]
    same, again, *others = await asyncio.gather(*(text_of(tiny_url, temperature=1, seed=seed) for seed in seeds))
    assert same == again
    assert len({same, *others}) == 4


async def test_temperature_zero_is_greedy_and_so_are_the_narrowest_cuts(tiny_url: str) -> None:
    cuts: list[dict[str, Any]] = [
        {"temperature": 0, "seed": 5}, {"temperature": 2, "extra_body": {"top_k": 1}}, {"temperature": 2, "extra_body": {"min_p": 1.0}},
        {"temperature": 2, "top_p": 0.000001},
    ]  # fmt: skip
    greedy = await text_of(tiny_url, temperature=0, seed=None)
    assert [await text_of(tiny_url, **cut) for cut in cuts] == [greedy] * 4
    repeated = await text_of(tiny_url, temperature=0, extra_body={"repetition_penalty": 2.0})
    assert repeated != greedy


@pytest.mark.parametrize(
    ("penalties", "text"),
    [
        ({}, "AAAAAA"),
        ({"presence_penalty": 2}, "ABAAAA"),
        ({"frequency_penalty": 2}, "ABABAB"),
        ({"frequency_penalty": 0.6}, "AABABA"),
        ({"presence_penalty": -2, "frequency_penalty": -2}, "AAAAAA"),
    ],
)
async def test_penalties_are_subtracted_from_what_bias_adds(
    tiny_url: str, two: tuple[str, str], penalties: dict[str, float], text: str
) -> None:
    """A is favoured by 50, B by 49."""
    bias = dict(zip(two, (50, 49), strict=True))
    assert await text_of(tiny_url, temperature=0, max_tokens=6, logit_bias=bias, **penalties) == text


async def test_a_banned_token_never_comes(tiny_url: str, two: tuple[str, str]) -> None:
    a, b = two
    assert set(await text_of(tiny_url, temperature=2, max_tokens=9, logit_bias={a: 100, b: 100})) == {"A", "B"}
    assert await text_of(tiny_url, temperature=2, max_tokens=6, logit_bias={a: -100, b: 100}) == "B" * 6


@pytest.mark.parametrize("many", [False, True])
async def test_a_stop_string_ends_the_text_wherever_tokens_end(tiny_url: str, many: bool) -> None:
    for seed in range(3):
        answer = (await whole(tiny_url, seed=seed, temperature=2, logprobs=True, **LETTERS)).choices[0]
        text, tokens = answer.message.content or "", [token.token for token in answer.logprobs.content]  # type: ignore[union-attr]
        assert "".join(tokens) == text
        border = len("".join(tokens[: len(tokens) // 2]))
        stop = text[border - 2 : border + 2]
        how = {**LETTERS, "seed": seed, "temperature": 2, "stop": ["1", stop, "22", "4"] if many else stop}
        stopped, pieces = (await whole(tiny_url, **how)).choices[0], await streamed(tiny_url, **how)
        assert (stopped.message.content, stopped.finish_reason) == (text[: text.index(stop)], "stop")
        assert (pieces.text, pieces.ended) == (stopped.message.content, "stop")


async def test_logprobs_are_of_the_raw_distribution_and_their_bytes_make_the_text(
    tiny_url: str, two: tuple[str, str]
) -> None:
    told: dict[str, Any] = {"logprobs": True, "top_logprobs": 4, "max_tokens": 8}
    tops = []
    for params in ({"temperature": 0}, {"temperature": 2, "logit_bias": {two[0]: 100}, "presence_penalty": 2}):
        choice = (await whole(tiny_url, **told, **params)).choices[0]
        pieces = await streamed(tiny_url, **told, **params)
        tokens = choice.logprobs.content or []  # type: ignore[union-attr]
        in_stream = [
            token for chunk in pieces.chunks for c in chunk.choices if c.logprobs for token in c.logprobs.content or []
        ]
        assert in_stream == tokens
        assert b"".join(bytes(token.bytes or []) for token in tokens).decode(errors="ignore") == choice.message.content
        tops.append(tokens[0].top_logprobs)
    assert tops[0] == tops[1]


async def test_null_is_unset_for_every_parameter(tiny_url: str) -> None:
    """So the same text comes as for a request without them, with the model's own defaults."""
    bare = asked(max_tokens=5)
    nulls = {param.name: None for param in PARAMS if param.name not in bare}
    async with httpx.AsyncClient() as client:
        answers = [
            await client.post(f"{tiny_url}/v1/chat/completions", json=body) for body in (bare, {**bare, **nulls})
        ]
    assert [answer.status_code for answer in answers] == [200, 200], answers[1].text
    texts = [answer.json()["choices"][0]["message"]["content"] for answer in answers]
    assert texts[0] == texts[1] != ""
    assert answers[0].json()["model"] == TINY
