"""The operator's own models: which there are, and that nothing else can be named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from playground.backends.local import LocalBackend
from playground.backends.local.convert import convert
from playground.backends.local.hub import Hub
from playground.backends.local.shelf import Shelf
from playground.backends.local.weights import Weights
from playground.errors import ModelNotFound, ModelUnavailable
from playground.events import Progress, collect
from playground.messages import user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.gguf_files import llama, write_gguf

HERE = Endpoint(name="This machine", kind="local")


def put(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"x": 1}')


WHOLE = ("config.json", "tokenizer.json", "model.safetensors")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    home = tmp_path / "models"
    put(home, *(f"{place}/{name}" for place in ("mine", "me/finetune-2", ".hidden") for name in WHOLE))
    put(home, "half/config.json", "half/tokenizer.json", "none/tokenizer.json", "notes.txt", "a/b/c/too-deep.gguf")
    put(home, "one.gguf", "me/Two.Q8_0.GGUF", "me/mmproj-two.gguf")
    put(home, "big-00001-of-00002.gguf", "big-00002-of-00002.gguf")
    put(tmp_path, "outside.gguf")
    return Shelf(home)


def test_folders_and_files_are_named_by_their_paths(shelf: Shelf, tmp_path: Path) -> None:
    home = tmp_path / "models"
    assert shelf.listed() == [
        ("big-00001-of-00002.gguf", home / "big-00001-of-00002.gguf"),
        ("half", home / "half"),
        ("me/Two.Q8_0.GGUF", home / "me" / "Two.Q8_0.GGUF"),
        ("me/finetune-2", home / "me" / "finetune-2"),
        ("mine", home / "mine"),
        ("one.gguf", home / "one.gguf"),
    ]
    for model_id, place in shelf.listed():
        assert shelf.find(model_id) == place


@pytest.mark.parametrize(
    "name",
    ["../outside.gguf", "/etc", "", ".", "me", "me/../one.gguf", "me//Two.Q8_0.GGUF", ".hidden", "C:one.gguf",
     "me\\Two.Q8_0.GGUF", "none", "notes.txt", "one.gguf\0", "x" * 5000, "é" * 200, "a/b/c/too-deep.gguf"],
)  # fmt: skip
def test_nothing_else_has_a_name(shelf: Shelf, name: str) -> None:
    assert shelf.find(name) is None


@pytest.mark.parametrize("folder", [None, Path("/not/there")])
def test_without_a_folder_there_is_nothing(folder: Path | None) -> None:
    assert Shelf(folder).listed() == []
    assert Shelf(folder).find("one.gguf") is None


# --- running them --------------------------------------------------------------------------------


def backend_of(home: Path) -> LocalBackend:
    weights = Weights(home / "data", offline=True, own=home / "models", hub=Hub(cache=home / "hub"))
    return LocalBackend(data_dir=home / "data", offline=True, weights=weights, device="cpu")


def ask(model: str) -> ChatRequest:
    return ChatRequest(
        model=ModelRef(endpoint=HERE, id=model),
        messages=(user("bin"),),
        params={"temperature": 0, "max_tokens": 5},  # type: ignore[arg-type]
    )


async def test_a_gguf_file_is_converted_once_and_runs_in_8_bits(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_gguf(tmp_path / "models" / "small.gguf")
    said = []
    for _ in range(2):
        backend = backend_of(tmp_path)
        assert "small.gguf" in [model.id for model in await backend.models()]
        events = [event async for event in backend.stream(ask("small.gguf"))]
        residence = next(model.residence for model in await backend.models() if model.id == "small.gguf")
        assert residence is not None
        assert residence.weights == "8-bit"
        said.append([event.message for event in events if isinstance(event, Progress)])
        await backend.close()
    assert "Converting small.gguf, once: unpacking" in said[0]
    assert not any("Converting" in message for message in said[1])


async def test_a_file_that_changed_is_another_model_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    answers = []
    for seed in range(2):
        network = llama()
        torch.manual_seed(seed)
        torch.nn.init.normal_(network.lm_head.weight)
        write_gguf(tmp_path / "models" / "small.gguf", network)
        backend = backend_of(tmp_path)
        answers.append((await collect(backend.stream(ask("small.gguf")))).choices[0].message.text)
        await backend.close()
    assert answers[0] != answers[1]
    assert len([path for path in (tmp_path / "data" / "models").iterdir() if path.is_dir()]) == 1


async def test_a_folder_runs_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "me" / "finetune"
    folder.mkdir(parents=True)
    convert(write_gguf(tmp_path / "source.gguf"), folder, lambda progress: None)
    backend = backend_of(tmp_path)
    assert (await collect(backend.stream(ask("me/finetune")))).finished is not None
    await backend.close()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("gone", "lack"),
    [
        ("chat_template.jinja", "no chat template"),
        ("model.safetensors", "no complete weights in safetensors"),
        ("tokenizer.json", "no tokenizer"),
    ],
)
async def test_a_folder_that_lacks_something_says_what(tmp_path: Path, gone: str, lack: str) -> None:
    put(tmp_path / "models" / "mine", *(name for name in (*WHOLE, "chat_template.jinja") if name != gone))
    backend = backend_of(tmp_path)
    (info,) = [model for model in await backend.models() if model.id == "mine"]
    assert lack in (info.unavailable or "")
    with pytest.raises(ModelUnavailable, match=lack):
        await collect(backend.stream(ask("mine")))
    await backend.close()


async def test_damaged_weights_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    convert(write_gguf(tmp_path / "source.gguf"), folder, lambda progress: None)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    backend = backend_of(tmp_path)
    with pytest.raises(ModelUnavailable, match="damaged or incomplete"):
        await collect(backend.stream(ask("mine")))
    await backend.close()


async def test_a_model_in_memory_is_listed_when_its_file_is_gone(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    file = write_gguf(tmp_path / "models" / "small.gguf")
    backend = backend_of(tmp_path)
    await collect(backend.stream(ask("small.gguf")))
    file.unlink()
    assert [model.residence is not None for model in await backend.models() if model.id == "small.gguf"] == [True]
    await backend.close()


async def test_a_path_of_this_machine_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_gguf(tmp_path / "outside.gguf")
    backend = backend_of(tmp_path)
    for name in (str(tmp_path / "outside.gguf"), "../outside.gguf"):
        with pytest.raises(ModelNotFound):
            await collect(backend.stream(ask(name)))
    await backend.close()
