"""Thinking over HTTP: told apart from the text, whole and streamed, with formats that begin after it."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from playground.backends.local.weights import Weights
from tests.models import CONTEXT, SEEING, THINKING, TINY
from tests.server.asking import ours, streamed, whole

AGE = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 120}},
    "required": ["age"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "it", "schema": AGE}}


@pytest.fixture
def soon(served_models: tuple[Weights, int]) -> dict[str, Any]:
    """A request to the thinking model that lets it close its thinking after some tokens."""
    return {"model": THINKING, "temperature": 1, "max_tokens": 600, "logit_bias": {str(served_models[1]): 7}}


@pytest.mark.parametrize("seed", range(4))
async def test_a_format_begins_after_the_thinking(tiny_url: str, soon: dict[str, Any], seed: int) -> None:
    answer = await whole(tiny_url, **soon, seed=seed, response_format=FORMAT)
    pieces = await streamed(tiny_url, **soon, seed=seed, response_format=FORMAT, stream_options={"include_usage": True})
    message, usage = answer.choices[0].message, answer.usage
    said = message.model_dump()
    assert 0 <= json.loads(message.content or "")["age"] <= 120
    assert (said["reasoning_content"], pieces.text) == ("".join(pieces.thoughts), message.content)
    assert said["reasoning"] == said["reasoning_content"] != ""
    assert answer.choices[0].finish_reason == pieces.ended == "stop"
    assert usage is not None
    assert usage.completion_tokens_details is not None
    assert 0 < (usage.completion_tokens_details.reasoning_tokens or 0) < usage.completion_tokens
    assert pieces.chunks[-1].usage == usage


async def test_each_of_several_answers_thinks_for_itself(tiny_url: str, soon: dict[str, Any]) -> None:
    answer = await whole(tiny_url, **soon, seed=2, n=3, response_format=FORMAT)
    said = [choice.message.model_dump() for choice in answer.choices]
    assert len({message["reasoning_content"] for message in said}) == 3
    assert all(0 <= json.loads(message["content"])["age"] <= 120 for message in said)


async def test_thinking_that_is_cut_off_is_no_text(tiny_url: str) -> None:
    choice = (await whole(tiny_url, model=THINKING, max_tokens=8, temperature=1, response_format=FORMAT)).choices[0]
    assert choice.finish_reason == "length"
    assert choice.message.model_dump()["reasoning_content"]
    assert not choice.message.content


async def test_it_can_be_switched_off(tiny_url: str) -> None:
    off = {"chat_template_kwargs": {"enable_thinking": False}}
    message = (await whole(tiny_url, model=THINKING, temperature=1, extra_body=off)).choices[0].message
    assert "reasoning_content" not in message.model_dump(exclude_none=True)
    assert message.content
    with pytest.raises(openai.BadRequestError, match="enable_thinking") as error:
        await whole(tiny_url, model=TINY, extra_body=off)
    assert error.value.param == "chat_template_kwargs.enable_thinking"


async def test_earlier_thinking_reaches_the_prompt(tiny_url: str) -> None:
    lengths = []
    for more in ({}, {"reasoning_content": "Well, well."}, {"reasoning": "Well, well."}):
        turns = [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b", **more},
            {"role": "user", "content": "c"},
        ]
        usage = (await whole(tiny_url, model=THINKING, messages=turns, max_tokens=1)).usage
        assert usage is not None
        lengths.append(usage.prompt_tokens)
    assert lengths[0] < lengths[1] == lengths[2]


async def test_models_tell_what_they_are(tiny_url: str) -> None:
    async with ours(tiny_url) as client:
        listed = {model.id: model.model_dump() async for model in client.models.list()}
    assert {id: model["capabilities"] for id, model in listed.items()} == {
        TINY: {"vision": False, "thinking": False, "tools": True, "own_tool_markup": False, "structured_output": True},
        SEEING: {"vision": True, "thinking": False, "tools": True, "own_tool_markup": False, "structured_output": True},
        THINKING: {
            "vision": False,
            "thinking": True,
            "tools": True,
            "own_tool_markup": False,
            "structured_output": True,
        },
    }
    assert {model["context_length"] for model in listed.values()} == {CONTEXT}
    assert {model["status"] for model in listed.values()} == {"loaded"}
