"""Models with the chat templates of known families, and what is learnt from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from transformers import AutoTokenizer

from playground.backends.local.arguments import MarkedStyle, TaggedStyle, Words
from playground.backends.local.calls import DEFAULT, Form
from playground.backends.local.channels import CALLS
from playground.backends.local.detokenize import Vocabulary
from playground.backends.local.grammar import Grammars
from playground.backends.local.model import LoadedModel, load
from playground.backends.local.weights import Weights
from playground.events import ToolCallDelta
from tests.backends.local import templates
from tests.models import TINY

FORMS = {
    "HERMES": DEFAULT,
    "THINKING": DEFAULT,
    "LLAMA": Form("", '{"name": "', '", "parameters": ', "}", None, "", speaks=False),
    "MISTRAL": Form("[TOOL_CALLS] [", '{"name": "', '", "arguments": ', "}", ", ", "]", speaks=False),
    "MISTRAL_NAMED": Form("", "[TOOL_CALLS]", "[ARGS]", "", "", ""),
    "CHANNELS": CALLS,
    "QWEN_TAGGED": Form("", "<tool_call>\n<function=", ">\n", "</function>\n</tool_call>", "\n", "",
                        TaggedStyle("<parameter=", ">\n", "\n</parameter>\n", Words("True", "False", "None"))),
    "TAGGED_PAIRS": Form("\n", "\n<tool_call>", "\n", "</tool_call>", "", "",
                         TaggedStyle("<arg_key>", "</arg_key>\n<arg_value>", "</arg_value>\n")),
    "GEMMA": Form("", "<|tool_call>call:", "{", "}<tool_call|>", "", "", MarkedStyle('<|"|>', ordered=True)),
}  # fmt: skip
"""How each family writes calls."""


def tiny_model(weights: Weights) -> LoadedModel:
    return load(TINY, weights.folder(TINY, lambda progress: None), torch.device("cpu"))[0]


def of_family(weights: Weights, model: LoadedModel, name: str, marks: Sequence[str] = ()) -> LoadedModel:
    """The model with the chat template of a family; `marks` are tokens of their own."""
    tokenizer = AutoTokenizer.from_pretrained(weights.folder(TINY, lambda progress: None))
    tokenizer.chat_template = getattr(templates, name)
    tokenizer.add_tokens([*marks, "<|call|>"], special_tokens=True)
    ends = model.ends | {len(tokenizer) - 1}
    return dataclasses.replace(
        model,
        tokenizer=tokenizer,
        vocabulary=Vocabulary(tokenizer),
        ends=ends,
        grammars=Grammars(tokenizer, ends),
    )


def gathered(deltas: Sequence[ToolCallDelta]) -> list[tuple[str, str]]:
    """Name and arguments of each call."""
    found: dict[int, tuple[str, str]] = {}
    for delta in deltas:
        name, arguments = found.get(delta.index, (delta.name or "", ""))
        found[delta.index] = (name, arguments + delta.arguments)
    return list(found.values())
