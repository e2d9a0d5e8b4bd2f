"""Requests to APIs that are similar to chat completions: what has an equal is rewritten, and everything else is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.imports import Found, read
from playground.imports.headers import KEY_NOT_KEPT
from playground.request import Endpoint
from playground.wire import read_request

HI = {"role": "user", "content": "Hi"}
PNG = "iVBORw0KGgo="


def curl(url: str, body: dict[str, Any], *words: str) -> str:
    return f"curl '{url}' {' '.join(words)} -d '{json.dumps(body)}'"


def only(text: str) -> Found:
    (found,) = read(text)
    assert read_request({"model": "m", **found.body}, Endpoint(name="endpoint"))
    return found


def part(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def function(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


SYSTEM = {"role": "system", "content": "Be brief."}
SCHEMA = {"type": "object", "properties": {"a": {"type": "number"}}}
CALL = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}

# What is sent, what of it stands here, what became what, what was left out.
Case = tuple[dict[str, Any], dict[str, Any], str, str]
ANTHROPIC: dict[str, Case] = {
    "nothing of its own": ({"messages": [HI], "max_tokens": 5, "top_k": 3, "stream": True}, {"messages": [HI], "max_tokens": 5, "top_k": 3, "stream": True}, "", ""),
    "system": ({"system": "Be brief.", "messages": [HI]}, {"messages": [SYSTEM, HI]}, "system became the first message", ""),
    "system in blocks": (
        {"system": [part("Be"), part("brief.", cache_control={"type": "ephemeral"})], "messages": [HI]},
        {"messages": [{"role": "system", "content": [part("Be"), part("brief.")]}, HI]},
        "system became the first message", "cache_control",
    ),
    "stop": ({"messages": [HI], "stop_sequences": ["x"]}, {"messages": [HI], "stop": ["x"]}, "stop_sequences became stop", ""),
    "fields that go along": (
        {"messages": [HI], "metadata": {"user_id": "u"}, "thinking": {"type": "disabled"}, "anthropic_version": "x"},
        {"messages": [HI], "metadata": {"user_id": "u"}, "thinking": {"type": "disabled"}}, "", "anthropic_version",
    ),
    "texts and images": (
        {"messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "image", "source": {"type": "url", "url": "https://h/a.png"}}, part("Hi", citations=[])]}]},
        {"messages": [{"role": "user", "content": [picture(f"data:image/png;base64,{PNG}"), picture("https://h/a.png"), part("Hi")]}]},
        "images became image_url parts", "citations",
    ),
    "blocks without an equal": (
        {"messages": [{"role": "user", "content": [{"type": "document", "source": {}}, {"type": "image", "source": {"type": "file", "file_id": "x"}}]}]},
        {"messages": [{"role": "user", "content": ""}]}, "", "document blocks of messages, image blocks of messages",
    ),
    "tool calls and results": (
        {"messages": [
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, part("Ok"), {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "15", "is_error": False}, part("And?")]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [part("1"), {"type": "image", "source": {}}], "is_error": True}]}]},
        {"messages": [
            {"role": "assistant", "content": [part("Ok")], "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "t1", "content": "15"}, {"role": "user", "content": [part("And?")]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "t1", "content": [part("1")]}]},
        "tool_use blocks became tool_calls, tool_result blocks became tool messages",
        "thinking blocks of messages, is_error of tool results, what is no text in tool results",
    ),
    "tools": (
        {"messages": [HI], "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
         "tools": [{"name": "f", "description": "d", "input_schema": SCHEMA, "cache_control": {}}, {"type": "web_search_20250305", "name": "web_search"}]},
        {"messages": [HI], "tool_choice": "required", "parallel_tool_calls": False, "tools": [function("f", description="d", parameters=SCHEMA)]},
        "tool_choice is written as here, tools became functions", "cache_control of tools, the tool web_search",
    ),
    "one tool": (
        {"messages": [HI], "tools": [{"name": "f", "input_schema": SCHEMA}], "tool_choice": {"type": "tool", "name": "f"}},
        {"messages": [HI], "tools": [function("f", parameters=SCHEMA)], "tool_choice": function("f")},
        "tools became functions, tool_choice is written as here", "",
    ),
    "only tools without an equal": (
        {"messages": [HI], "tools": [{"type": "bash_20250124", "name": "bash"}], "tool_choice": {"type": "auto"}},
        {"messages": [HI]}, "tool_choice is written as here", "the tool bash",
    ),
}  # fmt: skip
OLLAMA: dict[str, Case] = {
    "nothing of its own": ({"messages": [HI], "stream": False}, {"messages": [HI], "stream": False}, "", ""),
    "streamed": ({"messages": [HI]}, {"messages": [HI], "stream": True}, "it streams, because nothing says otherwise", ""),
    "options": (
        {"messages": [HI], "stream": True, "keep_alive": "5m", "options": {"temperature": 0, "seed": 1, "stop": ["x"], "num_predict": 9, "num_ctx": 4096, "mirostat": 1}},
        {"messages": [HI], "stream": True, "temperature": 0, "seed": 1, "stop": ["x"], "max_tokens": 9},
        "num_predict became max_tokens, options became parameters", "keep_alive, num_ctx, mirostat",
    ),
    "no limit": ({"messages": [HI], "stream": True, "options": {"num_predict": -1}}, {"messages": [HI], "stream": True}, "", "num_predict"),
    "a format": ({"messages": [HI], "stream": True, "format": "json"}, {"messages": [HI], "stream": True, "response_format": {"type": "json_object"}}, "format became response_format", ""),
    "a schema": (
        {"messages": [HI], "stream": True, "format": SCHEMA},
        {"messages": [HI], "stream": True, "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}},
        "format became response_format", "",
    ),
    "without thinking": ({"messages": [HI], "stream": True, "think": False}, {"messages": [HI], "stream": True, "reasoning_effort": "none"}, "think became reasoning_effort", ""),
    "thinking": ({"messages": [HI], "stream": True, "think": "low"}, {"messages": [HI], "stream": True, "reasoning_effort": "low"}, "think became reasoning_effort", ""),
    "thinking as it likes": ({"messages": [HI], "stream": True, "think": True}, {"messages": [HI], "stream": True}, "", "think"),
    "images": (
        {"messages": [{**HI, "images": [PNG, "/9j/4AAQ"]}, {"role": "user", "content": "", "images": ["R0lGODlh", "data:image/webp;base64,UklGR"]}, {**HI, "images": []}], "stream": True},
        {"messages": [
            {"role": "user", "content": [part("Hi"), picture(f"data:image/png;base64,{PNG}"), picture("data:image/jpeg;base64,/9j/4AAQ")]},
            {"role": "user", "content": [picture("data:image/gif;base64,R0lGODlh"), picture("data:image/webp;base64,UklGR")]}, HI], "stream": True},
        "images became image_url parts", "",
    ),
    "tool calls and results": (
        {"messages": [
            {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}, {"function": {"index": 1, "name": "g", "arguments": {}}}]},
            {"role": "tool", "content": "1", "tool_name": "f"}, {"role": "tool", "content": "2"}], "stream": True},
        {"messages": [
            {"role": "assistant", "content": "", "tool_calls": [{**CALL, "id": "call_1"}, {"id": "call_2", **function("g", arguments="{}")}]},
            {"role": "tool", "content": "1", "tool_call_id": "call_1"}, {"role": "tool", "content": "2", "tool_call_id": "call_2"}], "stream": True},
        "tool calls got ids", "thinking of messages, index of tool calls, tool_name of messages",
    ),
}  # fmt: skip
CASES = [
    *((name, "Anthropic's", "/v1/messages", case) for name, case in ANTHROPIC.items()),
    *((name, "Ollama's", "/api/chat", case) for name, case in OLLAMA.items()),
]


@pytest.mark.parametrize(
    ("name", "whose", "path", "case"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_has_an_equal_is_rewritten_and_the_rest_named(name: str, whose: str, path: str, case: Case) -> None:
    given, body, became, left_out = case
    found = only(curl(f"https://h{path}", {"model": "m", **given}))
    assert found.body == {"model": "m", **body}
    assert found.base_url == "https://h/v1"
    assert found.notes == (
        f"Its address ({path}) is of {whose} own API: requests from here go to /v1/chat/completions on the same server.",
        *([f"Rewritten from {whose} API: {became}."] if became else []),
        *([f"Left out, because there is no equal here: {left_out}."] if left_out else []),
    )


@pytest.mark.parametrize(
    ("body", "whose"),
    [
        (ANTHROPIC["system"], "Anthropic's"), (ANTHROPIC["stop"], "Anthropic's"), (ANTHROPIC["texts and images"], "Anthropic's"),
        (ANTHROPIC["tool calls and results"], "Anthropic's"), (ANTHROPIC["one tool"], "Anthropic's"),
        (OLLAMA["options"], "Ollama's"), (OLLAMA["images"], "Ollama's"),
    ],
)  # fmt: skip
def test_a_body_alone_is_known_by_its_own_fields(body: Case, whose: str) -> None:
    given = {"model": "m", **body[0]}
    for text in (
        json.dumps(given),
        f"body = {given!r}",
        f"requests.post('https://h/v1/chat/completions', json={given!r})",
    ):
        found = only(text)
        assert found.body == {"model": "m", **body[1]}
        assert found.notes[0] == f"Rewritten from {whose} API: {body[2]}."


def test_a_line_of_a_file_may_have_a_system_prompt_of_its_own() -> None:
    first, _ = read("\n".join([json.dumps({"system": "Be brief.", "messages": [HI], "options": {"a": 1}})] * 2))
    assert first.body == {"messages": [SYSTEM, HI]}
    assert first.notes[1] == "Left out, because a request has no such fields: options."


def test_fields_that_mean_something_else_here_stay() -> None:
    body = {"model": "m", "messages": [{**HI, "content": [part("Hi")]}], "format": "x", "options": [1], "think": True}
    assert only(json.dumps(body)) == Found("request", "Request", body)


def test_what_ollama_may_not_read_is_said() -> None:
    found = only(
        curl(
            "http://h:11434/api/chat",
            {"model": "m", "messages": [HI], "stream": True, "options": {"top_k": 5, "repeat_penalty": 1.1}},
        )
    )
    assert found.body == {"model": "m", "messages": [HI], "stream": True, "top_k": 5, "repetition_penalty": 1.1}
    assert found.notes[2:] == ("Ollama's /v1 does not say that it reads top_k, repetition_penalty.",)


# --- keys and addresses ----------------------------------------------------------------------------

MOVED = "Its address (/v1/messages) is of Anthropic's own API: requests from here go to /v1/chat/completions on the same server."
RESOURCE = (
    "Its address is that of an Azure deployment: requests from here go to /openai/v1 of the same resource, with the deployment "
    "as the model and without an api-version."
)
GATEWAY = "Its address is that of an Azure deployment: requests from here go there without an api-version, and may be refused."
BEARER = "The key is sent as Authorization: Bearer from here, not as {}."
UNTOLD = "The text does not tell the address (it stands in $BASE): choose the endpoint."
CUT = "What follows the path in its address (? or #) was left out."


@pytest.mark.parametrize(
    ("url", "header", "base_url", "model", "key_name", "notes"),
    [
        ("https://api.anthropic.com/v1/messages", "x-api-key: $KEY", "https://api.anthropic.com/v1", "m", "KEY", [MOVED, BEARER.format("x-api-key")]),
        ("https://api.anthropic.com/v1/messages?beta=true", "x-api-key: sk-SECRET", "https://api.anthropic.com/v1", "m", "API_KEY", [MOVED, CUT, BEARER.format("x-api-key"), KEY_NOT_KEPT]),
        ("$BASE/v1/messages", "Authorization: Bearer $KEY", None, "m", "KEY", [UNTOLD]),
        ("https://r.openai.azure.com/openai/deployments/gpt%204/chat/completions?api-version=2024-06-01", "api-key: $KEY", "https://r.openai.azure.com/openai/v1", "gpt 4", "KEY", [RESOURCE, BEARER.format("api-key")]),
        ("https://r.cognitiveservices.azure.com/openai/deployments/d/chat/completions?api-version=x&y=z", "api-key: SECRET", "https://r.cognitiveservices.azure.com/openai/v1", "d", "API_KEY", [RESOURCE, CUT, BEARER.format("api-key"), KEY_NOT_KEPT]),
        ("https://gateway.example/openai/deployments/d/chat/completions?api-version=x", "api-key: $KEY", "https://gateway.example/openai/deployments/d", "d", "KEY", [GATEWAY, BEARER.format("api-key")]),
        ("$BASE/openai/deployments/d/chat/completions?api-version=x", "api-key: $KEY", None, "d", "KEY", [UNTOLD, BEARER.format("api-key")]),
        ("https://r.openai.azure.com/openai/v1/chat/completions", "Authorization: Bearer $KEY", "https://r.openai.azure.com/openai/v1", "m", "KEY", []),
    ],
)  # fmt: skip
def test_addresses_and_keys(url, header, base_url, model, key_name, notes):
    body = json.dumps({"model": "m", "messages": [HI]})
    found = only(f'curl "{url}" -H "{header}" -d \'{body}\'')
    assert (found.base_url, found.body["model"], found.key_name, found.headers) == (base_url, model, key_name, ())
    assert found.notes == tuple(notes)
    assert "SECRET" not in repr(found)


PYTHON = "model='m', messages=[{'role': 'user', 'content': 'Hi'}]"
JAVASCRIPT = "{ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }"


@pytest.mark.parametrize(
    ("code", "base_url", "key_name", "notes"),
    [
        (f"anthropic.Anthropic().messages.create({PYTHON}, extra_headers={{'X-A': '1'}})", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", [MOVED]),
        (f"client = AsyncAnthropic(api_key=os.environ['KEY'], base_url='http://h', default_headers={{'X-A': '1'}})\nawait client.beta.messages.create({PYTHON})", "http://h/v1", "KEY", [MOVED]),
        (f"Anthropic(api_key='SECRET', default_headers={{'X-A': '1'}}).messages.create({PYTHON})", "https://api.anthropic.com/v1", "API_KEY", [MOVED, KEY_NOT_KEPT]),
        (f"new Anthropic({{ defaultHeaders: {{ 'X-A': '1' }} }}).messages.create({JAVASCRIPT});", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", [MOVED]),
        (f"const a = new Anthropic({{ apiKey: process.env.KEY }});\nawait a.beta.messages.create({JAVASCRIPT}, {{ headers: {{ 'X-A': '1' }} }});", "https://api.anthropic.com/v1", "KEY", [MOVED]),
        (f"AzureOpenAI(azure_endpoint='https://r.openai.azure.com/', api_version='x', default_headers={{'X-A': '1'}}).chat.completions.create({PYTHON})", "https://r.openai.azure.com/openai/v1", "AZURE_OPENAI_API_KEY", [RESOURCE]),
        (f"new AzureOpenAI({{ endpoint: 'https://r.openai.azure.com', apiKey: process.env.KEY, deployment: 'm', defaultHeaders: {{ 'X-A': '1' }} }}).chat.completions.create({JAVASCRIPT});", "https://r.openai.azure.com/openai/v1", "KEY", [RESOURCE]),
        (f"AzureOpenAI(azure_endpoint=where, api_key=os.environ['KEY'], default_headers={{'X-A': '1'}}).chat.completions.create({PYTHON})", None, "KEY",
         ["An Azure client makes its address from several settings: choose the endpoint.", "The text does not tell the address: choose the endpoint."]),
    ],
)  # fmt: skip
def test_their_client_packages(code, base_url, key_name, notes):
    found = only(code)
    assert (found.base_url, found.key_name, found.headers) == (base_url, key_name, (("X-A", "1"),))
    assert found.body == {"model": "m", "messages": [HI]}
    assert found.notes == tuple(notes)
    assert "SECRET" not in repr(found)


def test_an_image_from_a_file_is_left_out_and_the_file_named() -> None:
    code = """
image = base64.b64encode(open("cat.png", "rb").read()).decode()
requests.post("http://h/api/chat", json={"model": "m", "stream": False, "messages": [{"role": "user", "content": "Hi", "images": [image]}]})
client.messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": [
    {"type": "text", "text": "Hi"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": image}}]}])
"""
    for found in read(code):
        assert found.body["messages"] == [{"role": "user", "content": [part("Hi")]}]
        assert "The image of messages[0] stands in the file cat.png: add that file again." in found.notes


@pytest.mark.parametrize(
    "code", ["client.messages.create(body='Hi', to='+1')", "client.messages.create({ body: 'Hi' });"]
)
def test_messages_of_another_kind_are_no_requests(code):
    (found,) = read(f"{code}\n{json.dumps({'messages': [HI]})}")
    assert found.body == {"messages": [HI]}
