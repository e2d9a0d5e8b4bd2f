"""Model folders on this disk: what a folder of a chat model holds, read from its small JSON files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .thinking import marks_of

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")
SEEING = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Facts:
    """What a folder's files tell without loading the model; `context_length` is in tokens, `lacks` says what keeps it
    from being a chat model that can be loaded."""

    whole: bool
    chats: bool
    sees_images: bool
    context_length: int | None
    lacks: str | None = None
    thinks: bool = False


def read_facts(folder: Path) -> Facts:
    """The facts of a model folder; a file that is missing or broken counts as not there."""
    config = _json(folder / "config.json")
    return Facts(
        whole=bool(config) and has_weights(folder) and any((folder / name).exists() for name in TOKENIZERS),
        chats=_has_template(folder),
        sees_images="vision_config" in config and any((folder / name).exists() for name in SEEING),
        context_length=context_length(config),
        lacks=_lack(folder, config),
        thinks=marks_of(_templates(folder)) is not None,
    )


def _lack(folder: Path, config: dict[str, Any]) -> str | None:
    if not config:
        return "It has no config.json that can be read."
    if not has_weights(folder):
        return "It has no complete weights in safetensors; other formats are not read, as Python's pickle can run any code."
    if not any((folder / name).exists() for name in TOKENIZERS):
        return "It has no tokenizer."
    return None if _has_template(folder) else "It has no chat template, so it is not a chat model."


def has_weights(folder: Path) -> bool:
    """Whether all of the model's safetensors files are there."""
    if (folder / "model.safetensors").exists():
        return True
    shards = _json(folder / "model.safetensors.index.json").get("weight_map")
    return isinstance(shards, dict) and all((folder / str(name)).exists() for name in set(shards.values()))


def context_length(config: dict[str, Any]) -> int | None:
    """The longest sequence of tokens that a model's configuration allows, or None where it says nothing."""
    text = config.get("text_config")
    found = (text if isinstance(text, dict) else config).get("max_position_embeddings")
    return found if isinstance(found, int) and found > 0 else None


def _has_template(folder: Path) -> bool:
    return bool(_templates(folder))


def _templates(folder: Path) -> str:
    """The text of every chat template in the folder, wherever it is kept; "" without one."""
    kept = [_json(folder / name).get("chat_template") for name in ("chat_template.json", "tokenizer_config.json")]
    texts = [template if isinstance(template, str) else json.dumps(template) for template in kept if template]
    return "\n".join([_text(folder / "chat_template.jinja"), *texts]).strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _json(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
