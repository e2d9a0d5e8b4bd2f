"""What a snippet prints of the answer: the text, and reasoning and tool calls where they can come."""

from __future__ import annotations

import py_compile
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from playground.request import Endpoint
from playground.snippets import CLIENTS, render
from playground.snippets.client import Client
from tests.snippets.cases import BODIES, PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import SAID, Recorder

SDKS = [client for client in CLIENTS if client.calls and client.language != "Shell"]
TOOL = {"type": "function", "function": {"name": "weather"}}
ASKING: dict[str, dict[str, Any]] = {
    "tools": {"tools": [TOOL]},
    "thoughts": {"reasoning_effort": "low"},
    "several": {"n": 2},
}
ENDPOINT = Endpoint(name="there", base_url="https://example.com/v1", key_name="API_KEY", headers=(("X-A", "b"),))

each_sdk = pytest.mark.parametrize("client", SDKS, ids=lambda row: row.id)
each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda row: row.id)


def printed(runs: Machines, recorder: Recorder, client: Client, asked: dict[str, Any], *, stream: bool) -> str:
    endpoint = Endpoint(name="recorder", base_url=recorder.origin + "/v1")
    ran = runs.run(render(request_of({**PROMPT, **asked}, endpoint), client.id, stream=stream).code, client.suffix)
    assert not ran.error
    return ran.out


def choice(index: int = 0, **said: Any) -> dict[str, Any]:
    """A chunk, or what of a completion matters, with one choice."""
    return {"choices": [{"index": index, "delta": said}]}


def call(index: int, **function: str) -> dict[str, Any]:
    return choice(tool_calls=[{"index": index, "id": f"call_{index}", "type": "function", "function": function}])


THINKING = (
    choice(role="assistant"),
    choice(reasoning_content="Hm"),
    choice(reasoning_content="m."),
    choice(content="4"),
    choice(content="2"),
)
CALLING: tuple[dict[str, Any], ...] = (
    call(0, name="weather", arguments=""),
    call(0, arguments='{"city": '),
    {"choices": []},
    call(0, arguments='"Oslo"}'),
    choice(tool_calls=None),
    call(1, name="time", arguments="{}"),
)
SEVERAL = (choice(1, content="No"), choice(0, content="Ye"), choice(0, content="s"), choice(1, content="!"))


@each_sdk
@pytest.mark.parametrize("stream", [True, False])
def test_only_the_text_is_printed(client: Client, stream: bool, runs: Machines, recorder: Recorder) -> None:
    assert printed(runs, recorder, client, {}, stream=stream) == SAID


@each_sdk
@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_streamed_reasoning_stands_before_the_answer(
    client: Client, name: str, runs: Machines, recorder: Recorder
) -> None:
    said = [
        {name if key == "reasoning_content" else key: text for key, text in chunk["choices"][0]["delta"].items()}
        for chunk in THINKING
    ]
    recorder.chunks = tuple(choice(**delta) for delta in said)
    assert printed(runs, recorder, client, ASKING["thoughts"], stream=True) == "Hmm.\n\n42\n"


@each_sdk
def test_streamed_tool_calls_are_put_together(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = (choice(content="Let me look."), *CALLING)
    expected = 'Let me look.\nweather({"city": "Oslo"})\ntime({})\n'
    assert printed(runs, recorder, client, ASKING["tools"], stream=True) == expected


@each_sdk
def test_streamed_answers_are_kept_apart(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = SEVERAL
    assert printed(runs, recorder, client, ASKING["several"], stream=True) == "[0] Yes\n[1] No!\n"


@each_sdk
def test_everything_at_once(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = (*THINKING, *CALLING, *(choice(1, content="Yes") for _ in range(2)))
    asked = {**ASKING["tools"], **ASKING["thoughts"], **ASKING["several"]}
    expected = '[0] Hmm.\n\n[0] 42\n[1] YesYes\n[0] weather({"city": "Oslo"})\n[0] time({})\n'
    assert printed(runs, recorder, client, asked, stream=True) == expected


@each_sdk
def test_a_whole_answer_with_everything(client: Client, runs: Machines, recorder: Recorder) -> None:
    function = {"name": "weather", "arguments": "{}"}
    message = {
        "role": "assistant",
        "content": None,
        "reasoning": "Hm",
        "tool_calls": [{"id": "c", "type": "function", "function": function}],
    }
    other = {"role": "assistant", "content": "42"}
    recorder.completion = {"choices": [{"index": 0, "message": message}, {"index": 1, "message": other}]}
    asked = {**ASKING["tools"], **ASKING["thoughts"]}
    assert printed(runs, recorder, client, asked, stream=False) == "Hm\n\nweather({})\n"
    assert printed(runs, recorder, client, {**asked, "n": 2}, stream=False) == "[0]\nHm\n\nweather({})\n[1]\n42\n"


@each_sdk
def test_an_answer_without_content_prints_an_empty_line(client: Client, runs: Machines, recorder: Recorder) -> None:
    recorder.completion = {"choices": [{"index": 0, "message": {"role": "assistant", "content": None}}]}
    assert printed(runs, recorder, client, {}, stream=False) == "\n"


# --- the code itself -----------------------------------------------------------------------------


def programs(client: Client) -> list[str]:
    """Every shape the code can take, and every hard body."""
    asked = [
        dict(item for part in parts for item in part.items())
        for parts in product(*([{}, part] for part in ASKING.values()))
    ]
    bodies = [{**PROMPT, **fields} for fields in asked] + list(BODIES.values())
    requests = [
        request_of(body, endpoint)
        for endpoint in (ENDPOINT, Endpoint(name="x", base_url="http://h"))
        for body in bodies
    ]
    return [render(request, client.id, stream=stream).code for request in requests for stream in (True, False)]


def _python(codes: list[str], folder: Path, runs: Machines) -> None:
    for index, code in enumerate(codes):
        path = folder / f"a{index}.py"
        path.write_bytes(code.encode())
        py_compile.compile(str(path), cfile=str(folder / "compiled"), doraise=True)
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--diff", folder], capture_output=True)
    assert done.returncode == 0, done.stdout.decode()


def _javascript(codes: list[str], folder: Path, runs: Machines) -> None:
    """Prettier parses each program whole, so a broken one fails as well as an untidy one."""
    for code in codes:
        done = runs.node.do(format=code)
        assert (done.error, done.out) == ("", code)


def _shell(codes: list[str], folder: Path, runs: Machines) -> None:
    for code in codes[:40]:
        done = subprocess.run(["bash", "-n"], input=code.encode(), capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")


@each_client
def test_the_code_is_sound_and_as_its_formatter_leaves_it(client: Client, runs: Machines, tmp_path: Path) -> None:
    {"Python": _python, "JavaScript": _javascript, "Shell": _shell}[client.language](programs(client), tmp_path, runs)


def test_node_accepts_a_snippet(runs: Machines, node: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mjs"
    path.write_text(render(request_of(BODIES["extra"], ENDPOINT), "js-openai").code)
    done = subprocess.run([node, "--check", path], capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode()


@each_client
def test_code_ends_with_one_newline_and_holds_no_key(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "planted-key-7f3a")
    code = render(request_of(PROMPT, ENDPOINT), client.id).code
    assert code.endswith("\n")
    assert not code.endswith("\n\n")
    assert ("API_KEY" in code) == client.calls
    assert "planted" not in code
