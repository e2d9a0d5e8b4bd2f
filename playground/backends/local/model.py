"""A model in memory: loaded from its folder, with all that a run needs to know of it."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
import transformers
from jinja2 import TemplateError
from safetensors import SafetensorError
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING, MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

from ...errors import ModelUnavailable, one_line
from ..advice import ADVISED
from .calls import Form
from .channels import CALLS, in_channels
from .detokenize import Vocabulary
from .folders import SEEING, context_length
from .forms import PROBES, form_of, writes_calls
from .grammar import Grammars
from .thinking import Marks, marks_of

DEFAULTS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty")


@dataclass(frozen=True)
class LoadedModel:
    """What is known of a model in memory besides its network. `processor` is None for one that reads text only.

    `ends` are the ids of the tokens that end an answer; `defaults` the sampling that the model's authors chose.
    """

    id: str
    tokenizer: Any
    processor: Any
    vocabulary: Vocabulary
    context_length: int
    ends: frozenset[int]
    grammars: Grammars
    defaults: dict[str, Any]

    @property
    def renderer(self) -> Any:
        """What applies the chat template: the processor if it has one, else the tokenizer."""
        return self.processor if getattr(self.processor, "chat_template", None) else self.tokenizer

    @property
    def template(self) -> str:
        return str(self.renderer.chat_template)

    @cached_property
    def marks(self) -> Marks | None:
        """What sets its thinking off, if it thinks."""
        return marks_of(self.template)

    @cached_property
    def form(self) -> Form | None:
        """How the model writes tool calls; None where its chat template has no place for tools."""
        ends = [self.vocabulary.bytes_of(id).decode(errors="replace") for id in self.ends]
        form = form_of(partial(self._probed, tools=PROBES), ends, self.marks)
        return CALLS if form is not None and in_channels(self.marks) else form

    @cached_property
    def writes_calls(self) -> bool:
        """Whether the chat template has a place for calls and results of earlier messages, whatever it makes of tools."""
        return writes_calls(partial(self._probed, tools=None))

    def _probed(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None) -> str:
        opens = messages[-1]["role"] != "assistant"
        try:
            rendered = self.renderer.apply_chat_template(
                messages, tools=tools, tokenize=False, add_generation_prompt=opens
            )
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise ValueError from error
        return str(rendered)


def load(model_id: str, folder: Path, device: torch.device) -> tuple[LoadedModel, Any]:
    """A model and its network, as transformers loads it. Raises ModelUnavailable, with its words where it refuses."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return _load(model_id, folder, device)
    except SafetensorError as error:
        raise ModelUnavailable(
            f"The weights of {model_id} are damaged or incomplete: {error}.", advice="Copy or download them again."
        ) from error
    except (ValueError, KeyError, AttributeError, TypeError, ImportError, OSError) as error:
        raise _refused(model_id, error) from error


def _load(model_id: str, folder: Path, device: torch.device) -> tuple[LoadedModel, Any]:
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    config = transformers.AutoConfig.from_pretrained(folder, **local)
    sees = type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING and any((folder / name).exists() for name in SEEING)
    if not sees and type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise ValueError(f"its kind ({config.model_type}) does not write text from text")
    processor = _processor(folder, local) if sees else None
    tokenizer = (
        transformers.AutoTokenizer.from_pretrained(folder, **local) if processor is None else processor.tokenizer
    )
    if not (tokenizer.chat_template or getattr(processor, "chat_template", None)):
        raise ValueError("it has no chat template, so it is not a chat model")
    kind: Any = transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM
    network = kind.from_pretrained(folder, dtype=_dtype(config, device), use_safetensors=True, **local)
    generation = network.generation_config
    ends = _ends(generation.eos_token_id, config.get_text_config().eos_token_id, tokenizer.eos_token_id)
    model = LoadedModel(
        id=model_id,
        tokenizer=tokenizer,
        processor=processor,
        vocabulary=Vocabulary(tokenizer),
        context_length=context_length(config.to_dict()) or 2**31,
        ends=ends,
        grammars=Grammars(tokenizer, ends),
        defaults=_defaults(model_id, generation),
    )
    return model, network.to(device).eval()


def _defaults(model_id: str, generation: Any) -> dict[str, Any]:
    """The sampling that the model's authors chose: in its generation_config, else on its card."""
    said = {name: getattr(generation, name, None) for name in DEFAULTS}
    return said if any(value is not None for value in said.values()) else {**said, **ADVISED.get(model_id, {})}


def _processor(folder: Path, local: dict[str, Any]) -> Any:
    """The processor with image processing by Pillow, so that torchvision need not be installed."""
    return transformers.AutoProcessor.from_pretrained(folder, backend="pil", **local)  # type: ignore[no-untyped-call]


def _ends(*ids: int | list[int] | None) -> frozenset[int]:
    lists = (found if isinstance(found, list) else [found] for found in ids)
    return frozenset(id for found in lists for id in found if id is not None)


def _refused(model_id: str, error: Exception) -> ModelUnavailable:
    words = one_line(error, most=None)
    if "trust_remote_code" in words:
        words = (
            "it needs Python code from its own repository (trust_remote_code), which this app never runs: such code could "
            "do anything that you can do on this machine. Choose a model that transformers knows itself"
        )
    return ModelUnavailable(f"{model_id} can't be loaded: {words[:500]}", param="model")


def _dtype(config: Any, device: torch.device) -> torch.dtype:
    """The number format to compute in: the model's own, but float32 for bfloat16 on processors that emulate it.

    Decided by what the processor is, not by a measurement: the same seed must give the same answer after a
    restart and beside a busy neighbour, and the two formats round differently.
    """
    own: torch.dtype = config.dtype or getattr(config.get_text_config(), "dtype", None) or torch.float32
    if device.type != "cpu" or own == torch.float32:
        return own
    return torch.bfloat16 if bfloat16_is_fast() else torch.float32


def widens(folder: Path, device: torch.device) -> bool:
    """Whether the weights in a folder become twice as long on a device (_dtype)."""
    config = transformers.PretrainedConfig.get_config_dict(folder, local_files_only=True)[0]
    stored = str(config.get("dtype") or config.get("torch_dtype"))
    return device.type == "cpu" and stored in ("bfloat16", "float16") and not bfloat16_is_fast()


def bfloat16_is_fast() -> bool:
    """Whether this processor has 512-bit vectors, with which bfloat16 halves the memory and reads prompts faster."""
    return "AVX512" in torch.backends.cpu.get_cpu_capability()


def best_device(asked: str | None) -> torch.device:
    """The device asked for, or the fastest kind that this machine has. Raises ModelUnavailable."""
    name = asked or ("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ModelUnavailable(
            f"The device {name} can't be used here: {str(error).splitlines()[0]}",
            advice="Start the app with another device, such as cpu.",
        ) from error
    return torch.device(name)


def free_memory() -> None:
    """Give memory that nothing uses back to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
