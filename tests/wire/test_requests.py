"""payload -> request -> payload: exact both ways, refused where it cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import BadRequest
from playground.jsonvalue import MAX_DEPTH, dumps, loads
from playground.messages import user
from playground.params import PARAMS, Params
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.wire import Delivery, payload, read_request
from playground.wire.requests import STREAMED, StreamOptions
from tests.strategies import payloads, values_of

HERE = Endpoint(name="here")
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def reread(body: dict[str, Any]) -> dict[str, Any]:
    return payload(*read_request(body, HERE))


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@given(payloads)
def test_every_valid_payload_comes_back_to_the_letter(body: dict[str, Any]) -> None:
    assert json.dumps(reread(body)) == json.dumps(body)


@given(payloads)
def test_also_by_way_of_text(body: dict[str, Any]) -> None:
    assert dumps(reread(loads(dumps(body)))) == dumps(body)


@given(payloads, st.randoms(use_true_random=False))
def test_the_order_of_keys_is_sent_but_not_compared(body: dict[str, Any], random: Any) -> None:
    keys = list(body)
    random.shuffle(keys)
    one, other = read_request(body, HERE)[0], read_request({key: body[key] for key in keys}, HERE)[0]
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.name)
@given(data=st.data())
def test_a_parameter_that_is_given_null_or_absent_makes_three_requests(param: Any, data: st.DataObject) -> None:
    base = {**HELLO, "logprobs": True} if param.name == "top_logprobs" else HELLO
    bodies = [base | {param.name: data.draw(values_of(param))}, base | {param.name: None}, base]
    bodies[2] = {key: value for key, value in bodies[2].items() if key != param.name}
    requests = [read_request(body, HERE)[0] for body in bodies]
    assert len(set(requests)) == 3
    assert [param.name in payload(request) for request in requests] == [True, True, False]


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0},
        {"temperature": -0.0},
        {"temperature": 0.1 + 0.2},
        {"seed": 2**53 + 1},
        {"seed": -(10**30)},
        {"max_tokens": 10**18},
        {"stop": "END"},
        {"stop": ["END"]},
        {"stop": []},
        {"logprobs": False, "top_logprobs": None},
        {"logit_bias": {}},
        {"tools": []},
        {"stream": False, "stream_options": None},
        {"stream_options": {}},
        {"stream": True, "stream_options": {"include_obfuscation": None, "include_usage": False}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"schema": {"b": 1e300, "a": [None, "", 0, False]}},
            }
        },
        {"provider": {"order": ["a"], "z": {"": [[], {}]}}},
        {"deep": nested(MAX_DEPTH - 1)},
    ],
    ids=str,
)
def test_fields_come_back_as_they_were(fields: dict[str, Any]) -> None:
    for body in (HELLO | fields, fields | HELLO):
        assert json.dumps(reread(body)) == json.dumps(body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"temperature": 1}, {"temperature": 1.0}),
        ({"temperature": 0.0}, {"temperature": -0.0}),
        ({"flag": 1}, {"flag": True}),
        ({"flag": 0}, {"flag": None}),
        ({"flag": ""}, {"flag": None}),
        ({"flag": []}, {"flag": {}}),
        ({"flag": {"a": [0]}}, {"flag": {"a": [False]}}),
        ({"stop": "x"}, {"stop": ["x"]}),
        ({"response_format": {"type": "t", "n": 1}}, {"response_format": {"type": "t", "n": 1.0}}),
        (
            {"messages": [{"role": "user", "content": "hi"}]},
            {"messages": [{"role": "user", "content": "hi", "name": None}]},
        ),
        (
            {"messages": [{"role": "user", "content": "hi"}]},
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
        ),
    ],
    ids=str,
)
def test_requests_are_equal_only_if_they_send_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = read_request(HELLO | one, HERE)[0], read_request(HELLO | other, HERE)[0]
    assert first != second
    assert first == read_request(one | HELLO | one, HERE)[0]


def message(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "hi"}, fields]}


@pytest.mark.parametrize(
    ("fields", "param", "said"),
    [
        # the frame
        ({"model": ""}, "model", "empty"),
        ({"model": None}, "model", "text"),
        ({"model": 3}, "model", "text"),
        ({"messages": []}, "messages", "empty"),
        ({"messages": None}, "messages", "list"),
        ({"messages": "hi"}, "messages", "list"),
        ({"messages": {"role": "user"}}, "messages", "list"),
        ({"messages": ["hi"]}, "messages[0]", "object"),
        ({"stream": "true"}, "stream", "true or false"),
        ({"stream": 1}, "stream", "true or false"),
        ({"stream_options": []}, "stream_options", "object"),
        ({"stream_options": {"usage": True}}, "stream_options.usage", "not known"),
        # messages
        (message(content="x"), "messages[1].role", "missing"),
        (message(role="function", content="x"), "messages[1].role", "'developer'"),
        (message(role=["user"], content="x"), "messages[1].role", "'developer'"),
        (message(role="user"), "messages[1]", "needs content"),
        (message(role="user", content=None), "messages[1]", "needs content"),
        (message(role="user", content=5), "messages[1].content", "text"),
        (message(role="user", content={"type": "text", "text": "x"}), "messages[1].content", "text"),
        (message(role="user", content=[]), "messages[1].content", "empty"),
        (message(role="user", content=["x"]), "messages[1].content[0]", "unknown type of content part"),
        (message(role="user", content=[{"text": "x"}]), "messages[1].content[0]", "unknown type of content part"),
        (message(role="user", content=[{"type": "input_audio"}]), "messages[1].content[0]", "unknown type"),
        (message(role="user", content=[{"type": "text"}]), "messages[1].content[0].text", "missing"),
        (message(role="user", content=[{"type": "text", "text": "", "x": 1}]), "messages[1].content[0].x", "not known"),
        (
            message(role="user", content=[{"type": "image_url", "image_url": {"url": "/etc/passwd"}}]),
            "messages[1].content[0].image_url.url",
            "http(s) URL",
        ),
        (
            message(role="user", content=[{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]),
            "messages[1].content[0].image_url.url",
            "http(s) URL",
        ),
        (
            message(role="user", content=[{"type": "image_url", "image_url": "https://h/a.png"}]),
            "messages[1].content[0].image_url",
            "object",
        ),
        (
            message(role="system", content=[{"type": "image_url", "image_url": {"url": "https://h/a.png"}}]),
            "messages[1]",
            "only a user message can have images",
        ),
        (message(role="user", content="x", name=""), "messages[1].name", "empty"),
        (message(role="user", content="x", cache_control={}), "messages[1].cache_control", "not known"),
        (message(role="user", content="x", reasoning="hm"), "messages[1]", "only an assistant message has reasoning"),
        (message(role="user", content="x", tool_call_id="1"), "messages[1]", "only a tool message"),
        (message(role="tool", content="x"), "messages[1]", "needs the tool_call_id"),
        (message(role="tool", content=None, tool_call_id="1"), "messages[1]", "needs content"),
        (message(role="assistant"), "messages[1]", "needs content or tool_calls"),
        (message(role="assistant", content="x", tool_calls=[]), "messages[1].tool_calls", "empty"),
        (message(role="assistant", content="x", tool_calls=[{}]), "messages[1].tool_calls[0].id", "missing"),
        (
            message(role="assistant", tool_calls=[{"id": "1", "function": {"name": "f", "arguments": {}}}]),
            "messages[1].tool_calls[0].function.arguments",
            "text",
        ),
        # parameters
        ({"temperature": 2.1}, "temperature", "from 0 to 2"),
        ({"temperature": -1}, "temperature", "from 0 to 2"),
        ({"temperature": "0.5"}, "temperature", "number"),
        ({"temperature": True}, "temperature", "number"),
        ({"temperature": float("nan")}, "temperature", "finite"),
        ({"temperature": 10**400}, "temperature", "from 0 to 2"),
        ({"top_p": 1.5}, "top_p", "from 0 to 1"),
        ({"top_k": 1.0}, "top_k", "whole"),
        ({"seed": False}, "seed", "whole"),
        ({"max_tokens": 0}, "max_tokens", "at least 1"),
        ({"n": 0}, "n", "from 1"),
        ({"stop": ""}, "stop", "empty"),
        ({"stop": ["a", ""]}, "stop", "empty"),
        ({"stop": [1]}, "stop", "text"),
        ({"logprobs": 1}, "logprobs", "true or false"),
        ({"top_logprobs": 3}, "top_logprobs", "top_logprobs needs logprobs"),
        ({"top_logprobs": 3, "logprobs": False}, "top_logprobs", "top_logprobs needs logprobs"),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs", "from 0 to 20"),
        ({"logit_bias": []}, "logit_bias", "object"),
        ({"logit_bias": {"the": 1}}, "logit_bias", "not a token id"),
        ({"logit_bias": {"1": 101}}, "logit_bias", "-100 to 100"),
        ({"logit_bias": {"1": True}}, "logit_bias", "-100 to 100"),
        ({"response_format": "json_object"}, "response_format", "type"),
        ({"response_format": {}}, "response_format", "type"),
        ({"reasoning_effort": ""}, "reasoning_effort", "text"),
        ({"tools": {}}, "tools", "array"),
        ({"tools": [{"type": "web_search"}]}, "tools", "item 0"),
        ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools", "needs a name"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]}, "tools", "JSON schema"),
        ({"tool_choice": "any"}, "tool_choice", "none, auto, required"),
        ({"tool_choice": ["auto"]}, "tool_choice", "none, auto, required"),
        ({"tool_choice": {"type": "function"}}, "tool_choice", "none, auto, required"),
        ({"parallel_tool_calls": 0}, "parallel_tool_calls", "true or false"),
        ({"response_format": {"type": "x", "schema": nested(MAX_DEPTH)}}, "response_format", "levels deep"),
        # what JSON can't say
        ({"provider": float("inf")}, None, "not JSON"),
        ({"provider": {1: 2}}, None, "keys"),
        ({"provider": {1, 2}}, None, "set is not a JSON value"),
        ({"provider": nested(MAX_DEPTH)}, None, "levels deep"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else str(value),
)
def test_what_cannot_be_carried_is_refused(fields: dict[str, Any], param: str | None, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_request(HELLO | fields, HERE)
    assert caught.value.param == param
    assert said in caught.value.message


def test_nesting_of_any_depth_is_refused_not_crashed_on() -> None:
    with pytest.raises(BadRequest, match="levels deep"):
        read_request(HELLO | {"provider": nested(50_000)}, HERE)


@pytest.mark.parametrize("body", [None, [], "{}", 3, [HELLO]], ids=str)
def test_a_body_must_be_an_object(body: Any) -> None:
    with pytest.raises(BadRequest, match="must be a JSON object"):
        read_request(body, HERE)


@pytest.mark.parametrize("missing", ["model", "messages"])
def test_what_is_required_is_named(missing: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_request({key: value for key, value in HELLO.items() if key != missing}, HERE)
    assert (caught.value.param, caught.value.code) == (missing, "missing_required_parameter")


def test_a_request_made_here_is_sent_in_a_steady_order() -> None:
    request = ChatRequest(
        model=ModelRef(endpoint=HERE, id="m"), messages=(user("hi"),), params=Params(top_p=0.5, temperature=1)
    )
    assert list(payload(request)) == ["model", "messages", "top_p", "temperature"]
    assert payload(request, STREAMED) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "top_p": 0.5,
        "temperature": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_an_edit_after_reading_keeps_the_order_and_adds_at_the_end() -> None:
    request, how = read_request({"temperature": 1, **HELLO, "stream": True}, HERE)
    edited = request.model_copy(update={"params": Params(seed=1, temperature=0)})
    assert json.dumps(payload(edited, how)) == json.dumps({"temperature": 0, **HELLO, "stream": True, "seed": 1})


def test_a_payload_is_the_callers_own() -> None:
    request, _ = read_request(HELLO | {"tools": [], "provider": {"a": [1]}}, HERE)
    body = payload(request)
    body["provider"]["a"].append(2)
    body["messages"][0]["content"] = "changed"
    assert payload(request) == HELLO | {"tools": [], "provider": {"a": [1]}}


@pytest.mark.parametrize(
    ("delivery", "wanted"),
    [
        (Delivery(), False),
        (Delivery(stream=True), False),
        (Delivery(stream_options=StreamOptions()), False),
        (Delivery(stream_options=StreamOptions(include_usage=None)), False),
        (Delivery(stream_options=StreamOptions(include_usage=True)), True),
        (STREAMED, True),
    ],
    ids=str,
)
def test_usage_is_wanted_when_asked_for(delivery: Delivery, wanted: bool) -> None:
    assert delivery.wants_usage is wanted
