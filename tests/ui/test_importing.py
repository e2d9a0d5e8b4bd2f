"""What a pasted text becomes in a pane, or an error that names what is wrong in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from playground.backends.catalog import HF_ROUTER
from playground.jsonvalue import dumps
from playground.request import Endpoint
from playground.ui.document import read_pane
from playground.ui.importing import imported
from playground.wire import payload
from tests.strategies import payloads
from tests.ui.contexts import CONTEXT, LOCAL

OWN = Endpoint(name="h.example", base_url="https://h.example/v1", key_name="OWN_KEY", headers=(("X-Team", "a"),))
HERE = replace(CONTEXT, endpoints=(LOCAL, HF_ROUTER, OWN))
HI = [{"role": "user", "content": "Hi"}]


def curl(url: str, *words: str, **body: Any) -> str:
    return f"curl {url}/chat/completions {' '.join(words)} -d '{json.dumps({'model': 'm', 'messages': HI, **body})}'"


def only(text: str) -> dict[str, Any]:
    answer = imported({"text": text}, HERE)
    assert "error" not in answer
    (found,) = answer["found"]
    return dict(found)


def pane_of(found: dict[str, Any]) -> dict[str, Any]:
    """The pane's document, as the page makes it of what was found."""
    return {key: found[key] for key in ("endpoint", "model", "messages", "params", "extra")}


def test_everything_of_a_request_is_told_in_the_panes_own_words():
    text = curl(
        "https://new.example/v1",
        '-H "Authorization: Bearer $KEY"',
        "-H 'X-HF-Bill-To: me'",
        temperature=0.7,
        seed=2**60 + 1,
        stop=["\n"],
        top_p=None,
        top_a=1.0,
        stream=True,
    )
    assert only(text) == {
        "kind": "request",
        "title": "curl command",
        "endpoint": {
            "name": "new.example",
            "base_url": "https://new.example/v1",
            "key_name": "KEY",
            "headers": [["X-HF-Bill-To", "me"]],
        },
        "model": "m",
        "messages": HI,
        "params": {"temperature": "0.7", "seed": "1152921504606846977", "stop": '["\\n"]', "top_p": "null"},
        "extra": '{\n  "top_a": 1.0\n}',
        "stream": True,
        "notes": [],
    }


def test_what_the_text_does_not_tell_is_null():
    assert only(json.dumps(HI)) == {
        "kind": "messages",
        "title": "Messages",
        "endpoint": None,
        "model": None,
        "messages": HI,
        "params": {},
        "extra": "",
        "stream": None,
        "notes": [],
    }
    assert only('{"model": "m", "messages": [{"role": "user", "content": ""}], "stream": false}')["stream"] is False


def test_a_response_is_one_answer_with_its_choices():
    choices = [{"index": at, "message": {"role": "assistant", "content": text}} for at, text in enumerate("AB")]
    found = only(json.dumps({"object": "chat.completion", "model": "m-1", "choices": choices}))
    assert (found["kind"], found["model"], found["params"]) == ("response", "m-1", {})
    assert [message["content"] for message in found["messages"]] == ["A", "B"]


@settings(max_examples=100, deadline=None)
@given(body=payloads)
def test_the_pane_sends_what_was_imported(body: dict[str, Any]):
    """Apart from the streaming, which is the page's own."""
    body = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
    found = only(dumps(body))
    sent = payload(read_pane({**pane_of(found), "endpoint": {"name": LOCAL.name}}, HERE))
    assert {key: dumps(sent[key]) for key in sent} == {key: dumps(body[key]) for key in body}


@pytest.mark.parametrize(
    ("text", "name", "key_name", "headers"),
    [
        (curl("https://router.huggingface.co/v1", '-H "Authorization: Bearer $OTHER"'), HF_ROUTER.name, "HF_TOKEN", []),
        (curl("https://ROUTER.huggingface.co:443/v1/"), HF_ROUTER.name, "HF_TOKEN", []),
        (curl("https://router.huggingface.co/v1", "-H 'X-HF-Bill-To: me'"), "router.huggingface.co", None, [["X-HF-Bill-To", "me"]]),
        (curl("http://localhost:7860/v1"), LOCAL.name, None, []),
        (curl("http://127.0.0.1:7860/v1"), LOCAL.name, None, []),
        (curl("http://localhost:8000/v1"), "localhost:8000", None, []),
        (curl("https://h.example/v1", "-H 'x-team: a'"), OWN.name, "OWN_KEY", [["X-Team", "a"]]),
        (curl("https://h.example/v1"), "h.example 2", None, []),
        (curl("https://h.example/v2"), "h.example 2", None, []),
        (curl("https://api.openai.com/v1", "-H 'Authorization: Bearer sk-SECRET0123'"), "api.openai.com", "OPENAI_API_KEY", []),
        (curl("https://other.example", "-H 'Authorization: Bearer SECRET'"), "other.example", "API_KEY", []),
    ],
)  # fmt: skip
def test_the_endpoint_is_the_operators_where_it_is_the_same_and_else_a_new_one(text, name, key_name, headers):
    found = only(text)
    told = found["endpoint"]
    assert (told["name"], told["key_name"], told["headers"]) == (name, key_name, headers)
    assert "SECRET" not in json.dumps(found)
    assert read_pane(pane_of(found), HERE).model.endpoint.headers == tuple(map(tuple, headers))


def test_a_program_that_runs_the_model_itself_goes_to_this_machine():
    code = 'pipe = pipeline("text-generation", model="org/m")\npipe([{"role": "user", "content": "Hi"}])'
    assert only(code)["endpoint"]["name"] == LOCAL.name
    without = replace(HERE, endpoints=(HF_ROUTER,))
    assert imported({"text": code}, without)["found"][0]["endpoint"] is None


def test_stream_options_that_the_page_does_not_send_are_noted():
    body = {"model": "m", "messages": HI, "stream_options": {"include_usage": True}}
    assert only(json.dumps(body))["notes"] == []
    body["stream_options"] = {"include_usage": True, "include_obfuscation": False}
    assert only(json.dumps(body))["notes"] == ["Of its stream_options only the usage is asked for here."]


@pytest.mark.parametrize(
    ("text", "param", "says"),
    [
        ("", None, "The text is empty."),
        ("hello", None, "No chat-completion request was found in the text."),
        ("{", None, "line 1, column 2"),
        ('{"messages": [{"role": "robot", "content": ""}]}', "messages[0].role", "messages[0].role: Input should be"),
        ('{"messages": [{"role": "user", "content": [{"type": "video"}]}]}', "messages[0].content[0]", "unknown type of content part"),
        ('{"messages": [{"role": "user", "content": "a", "weight": 1}]}', "messages[0].weight", "not known here"),
        ('{"messages": []}', "messages", "messages: must not be empty"),
        ('{"model": 5, "messages": [{"role": "user", "content": ""}]}', "model", "model: must be a text"),
        ('{"messages": [{"role": "user", "content": ""}], "temperature": 9}', "temperature", "from 0 to 2"),
        ('{"messages": [{"role": "user", "content": ""}], "stream": 1}', "stream", "must be true or false"),
        ('{"messages": [{"role": "user"}]}\n{"messages": [{"role": "robot"}]}', "messages[0]", "Line 1: fine-tuning example: messages[0]: a user message needs content"),
        ("[" * 100_000, None, "nested too deep"),
    ],
)  # fmt: skip
def test_an_error_names_the_field(text, param, says):
    answer = imported({"text": text}, HERE)
    assert answer["found"] == []
    assert answer["error"]["param"] == param
    assert says in answer["error"]["message"]
    assert answer["error"]["advice"]
    assert "run" not in answer["error"]["advice"]


def test_what_a_pane_cannot_take_over_does_not_keep_the_rest_back():
    good, bad = {"messages": HI}, {"messages": [{"role": "user"}]}
    answer = imported({"text": "\n".join(map(json.dumps, [bad, good, bad, bad, good, bad, bad]))}, HERE)
    assert [found["title"] for found in answer["found"]] == [
        "Line 2: fine-tuning example",
        "Line 5: fine-tuning example",
    ]
    reason = "fine-tuning example: messages[0]: a user message needs content"
    note = f"Not read: Line 1: {reason}; Line 3: {reason}; Line 4: {reason}; and 2 more."
    assert [found["notes"] for found in answer["found"]] == [[note], [note]]


@pytest.mark.parametrize("ask", [None, {}, [], {"text": None}, {"text": 5}, {"text": ["a"]}])
def test_an_ask_without_a_text_is_an_empty_one(ask):
    assert imported(ask, HERE)["error"]["message"] == "The text is empty."
