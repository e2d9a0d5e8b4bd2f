"""A GGUF file into the folder that transformers loads, on a file of a few tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoTokenizer, GenerationConfig

from playground.backends.local.convert import convert, rename, unrotated
from playground.events import Progress

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SPELLED = ["Ġ", "Ċ", *"0123456789abin'", "ĠĠ", "Ġa", "Ġb", "in"]
MERGES = ["Ġ Ġ", "Ġ a", "Ġ b", "i n"]


def heads_numbered(heads: int, width: int) -> Any:
    """Rows that name their place, of `heads` heads with 4 rows each."""
    return numpy.arange(heads * 4, dtype=numpy.float32)[:, None].repeat(width, axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("convert")
    writer: Any = gguf.GGUFWriter(place / "small.gguf", "llama")
    writer.add_token_list([*SPECIAL, *SPELLED])
    writer.add_token_types([3] * len(SPECIAL) + [1] * len(SPELLED))
    writer.add_token_merges(MERGES)
    writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
    writer.add_tensor("token_embd.weight", numpy.full((4, 32), 1.5, dtype=numpy.float32))
    writer.add_tensor("blk.7.attn_q.weight", heads_numbered(9, 32))
    quantised = gguf.quantize(numpy.full((2, 64), 3.0, dtype=numpy.float32), gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("blk.7.ffn_down.weight", quantised, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    said: list[Progress] = []
    (place / "model").mkdir()
    convert(place / "small.gguf", place / "model", said.append)
    assert [(progress.done, progress.total) for progress in said if progress.total] == [(1, 3), (2, 3), (3, 3)]
    return place / "model"


def test_weights_are_unpacked_renamed_and_in_order(folder: Path) -> None:
    found = load_file(folder / "model.safetensors")
    assert set(found) == {
        "model.embed_tokens.weight", "model.layers.7.self_attn.q_proj.weight", "model.layers.7.mlp.down_proj.weight",
    }  # fmt: skip
    assert all(weight.dtype == torch.bfloat16 for weight in found.values())
    assert found["model.layers.7.mlp.down_proj.weight"].tolist() == [[3.0] * 64] * 2
    first_head = found["model.layers.7.self_attn.q_proj.weight"][:4, 0].tolist()
    assert first_head == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("name", "rows", "order"),
    [
        ("blk.0.attn_q.weight", 36, [0, 2, 1, 3, 4, 6, 5, 7]),
        ("blk.0.attn_k.weight", 24, [0, 2, 4, 6, 1, 3, 5, 7]),
        ("blk.0.attn_v.weight", 24, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_rotated_rows_go_back_to_halves(name: str, rows: int, order: list[int]) -> None:
    values = numpy.arange(rows, dtype=numpy.float32)[:, None]
    assert unrotated(name, values)[:8, 0].tolist() == order


def test_a_tensor_that_the_model_has_not_is_no_guess() -> None:
    with pytest.raises(KeyError):
        rename("blk.0.ssm_a.weight")


def test_digits_stand_alone_as_in_the_models_own_tokenizer(folder: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    assert tokenizer.tokenize("in  20 a<|im_end|>") == ["in", "ĠĠ", "2", "0", "Ġa", "<|im_end|>"]
    assert tokenizer.decode(tokenizer.encode("in  20 a<|im_end|>")) == "in  20 a<|im_end|>"
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 2, 2)
    assert tokenizer.apply_chat_template([{"role": "user", "content": "ab"}], tokenize=False) == "ab"


def test_settings_are_the_models_own(folder: Path) -> None:
    config = AutoConfig.from_pretrained(folder)
    assert (config.num_hidden_layers, config.max_position_embeddings, config.rms_norm_eps) == (30, 8192, 1e-5)
    assert config.rope_parameters["rope_theta"] == 100000
    assert config.tie_word_embeddings
    generation = GenerationConfig.from_pretrained(folder)
    assert (generation.eos_token_id, generation.temperature, generation.do_sample) == (2, None, None)
