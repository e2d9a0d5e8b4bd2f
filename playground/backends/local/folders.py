"""Model folders on this disk: what a folder of a chat model holds, read from its small JSON files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..base import THINKING_FIELDS
from .thinking import knows, marks_of

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")
SEEING = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Facts:
    """What a folder's files tell without loading the model; `context_length` is in tokens, `lacks` says what keeps it
    from being a chat model that can be loaded. `thinks` and `thinking_fields` are as in ModelInfo.

    `places_tools` is whether the chat template speaks of tools.
    """

    whole: bool
    chats: bool
    sees_images: bool
    context_length: int | None
    lacks: str | None = None
    thinks: bool | None = None
    thinking_fields: tuple[str, ...] | None = None
    places_tools: bool | None = None


def read_facts(folder: Path) -> Facts:
    """The facts of a model folder; a file that is missing or broken counts as not there."""
    config = _json(folder / "config.json")
    template = _template(folder)
    return Facts(
        whole=bool(config) and has_weights(folder) and any((folder / name).exists() for name in TOKENIZERS),
        chats=bool(template),
        sees_images="vision_config" in config and any((folder / name).exists() for name in SEEING),
        context_length=context_length(config),
        lacks=_lack(folder, config, template),
        thinks=marks_of(template) is not None if template else None,
        thinking_fields=tuple(name for name in THINKING_FIELDS if knows(template, name)) if template else None,
        places_tools=knows(template, "tools") if template else None,
    )


def _lack(folder: Path, config: dict[str, Any], template: str) -> str | None:
    if not config:
        return "It has no config.json that can be read."
    if not has_weights(folder):
        return "It has no complete weights in safetensors; other formats are not read, as Python's pickle can run any code."
    if not any((folder / name).exists() for name in TOKENIZERS):
        return "It has no tokenizer."
    return None if template else "It has no chat template, so it is not a chat model."


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


def _template(folder: Path) -> str:
    """The source of the folder's chat templates, "" without any."""
    try:
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    except (OSError, ValueError):
        found = [_json(folder / name).get("chat_template") for name in ("chat_template.json", "tokenizer_config.json")]
        return "\n".join(str(template) for template in found if template)


def _json(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
