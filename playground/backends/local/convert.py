"""The GGUF of SmolLM2-135M-Instruct to the folder that transformers loads in under a second.

The file is known to the byte (carrier.SHA256), so what it lacks or rounds is filled in from the model's own
published configuration: a GGUF carries no digit splitting of the tokenizer, for one, without which runs of
spaces before numbers become other tokens than those the model was trained on. The weights that come out equal,
bit for bit, those of transformers' own GGUF loader, which takes three times as long and needs accelerate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import GenerationConfig, LlamaConfig, PreTrainedTokenizerFast

from ...events import Progress
from .reports import Report

HEADS = {"attn_q": 9, "attn_k": 3}
LAYER = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}  # fmt: skip
WHOLE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
CONTEXT = 8192
CONTROL = 3
SPECIAL = {"bos_token": 1, "eos_token": 2, "pad_token": 2, "unk_token": 0}


def convert(gguf: Path, folder: Path, report: Report) -> None:
    """Write the model's whole folder. Not atomic: give it a folder that is renamed when it is done."""
    report(Progress(message="Converting the weights, once: reading"))
    reader = GGUFReader(gguf)
    _tokenizer(reader).save_pretrained(folder)
    _config().save_pretrained(folder)
    generation: Any = GenerationConfig
    generation(bos_token_id=1, eos_token_id=2, pad_token_id=2).save_pretrained(folder)
    weights = dict(_weights(reader, report))
    report(Progress(message="Converting the weights, once: writing"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _config() -> LlamaConfig:
    return LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        dtype="bfloat16",
    )


def _weights(reader: GGUFReader, report: Report) -> Iterator[tuple[str, torch.Tensor]]:
    total = len(reader.tensors)
    for done, tensor in enumerate(reader.tensors, 1):
        values = dequantize(tensor.data, tensor.tensor_type)
        yield rename(tensor.name), torch.from_numpy(unrotated(tensor.name, values)).to(torch.bfloat16)
        report(Progress(message="Converting the weights, once", done=done, total=total))


def rename(name: str) -> str:
    """A tensor's name in GGUF to its name in transformers. Raises KeyError for one that Llama has not."""
    if found := re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name):
        return f"model.layers.{found[1]}.{LAYER[found[2]]}.weight"
    return WHOLE[name]


def unrotated(name: str, values: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """Query and key rows in transformers' order: GGUF pairs neighbouring rows for rotation, transformers halves."""
    heads = next((count for key, count in HEADS.items() if f".{key}." in name), None)
    if heads is None:
        return numpy.array(values)
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns).copy()


def _tokenizer(reader: GGUFReader) -> Any:
    tokens: list[str] = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds: list[int] = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]
    core = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(
        [AddedToken(token, special=True) for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL]
    )
    made: Any = PreTrainedTokenizerFast
    return made(
        tokenizer_object=core,
        chat_template=reader.fields["tokenizer.chat_template"].contents(),
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        **{name: tokens[id] for name, id in SPECIAL.items()},
    )
