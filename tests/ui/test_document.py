"""The pane's document, as the browser sends it, becomes exactly one request, or an error that names a control."""

import pytest

from playground.errors import BadRequest
from playground.jsonvalue import dumps
from playground.ui.document import read_endpoint, read_pane
from playground.wire import payload
from tests.ui.contexts import CONTEXT, LOCAL

PANE = {"endpoint": {"name": "This machine"}, "model": "m", "messages": [{"role": "user", "content": "hi"}]}

MINE = {"name": "mine", "base_url": "https://a.example/v1"}


def test_what_the_pane_shows_is_the_payload_to_the_last_digit():
    pane = {
        **PANE,
        "params": {"temperature": "0.70", "seed": "12345678901234567890", "stop": '["\\n\\n"]', "top_p": "null"},
        "extra": '{"provider": {"big": 9007199254740993, "b": 1, "a": 2.0}}',
    }
    assert dumps(payload(read_pane(pane, CONTEXT))) == dumps(
        {
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "temperature": 0.7,
            "seed": 12345678901234567890,
            "stop": ["\n\n"],
            "top_p": None,
            "provider": {"big": 9007199254740993, "b": 1, "a": 2.0},
        }
    )


def test_untouched_parameters_are_not_sent():
    assert payload(read_pane(PANE, CONTEXT)).keys() == {"model", "messages"}


@pytest.mark.parametrize(
    ("change", "param", "says"),
    [
        ({"params": {"temperature": "hot"}}, "temperature", "must be a number"),
        ({"params": {"temperature": "3"}}, "temperature", "from 0 to 2"),
        ({"params": {"tools": "[{"}}, "tools", "not valid JSON"),
        ({"params": {"no_such": "1"}}, "no_such", "no parameter"),
        ({"extra": "{"}, "extra", "not valid JSON"),
        ({"extra": "[1]"}, "extra", "must be an object"),
        ({"extra": '{"model": "other"}'}, "extra", "cannot hold model"),
        ({"extra": '{"temperature": 1}'}, "extra", "cannot hold temperature"),
        ({"extra": "[" * 100_000}, "extra", "not valid JSON"),
        ({"messages": []}, "messages", "nothing to send"),
        ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role", "Input should be"),
        ({"model": ""}, "model", "must not be empty"),
        ({"endpoint": {"name": "mine"}}, "base_url", "missing"),
        ({"endpoint": {"name": "mine", "base_url": "ftp://x"}}, "base_url", "must look like"),
        ({"endpoint": {**MINE, "headers": [["Authorization", "Bearer x"]]}}, "headers", "enter the key as a key"),
        ({"endpoint": {**MINE, "headers": [["X-A: b", "c"]]}}, "headers", "cannot be sent|not a header"),
        ({"endpoint": {**MINE, "headers": [["X-A"]]}}, "headers[0][1]", "missing"),
        ({"endpoint": {**MINE, "headers": "X-A: b"}}, "headers", "list of pairs"),
    ],
)
def test_a_bad_control_is_named(change, param, says):
    with pytest.raises(BadRequest, match=says) as caught:
        read_pane({**PANE, **change}, CONTEXT)
    assert caught.value.param == param


def test_the_browser_cannot_redefine_an_endpoint_of_the_operator():
    assert read_endpoint({"name": "This machine", "base_url": "https://evil.example/v1"}, CONTEXT) == LOCAL


def test_a_visitors_endpoint_has_headers_of_its_own():
    made = read_endpoint({**MINE, "headers": [["X-HF-Bill-To", "org"], ["x-a", ""]]}, CONTEXT)
    assert made.headers == (("X-HF-Bill-To", "org"), ("x-a", ""))
    assert read_endpoint({**MINE, "headers": []}, CONTEXT) == read_endpoint(MINE, CONTEXT)


def test_the_browser_cannot_make_an_endpoint_that_is_not_remote():
    made = read_endpoint({"name": "x", "kind": "local", "base_url": "https://a.example/v1"}, CONTEXT)
    assert made.kind == "remote"
