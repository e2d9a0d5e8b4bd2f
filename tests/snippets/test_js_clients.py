"""The JavaScript clients: streams however they are cut, errors, headers, what a package can't send, and layout."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.request import Endpoint
from playground.snippets import BY_ID, CLIENTS, render
from playground.snippets.client import Client
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import PROMPT, request_of
from tests.snippets.machines import Machines, Ran, plain_environment
from tests.snippets.recorder import CHUNKS, SAID, Recorder
from tests.snippets.streams import STREAMS, event

JAVASCRIPT = [client for client in CLIENTS if client.language == "JavaScript"]
each_client = pytest.mark.parametrize("client", JAVASCRIPT, ids=lambda row: row.id)
each_way = pytest.mark.parametrize("stream", [True, False])
KEY = "planted-key-7f3a"


def run(
    runs: Machines, recorder: Recorder, client: Client, fields: dict[str, Any] | None = None, *, stream: bool, **at: Any
) -> Ran:
    endpoint = Endpoint(name="recorder", key_name="API_KEY", **{"base_url": recorder.origin + "/v1", **at})
    code = render(request_of({**PROMPT, **(fields or {})}, endpoint), client.id, stream=stream).code
    return runs.run(code, client.suffix, {"API_KEY": KEY})


# --- streams -------------------------------------------------------------------------------------


def run_on(packets: list[bytes], runs: Machines, client: Client) -> Ran:
    """Runs a snippet whose `fetch` gives it these packets one by one; from a connection Node joins them."""
    code = render(request_of(PROMPT, Endpoint(name="none", base_url="http://h/v1")), client.id).code
    fake = """\
globalThis.fetch = async () => {
  const start = (to) => (%s.forEach((bytes) => to.enqueue(Uint8Array.from(bytes))), to.close());
  return new Response(new ReadableStream({ start }), { headers: { "content-type": "text/event-stream" } });
};
"""
    return runs.run(fake % json.dumps([list(packet) for packet in packets]) + code, client.suffix)


@each_client
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_in_single_bytes(client: Client, name: str, runs: Machines) -> None:
    ran = run_on([bytes([byte]) for byte in STREAMS[name].encode()], runs, client)
    assert (ran.out, ran.error) == (SAID, "")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.sets(st.integers(1, 1500), max_size=12),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_stream_cut_anywhere(runs: Machines, cuts: set[int], text: str, end: str) -> None:
    """Line ends of other systems and U+2028 stand in the JSON as they are where JSON lets them."""
    said = [*CHUNKS, {"choices": [{"index": 0, "delta": {"content": text + "\u2028\U0001f469\u200d\U0001f52c\x85."}}]}]
    data = "".join([*map(event, said), "data: [DONE]\n\n"]).replace("\n", end).encode()
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    packets = [data[start:stop] for start, stop in pairwise(places)]
    for client in JAVASCRIPT:
        ran = run_on(packets, runs, client)
        assert (ran.out, ran.error) == (f"{SAID[:-1]}{text}\u2028\U0001f469\u200d\U0001f52c\x85.\n", "")


# --- errors --------------------------------------------------------------------------------------


@each_client
@pytest.mark.parametrize("error", [{"message": "out of memory", "code": 500}, "out of memory"], ids=["object", "text"])
def test_an_error_in_the_stream(client: Client, error: Any, runs: Machines, recorder: Recorder) -> None:
    recorder.packets = (event(CHUNKS[2]).encode(), event({"error": error}).encode())
    assert "out of memory" in run(runs, recorder, client, stream=True).error


@each_client
@each_way
@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_an_error_status(client: Client, stream: bool, status: int, runs: Machines, recorder: Recorder) -> None:
    recorder.statuses, recorder.completion = (status,), {"error": {"message": "no model of that name", "type": "x"}}
    assert "no model of that name" in run(runs, recorder, client, stream=stream).error
    recorder.take()


@each_way
@pytest.mark.parametrize("client", ["js-huggingface.js", "js-fetch"])
def test_a_busy_server_is_asked_once(client: str, stream: bool, runs: Machines, recorder: Recorder) -> None:
    """@huggingface/inference by itself asks again, at once and without end."""
    recorder.statuses, recorder.completion = (503,) * 3, {"error": "still loading"}
    assert "still loading" in run(runs, recorder, BY_ID[client], stream=stream).error
    recorder.take()


# --- what is sent --------------------------------------------------------------------------------


@each_client
def test_nobody_to_bill(client: Client, runs: Machines, recorder: Recorder) -> None:
    assert not run(runs, recorder, client, stream=True, headers=(("X-HF-Bill-To", ""),)).error
    assert recorder.take().headers["x-hf-bill-to"] == ""


@each_client
@pytest.mark.parametrize("path", ["/openai/v1", "/v1beta", "/v1/chat", "/V1", "/x/v1//", "/.a/%2eb/c%2e"])
def test_paths_that_look_like_another(client: Client, path: str, runs: Machines, recorder: Recorder) -> None:
    assert not run(runs, recorder, client, stream=True, base_url=recorder.origin + path).error
    assert recorder.take().path == f"{path.rstrip('/')}/chat/completions"


@each_client
@pytest.mark.parametrize("path", ["/a/%2e%2E", "/%2e/v1", "/a/.%2e/v1"])
def test_escaped_dots_are_resolved(client: Client, path: str, runs: Machines, recorder: Recorder) -> None:
    request = request_of(PROMPT, Endpoint(name="recorder", base_url=recorder.origin + path))
    (warning,) = render(request, client.id).warnings
    assert warning == "the base URL has %2e where fetch sees a dot and resolves it, as in /a/../b."
    assert not run(runs, recorder, client, stream=True, base_url=recorder.origin + path).error
    assert "%2e" not in recorder.take().path.lower()


@each_client
@each_way
@pytest.mark.parametrize("model", ["openai/gpt-oss-20b:groq", "hf-inference/a", "http", "a b\u00e9/../?#%2F", "auto"])
def test_nothing_else_is_asked(
    client: Client, stream: bool, model: str, runs: Machines, recorder: Recorder, node: Path
) -> None:
    """No look at the Hub for the model or its provider."""
    request = request_of({**PROMPT, "model": model}, Endpoint(name="recorder", base_url=recorder.origin))
    (runs.folder / "watch.mjs").write_text(
        "const { fetch } = globalThis;\n"
        "globalThis.fetch = (url, init) => (console.error(`asks ${url}`), fetch(url, init));\n"
    )
    path = runs.folder / f"watched{client.suffix}"
    path.write_text(render(request, client.id, stream=stream).code)
    command = [str(node), "--import", "./watch.mjs", str(path)]
    done = subprocess.run(command, cwd=runs.folder, env=plain_environment(), capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == (SAID, f"asks {recorder.origin}/chat/completions\n")
    assert recorder.take().json == payload(request, STREAMED if stream else None)


# --- what @huggingface/inference can't send ------------------------------------------------------


def sent_by_the_package(runs: Machines, recorder: Recorder, fields: dict[str, Any], *, stream: bool) -> tuple[Any, str]:
    """What came, or None, and the error that was thrown, or ""."""
    ran = run(runs, recorder, BY_ID["js-huggingface.js"], fields, stream=stream)
    return recorder.take().json if recorder.requests else None, ran.error


@each_way
@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"accessToken": KEY, "x": 1}, {"x": 1}),
        ({"provider": None, "x": 1}, {"x": 1}),
        ({"urlTransform": None, "x": None}, {"x": None}),
    ],
)
def test_its_arguments_are_left_out(
    fields: dict[str, Any], left: dict[str, Any], stream: bool, runs: Machines, recorder: Recorder
) -> None:
    request = request_of({**PROMPT, **left}, Endpoint(name="recorder"))
    sent, _ = sent_by_the_package(runs, recorder, fields, stream=stream)
    assert sent == payload(request, STREAMED if stream else None)


@each_way
@pytest.mark.parametrize(
    "fields",
    [
        {"provider": {"order": ["a"]}},
        {"endpointUrl": "nowhere"},
        {"urlTransform": "x", "endpointUrl": ""},
        {"model": "/models/a"},
        {"model": "https://h/a"},
        {"model": "http:a"},
    ],
)
def test_some_of_its_arguments_stop_it(
    fields: dict[str, Any], stream: bool, runs: Machines, recorder: Recorder
) -> None:
    sent, error = sent_by_the_package(runs, recorder, fields, stream=stream)
    assert sent is None
    assert error


@each_way
def test_data_is_the_whole_body(stream: bool, runs: Machines, recorder: Recorder) -> None:
    sent, _ = sent_by_the_package(runs, recorder, {"data": '["alone"]'}, stream=stream)
    assert sent == ["alone"]


# --- layout --------------------------------------------------------------------------------------


def picture(size: int) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'iVBORw0K' * size}"}}


BODIES: dict[str, dict[str, Any]] = {
    "one": {**PROMPT, "messages": [{"role": "user", "content": [picture(20)]}]},
    "several": {**PROMPT, "messages": [{"role": "user", "content": [picture(size) for size in range(20, 32)]}]},
    "one long name": {**PROMPT, "x" * 71: picture(20)["image_url"]["url"]},
    "long names": {
        **PROMPT,
        **{"x" * size: picture(20)["image_url"]["url"] for size in range(56, 82)},
        **{"y" * size: [picture(30)] for size in range(56, 82)},
    },
    "names inside": {**PROMPT, "x": {"y" * size: {"z" * size: picture(20)} for size in range(50, 80)}},
    "names in quotes": {**PROMPT, "x": {"y-" * size: picture(20)["image_url"]["url"] for size in range(25, 42)}},
    "a list": {**PROMPT, "x": [picture(size)["image_url"]["url"] for size in (20, 21, 20, 22, 23, 24, 25, 26, 27, 28)]},
    "no image": {**PROMPT, "messages": [{"role": "user", "content": "a\nb"}], "n": 3, "seed": None},
}


@each_client
@pytest.mark.parametrize("images", ["inline", "file"])
@pytest.mark.parametrize("name", BODIES)
def test_images_and_comments_are_as_prettier_leaves_them(
    client: Client, images: Literal["inline", "file"], name: str, runs: Machines
) -> None:
    request = request_of(BODIES[name], Endpoint(name="there", base_url="https://h/v1", key_name="API_KEY"))
    for full in (False, True):
        code = render(request, client.id, full=full, images=images).code
        done = runs.node.do(format=code)
        assert (done.out, done.error) == (code, "")
        assert ("// top_k: " in code) == full


@each_client
def test_long_names_and_addresses_are_as_prettier_leaves_them(client: Client, runs: Machines) -> None:
    for size in range(1, 58):
        headers = ((f"X-{'a' * size}", "b" * size), ("X-HF-Bill-To", "o'" * size))
        for some in ((), headers[:1], headers):
            endpoint = Endpoint(name="there", base_url=f"https://h/{'p' * size}/v1", key_name="K" * size, headers=some)
            code = render(request_of(PROMPT, endpoint), client.id).code
            done = runs.node.do(format=code)
            assert (done.out, done.error) == (code, "")


@each_client
def test_node_takes_a_full_snippet_with_images(client: Client, node: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mjs"
    request = request_of(BODIES["several"], Endpoint(name="there", base_url="https://h/v1", key_name="API_KEY"))
    path.write_text(render(request, client.id, full=True, images="file").code)
    done = subprocess.run([node, "--check", path], capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
