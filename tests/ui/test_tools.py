"""What the page is told of tools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.ui.tools import builtin_offers, builtin_result, tools_of_python


def test_functions_come_as_the_text_of_tools() -> None:
    answer = tools_of_python({"text": 'def f(a: int = 2):\n    """Does it."""'})
    schema = {"type": "object", "properties": {"a": {"type": "integer", "default": 2}}}
    function = {"name": "f", "description": "Does it.", "parameters": schema}
    assert [json.loads(tool) for tool in answer["tools"]] == [{"type": "function", "function": function}]
    assert answer["notes"] == []


@pytest.mark.parametrize(
    ("ask", "says"), [({"text": "def f(a: X): ..."}, "Line 1: the type X"), ({"text": 5}, "empty"), (None, "empty")]
)
def test_an_error_is_told_as_the_page_shows_it(ask: Any, says: str) -> None:
    assert says in tools_of_python(ask)["error"]["message"]


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ({"name": "calculator", "arguments": '{"expression": "6*7"}'}, {"text": "42", "failed": False}),
        ({"name": "calculator"}, {"text": '{"error": "the argument expression is missing"}', "failed": True}),
        ({"name": "other", "arguments": "{}"}, {}),
        (None, {}),
    ],
)
def test_a_call_to_a_builtin_is_carried_out(ask: Any, answer: dict[str, Any]) -> None:
    got = builtin_result(ask)
    assert (got and {**got, "text": json.loads(got["text"])}) == (
        answer and {**answer, "text": json.loads(answer["text"])}
    )


def test_the_builtins_are_offered_by_name() -> None:
    assert [(offer["name"], json.loads(offer["tool"])["function"]["name"]) for offer in builtin_offers()] == [
        ("calculator", "calculator"),
        ("current_time", "current_time"),
    ]
