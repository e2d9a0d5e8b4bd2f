"""Local models for tests: the real default model, fetched once for each user, and tiny ones made on the spot.

    data_dir = default_model_data_dir()          # LocalBackend(data_dir=data_dir) then runs the default model
    weights = tiny_models(tmp_path)              # LocalBackend(data_dir=tmp_path, weights=weights) runs TINY and SEEING

A session fixture is enough for both. The first call of `default_model_data_dir` on a machine takes a minute
(it downloads 93 MB and converts them); PLAYGROUND_TEST_CACHE names the folder that keeps them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import platformdirs

from playground.backends.advice import CARRIED
from playground.backends.local.hub import Hub
from playground.backends.local.weights import Weights

TINY = "tests/tiny-llama"
SEEING = "tests/tiny-seeing"
PLAIN = "tests/no-template"
THINKING = "tests/tiny-thinking"
CONTEXT = 1024


def default_model_data_dir() -> Path:
    """A data folder from which the default model loads at once."""
    home = Path(os.environ.get("PLAYGROUND_TEST_CACHE") or platformdirs.user_cache_dir("chat-playground-tests"))
    Weights(home, hub=Hub(cache=home / "no-hub")).folder(CARRIED, lambda progress: None)
    return home


def default_model_folder() -> Path:
    """The folder of the default model's weights, for transformers' from_pretrained."""
    home = default_model_data_dir()
    return Weights(home, offline=True, hub=Hub(cache=home / "no-hub")).folder(CARRIED, lambda progress: None)


def link_in_hub(cache: Path, model_id: str, folder: Path) -> None:
    """Make a folder the one snapshot of a model in a Hub cache."""
    place = _place(cache, model_id)
    place.rmdir()
    place.symlink_to(folder, target_is_directory=True)


def tiny_models(home: Path) -> Weights:
    """Three models of random weights in a Hub cache under `home`; they need the default model's tokenizer.

    TINY writes text, with 1,024 tokens of context; SEEING sees images too; PLAIN has no chat template.
    """
    cache = home / "hub"
    if not cache.exists():
        _save_tiny(_place(cache, TINY))
        _save_tiny(_place(cache, PLAIN), chat_template=None)
        _save_seeing(_place(cache, SEEING))
    return Weights(home / "data", offline=True, hub=Hub(cache=cache))


def add_thinker(home: Path) -> int:
    """Add THINKING to the models under `home`: its prompts open the thinking, unless `enable_thinking` is false.

    Returns the id of the token that closes it, which random weights hardly ever write unless it is favoured.
    """
    folder = _place(home / "hub", THINKING)
    tokenizer = _tokenizer(chat_template=THINKING_TEMPLATE)
    tokenizer.add_tokens(["<think>", "</think>"], special_tokens=True)
    _save_text_model(folder, tokenizer)
    closing: int = tokenizer.convert_tokens_to_ids("</think>")
    return closing


def _place(cache: Path, model_id: str) -> Path:
    """A snapshot's folder in the layout of the Hub's cache."""
    repository = cache / f"models--{model_id.replace('/', '--')}"
    folder = repository / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(folder.name)
    return folder


def _tokenizer(**changes: Any) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    return tokenizer


def _text_config(vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
    }  # fmt: skip


def _save_tiny(folder: Path, **changes: Any) -> None:
    _save_text_model(folder, _tokenizer(**changes))


def _save_text_model(folder: Path, tokenizer: Any) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**_text_config(len(tokenizer)))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _save_seeing(folder: Path) -> None:
    import torch
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 64}, do_image_splitting=False
    )
    processor = Idefics3Processor(images, _tokenizer(), image_seq_len=4, chat_template=SEEING_TEMPLATE)
    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
        "image_size": 64, "patch_size": 16,
    }  # fmt: skip
    config = Idefics3Config(
        vision_config=vision,
        text_config={"model_type": "llama", **_text_config(len(processor.tokenizer))},
        image_token_id=processor.image_token_id,
        scale_factor=2,
    )
    torch.manual_seed(0)
    Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)


SEEING_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}"
    "{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

THINKING_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.reasoning_content %}<think>\n{{ message.reasoning_content }}\n</think>\n{% endif %}"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n"
    "{% if enable_thinking is defined and not enable_thinking %}\n</think>\n\n{% endif %}{% endif %}"
)
