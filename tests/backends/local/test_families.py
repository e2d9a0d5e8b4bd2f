"""Whole answers of each family, from the request to the events: what a model would write, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from playground.backends.local.model import LoadedModel
from playground.backends.local.requests import task_of
from playground.backends.local.settings import read_settings
from playground.backends.local.weights import Weights
from playground.errors import BadRequest
from playground.events import Delta, ReasoningDelta, Stopwatch, TextDelta, ToolCallDelta
from playground.messages import assistant
from tests.backends.local.asking import ask
from tests.backends.local.families import gathered, of_family, tiny_model

CITY = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"],
        "additionalProperties": False}  # fmt: skip
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Says it.", "parameters": CITY}},
    {"type": "function", "function": {"name": "now", "description": "Says it."}},
]
OSLO = '{"city": "Oslo", "days": 2}'
MARKS: dict[str, Sequence[str]] = {
    "HERMES": ("<tool_call>", "</tool_call>"),
    "LLAMA": (),
    "MISTRAL": ("[TOOL_CALLS]",),
    "MISTRAL_NAMED": ("[TOOL_CALLS]", "[ARGS]"),
    "QWEN_TAGGED": ("<tool_call>", "</tool_call>", "<think>", "</think>"),
    "TAGGED_PAIRS": ("<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
    "GEMMA": ("<|tool_call>", "<tool_call|>", '<|"|>', "<|channel>", "<channel|>"),
    "GEMMA_WITHOUT_TOOLS": (),
    "CHANNELS": ("<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|end|>", "<|return|>"),
}
"""What each family has as tokens of its own."""

ONE = {
    "HERMES": f'<tool_call>\n{{"name": "weather", "arguments": {OSLO}}}\n</tool_call>',
    "LLAMA": f'{{"name": "weather", "parameters": {OSLO}}}',
    "MISTRAL": f'[TOOL_CALLS] [{{"name": "weather", "arguments": {OSLO}}}]',
    "MISTRAL_NAMED": f"[TOOL_CALLS]weather[ARGS]{OSLO}",
    "QWEN_TAGGED": "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
                   "</function>\n</tool_call>",
    "TAGGED_PAIRS": "\n\n<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n<arg_key>days</arg_key>\n"
                    "<arg_value>2</arg_value>\n</tool_call>",
    "GEMMA": '<|tool_call>call:weather{city:<|"|>Oslo<|"|>,days:2}<tool_call|>',
    "GEMMA_WITHOUT_TOOLS": f'<tool_call>\n{{"name": "weather", "arguments": {OSLO}}}\n</tool_call>',
    "CHANNELS": f"<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{OSLO}",
}  # fmt: skip
"""One call, as each family writes it."""
SECOND = {
    "HERMES": '\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
    "MISTRAL": ', {"name": "now", "arguments": {}}]',
    "MISTRAL_NAMED": "[TOOL_CALLS]now[ARGS]{}",
    "QWEN_TAGGED": "\n<tool_call>\n<function=now>\n</function>\n</tool_call>",
    "TAGGED_PAIRS": "\n<tool_call>now\n</tool_call>",
    "GEMMA": "<|tool_call>call:now{}<tool_call|>",
    "GEMMA_WITHOUT_TOOLS": '\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
}
"""Another one behind it, in families that write several."""
LEAD = {
    "LLAMA": "",
    "MISTRAL": "",
    "TAGGED_PAIRS": "So.",
    "CHANNELS": "<|channel|>commentary<|message|>So.<|end|><|start|>assistant",
}
"""Text before a call: most families write it as it is, some can't have any."""
TEXT = {"CHANNELS": "<|channel|>final<|message|>It is 4."}
THINKING = {
    "QWEN_TAGGED": "<think>\nHm.\n</think>\n\n",
    "GEMMA": "<|channel>thought\nHm.\n<channel|>",
    "CHANNELS": "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant",
}


@pytest.fixture(scope="module")
def families(weights: Weights) -> dict[str, LoadedModel]:
    """A model of each family."""
    tiny = tiny_model(weights)
    return {name: of_family(weights, tiny, name, marks) for name, marks in MARKS.items()}


class Answered:
    """What came of an answer whose model wants this text, then its end."""

    def __init__(self, model: LoadedModel, wanted: str, **params: Any) -> None:
        request = ask("Hot?", max_tokens=300, **params)
        task = task_of(request, read_settings(request), model, lambda item: None, Stopwatch())
        (answer,) = task.answers
        tokens = model.tokenizer.encode(wanted, add_special_tokens=False)
        self.deltas: list[Delta] = []
        self.refused: str | None = None
        while answer.reason is None:
            token = tokens.pop(0) if tokens else max(model.ends)
            scores = torch.zeros(model.vocabulary.size)
            scores[token] = 1.0
            self.deltas += answer.take(scores)
            if answer.token != token:
                self.refused = model.tokenizer.decode([token])
                break
        self.reason = answer.reason
        self.calls = gathered([delta for delta in self.deltas if isinstance(delta, ToolCallDelta)])
        self.text = "".join(delta.text for delta in self.deltas if isinstance(delta, TextDelta))
        self.thinking = "".join(delta.text for delta in self.deltas if isinstance(delta, ReasoningDelta))


NAMED = {"type": "function", "function": {"name": "now"}}


@pytest.mark.parametrize("name", MARKS)
class TestFamily:
    def test_none_is_text(self, families: dict[str, LoadedModel], name: str) -> None:
        answered = Answered(families[name], TEXT.get(name, "It is 4."), tools=TOOLS, tool_choice="none")
        assert (answered.text, answered.calls, answered.reason) == ("It is 4.", [], "stop")
        assert Answered(families[name], ONE[name], tools=TOOLS, tool_choice="none").refused is not None

    def test_auto_is_text_or_a_call_that_streams_as_json(self, families: dict[str, LoadedModel], name: str) -> None:
        model = families[name]
        answered = Answered(model, TEXT.get(name, "It is 4."), tools=TOOLS)
        assert (answered.text, answered.calls, answered.reason) == ("It is 4.", [], "stop")
        answered = Answered(model, LEAD.get(name, "So.\n\n") + ONE[name], tools=TOOLS)
        assert answered.text == ("So." if LEAD.get(name, "So.") else "")
        assert (answered.calls, answered.reason) == ([("weather", OSLO)], "tool_calls")
        calls = [delta for delta in answered.deltas if isinstance(delta, ToolCallDelta)]
        assert (bool(calls[0].id), calls[0].name, calls[0].arguments) == (True, "weather", "")
        assert len(calls) > 2
        assert all((delta.id, delta.name) == (None, None) and delta.arguments for delta in calls[1:])

    def test_a_call_that_has_begun_is_held_to_the_tools(self, families: dict[str, LoadedModel], name: str) -> None:
        wrong = ONE[name].replace("weather", "wether")
        assert Answered(families[name], wrong, tools=TOOLS).refused is not None

    def test_required_is_a_call(self, families: dict[str, LoadedModel], name: str) -> None:
        asked: dict[str, Any] = {"tools": TOOLS, "tool_choice": "required"}
        assert Answered(families[name], TEXT.get(name, "It is 4."), **asked).refused is not None
        assert Answered(families[name], ONE[name], **asked).calls == [("weather", OSLO)]

    def test_a_named_tool_is_the_only_one(self, families: dict[str, LoadedModel], name: str) -> None:
        asked: dict[str, Any] = {"tools": TOOLS, "tool_choice": NAMED}
        assert Answered(families[name], ONE[name], **asked).refused is not None

    def test_several_calls_come_unless_that_is_off(self, families: dict[str, LoadedModel], name: str) -> None:
        if name not in SECOND:
            return
        both = ONE[name].removesuffix("]" if name == "MISTRAL" else "") + SECOND[name]
        answered = Answered(families[name], both, tools=TOOLS)
        assert (answered.calls, answered.reason) == ([("weather", OSLO), ("now", "{}")], "tool_calls")
        answered = Answered(families[name], both, tools=TOOLS, parallel_tool_calls=False)
        assert answered.calls == [("weather", OSLO)]
        assert answered.reason == "tool_calls" or answered.refused is not None

    def test_thinking_comes_first(self, families: dict[str, LoadedModel], name: str) -> None:
        if name not in THINKING:
            return
        answered = Answered(families[name], THINKING[name] + TEXT.get(name, "It is 4."))
        assert (answered.thinking, answered.text, answered.reason) == ("Hm.", "It is 4.", "stop")


def test_a_format_holds_for_the_text_of_the_final_channel(families: dict[str, LoadedModel]) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": ["a", "b"]}}}
    answered = Answered(
        families["CHANNELS"], THINKING["CHANNELS"] + '<|channel|>final<|message|>"b"', response_format=form
    )
    assert (answered.thinking, json.loads(answered.text), answered.reason) == ("Hm.", "b", "stop")
    assert Answered(families["CHANNELS"], "<|channel|>final<|message|>Well", response_format=form).refused == "Well"


def test_a_text_that_was_begun_in_channels_calls_nothing(families: dict[str, LoadedModel]) -> None:
    model = families["CHANNELS"]
    begun = ask("Hot?", assistant("It"), tools=TOOLS)
    task_of(begun, read_settings(begun), model, lambda item: None, Stopwatch())
    asked = ask("Hot?", assistant("It"), tools=TOOLS, tool_choice="required")
    with pytest.raises(BadRequest, match="text has begun") as refused:
        task_of(asked, read_settings(asked), model, lambda item: None, Stopwatch())
    assert refused.value.param == "tool_choice"


def test_arguments_are_read_by_the_schema_that_they_were_held_to(families: dict[str, LoadedModel]) -> None:
    """Notes and formats of a text leave it one: what looks like a number in it is none."""
    code = {"type": "string", "format": "password", "x-shown": "as dots"}
    schema = {"type": "object", "properties": {"code": code}, "required": ["code"], "additionalProperties": False}
    tools = [{"type": "function", "function": {"name": "open", "parameters": schema}}]
    said = "<tool_call>\n<function=open>\n<parameter=code>\n123\n</parameter>\n</function>\n</tool_call>"
    assert Answered(families["QWEN_TAGGED"], said, tools=tools).calls == [("open", '{"code": "123"}')]
