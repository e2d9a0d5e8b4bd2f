"""A GGUF file to the folder that transformers loads in a second.

transformers reads GGUF files itself, in many seconds; so it is done once. Weights are unpacked to the file's own
floating point numbers, or to bfloat16 where it holds quantised ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import transformers
from gguf import GGUFReader
from tokenizers import pre_tokenizers
from transformers.utils.quantization_config import GgufConfig

from ...errors import ModelUnavailable, one_line
from ...events import Progress
from .folders import context_length
from .memory import available, readable
from .reports import Report

FLOATS = {0: torch.float32, 1: torch.float16}  # by general.file_type; others are quantised, or bfloat16
DIGITS_APART = frozenset({"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone"})
"""Kinds of text splitting (tokenizer.ggml.pre) with every digit by itself, which transformers takes for GPT-2's."""

MAGIC = b"GGUF"
LIVELY = 1.3  # what unpacking takes beside the unpacked weights
REFUSALS = (ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError)


def convert(gguf: Path, folder: Path, report: Report) -> None:
    """Write the model's whole folder. Not atomic: give it a folder that is renamed when it is done.

    Raises ModelUnavailable for a file that can't be read, isn't a chat model, or needs more room than there is.
    """
    report(_step(gguf, 0, "reading"))
    reader = _read(gguf)
    _check(reader, gguf, folder)
    report(_step(gguf, 1, "unpacking"))
    try:
        network, tokenizer = _loaded(reader, gguf)
    except (OSError, *REFUSALS) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not the file's
        raise ModelUnavailable(
            f"transformers can't make a model of {gguf.name}: {one_line(error)}",
            advice="Choose another file, or the model's own repository in safetensors.",
        ) from error
    report(_step(gguf, 3, "writing"))
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _step(gguf: Path, done: int, doing: str) -> Progress:
    return Progress(message=f"Converting {gguf.name}, once: {doing}", done=done, total=4)


def _read(gguf: Path) -> GGUFReader:
    """The file's header. Raises ModelUnavailable for one that is no GGUF file, or not all of one."""
    with gguf.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ModelUnavailable(f"{gguf.name} is not a GGUF file.", advice="Choose another file.")
    try:
        return GGUFReader(gguf)
    except REFUSALS as error:
        raise ModelUnavailable(
            f"{gguf.name} is damaged or incomplete ({one_line(error)}).", advice="Copy or download it again."
        ) from error


def _check(reader: GGUFReader, gguf: Path, folder: Path) -> None:
    parts = _field(reader, "split.count") or 1
    if parts > 1:
        raise ModelUnavailable(
            f"{gguf.name} is one of {parts} parts of a model.",
            advice="Join them first: llama.cpp's llama-gguf-split --merge makes one file of them.",
        )
    if not _field(reader, "tokenizer.chat_template"):
        raise ModelUnavailable(
            f"{gguf.name} has no chat template, so it is not a chat model.",
            advice="Choose a file made for chat; its name often ends in -instruct or -it.",
        )
    size = sum(int(tensor.n_elements) for tensor in reader.tensors) * _dtype(reader).itemsize
    rooms = {
        "of memory": available(torch.device("cpu")) / LIVELY,
        f"on the disk of {folder.parent}": shutil.disk_usage(folder).free,
    }
    for where, room in rooms.items():
        if room < size:
            raise ModelUnavailable(
                f"Unpacked, {gguf.name} takes {readable(size)}, and {readable(room)} {where} can be used.",
                code="out_of_memory",
                advice="Make room, or choose a smaller model.",
            )


def _loaded(reader: GGUFReader, gguf: Path) -> tuple[Any, Any]:
    """The network and the tokenizer, as transformers makes them of the file."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    given: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    network: Any = transformers.AutoModelForCausalLM.from_pretrained(
        gguf.parent, dtype=_dtype(reader), quantization_config=GgufConfig(dequantize=True), **given
    )
    network.hf_quantizer = None  # no longer; save_pretrained would refuse a quantised model
    vars(network.config).pop("quantization_config", None)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(gguf.parent, **given)
    if _field(reader, "tokenizer.ggml.pre") in DIGITS_APART:
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    tokenizer.model_max_length = context_length(network.config.to_dict()) or tokenizer.model_max_length
    return network, tokenizer


def _dtype(reader: GGUFReader) -> torch.dtype:
    return FLOATS.get(_field(reader, "general.file_type"), torch.bfloat16)


def _field(reader: GGUFReader, name: str) -> Any:
    """A value of the file's header, or None."""
    field = reader.fields.get(name)
    return None if field is None else field.contents()
