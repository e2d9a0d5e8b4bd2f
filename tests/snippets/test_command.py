"""`python -m playground.snippets`: the code for a request, from a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from playground.exports import export
from playground.request import Endpoint
from playground.snippets import CLIENTS, render
from playground.snippets.__main__ import main
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.snippets.cases import BODIES, PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import Recorder
from tests.snippets.test_fidelity import KEY, same

PIXEL = "data:image/png;base64," + "iVBORw0KGgo" * 16


@pytest.fixture
def ask(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    """Run the command with a request in a file; (exit status, standard output, standard error)."""

    def run(request: Any, *options: str) -> tuple[int, str, str]:
        path = tmp_path / "request.json"
        path.write_bytes(request if isinstance(request, bytes) else json.dumps(request).encode())
        status = main([str(path), *options])
        found = capsysbinary.readouterr()
        return status, found.out.decode(), found.err.decode()

    return run


def here(body: Any, **fields: Any) -> dict[str, Any]:
    return {"base_url": "https://example.com/v1", "body": body, **fields}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda row: row.id)
@pytest.mark.parametrize("stream", [True, False])
def test_it_prints_the_code_that_the_page_shows(client: Any, stream: bool, ask: Any) -> None:
    endpoint = Endpoint(name="x", base_url="https://example.com/v1", key_name="API_KEY", headers=(("X-A", "b"),))
    request = request_of(BODIES["conversation" if client.calls else "text: lines"], endpoint)
    shown = render(request, client.id, stream=stream)
    body = payload(request, STREAMED if stream else None)
    status, code, said = ask(here(body, headers={"X-A": "b"}), "--client", client.id, *["--stream"] * stream)
    if client.calls:
        assert (status, code, said) == (0, shown.code, "")
    else:  # most hard bodies are beyond it
        assert (status, code, said.count("\n")) == (3, "", 1)


def test_it_prints_a_program_for_transformers(ask: Any) -> None:
    status, code, said = ask({"body": {**PROMPT, "seed": 1}}, "--client", "python-transformers")
    assert (status, said) == (0, "")
    assert (
        code == render(request_of({**PROMPT, "seed": 1}, Endpoint(name="x")), "python-transformers", stream=False).code
    )


def test_what_is_in_the_file_is_what_the_code_sends(ask: Any, runs: Machines, recorder: Recorder) -> None:
    """Also what the app itself would not send: unknown roles, fields of messages, `stream` as it stands there."""
    body = {
        "model": "m",
        "messages": [{"role": "critic", "content": [{"type": "odd", "x": None}], "y": 1.0}],
        "stream": False,
        "x": {"y": [True, 0]},
    }
    for client in ("python-openai", "js-openai", "sh-curl"):
        status, code, _ = ask({"base_url": recorder.origin + "/v1/", "body": body}, "--client", client)
        assert status == 0
        suffix = next(row.suffix for row in CLIENTS if row.id == client)
        assert not runs.run(code, suffix, {"API_KEY": KEY}).error
        sent = recorder.take()
        assert same(sent.json, body)
        assert sent.path == "/v1/chat/completions"


def test_stream_adds_nothing_but_stream(ask: Any, runs: Machines, recorder: Recorder) -> None:
    _, code, _ = ask({"base_url": recorder.origin, "body": PROMPT}, "--client", "python-openai", "--stream")
    assert not runs.run(code, ".py", {"API_KEY": KEY}).error
    assert recorder.take().json == {**PROMPT, "stream": True}


@pytest.mark.parametrize(
    ("url", "options", "name"),
    [
        ("https://router.huggingface.co/v1", [], "HF_TOKEN"),
        ("https://api.openai.com/v1", [], "OPENAI_API_KEY"),
        ("http://localhost:8000/v1", [], "API_KEY"),
        ("https://router.huggingface.co/v1", ["--key-env", "MINE"], "MINE"),
        ("https://router.huggingface.co/v1", ["--key-env", ""], None),
    ],
)
def test_the_key_is_read_from_the_environment(url: str, options: list[str], name: str | None, ask: Any) -> None:
    _, code, _ = ask({"base_url": url, "body": PROMPT}, "--client", "sh-curl", *options)
    assert (f'-H "Authorization: Bearer ${name}"' in code) == (name is not None)
    assert ("Authorization" in code) == (name is not None)


def test_a_key_in_the_file_does_not_reach_the_code(ask: Any) -> None:
    status, code, said = ask(here(PROMPT, headers={"authorization": "Bearer hf_planted"}), "--client", "sh-curl")
    assert status == 0
    assert "planted" not in code + said
    assert "Authorization is left out" in said


def test_full_and_images(ask: Any) -> None:
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    body = {"model": "m", "messages": [{"role": "user", "content": [image]}]}
    _, code, _ = ask(here(body), "--client", "python-openai", "--full", "--images", "file")
    assert "    # temperature=0.7,  # from 0 to 2\n" in code
    assert 'IMAGE = data_url("image.png", "image/png")' in code


def seeing(*urls: str) -> dict[str, Any]:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return {"model": "m", "messages": [{"role": "user", "content": parts}]}


def test_images_are_saved_where_the_code_reads_them(ask: Any, runs: Machines, recorder: Recorder) -> None:
    asked = {"base_url": recorder.origin, "body": seeing(PIXEL, PIXEL[:-4])}
    for _ in range(2):  # the second time they are there
        status, code, said = ask(asked, "--client", "python-openai", "--save-images", str(runs.folder))
        assert (status, said, PIXEL in code) == (0, "", False)
    assert not runs.run(code, ".py", {"API_KEY": KEY}).error
    assert recorder.take().json == asked["body"]


def test_a_file_of_that_name_with_another_content_is_left_alone(ask: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    options = ["--client", "sh-curl", "--save-images", str(folder)]
    assert ask(here(seeing(PIXEL)), *options)[0] == 0
    saved = (folder / "image.png").read_bytes()
    status, code, said = ask(here(seeing(PIXEL[:-4])), *options)
    assert (status, code, said.count("\n")) == (2, "", 1)
    assert "image.png is there already, with another content. Choose another folder." in said
    assert (folder / "image.png").read_bytes() == saved


def test_the_files_that_the_code_reads_are_named(ask: Any) -> None:
    status, code, said = ask(here(seeing(PIXEL, PIXEL[:-4])), "--client", "python-openai", "--images", "file")
    assert (status, said.splitlines()) == (
        0,
        [
            "The code reads image-1.png from the folder it runs in; --save-images DIR writes it.",
            "The code reads image-2.png from the folder it runs in; --save-images DIR writes it.",
        ],
    )
    assert PIXEL not in code


def test_the_body_alone_is_enough_where_no_address_is_called(ask: Any) -> None:
    request = request_of({**PROMPT, "seed": 1}, Endpoint(name="x"))
    status, code, _ = ask(export(request, "data-request").text.encode(), "--client", "python-transformers")
    assert (status, code) == (0, render(request, "python-transformers").code)


def test_what_the_page_exports_lacks_an_address_and_that_is_said(ask: Any) -> None:
    request = request_of(PROMPT, Endpoint(name="x"))
    status, code, said = ask(export(request, "data-request").text.encode(), "--client", "python-openai")
    assert (status, code) == (2, "")
    assert 'has no base_url. Write {"base_url": "https://host/v1", "body": {"model": ..., "messages": [...]}}' in said


def test_what_a_client_cannot_send_is_status_3_and_one_line(ask: Any) -> None:
    status, code, said = ask(here({**PROMPT, "seed": 2**53 + 1}), "--client", "js-openai")
    assert (status, code) == (3, "")
    assert said.count("\n") == 1
    assert "js-openai cannot send this: seed is a whole number that JavaScript rounds" in said


BAD: dict[str, tuple[Any, str]] = {
    "not JSON": (b"{", "is not valid JSON"),
    "not text": (b"\xff", "is not valid JSON"),
    "no object": ([], 'no request was found. Write {"base_url": "https://host/v1", "body": '),
    "no body": ({"base_url": "http://h"}, "no request was found. Write "),
    "a body beside an address": ({"base_url": "http://h", **PROMPT}, "no request was found. Write "),
    "no model": (here({"messages": []}), "body.model must be a text"),
    "no messages": (here({"model": "m"}), "body.messages must be a list"),
    "no address": ({"body": PROMPT}, "has no base_url. Write "),
    "no text for an address": ({"base_url": 1, "body": PROMPT}, "base_url must be a text"),
    "an odd address": ({"base_url": "ftp://h", "body": PROMPT}, "must look like https://host/v1"),
    "no address at all": ({"base_url": "http://[", "body": PROMPT}, "base_url"),
    "a password": ({"base_url": "http://a:planted@h", "body": PROMPT}, "user name or password"),
    "a secret header": (here(PROMPT, headers={"X-Api-Key": "planted"}), "holds a secret"),
    "headers in a list": (here(PROMPT, headers=["a"]), "headers must be an object"),
    "a header beyond ASCII": (here(PROMPT, headers={"X-A": "caf\u00e9"}), "HTTP cannot carry"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_are_status_2_and_one_line(name: str, ask: Any) -> None:
    request, message = BAD[name]
    status, code, said = ask(request, "--client", "python-openai")
    assert (status, code) == (2, "")
    assert message in said
    assert said.count("\n") == 1
    assert "planted" not in said


@pytest.mark.parametrize("name", ["1A", "A B", "A;touch pwned", "$(x)", "\u00e9"])
def test_a_key_name_is_a_name(name: str, ask: Any) -> None:
    status, code, _ = ask(here(PROMPT), "--client", "sh-curl", "--key-env", name)
    assert (status, code) == (2, "")


@pytest.mark.parametrize("arguments", [[], ["request.json"], ["--client", "sh-curl"], ["x.json", "--client", "nope"]])
def test_a_command_line_that_says_too_little(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m playground.snippets" in capsys.readouterr().err


def test_the_list_and_standard_input_in_a_new_process() -> None:
    """Where neither torch nor gradio is imported."""
    command = [sys.executable, "-m", "playground.snippets"]
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, timeout=30, check=True)
    assert listed.stdout.split("\n") == [*(client.id for client in CLIENTS), ""]
    program = (
        "import runpy, sys\n"
        "sys.argv = ['x', '-', '--client', 'python-openai']\n"
        "try:\n    runpy.run_module('playground.snippets', run_name='__main__', alter_sys=True)\n"
        "finally:\n    print(sorted({'torch', 'gradio', 'transformers', 'openai'} & sys.modules.keys()))"
    )
    request = json.dumps(here(PROMPT))
    done = subprocess.run([sys.executable, "-c", program], input=request, capture_output=True, text=True, timeout=30)
    assert done.stdout.endswith("\n[]\n")
    assert done.stdout.startswith("import os\n")
