"""The Hub as it answers, or doesn't: a server on this machine in its place."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.backends.local.hub import Hub, check_id, wanted
from playground.errors import ModelNotFound, ModelUnavailable, PlaygroundError
from playground.events import Progress
from tests.serving import serving

SHA = "a" * 40
FILES = {
    "config.json": b'{"max_position_embeddings": 64}',
    "tokenizer.json": b"{}",
    "model.safetensors": b"w" * 5000,
    "pytorch_model.bin": b"not wanted",
    "onnx/model.onnx": b"not wanted",
}


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests at large forbid the Hub; here it is a server on this machine."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@contextmanager
def hub(home: Path, *, status: int = 200, error: str = "", files: dict[str, bytes] | None = None) -> Iterator[Hub]:
    """A Hub that has the model owner/name with these files, or that answers with an error."""
    kept = FILES if files is None else files

    def info(request: Request) -> Response:
        if status != 200:
            return JSONResponse({"error": error}, status, {"X-Error-Code": error} if error else {})
        siblings = [{"rfilename": name, "size": len(content)} for name, content in kept.items()]
        return JSONResponse({"id": "owner/name", "sha": SHA, "siblings": siblings})

    def tree(request: Request) -> Response:
        return JSONResponse(
            [{"type": "file", "path": name, "size": len(content), "oid": name} for name, content in kept.items()]
        )

    def file(request: Request) -> Response:
        name = request.path_params["path"]
        headers = {"ETag": f'"{name.replace("/", "-")}"', "X-Repo-Commit": SHA}
        content = b"" if request.method == "HEAD" else kept[name]
        return Response(content, headers=headers | {"Content-Length": str(len(kept[name]))})

    app = Starlette(
        routes=[
            Route("/api/models/owner/name", info),
            Route("/api/models/owner/name/revision/{revision}", info),
            Route("/api/models/owner/name/tree/{revision}", tree),
            Route("/owner/name/resolve/{revision}/{path:path}", file, methods=["GET", "HEAD"]),
        ]
    )
    with serving(app) as url:
        yield Hub(endpoint=url, cache=home)


def test_a_model_is_fetched_with_progress_and_then_found_in_the_cache(tmp_path: Path) -> None:
    said: list[Progress] = []
    with hub(tmp_path) as fetching:
        folder = fetching.fetch("owner/name", said.append)
    assert {file.name for file in folder.iterdir()} == {"config.json", "tokenizer.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    total = sum(len(FILES[name]) for name in ("config.json", "tokenizer.json", "model.safetensors"))
    assert said[-1] == Progress(message="Downloading owner/name", done=total, total=total)
    later = Hub(cache=tmp_path)
    assert later.cached("owner/name") == folder
    assert later.listed() == [("owner/name", folder)]


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (404, "RepoNotFound", ModelNotFound, "no model owner/name"),
        (401, "RepoNotFound", ModelNotFound, "private"),
        (403, "GatedRepo", ModelUnavailable, "gated"),
        (500, "", ModelUnavailable, "answered 500"),
        (429, "", ModelUnavailable, "answered 429"),
    ],
)
def test_what_the_hub_refuses_is_said(
    tmp_path: Path, status: int, code: str, error: type[PlaygroundError], words: str
) -> None:
    with hub(tmp_path, status=status, error=code) as refusing, pytest.raises(error, match=words) as raised:
        refusing.fetch("owner/name", lambda progress: None)
    assert raised.value.advice


@pytest.mark.parametrize(
    ("others", "message", "advice"),
    [
        ({}, "no weights in safetensors", "Choose another repository"),
        ({"x-Q4_K_M.gguf": b"GGUF"}, "holds GGUF files", "--models-dir"),
    ],
)
def test_a_model_without_safetensors_is_refused_before_anything_is_fetched(
    tmp_path: Path, others: dict[str, bytes], message: str, advice: str
) -> None:
    files = {name: content for name, content in FILES.items() if name != "model.safetensors"} | others
    with hub(tmp_path, files=files) as lacking, pytest.raises(ModelUnavailable, match=message) as refused:
        lacking.fetch("owner/name", lambda progress: None)
    assert advice in refused.value.advice
    assert not list(tmp_path.rglob("*.bin"))


def test_a_hub_that_refuses_connections_is_said_at_once(tmp_path: Path, free_port: int) -> None:
    start = time.perf_counter()
    with pytest.raises(ModelNotFound, match="can't be reached"):
        Hub(endpoint=f"http://127.0.0.1:{free_port}", cache=tmp_path).fetch("owner/name", lambda progress: None)
    assert time.perf_counter() - start < 10


def test_a_hub_that_never_answers_is_given_up_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.backends.local.hub.PATIENCE", 0.3)
    start = time.perf_counter()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ModelNotFound, match="can't be reached"):
        Hub(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}", cache=tmp_path).fetch("a/b", lambda progress: None)
    assert time.perf_counter() - start < 10


def test_offline_by_the_hubs_own_setting_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with hub(tmp_path) as reachable, pytest.raises(ModelNotFound, match="can't be reached"):
        reachable.fetch("owner/name", lambda progress: None)


def test_only_what_a_local_model_needs_is_wanted() -> None:
    names = (
        "config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.model",
        "merges.txt", "chat_template.jinja", "README.md", "consolidated.safetensors", "original/model.safetensors",
        "pytorch_model.bin", "modeling_custom.py", "model.gguf",
    )  # fmt: skip
    assert list(wanted(dict.fromkeys(names, 1))) == list(names[:6])


@pytest.mark.parametrize("model_id", ["", "a/b/c", "../x", "/etc", "a b", "C:\\models", "a/..", "-x", "x" * 200])
def test_what_is_not_an_id_is_no_model(model_id: str) -> None:
    with pytest.raises(ModelNotFound):
        check_id(model_id)


def test_a_broken_cache_lists_what_it_can(tmp_path: Path) -> None:
    for name, ref in {"models--a--b": SHA, "models--c--d": None, "datasets--e--f": SHA, "junk": None}.items():
        (tmp_path / name / "refs").mkdir(parents=True)
        if ref:
            (tmp_path / name / "refs" / "main").write_text(ref)
    assert Hub(cache=tmp_path).listed() == [("a/b", tmp_path / "models--a--b" / "snapshots" / SHA)]
    assert Hub(cache=tmp_path / "missing").listed() == []


def test_the_answers_of_a_broken_hub_are_errors_of_ours(tmp_path: Path) -> None:
    def nonsense(request: Request) -> Response:
        return Response(json.dumps([1, 2]), media_type="application/json")

    app: Any = Starlette(routes=[Route("/{path:path}", nonsense)])
    with serving(app) as url, pytest.raises(ModelUnavailable, match="can't be understood"):
        Hub(endpoint=url, cache=tmp_path).fetch("owner/name", lambda progress: None)
