"""The tools that the app carries out itself: results and failures as the model reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from playground.params import BY_NAME, check
from playground.tools import BUILTINS, call_builtin

NOON = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)


def called(name: str, arguments: str) -> tuple[str, bool]:
    result = call_builtin(name, arguments, lambda: NOON)
    return result.text, result.failed


def test_each_is_offered_as_a_tool_that_a_request_can_hold() -> None:
    assert check(BY_NAME["tools"], [builtin.tool for builtin in BUILTINS])
    assert [builtin.name for builtin in BUILTINS] == ["calculator", "current_time"]


def test_the_calculator_gives_the_value_as_text() -> None:
    assert called("calculator", '{"expression": "2**100"}') == ("1267650600228229401496703205376", False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{}", {"time": "2026-07-01T12:00:05+00:00", "weekday": "Wednesday", "timezone": "UTC"}),
        ("", {"time": "2026-07-01T12:00:05+00:00", "weekday": "Wednesday", "timezone": "UTC"}),
        ('{"timezone": null}', {"time": "2026-07-01T12:00:05+00:00", "weekday": "Wednesday", "timezone": "UTC"}),
        (
            '{"timezone": "Pacific/Auckland"}',
            {"time": "2026-07-02T00:00:05+12:00", "weekday": "Thursday", "timezone": "Pacific/Auckland"},
        ),
    ],
)
def test_the_time_is_told_in_a_zone(arguments: str, told: dict[str, Any]) -> None:
    text, failed = called("current_time", arguments)
    assert (json.loads(text), failed) == (told, False)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("calculator", "{", "not valid JSON"),
        ("calculator", "[" * 100_000, "not valid JSON"),
        ("calculator", "[1]", "must be a JSON object"),
        ("calculator", "{}", "expression is missing"),
        ("calculator", '{"expression": 5}', "must be a text"),
        ("calculator", '{"expression": "1", "other": 1}', "unknown argument other"),
        ("calculator", '{"expression": "1/0"}', "division by zero"),
        ("current_time", '{"timezone": "Mars/Olympus"}', "no time zone 'Mars/Olympus'"),
        ("current_time", '{"timezone": "Europe"}', "no time zone"),
        ("current_time", '{"timezone": "../../etc/passwd"}', "no time zone"),
        ("current_time", '{"timezone": "/etc/localtime"}', "no time zone"),
        ("current_time", '{"timezone": "a\\u0000"}', "no time zone"),
        ("current_time", '{"timezone": 1}', "must be the name"),
    ],
)
def test_a_call_that_fails_tells_the_model_why(name: str, arguments: str, says: str) -> None:
    text, failed = called(name, arguments)
    assert failed
    assert says in json.loads(text)["error"]


def test_there_are_no_others() -> None:
    with pytest.raises(KeyError):
        call_builtin("fetch", "{}")
