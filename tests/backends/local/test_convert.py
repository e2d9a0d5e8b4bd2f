"""A GGUF file into the folder that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.backends.advice import CARRIED
from playground.backends.local import convert as module
from playground.backends.local.convert import convert
from playground.errors import ModelUnavailable
from playground.events import Progress
from tests.gguf_files import TEMPLATE, llama, write_gguf
from tests.models import default_model_folder


def ignore(progress: Progress) -> None:
    pass


def converted(file: Path) -> Path:
    folder = file.with_suffix("")
    folder.mkdir()
    convert(file, folder, ignore)
    return folder


def network_of(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)


def tokenizer_of(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(write_gguf(tmp_path_factory.mktemp("gguf") / "small.gguf"))


def test_the_network_is_the_one_that_the_file_was_made_of(folder: Path) -> None:
    found, original = network_of(folder), llama()
    assert found.dtype == torch.float32
    assert {name: values.tolist() for name, values in found.state_dict().items()} == {
        name: values.tolist() for name, values in original.state_dict().items()
    }
    ids = torch.arange(1, 40)[None]
    with torch.inference_mode():
        assert torch.equal(found(ids).logits, original(ids).logits)
    assert (found.config.max_position_embeddings, found.generation_config.eos_token_id) == (512, 2)


def test_quantised_weights_become_bfloat16(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "q8.gguf", kind=gguf.GGMLQuantizationType.Q8_0)
    found, original = network_of(converted(file)), llama()
    assert found.dtype == torch.bfloat16
    for name, values in original.state_dict().items():
        assert torch.allclose(found.state_dict()[name].float(), values, atol=0.01 * float(values.abs().max()))


def test_the_tokenizer_splits_as_the_file_says(folder: Path, tmp_path: Path) -> None:
    text = "in  20 a<|im_end|>"
    apart = tokenizer_of(folder)
    assert apart.tokenize(text) == ["in", "ĠĠ", "2", "0", "Ġa", "<|im_end|>"]
    assert apart.decode(apart.encode(text, add_special_tokens=False)) == text
    together = tokenizer_of(converted(write_gguf(tmp_path / "gpt2.gguf", splitting="gpt-2")))
    assert together.tokenize(text) == ["in", "Ġ", "Ġ", "2", "0", "Ġa", "<|im_end|>"]


def test_the_template_is_the_files_own(folder: Path) -> None:
    tokenizer = tokenizer_of(folder)
    assert tokenizer.chat_template == TEMPLATE
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|im_end|>")


@pytest.mark.model
def test_the_default_model_reads_text_as_its_own_tokenizer_does() -> None:
    """Each digit by itself, and runs of spaces whole: so it was trained."""
    tokenizer = tokenizer_of(default_model_folder())
    assert tokenizer.tokenize("  1234   56\n\tx") == ["ĠĠ", "1", "2", "3", "4", "ĠĠĠ", "5", "6", "Ċ", "ĉ", "x"]
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 2, 2)
    config = network_of(default_model_folder()).config
    assert (config.num_hidden_layers, config.max_position_embeddings) == (30, 8192), CARRIED


def holding(content: bytes) -> Any:
    def make(file: Path) -> Path:
        file.write_bytes(content)
        return file

    return make


def half(file: Path) -> Path:
    content = write_gguf(file).read_bytes()
    file.write_bytes(content[: len(content) // 2])
    return file


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (holding(b""), "is not a GGUF file"),
        (holding(b"PK, so to speak"), "is not a GGUF file"),
        (holding(b"GGUF, so to speak"), "is damaged or incomplete"),
        (half, "is damaged or incomplete"),
        (lambda file: write_gguf(file, template=None), "has no chat template"),
        (lambda file: write_gguf(file, parts=3), "is one of 3 parts"),
    ],
    ids=["empty", "something else", "nonsense", "half", "no template", "a part"],
)
def test_what_it_cannot_make_a_chat_model_of(tmp_path: Path, make: Any, message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message) as error:
        converted(make(tmp_path / "model.gguf"))
    assert "model.gguf" in error.value.message
    assert error.value.advice != ModelUnavailable.advice


def test_a_model_that_does_not_fit_is_refused_with_both_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "available", lambda device: 100_000)
    with pytest.raises(ModelUnavailable, match=r"Unpacked, model\.gguf takes 1 MB, and 1 MB of memory can be used"):
        converted(write_gguf(tmp_path / "model.gguf"))
