"""The table of clients and of their limits."""

from __future__ import annotations

import inspect
import json
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
from playground.wire.requests import STREAMED
from tests.snippets.cases import PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import Recorder

HERE = Endpoint(name="there", base_url="https://example.com/v1", key_name="API_KEY")
each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda row: row.id)
each_caller = pytest.mark.parametrize("client", [row for row in CLIENTS if row.calls], ids=lambda row: row.id)


def test_the_rows() -> None:
    rows = [(row.id, row.language, row.label, row.install, row.suffix, row.highlight) for row in CLIENTS]
    assert rows == [
        ("python-openai", "Python", "openai", "pip install openai", ".py", "python"),
        ("python-openai-async", "Python", "openai async", "pip install openai", ".py", "python"),
        ("python-huggingface_hub", "Python", "huggingface_hub", "pip install huggingface_hub", ".py", "python"),
        (
            "python-huggingface_hub-async",
            "Python",
            "huggingface_hub async",
            "pip install huggingface_hub",
            ".py",
            "python",
        ),
        ("python-requests", "Python", "requests", "pip install requests", ".py", "python"),
        ("python-httpx-async", "Python", "httpx async", "pip install httpx", ".py", "python"),
        ("python-transformers", "Python", "transformers", "pip install torch transformers pillow", ".py", "python"),
        ("js-openai", "JavaScript", "openai", "npm install openai", ".mjs", "javascript"),
        (
            "js-huggingface.js",
            "JavaScript",
            "@huggingface/inference",
            "npm install @huggingface/inference",
            ".mjs",
            "javascript",
        ),
        ("js-fetch", "JavaScript", "fetch", "", ".mjs", "javascript"),
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


def in_javascript(says: str) -> dict[str, str]:
    return {row.id: says for row in CLIENTS if row.language == "JavaScript"}


def in_python(says: str) -> dict[str, str]:
    """The clients that encode the body as UTF-8; requests writes it in ASCII."""
    return {row.id: says for row in CLIENTS if row.language == "Python" and row.calls and row.label != "requests"}


def in_the_hub_client(says: str) -> dict[str, str]:
    return {row.id: says for row in CLIENTS if row.id.startswith("python-huggingface_hub")}


SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
# The request's fields, and for each client that can't send them what it says, and what it does instead.
BEYOND: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a large seed": ({"seed": 2**53 + 1}, in_javascript("seed is a whole number that JavaScript rounds")),
    "a large number in a list": ({"x": [1, {"y": -(2**60)}]}, in_javascript("x[1].y is a whole number")),
    "a number beyond any": ({"x": 10**400}, in_javascript("x is a whole number that JavaScript rounds")),
    "half a character": ({"x": "a\ud800b"}, in_python("x holds half a character")),
    "half a character in a key": ({"x": {"\udfff": 1}}, in_python("x holds half a character")),
    "far inside": ({"x": nested(9, 2**60)}, in_javascript("x[0].a[0].a[0].a[0]... is a whole number")),
    "a strange name": ({"a\n'\u2028": 2**53 + 1}, in_javascript('["a\\n\'\\u2028"] is a whole number')),
    "a field accessToken": ({"accessToken": "t"}, {"js-huggingface.js": "accessToken is an argument"}),
    "a field endpointUrl": ({"endpointUrl": ""}, {"js-huggingface.js": "endpointUrl is an argument"}),
    "a field provider": ({"provider": {"order": ["a"]}}, {"js-huggingface.js": "provider is an argument"}),
    "a field urlTransform": ({"urlTransform": "x"}, {"js-huggingface.js": "urlTransform is an argument"}),
    "a field data": ({"data": "{}"}, {"js-huggingface.js": "data is what the @huggingface/inference package would"}),
    "a model by its path": ({"model": "/models/a"}, {"js-huggingface.js": "model looks like an address"}),
    "a model by its address": (
        {"model": "https://h/a"},
        {"js-huggingface.js": "model looks like an address", **in_the_hub_client("model looks like")},
    ),
    "null": ({"temperature": None}, in_the_hub_client("temperature is null;")),
    "null inside": ({"x": [None, [{"a": None}]]}, in_the_hub_client("x[1][0].a is null;")),
    "a JSON schema": ({"response_format": SCHEMA}, in_the_hub_client("response_format is a JSON schema;")),
}
WITHIN: dict[str, dict[str, Any]] = {
    "powers of ten and two": {"x": [2**53, -(2**53), 10**20, 10**22, True]},
    "depth": {"x": nested(98)},
    "whole characters": {"x": {"\U0001f600": "\U0010ffff"}},
    "names of arguments, inside": {"x": {"provider": "a", "data": "b", "model": "/c", "accessToken": "d"}},
    "null among values": {"x": [None, [None]]},
    "no data": {"data": ""},
}


@each_caller
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


@pytest.mark.parametrize("client", [row for row in CLIENTS if row.language == "JavaScript"], ids=lambda row: row.id)
@pytest.mark.parametrize("name", [name for name, (_, told) in BEYOND.items() if "js-openai" in told])
def test_javascript_really_rounds(client: Client, name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of({**PROMPT, **BEYOND[name][0]}, Endpoint(name="recorder", base_url=recorder.origin))
    assert not runs.run(render(request, client.id, stream=False).code, client.suffix).error
    sent, (field,) = recorder.take().json, BEYOND[name][0]
    assert sent.pop(field) != payload(request)[field]
    assert sent == PROMPT


@each_caller
@pytest.mark.parametrize("name", WITHIN)
def test_what_every_client_can_send(client: Client, name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of({**PROMPT, **WITHIN[name]}, Endpoint(name="recorder", base_url=recorder.origin))
    snippet = render(request, client.id)
    assert snippet.warnings == ()
    assert not runs.run(snippet.code, client.suffix).error
    assert recorder.take().json == payload(request, STREAMED)


@each_caller
def test_an_endpoint_without_an_address_cannot_be_called(client: Client) -> None:
    with pytest.raises(BadRequest) as caught:
        render(request_of(PROMPT, Endpoint(name="x")), client.id)
    assert (caught.value.param, caught.value.advice) == ("base_url", "Give the endpoint a base URL.")
