"""The table of clients and of their limits."""

from __future__ import annotations

import inspect
import json
import statistics
import time
from typing import Any

import pytest
from openai.resources.chat.completions import Completions

from playground.errors import BadRequest
from playground.params import PARAMS
from playground.request import Endpoint
from playground.snippets import CLIENTS, render
from playground.snippets.client import Client
from playground.snippets.limits import LIMITS
from playground.snippets.python_openai import NAMED
from playground.wire import payload
from tests.snippets.cases import PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import Recorder

HERE = Endpoint(name="there", base_url="https://example.com/v1", key_name="API_KEY")
each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda row: row.id)


def test_the_rows() -> None:
    rows = [(row.id, row.language, row.label, row.install, row.suffix, row.highlight) for row in CLIENTS]
    assert rows == [
        ("python-openai", "Python", "openai", "pip install openai", ".py", "python"),
        ("js-openai", "JavaScript", "openai", "npm install openai", ".mjs", "javascript"),
        ("sh-curl", "Shell", "curl", "", ".sh", "shell"),
    ]


def test_arguments_are_named_as_the_installed_package_names_them() -> None:
    taken = set(inspect.signature(Completions.create).parameters)
    assert taken >= NAMED
    assert {param.name for param in PARAMS} & taken == {param.name for param in PARAMS} & NAMED


def test_a_limit_belongs_to_a_client_there_is() -> None:
    assert {client for limit in LIMITS for client in limit.clients} <= {row.id for row in CLIENTS}


def nested(depth: int, value: Any = 1) -> Any:
    for level in range(depth, 0, -1):
        value = [value] if level % 2 else {"a": value}
    return value


# The request's fields, and for each client that can't send them what it says, and what it does instead.
BEYOND: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a large seed": ({"seed": 2**53 + 1}, {"js-openai": "seed is a whole number that JavaScript rounds"}),
    "a large number in a list": ({"x": [1, {"y": -(2**60)}]}, {"js-openai": "x[1].y is a whole number"}),
    "a number beyond any": ({"x": 10**400}, {"js-openai": "x is a whole number that JavaScript rounds"}),
    "half a character": ({"x": "a\ud800b"}, {"python-openai": "x holds half a character"}),
    "half a character in a key": ({"x": {"\udfff": 1}}, {"python-openai": "x holds half a character"}),
    "far inside": ({"x": nested(9, 2**60)}, {"js-openai": "x[0].a[0].a[0].a[0]... is a whole number"}),
    "a strange name": ({"a\n'\u2028": 2**53 + 1}, {"js-openai": '["a\\n\'\\u2028"] is a whole number'}),
}
WITHIN: dict[str, dict[str, Any]] = {
    "powers of ten and two": {"x": [2**53, -(2**53), 10**20, 10**22, True]},
    "depth": {"x": nested(98)},
    "whole characters": {"x": {"\U0001f600": "\U0010ffff"}},
}


@each_client
@pytest.mark.parametrize("name", BEYOND)
def test_what_a_client_cannot_send_is_said(client: Client, name: str, runs: Machines, recorder: Recorder) -> None:
    """And not said of one that can: that client sends it."""
    fields, told = BEYOND[name]
    request = request_of({**PROMPT, **fields}, Endpoint(name="recorder", base_url=recorder.origin))
    snippet = render(request, client.id, stream=False)
    if client.id in told:
        (warning,) = snippet.warnings
        assert warning.startswith(told[client.id])
        assert snippet.code.startswith(f"{client.spoken.comment} Not exact: {warning}\n\n")
        assert warning.isascii()
        assert warning.isprintable()
    else:
        assert snippet.warnings == ()
        assert not runs.run(snippet.code, client.suffix).error
        assert json.loads(recorder.take().body) == payload(request)


@pytest.mark.parametrize("name", [name for name, (_, told) in BEYOND.items() if "js-openai" in told])
def test_javascript_really_rounds(name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of({**PROMPT, **BEYOND[name][0]}, Endpoint(name="recorder", base_url=recorder.origin))
    assert not runs.run(render(request, "js-openai").code, ".mjs").error
    assert recorder.take().json != payload(request)


@pytest.mark.parametrize("name", ["half a character", "half a character in a key"])
def test_the_python_package_really_fails(name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of({**PROMPT, **BEYOND[name][0]}, Endpoint(name="recorder", base_url=recorder.origin))
    assert "UnicodeEncodeError" in runs.run(render(request, "python-openai").code, ".py").error


@each_client
@pytest.mark.parametrize("name", WITHIN)
def test_what_every_client_can_send(client: Client, name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of({**PROMPT, **WITHIN[name]}, Endpoint(name="recorder", base_url=recorder.origin))
    snippet = render(request, client.id)
    assert snippet.warnings == ()
    assert not runs.run(snippet.code, client.suffix).error
    assert recorder.take().json["x"] == payload(request)["x"]


@each_client
@pytest.mark.parametrize(
    ("fields", "param"), [({"base_url": None}, "base_url"), ({"headers": (("X-Name", "caf\u00e9"),)}, "headers")]
)
def test_an_endpoint_that_no_code_can_call(client: Client, fields: dict[str, Any], param: str) -> None:
    request = request_of(PROMPT, Endpoint.model_validate({"name": "x", "base_url": "http://h/v1", **fields}))
    with pytest.raises(BadRequest) as caught:
        render(request, client.id)
    assert caught.value.param == param
    assert caught.value.advice


@each_client
def test_a_long_conversation_is_rendered_at_once(client: Client) -> None:
    """100 messages take 2 to 3 ms of processor time and may take 5; the rest is room for busy machines."""
    turns = (
        "One short question?",
        "A longer answer with \u201cquotes\u201d, caf\u00e9 and \u65e5\u672c.\nLine by line.\n" * 8,
    )
    messages = [{"role": ("user", "assistant")[index % 2], "content": turns[index % 2]} for index in range(100)]
    request = request_of({"model": "m", "messages": messages}, HERE)
    took: list[float] = []
    for _ in range(15):
        start = time.process_time()
        render(request, client.id)
        took.append(time.process_time() - start)
    assert statistics.median(took) < 0.01
