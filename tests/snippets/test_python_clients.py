"""The Python clients: streams however they are cut, errors, keys, headers and layout."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.params import PARAMS
from playground.request import Endpoint
from playground.snippets import BY_ID, CLIENTS, render
from playground.snippets.client import Client
from tests.snippets.cases import BODIES, PROMPT, request_of
from tests.snippets.machines import Machines, Ran, plain_environment
from tests.snippets.recorder import CHUNKS, SAID, Recorder
from tests.snippets.streams import STREAMS, event

PYTHON = [client for client in CLIENTS if client.language == "Python" and client.calls]
HUB = [client for client in PYTHON if client.id.startswith("python-huggingface_hub")]
each_client = pytest.mark.parametrize("client", PYTHON, ids=lambda row: row.id)
each_way = pytest.mark.parametrize("stream", [True, False])
KEY = "planted-key-7f3a"


def run(
    runs: Machines,
    recorder: Recorder,
    client: Client,
    fields: dict[str, Any] | None = None,
    *,
    stream: bool,
    env: dict[str, str] | None = None,
    **at: Any,
) -> Ran:
    endpoint = Endpoint(name="recorder", **{"base_url": recorder.origin + "/v1", "key_name": "API_KEY", **at})
    code = render(request_of({**PROMPT, **(fields or {})}, endpoint), client.id, stream=stream).code
    return runs.run(code, client.suffix, {"API_KEY": KEY, **(env or {})})


# --- streams -------------------------------------------------------------------------------------


def unread(client: Client, name: str) -> bool:
    """Nobody writes a mark of the byte order; huggingface_hub knows the stream's end by "data: [DONE]" alone."""
    return name == "a byte order mark" or (client in HUB and name == "no blank after the colon")


@pytest.mark.parametrize(
    ("client", "name"),
    [(client, name) for client in PYTHON for name in STREAMS if not unread(client, name)],
    ids=lambda given: getattr(given, "id", given),
)
def test_a_stream_in_single_bytes(client: Client, name: str, runs: Machines, recorder: Recorder) -> None:
    recorder.packets = tuple(bytes([byte]) for byte in STREAMS[name].encode())
    ran = run(runs, recorder, client, stream=True)
    assert (ran.out, ran.error) == (SAID, "")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.sets(st.integers(1, 1500), max_size=12),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_stream_cut_anywhere(runs: Machines, recorder: Recorder, cuts: set[int], text: str, end: str) -> None:
    """Any character but controls stands in the JSON as it is."""
    said = [*CHUNKS, {"choices": [{"index": 0, "delta": {"content": text}}]}]
    data = "".join([*map(event, said), "data: [DONE]\n\n"]).replace("\n", end).encode()
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    recorder.packets = tuple(data[start:stop] for start, stop in pairwise(places))
    for client in PYTHON:
        if client not in HUB or not set(text) & set("\x85\u2028\u2029"):
            ran = run(runs, recorder, client, stream=True)
            assert (ran.out, ran.error) == (f"{SAID[:-1]}{text}\n", "")


@each_client
@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_line_separators_in_a_text(client: Client, separator: str, runs: Machines, recorder: Recorder) -> None:
    """huggingface_hub reads lines with httpx's iter_lines, which ends one there; no snippet can mend that."""
    recorder.packets = (event({"choices": [{"index": 0, "delta": {"content": f"a{separator}b"}}]}).encode(),)
    ran = run(runs, recorder, client, stream=True)
    if client in HUB:
        assert "JSONDecodeError: Unterminated string" in ran.error
    else:
        assert (ran.out, ran.error) == (f"a{separator}b\n", "")


FIRST, LAST = CHUNKS[2], CHUNKS[4]


@each_client
def test_the_end_mark_ends_the_stream(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.packets = (STREAMS["as usual"].encode(), event(LAST).encode())
    ran = run(runs, recorder, client, stream=True)
    assert (ran.out, ran.error) == (SAID, "")


@pytest.mark.parametrize("client", ["python-requests", "python-httpx-async"])
@each_way
def test_a_slow_model_is_waited_for(client: str, stream: bool) -> None:
    """httpx by itself gives up after 5 seconds, requests never; the SDKs wait for ten minutes or longer."""
    code = render(request_of(PROMPT, Endpoint(name="there", base_url="https://h/v1")), client, stream=stream).code
    assert code.count("timeout=600") == 1


@contextmanager
def holding_back() -> Iterator[tuple[str, threading.Event]]:
    """An API that sends one chunk, and the rest if the event is set soon. Only the connection's end ends its answer."""
    go_on = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(event(FIRST).encode())
            if go_on.wait(15):
                self.wfile.write((event(LAST) + "data: [DONE]\n\n").encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", go_on
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


@each_client
def test_text_is_printed_as_it_comes(client: Client, tmp_path: Path) -> None:
    with holding_back() as (origin, go_on):
        path = tmp_path / "a.py"
        path.write_text(render(request_of(PROMPT, Endpoint(name="slow", base_url=f"{origin}/v1")), client.id).code)
        with subprocess.Popen(
            [sys.executable, path], stdout=subprocess.PIPE, env=plain_environment(), cwd=tmp_path
        ) as process:
            assert process.stdout is not None
            first = process.stdout.read(5)
            go_on.set()
            rest = process.stdout.read()
    assert (first, rest.decode(), process.returncode) == (b"Hello", " w\u00f6rld\n", 0)


# --- errors --------------------------------------------------------------------------------------


@each_client
@pytest.mark.parametrize("error", [{"message": "out of mem\u00f6ry", "code": 500}, "out of mem\u00f6ry"])
def test_an_error_in_the_stream(client: Client, error: Any, runs: Machines, recorder: Recorder) -> None:
    """The openai package says of a text only that there was an error."""
    recorder.packets = (event(FIRST).encode(), event({"error": error}).encode())
    ran = run(runs, recorder, client, stream=True)
    assert ran.out == "Hello"
    hidden = isinstance(error, str) and client.label.startswith("openai")
    assert ("An error occurred during streaming" if hidden else "out of mem\u00f6ry") in ran.error.splitlines()[-1]


@each_client
def test_no_error_in_the_stream(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.packets = tuple(event({**chunk, "error": None}).encode() for chunk in CHUNKS)
    ran = run(runs, recorder, client, stream=True)
    assert (ran.out, ran.error) == (SAID, "")


@each_client
@each_way
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_an_error_status(client: Client, stream: bool, status: int, runs: Machines, recorder: Recorder) -> None:
    recorder.statuses, recorder.completion = (status,), {"error": {"message": "no m\u00f6del of that name"}}
    ran = run(runs, recorder, client, stream=stream)
    assert ran.out == ""
    assert "no m\u00f6del of that name" in ran.error
    recorder.take()


@each_way
def test_a_redirect_is_no_answer(stream: bool, runs: Machines, recorder: Recorder) -> None:
    recorder.statuses = (307,)
    ran = run(runs, recorder, BY_ID["python-httpx-async"], stream=stream)
    assert (ran.out, "RuntimeError: HTTP 307" in ran.error) == ("", True)


# --- keys and headers ----------------------------------------------------------------------------

OTHERS = dict.fromkeys(("OPENAI_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"), "hf_of_another_service")


@each_client
@each_way
@pytest.mark.parametrize(("key_name", "key"), [("API_KEY", ""), (None, "")])
def test_without_a_key_no_other_is_sent(
    client: Client, stream: bool, key_name: str | None, key: str, runs: Machines, recorder: Recorder
) -> None:
    """Where the variable is set but empty, and where the endpoint asks for no key."""
    run(runs, recorder, client, stream=stream, key_name=key_name, env={**OTHERS, "API_KEY": key})
    assert not [value for sent in recorder.requests for value in sent.headers.values() if OTHERS["HF_TOKEN"] in value]


@pytest.mark.parametrize("client", HUB, ids=lambda row: row.id)
def test_an_empty_key_stays_at_home(client: Client, runs: Machines, recorder: Recorder) -> None:
    assert not run(runs, recorder, client, stream=True, env={**OTHERS, "API_KEY": ""}).error
    assert recorder.take().headers["authorization"] == "Bearer not-needed"


def test_requests_prefers_what_netrc_says(runs: Machines, recorder: Recorder) -> None:
    """The one thing beside the code that changes what is sent; see python_requests.py."""
    (runs.folder / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    env = {"NETRC": str(runs.folder / "netrc")}
    for client in PYTHON:
        assert not run(runs, recorder, client, stream=False, env=env).error
        scheme = recorder.take().headers["authorization"].split()[0]
        assert scheme == ("Basic" if client.id == "python-requests" else "Bearer")


@each_client
@pytest.mark.parametrize("path", ["/openai/v1", "/v1beta", "/v1/chat", "/V1", "/x/v1//", "/a;b/v1", "/v1;b"])
def test_paths_that_look_like_another(client: Client, path: str, runs: Machines, recorder: Recorder) -> None:
    assert not run(runs, recorder, client, stream=True, base_url=recorder.origin + path).error
    assert recorder.take().path == f"{path.rstrip('/')}/chat/completions"


# --- what the packages can't send ----------------------------------------------------------------


@each_client
@each_way
def test_half_a_character(client: Client, stream: bool, runs: Machines, recorder: Recorder) -> None:
    ran = run(runs, recorder, client, {"x": {"\udfff": "a\ud800b"}}, stream=stream)
    if client.id == "python-requests":
        assert recorder.take().json["x"] == {"\udfff": "a\ud800b"}
    else:
        assert "UnicodeEncodeError" in ran.error
        assert not recorder.requests


# --- layout --------------------------------------------------------------------------------------


def picture(size: int) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'iVBORw0K' * size}"}}


SHAPES: dict[str, dict[str, Any]] = {
    "one image": {**PROMPT, "messages": [{"role": "user", "content": [picture(20)]}]},
    "images": {**PROMPT, "messages": [{"role": "user", "content": [picture(size) for size in range(20, 32)]}]},
    "long names": {**PROMPT, **{"x" * size: picture(20) for size in range(40, 82)}},
    "no image": {**PROMPT, "messages": [{"role": "user", "content": "a\nb"}], "n": 3, "tools": []},
    "conversation": BODIES["conversation"],
}


def programs(client: Client) -> Iterator[str]:
    ways: tuple[Literal["inline", "file"], ...] = ("inline", "file")
    here = Endpoint(name="there", base_url="https://h/v1", key_name="API_KEY")
    for body in SHAPES.values():
        for images in ways:
            for full in (True, False):
                for stream in (True, False):
                    yield render(request_of(body, here), client.id, stream=stream, full=full, images=images).code
    for size in range(1, 64):
        headers = ((f"X-{'a' * size}", "b" * size), ("X-HF-Bill-To", "o'" * size))
        for given_ in ((), headers[:1], headers):
            there = Endpoint(name="there", base_url=f"https://h/{'p' * size}/v1", key_name="K" * size, headers=given_)
            yield render(request_of(PROMPT, there), client.id).code


@each_client
def test_programs_are_as_ruff_leaves_them(client: Client, tmp_path: Path) -> None:
    """And it finds nothing in them: no import out of place, nothing undefined or unused, no call without a timeout."""
    for index, code in enumerate(programs(client)):
        (tmp_path / f"a{index}.py").write_text(code)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        ["format", "--isolated", "--diff"],
        ["check", "--isolated", "--select", "E4,E7,E9,F,I,B,UP,SIM,S,RET,PERF,C4,PIE,ASYNC,ANN,PLW"],
    ):
        done = subprocess.run([*ruff, *command, tmp_path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout[-4000:]


@each_client
@pytest.mark.parametrize("stream", [True, False])
def test_comments_become_code(client: Client, stream: bool, runs: Machines, recorder: Recorder) -> None:
    """What the full code mentions is sent once the signs of the comments are gone, but for values too long to show."""
    request = request_of(PROMPT, Endpoint(name="recorder", base_url=recorder.origin))
    code = render(request, client.id, stream=stream, full=True).code
    hinted = re.sub(r"^( +)# (?!Not sent)(?!.*\.\.\.)", r"\1", code, flags=re.MULTILINE)
    assert not runs.run(hinted, ".py").error
    assert recorder.take().json.keys() >= {param.name for param in PARAMS} - {"tools"}
