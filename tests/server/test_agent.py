"""An agent written with the plain `openai` SDK, against local models: two tools, their results sent back, until it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import openai
import pytest

from playground.backends.advice import CARRIED
from tests.models import TINY

INHABITANTS = {"Oslo": 717_710, "Paris": 2_102_650, "Tokyo": 14_187_176}
CITY = {"type": "string", "enum": [*INHABITANTS]}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 99_999_999}
TOOLS: list[Any] = [
    {"type": "function", "function": {
        "name": "inhabitants", "description": "How many people live in a city.",
        "parameters": {"type": "object", "properties": {"city": CITY}, "required": ["city"], "additionalProperties": False}}},
    {"type": "function", "function": {
        "name": "add", "description": "The sum of two numbers.",
        "parameters": {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"], "additionalProperties": False}}},
]  # fmt: skip
SCHEMAS = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
FUNCTIONS: dict[str, Callable[..., int]] = {"inhabitants": INHABITANTS.__getitem__, "add": lambda a, b: a + b}
ROUNDS: list[Any] = ["required", {"type": "function", "function": {"name": "add"}}, "auto", "none"]
"""What each round lets the model do: it must call, must call this one, may call, must answer."""
Turn = Callable[[openai.OpenAI, dict[str, Any]], tuple[Any, str, int]]


def whole(client: openai.OpenAI, asked: dict[str, Any]) -> tuple[Any, str, int]:
    """The message, why it ended, and how long the prompt was."""
    answer = client.chat.completions.create(**asked)
    assert answer.usage is not None
    return answer.choices[0].message, answer.choices[0].finish_reason, answer.usage.prompt_tokens


def streamed(client: openai.OpenAI, asked: dict[str, Any]) -> tuple[Any, str, int]:
    """The same, put together by hand from the deltas."""
    text, calls, ended, read = "", list[dict[str, Any]](), "", 0
    for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        read = chunk.usage.prompt_tokens if chunk.usage else read
        for choice in chunk.choices:
            text += choice.delta.content or ""
            ended = choice.finish_reason or ended
            for call in choice.delta.tool_calls or []:
                assert call.function is not None
                if call.index == len(calls):
                    made = {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": call.function.name, "arguments": ""},
                    }
                    calls.append(made)
                calls[call.index]["function"]["arguments"] += call.function.arguments or ""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    return message | ({"tool_calls": calls} if calls else {}), ended, read


def calls_of(message: Any) -> list[dict[str, Any]]:
    """The calls of a message, as the wire has them, which it was read from or put together by hand."""
    made = message if isinstance(message, dict) else message.model_dump(exclude_none=True)
    calls: list[dict[str, Any]] = made.get("tool_calls", [])
    return calls


def result_of(call: dict[str, Any]) -> str:
    name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
    jsonschema.validate(arguments, SCHEMAS[name])
    return str(FUNCTIONS[name](*arguments.values()))


def run_agent(url: str, model: str, turn: Turn, seed: int) -> None:
    messages: list[Any] = [{"role": "user", "content": "How many people live in Oslo and Paris together?"}]
    called, reads = list[str](), list[int]()
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        for choice in ROUNDS:
            asked = {
                "model": model, "messages": messages, "tools": TOOLS, "tool_choice": choice, "parallel_tool_calls": False,
                "temperature": 1.5, "seed": seed, "max_tokens": 60,
            }  # fmt: skip
            message, ended, read = turn(client, asked)
            messages.append(message)
            reads.append(read)
            calls = calls_of(message)
            if not calls:
                assert ended in ("stop", "length")
                break
            assert (ended, len(calls)) == ("tool_calls", 1)
            called.append(calls[0]["function"]["name"])
            messages += [{"role": "tool", "tool_call_id": call["id"], "content": result_of(call)} for call in calls]
        else:
            pytest.fail("it went on calling")
    assert len(called) >= 2
    assert called[1] == "add"
    assert reads == sorted(set(reads)), "calls and results have reached the prompt"
    assert "<tool_call>" not in str(messages[-1])


@pytest.mark.parametrize("turn", [whole, streamed])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_agent_on_any_model(tiny_url: str, turn: Turn, seed: int) -> None:
    run_agent(tiny_url, TINY, turn, seed)


@pytest.mark.model
@pytest.mark.parametrize("turn", [whole, streamed])
def test_an_agent_on_the_default_model(real_url: str, turn: Turn) -> None:
    run_agent(real_url, CARRIED, turn, seed=3)
