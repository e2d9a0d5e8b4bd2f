"""`python app.py` as a process: page and API on one port, what the terminal says, how it starts and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from playground.server.port import why_not
from tests.browser.app_process import ROOT, AppProcess
from tests.loopback import quiet_environment
from tests.models import default_model_data_dir
from tests.serving import eventually, wait_until

KEY = "sk-planted-key"
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app over the real default model, asking for KEY."""
    folder = tmp_path_factory.mktemp("app")
    data = str(default_model_data_dir())
    with AppProcess.start(
        folder, "--data-dir", data, env={"PLAYGROUND_API_KEY": KEY, "PLAYGROUND_OFFLINE": "1"}
    ) as app:
        yield app


def headers(key: str = KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def python(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the app's folder, with this environment in place of the tests' own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PLAYGROUND_", "GRADIO_"))}
    return subprocess.run(
        [sys.executable, *args], cwd=ROOT, env={**plain, **quiet_environment(), **env}, capture_output=True, text=True
    )


def test_the_terminal_says_where(app: AppProcess) -> None:
    wait_until(lambda: "Data folder" in app.said)
    address = app.url.replace("127.0.0.1", "localhost")
    assert app.said.splitlines()[:3] == [
        f"Chat Completion Playground: {address}",
        f"Its models as an API:       {address}/v1 (asks for its key; code reads that from API_KEY)",
        f"Data folder:                {default_model_data_dir()}",
    ]


@pytest.mark.parametrize(
    ("path", "key", "status", "kind"),
    [
        ("/", None, 200, "text/html"),
        ("/health", None, 200, "application/json"),
        ("/v1/models", None, 401, "application/json"),
        ("/v1/models", KEY, 200, "application/json"),
        (f"/v1/models/{MODEL}", KEY, 200, "application/json"),
        (f"/v1/models/{MODEL.replace('/', '%2F')}", KEY, 200, "application/json"),
        ("/v1/models/unknown", KEY, 404, "application/json"),
        ("/v1/chat/completions", KEY, 405, "application/json"),
    ],
)
def test_page_and_api_share_a_port(app: AppProcess, path: str, key: str | None, status: int, kind: str) -> None:
    answer = httpx.get(app.url + path, headers=headers(key) if key else {})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, kind)


def test_a_page_of_another_site_cannot_ask(app: AppProcess) -> None:
    """Also with Gradio's own cross-origin rules around the API."""
    answer = httpx.post(
        f"{app.url}/v1/chat/completions",
        headers={**headers(), "Origin": "https://evil.example", "Content-Type": "text/plain"},
        content=b"{}",
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    elsewhere = {"Origin": "https://evil.example", "Host": "mine.example", "Access-Control-Request-Method": "POST"}
    asked = httpx.options(f"{app.url}/v1/chat/completions", headers=elsewhere)
    assert asked.status_code == 401
    assert not any(name.startswith("access-control-") for name in asked.headers)


@pytest.mark.model
async def test_the_api_streams_as_it_goes_and_stops_when_the_client_leaves(app: AppProcess) -> None:
    async with openai.AsyncOpenAI(base_url=f"{app.url}/v1", api_key=KEY, max_retries=0) as client:
        start = time.monotonic()
        long = await client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Write a very long story about the sea."}],
            stream=True,
            max_completion_tokens=7000,
            logit_bias={"2": -100},  # the end-of-turn token: it cannot stop before
        )
        seen = 0
        async for chunk in long:
            seen += bool(chunk.choices[0].delta.content)
            if seen == 5:
                break
        await long.close()
        left = time.monotonic()
        short = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Say hi."}], max_tokens=1
        )
        waited = time.monotonic() - left
    assert seen == 5
    assert left - start < 60, "five tokens came without waiting for seven thousand, which take minutes"
    assert short.usage is not None
    assert short.usage.completion_tokens == 1
    assert waited < 30, "the model was free again, without finishing them"


def test_the_log_has_no_key(app: AppProcess) -> None:
    httpx.post(f"{app.url}/v1/chat/completions", headers=headers(), json={"key": KEY})
    httpx.get(f"{app.url}/v1/models", headers=headers("sk-another"))
    assert "POST /v1/chat/completions 400" in app.said
    assert "sk-" not in app.said


def test_starting_imports_no_model_library() -> None:
    """A module-level `demo` is there for a Space, and torch waits for the first use."""
    code = "import app, gradio, sys; print(type(app.demo).__name__, {'torch', 'transformers'} & sys.modules.keys())"
    done = python("-c", code)
    assert (done.stdout.strip(), done.returncode) == ("Blocks set()", 0), done.stderr


def test_on_zerogpu_a_function_that_borrows_a_gpu_is_there_before_the_launch(tmp_path: Path) -> None:
    """`spaces` looks for one then, and ends the Space if there is none."""
    (tmp_path / "spaces.py").write_text(
        "borrowers = []\nGPU = lambda **how: lambda task: borrowers.append(task) or task\n"
    )
    code = "import app, spaces, sys; print(len(spaces.borrowers), {'torch', 'transformers'} & sys.modules.keys())"
    done = python("-c", code, SPACE_ID="me/space", SPACES_ZERO_GPU="true", PYTHONPATH=str(tmp_path))
    assert (done.stdout.strip(), done.returncode) == ("1 set()", 0), done.stderr
    plain = python("-c", "import app, spaces; print(len(spaces.borrowers))", PYTHONPATH=str(tmp_path))
    assert plain.stdout.strip() == "0"


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = python("app.py", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Port {port} is taken by another program. Choose another with --port, or stop that program.\n"
    )


@pytest.mark.parametrize(
    ("host", "says"),
    [("127.0.0.1", None), ("0.0.0.0", None), ("no.such.host.invalid", "--host"), ("192.0.2.1", "--host")],
)
def test_where_it_can_listen(free_port: int, host: str, says: str | None) -> None:
    reason = why_not(host, free_port)
    assert reason is None if says is None else reason is not None and says in reason


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is a signal on POSIX only")
@pytest.mark.parametrize("while_streaming", [False, True])
async def test_ctrl_c_ends_it(tmp_path: Path, while_streaming: bool) -> None:
    with AppProcess.start(tmp_path, "--data-dir", str(default_model_data_dir())) as app:
        async with httpx.AsyncClient(timeout=60) as client:
            if while_streaming:
                body = {"model": MODEL, "messages": [{"role": "user", "content": "Count to 1000."}], "stream": True}
                request = client.build_request("POST", f"{app.url}/v1/chat/completions", json=body)
                answer = await client.send(request, stream=True)
                assert answer.status_code == 200
            await eventually(lambda: "Data folder" in app.said)
            app.process.send_signal(signal.SIGINT)
            status = await asyncio.to_thread(app.process.wait, 12)
            if while_streaming:
                await answer.aclose()
    assert status == 0
    assert "Stopping." in app.said
    assert "Traceback" not in app.said
