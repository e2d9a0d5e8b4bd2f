"""Every snippet, run as a user would run it, sends exactly what the app sends for the same request."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from playground.request import ChatRequest, Endpoint
from playground.snippets import CLIENTS, render
from playground.snippets.client import Client
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import BODIES, PROMPT, VALUES, body_of, request_of, snippets_as_messages
from tests.snippets.machines import Machines, plain_environment
from tests.snippets.recorder import SAID, Recorder
from tests.strategies import payloads

KEY = "planted-key-7f3a"
CALLING = [client for client in CLIENTS if client.calls]
CLIENT_IDS = [client.id for client in CALLING]
each_client = pytest.mark.parametrize("client", CALLING, ids=CLIENT_IDS)


def endpoint_at(recorder: Recorder, path: str = "/v1", **fields: Any) -> Endpoint:
    return Endpoint(name="recorder", base_url=recorder.origin + path, **{"key_name": "API_KEY", **fields})


def same(ours: Any, theirs: Any) -> bool:
    """Deep equality of JSON: booleans are not numbers, 1 equals 1.0, nulls count, key order doesn't.

    A float is the same in any notation: JavaScript writes 1.2345678901234568e20 as 123456789012345680000.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if {type(ours), type(theirs)} in ({float}, {float, int}):
        return float(ours) == float(theirs)
    return isinstance(ours, bool) == isinstance(theirs, bool) and bool(ours == theirs)


def check(runs: Machines, recorder: Recorder, request: ChatRequest, client: Client, *, stream: bool) -> None:
    snippet = render(request, client.id, stream=stream)
    if snippet.warnings:
        return
    ran = runs.run(snippet.code, client.suffix, {"API_KEY": KEY})
    assert not ran.error, f"{ran.error}\n{snippet.code[:4000]}"
    sent = recorder.take()
    expected = payload(request, STREAMED if stream else None)
    assert same(sent.json, expected), f"sent {sent.json}\nnot  {expected}\nby\n{snippet.code[:4000]}"
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("ours", "theirs"), [(1, True), (0, False), (None, 0), ({"a": None}, {}), ([1], [1, 2]), ("1", 1)]
)
def test_the_comparison_sees_differences(ours: Any, theirs: Any) -> None:
    assert not same(ours, theirs)
    assert not same({"a": [ours]}, {"a": [theirs]})
    assert same(ours, ours)
    assert same(1, 1.0)


HUB = {"python-huggingface_hub", "python-huggingface_hub-async"}
BEYOND = {"all null": HUB, "null": HUB, f"response_format {VALUES['response_format'][1]!r}": HUB}
"""The cases that some clients can't send, and say so; all others send them."""


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of(BODIES[name], endpoint_at(recorder))
    for client in CALLING:
        for stream in (True, False):
            warnings = render(request, client.id, stream=stream).warnings
            assert bool(warnings) == (client.id in BEYOND.get(name, ()))
            check(runs, recorder, request, client, stream=stream)
    assert not list(runs.folder.rglob("pwned")), "a text ran a command"


def test_whole_snippets_as_messages(runs: Machines, recorder: Recorder) -> None:
    for body in snippets_as_messages(endpoint_at(recorder)).values():
        request = request_of(body, endpoint_at(recorder))
        for client in CALLING:
            check(runs, recorder, request, client, stream=True)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=payloads)
def test_any_request(runs: Machines, recorder: Recorder, body: dict[str, Any]) -> None:
    request = request_of(body, endpoint_at(recorder))
    for client in CALLING:
        for stream in (True, False):
            recorder.requests.clear()
            check(runs, recorder, request, client, stream=stream)


HEADERS = (
    ("X-HF-Bill-To", 'it\'s "us" $(touch pwned) `touch pwned` ${HOME} \\ !'),
    ("X-Empty", ""),
    ("X-Two", "1"),
    ("x-two", "2"),
    ("X-Padded", "  a  "),
)


@each_client
def test_headers(client: Client, runs: Machines, recorder: Recorder) -> None:
    request = request_of(PROMPT, endpoint_at(recorder, headers=HEADERS))
    ran = runs.run(render(request, client.id).code, client.suffix, {"API_KEY": KEY})
    assert not ran.error
    sent = recorder.take().headers
    found = {name: sent.get(name) for name in ("x-hf-bill-to", "x-empty", "x-two", "x-padded", "authorization")}
    assert found == {
        "x-hf-bill-to": HEADERS[0][1],
        "x-empty": "",
        "x-two": "1, 2",
        "x-padded": "a",
        "authorization": f"Bearer {KEY}",
    }
    assert not list(runs.folder.rglob("pwned"))


@each_client
@pytest.mark.parametrize("stream", [True, False])
def test_headers_that_a_package_sets_too(client: Client, stream: bool, runs: Machines, recorder: Recorder) -> None:
    theirs = {"user-agent": "me/1", "accept": "a/b", "x-hf-bill-to": "us", "X-A": "", "X-Stainless-Lang": "c"}
    request = request_of(PROMPT, endpoint_at(recorder, headers=tuple(theirs.items())))
    assert not runs.run(render(request, client.id, stream=stream).code, client.suffix, {"API_KEY": KEY}).error
    sent = recorder.take().headers
    wanted = {name.lower(): value for name, value in theirs.items()} | {"authorization": f"Bearer {KEY}"}
    assert {name: sent.get(name) for name in wanted} == wanted


OVERRIDDEN: dict[tuple[str, str], dict[str, str]] = {
    ("Sec-Fetch-Mode", "cors"): {},
    ("Sec-Fetch-Mode", "navigate"): {"JavaScript": "is one that fetch sets itself, to cors."},
    ("X-Stainless-Retry-Count", "7"): {"openai": "is one that the openai package sets itself, to another value."},
    ("x-stainless-read-timeout", "7"): {"openai": "is one that the openai package sets itself, to another value."},
    ("X-Stainless-Raw-Response", "true"): {
        "openai": "makes the openai package give its answer in another form; this code fails."
    },
}
"""Headers, and what is said of them by clients of a language, or with a package in Python, that can't send them."""


@each_client
@pytest.mark.parametrize(("header", "told"), OVERRIDDEN.items(), ids=map(": ".join, OVERRIDDEN))
def test_a_header_that_a_client_overrides_is_told_by_it_alone(
    client: Client, header: tuple[str, str], told: dict[str, str], runs: Machines, recorder: Recorder
) -> None:
    name, value = header
    snippet = render(request_of(PROMPT, endpoint_at(recorder, headers=(header,))), client.id)
    ran = runs.run(snippet.code, client.suffix, {"API_KEY": KEY})
    python_package = client.id.removeprefix("python-").removesuffix("-async")
    said = told.get(client.language) or told.get(python_package)
    assert snippet.warnings == ((f"the header {name} {said}",) if said else ())
    arrived = recorder.take().headers.get(name.lower()) == value
    assert (arrived and not ran.error) == (said is None)


@each_client
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("", "/chat/completions"),
        ("/a/'c'/\"d\"/$(touch${IFS}pwned)/`e`", "/a/'c'/%22d%22/$(touch$%7BIFS%7Dpwned)/%60e%60/chat/completions"),
        ("/\u00e9\u65e5/%2F%zz/{x}[y]", "/%C3%A9%E6%97%A5/%2F%25zz/%7Bx%7D%5By%5D/chat/completions"),
        ("/a\\b;c&d=e|f<g>", "/a%5Cb;c&d=e%7Cf%3Cg%3E/chat/completions"),
    ],
)
def test_base_urls(client: Client, path: str, sent: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of(PROMPT, endpoint_at(recorder, path))
    assert not runs.run(render(request, client.id).code, client.suffix, {"API_KEY": KEY}).error
    assert recorder.take().path == sent
    assert not list(runs.folder.rglob("pwned"))


@each_client
@pytest.mark.parametrize("path", ["/%41", "/%c3%a9"])
def test_needless_escapes_in_a_base_url(client: Client, path: str, runs: Machines, recorder: Recorder) -> None:
    snippet = render(request_of(PROMPT, endpoint_at(recorder, path)), client.id)
    assert not runs.run(snippet.code, client.suffix, {"API_KEY": KEY}).error
    sent = recorder.take().path
    if client.id == "python-requests":
        assert sent in ("/A/chat/completions", "/%C3%A9/chat/completions")
        assert snippet.warnings == (
            "the base URL is one that the requests package writes in another way: %41 becomes A, and %c3 becomes %C3.",
        )
    else:
        assert (sent, snippet.warnings) == (f"{path}/chat/completions", ())


@pytest.mark.parametrize(
    ("client", "sent"),
    [
        ("python-openai", "Bearer not-needed"),
        ("python-openai-async", "Bearer not-needed"),
        ("python-huggingface_hub", "Bearer not-needed"),
        ("python-huggingface_hub-async", "Bearer not-needed"),
        ("python-requests", None),
        ("python-httpx-async", None),
        ("js-openai", "Bearer not-needed"),
        ("js-huggingface.js", None),
        ("js-fetch", None),
        ("sh-curl", None),
    ],
)
def test_an_endpoint_without_a_key(client: str, sent: str | None, runs: Machines, recorder: Recorder) -> None:
    request = request_of(PROMPT, endpoint_at(recorder, key_name=None))
    suffix = next(row.suffix for row in CALLING if row.id == client)
    assert not runs.run(render(request, client).code, suffix).error
    assert recorder.take().headers.get("authorization") == sent


# What goes out where a client leaves it to the server to refuse a request whose key is not set.
UNSET = {"js-huggingface.js": None, "js-fetch": "Bearer undefined"}


@pytest.mark.parametrize("client", [client for client in CALLING if client.language != "Shell"], ids=lambda row: row.id)
def test_another_services_key_is_never_sent(client: Client, runs: Machines, recorder: Recorder) -> None:
    request = request_of(PROMPT, endpoint_at(recorder))
    others = dict.fromkeys(("OPENAI_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"), "hf_of_another_service")
    ran = runs.run(render(request, client.id).code, client.suffix, others)
    if client.id in UNSET:
        assert recorder.take().headers.get("authorization") == UNSET[client.id]
    else:
        assert ran.error
        assert not recorder.requests


@each_client
@pytest.mark.parametrize("stream", [True, False])
def test_the_whole_way_from_a_file_in_a_new_process(
    client: Client, stream: bool, runs: Machines, recorder: Recorder, node: Path, tmp_path: Path
) -> None:
    """The other tests keep a Python and a Node running; this one starts them as a terminal does."""
    request = request_of(body_of('it\'s\n"${x}"'), endpoint_at(recorder))
    path = runs.folder / f"alone{client.suffix}"
    path.write_text(render(request, client.id, stream=stream).code)
    command = {".py": [sys.executable], ".mjs": [str(node)], ".sh": ["bash"]}[client.suffix]
    env = {**plain_environment(), "API_KEY": KEY}
    done = subprocess.run([*command, path], env=env, cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert same(recorder.take().json, payload(request, STREAMED if stream else None))
    if client.language != "Shell":
        assert done.stdout.decode() == SAID
