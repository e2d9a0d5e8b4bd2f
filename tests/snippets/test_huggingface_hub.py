"""What the huggingface_hub package makes of a body: a snippet warns exactly where that is not the body itself."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from huggingface_hub import InferenceClient
from hypothesis import HealthCheck, assume, given, settings

from playground.params import PARAMS
from playground.request import Endpoint
from playground.snippets import CLIENTS, render, written
from playground.snippets.call import call_of
from playground.snippets.client import Client
from playground.snippets.python_huggingface_hub import NAMED
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import EXTRA, PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import Recorder
from tests.strategies import payloads

HUB = [client for client in CLIENTS if client.id.startswith("python-huggingface_hub")]
each_client = pytest.mark.parametrize("client", HUB, ids=lambda row: row.id)


def test_arguments_are_named_as_the_package_names_them() -> None:
    taken = set(inspect.signature(InferenceClient().chat.completions.create).parameters)
    assert taken >= NAMED
    assert {param.name for param in PARAMS} & taken == {param.name for param in PARAMS} & NAMED


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def as_the_package_sends(body: dict[str, Any]) -> dict[str, Any]:
    """What is left of a body: no field that is null, beside the messages; a JSON schema in another form; the model."""
    form, model = body.get("response_format"), body["model"]
    sent = {**without_nulls(body), "messages": body["messages"]}
    if isinstance(form, dict) and form.get("type") == "json_schema":
        sent["response_format"] = {"type": "json_object", "value": form["json_schema"]["schema"]}
    return {**sent, "model": "dummy" if model.startswith(("http://", "https://")) else model}


def exact(value: Any) -> str:
    """Equal for equal JSON alone: true is not 1, nor is 1.0; the order of keys doesn't count."""
    return json.dumps(value, sort_keys=True)


def check(runs: Machines, recorder: Recorder, client: Client, body: dict[str, Any]) -> None:
    """The package sends exactly what we say it does, and the snippet warns exactly where that differs."""
    endpoint = Endpoint(name="recorder", base_url=recorder.origin)
    for stream in (True, False):
        request = request_of(body, endpoint)
        asked = payload(request, STREAMED if stream else None)
        snippet = render(request, client.id, stream=stream)
        assert not runs.run(snippet.code, ".py").error
        assert exact(recorder.take().json) == exact(as_the_package_sends(asked))
        assert bool(snippet.warnings) == (exact(as_the_package_sends(asked)) != exact(asked))


@each_client
@pytest.mark.parametrize(
    "fields",
    [
        {},
        EXTRA,
        {"temperature": None},
        {"x": [None, {"a": None, "b": [{"c": None}]}]},
        {"messages": [{"role": "assistant", "content": "a", "name": None, "annotations": [{"a": None}]}]},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": {"a": 1}}}},
        {"response_format": {"type": "json_object", "schema": {}}},
        {"x": {"type": "json_schema"}},
        {"model": "https://h/a"},
        {"model": "HTTP://h/a"},
        {"tool_prompt": "t", "extra_body": {"model": "m"}, "messages_": None},
        {"logit_bias": {"1": -100}, "stop": "a"},
    ],
)
def test_a_body(client: Client, fields: dict[str, Any], runs: Machines, recorder: Recorder) -> None:
    check(runs, recorder, client, {**PROMPT, **fields})


@each_client
def test_no_model(client: Client, runs: Machines, recorder: Recorder) -> None:
    snippet = written(call_of({**PROMPT, "model": ""}, base_url=recorder.origin), client.id)
    assert not runs.run(snippet.code, ".py").error
    assert recorder.take().json == {**PROMPT, "model": "dummy"}
    assert [warning.partition(";")[0] for warning in snippet.warnings] == ["model looks like an address or is empty"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=payloads)
def test_any_body(runs: Machines, recorder: Recorder, body: dict[str, Any]) -> None:
    form = body.get("response_format") or {}
    assume(form.get("type") != "json_schema" or "schema" in (form.get("json_schema") or {}))
    for client in HUB:
        recorder.requests.clear()
        check(runs, recorder, client, body)
