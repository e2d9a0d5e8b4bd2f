"""Small models of random weights, one of each kind that the networks have to compute."""

from __future__ import annotations

import copy
from typing import Any

import torch
import transformers

SIZES: dict[str, Any] = {
    "vocab_size": 301, "hidden_size": 64, "intermediate_size": 100, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
    "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}  # fmt: skip
LONG = {
    "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 64,
    "short_factor": [1.0] * 8, "long_factor": [2.0] * 8,
}  # fmt: skip
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0, "original_max_position_embeddings": 64}


def config(kind: str, **more: Any) -> Any:
    return getattr(transformers, kind)(**SIZES | more)


LEAN: dict[str, Any] = {
    "llama": config("LlamaConfig"),
    "llama, tied": config("LlamaConfig", tie_word_embeddings=True),
    "llama, biased, stretched": config("LlamaConfig", attention_bias=True, rope_parameters=LLAMA3),
    "mistral, sliding window": config("MistralConfig", sliding_window=20),
    "qwen2": config("Qwen2Config"),
    "qwen2, some layers sliding": config(
        "Qwen2Config", use_sliding_window=True, sliding_window=20, max_window_layers=1
    ),
    "qwen3": config("Qwen3Config", head_dim=16),
}
PACKED: dict[str, Any] = LEAN | {
    "gemma3, sliding window": config("Gemma3TextConfig", head_dim=16, sliding_window=16),
    "phi3": config("Phi3Config"),
    "olmo2": config("Olmo2Config"),
    "smollm3": config("SmolLM3Config"),
}
ALONE: dict[str, tuple[Any, str]] = {
    "phi3, longrope": (config("Phi3Config", rope_parameters=LONG), "longest sequence"),
    "llama, dynamic": (config("LlamaConfig", rope_parameters=DYNAMIC), "longest sequence"),
    "gemma2": (config("Gemma2Config", head_dim=16), "softcap"),
    "gpt2": (transformers.GPT2Config(vocab_size=301, n_embd=64, n_layer=3, n_head=4), "Conv1D"),
    "qwen3 moe": (
        config("Qwen3MoeConfig", head_dim=16, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32),
        "Qwen3MoeExperts",
    ),
    "mamba": (
        transformers.MambaConfig(vocab_size=301, hidden_size=64, num_hidden_layers=2, pad_token_id=0, eos_token_id=2),
        "attention is its own",
    ),
}


def model_of(config: Any, dtype: torch.dtype = torch.float32) -> Any:
    """The model of a configuration: the same weights each time."""
    torch.manual_seed(0)
    model: Any = transformers.AutoModelForCausalLM.from_config(copy.deepcopy(config))
    for name, weight in model.named_parameters():
        if weight.ndim == 1:  # norms and biases begin as ones and zeros, which would hide that they are left out
            torch.nn.init.normal_(weight, mean=float(not name.endswith("bias")), std=0.2)
    return model.to(dtype).eval()


def some_tokens(count: int, seed: int = 0) -> tuple[int, ...]:
    generator = torch.Generator().manual_seed(1000 * seed + count)
    return tuple(torch.randint(3, 300, (count,), generator=generator).tolist())
