"""Out and in again: what `render` writes, `read` gives back, for every client of the table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from playground.errors import BadRequest
from playground.exports import export
from playground.imports import Found, read
from playground.request import ChatRequest, Endpoint
from playground.snippets import CLIENTS, generation, render
from playground.snippets.client import Client, Images
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import BODIES, CONVERSATION, PROMPT, body_of, request_of, snippets_as_messages
from tests.snippets.test_fidelity import same
from tests.strategies import payloads

HEADERS = (("X-HF-Bill-To", 'it\'s "us" $(id) `x` ${HOME} \\ !'), ("X-Empty", ""), ("X-Title", "a: b; c"))
BASE = "https://h:8443/a(b)'c/$d/v1"
ENDPOINT = Endpoint(name="endpoint", base_url=BASE, key_name="MY_KEY", headers=HEADERS)
each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)


def generated(body: dict[str, Any]) -> dict[str, Any]:
    """What a program with transformers takes from a body; what changes nothing leaves no trace in it."""
    numbers = {name: generation.number(body, name) for name in (*generation.SAMPLING, "repetition_penalty", "seed")}
    if generation.greedy(body):
        numbers |= {**dict.fromkeys(generation.SAMPLING), "temperature": 0}
    if numbers["top_k"] is not None:
        numbers["top_k"] = max(0, numbers["top_k"])
    return {
        **numbers,
        "model": body["model"],
        "messages": body["messages"],
        "tools": body.get("tools") or None,
        "stop": generation.stops(body),
        "penalties": generation.penalties(body),
        "bias": generation.biases(body),
        "max_tokens": generation.max_tokens(body),
        "n": generation.answers(body),
        "template": generation.template_variables(body),
        "stream": bool(body.get("stream")) and generation.answers(body) == 1,
    }


def sends(found: Found, request: ChatRequest, client: Client, *, stream: bool) -> bool:
    expected = payload(request, STREAMED if stream else None)
    if not client.calls:
        return found.local and same(generated(found.body), generated(expected))
    return same(found.body, expected)


def check(request: ChatRequest, client: Client, *, stream: bool, full: bool = False) -> None:
    snippet = render(request, client.id, stream=stream, full=full)
    if snippet.warnings:
        return  # what the client can't send exactly, its code does not hold
    (found,) = read(snippet.code)
    assert sends(found, request, client, stream=stream), f"{found.body}\nfrom\n{snippet.code[:4000]}"
    where = (BASE, "MY_KEY", dict(HEADERS)) if client.calls else (None, None, {})
    assert (found.base_url, found.key_name, dict(found.headers)) == where
    assert found.notes == ()


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str) -> None:
    request = request_of(BODIES[name], ENDPOINT)
    for client in CLIENTS:
        for stream in (True, False):
            for full in (True, False):
                check(request, client, stream=stream, full=full)


@each_client
def test_whole_snippets_as_messages(client: Client) -> None:
    for body in snippets_as_messages(ENDPOINT).values():
        check(request_of(body, ENDPOINT), client, stream=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=payloads)
def test_any_request(body: dict[str, Any]) -> None:
    request = request_of(body, ENDPOINT)
    for client in CLIENTS:
        for stream in (True, False):
            check(request, client, stream=stream, full=not stream)


@each_client
@pytest.mark.parametrize(
    "text", ["", "a\n```\nb", "<<'JSON' |\nJSON\n", "\\", "'\\''", "${x}", "curl -d '{}' http://h"]
)
def test_texts_about_code_change_nothing(client: Client, text: str) -> None:
    body = body_of(text)
    plain = {key: value for key, value in body.items() if not key.startswith("x-")}
    check(request_of(plain, ENDPOINT), client, stream=False)


@each_client
@pytest.mark.parametrize("begun", ["", "It is"])
def test_an_answer_that_was_begun(client: Client, begun: str) -> None:
    body = {**PROMPT, "messages": [*PROMPT["messages"], {"role": "assistant", "content": begun}]}
    check(request_of(body, ENDPOINT), client, stream=True)


@each_client
def test_an_endpoint_without_key_and_headers(client: Client) -> None:
    request = request_of(PROMPT, Endpoint(name="endpoint", base_url="http://localhost:8000"))
    (found,) = read(render(request, client.id).code)
    assert (found.key_name, found.headers, found.notes) == (None, (), ())
    assert found.base_url == (None if found.local else "http://localhost:8000")


@each_client
@pytest.mark.parametrize("stream", [True, False])
def test_images_in_files_are_left_out_and_their_files_named(client: Client, stream: bool) -> None:
    request = request_of(CONVERSATION, ENDPOINT)
    images: Images = "file"
    snippet = render(request, client.id, stream=stream, images=images)
    assert [name for name, _ in snippet.files] == ["image.png"]
    (found,) = read(snippet.code)
    content = found.body["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url"]
    assert content[1]["image_url"]["url"].startswith("https://h/")
    assert found.notes == ("The image of messages[3] stands in the file image.png: add that file again.",)


@pytest.mark.parametrize("format", ["data-request", "data-messages", "data-jsonl"])
def test_exports_come_in_again(format: str) -> None:
    request = request_of({**CONVERSATION, "temperature": 0.5}, ENDPOINT)
    (found,) = read(export(request, format).text)
    assert found.body["messages"] == payload(request)["messages"]
    assert found.notes == ()


def test_a_change_of_one_character_is_seen() -> None:
    request = request_of(PROMPT, ENDPOINT)
    for client in CLIENTS:
        code = render(request, client.id, stream=False).code.replace("Hi", "Ho")
        (found,) = read(code)
        assert not sends(found, request, client, stream=False)


@pytest.mark.parametrize("client", [client for client in CLIENTS if client.calls], ids=lambda client: client.id)
def test_a_key_that_was_written_into_the_code_is_not_kept(client: Client) -> None:
    code = render(request_of(PROMPT, ENDPOINT), client.id).code
    for spelling in ("os.environ['MY_KEY']", 'os.environ["MY_KEY"]', "process.env.MY_KEY", "$MY_KEY"):
        literal = "sk-SECRET" if spelling.startswith("$") else '"sk-SECRET"'
        code = (
            code.replace(f"{{{spelling}}}", "sk-SECRET").replace(f"${spelling}", "sk-SECRET").replace(spelling, literal)
        )
    assert "sk-SECRET" in code
    try:
        (found,) = read(code)
    except BadRequest as error:
        pytest.fail(f"{error}\n{code}")
    assert "SECRET" not in repr(found)
    assert any("key" in note for note in found.notes)
