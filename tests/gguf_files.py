"""GGUF files made on the spot: models of random weights with a small vocabulary, and the model they were made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy
import torch
from transformers import LlamaConfig, LlamaForCausalLM

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = ("Ġ Ġ", "Ġ a", "Ġ b", "i n")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT, CONTROL = 1, 3
NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


def vocabulary() -> list[str]:
    """The special tokens, each byte in the spelling of byte-level BPE, and what the merges make."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    return [*SPECIAL, *bytes_to_unicode().values(), *(merge.replace(" ", "") for merge in MERGES)]


def llama(**changes: Any) -> Any:
    """The model that the files are made of, and hold in float32."""
    sizes: dict[str, Any] = {
        "vocab_size": len(vocabulary()), "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
    }  # fmt: skip
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**sizes | changes)).eval()


def write_gguf(
    file: Path,
    network: Any = None,
    *,
    template: str | None = TEMPLATE,
    splitting: str = "smollm",
    kind: Any = gguf.GGMLQuantizationType.F32,
    parts: int = 1,
) -> Path:
    """Write a Llama as llama.cpp's own converter does: its names, and neighbouring rows for rotation."""
    network = network or llama()
    config = network.config
    writer: Any = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(0 if kind == gguf.GGMLQuantizationType.F32 else 7)
    _add_tokenizer(writer, template, splitting)
    if parts > 1:
        writer.add_uint16("split.count", parts)
    for name, values in network.state_dict().items():
        _add_tensor(writer, name, values.float(), config, kind)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    return file


def _add_tokenizer(writer: Any, template: str | None, splitting: str) -> None:
    tokens = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(splitting)
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in SPECIAL else TEXT for token in tokens])
    writer.add_token_merges(list(MERGES))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    if template is not None:
        writer.add_chat_template(template)


def _add_tensor(writer: Any, name: str, values: torch.Tensor, config: Any, kind: Any) -> None:
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    for part, count in heads.items():
        if part in name:
            values = values.view(count, 2, -1, values.shape[1]).transpose(1, 2).reshape(values.shape)
    layer, _, rest = name.removeprefix("model.layers.").partition(".") if "layers" in name else ("", "", name)
    base, _, suffix = rest.rpartition(".")
    data: Any = values.numpy()
    full = f"blk.{layer}.{NAMES[base]}.{suffix}" if layer else f"{NAMES[base]}.{suffix}"
    if values.ndim == 1 or kind == gguf.GGMLQuantizationType.F32:
        writer.add_tensor(full, numpy.ascontiguousarray(data))
    else:
        writer.add_tensor(full, gguf.quantize(data, kind), raw_dtype=kind)
