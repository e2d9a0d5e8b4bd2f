"""The model's own steps: a prompt in, then one token a step, over the model's key/value cache.

Runs under torch's inference mode, which holds per thread, in the worker's thread.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import torch

from ...errors import ModelUnavailable
from .model import LoadedModel
from .prompt import Prompt

CHUNK = 512


class Engine:
    """Runs one sequence of one model: `read` the prompt, then `write` each token; both give the next scores.

    Scores are float32 logits of shape [vocabulary] on the CPU. `branch` makes an engine that goes on from
    the same point, for another answer to the same prompt.
    """

    def __init__(self, model: LoadedModel) -> None:
        self._network = model.network
        self._device = model.device
        self._cache: Any = None
        accepts = inspect.signature(self._network.forward).parameters
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepts else {}
        self._in_pieces = not getattr(self._network, "_is_stateful", False)

    def read(self, prompt: Prompt, progress: Callable[[int, int], None]) -> torch.Tensor:
        """The scores after the prompt. A long text is read in pieces, with `progress(done, total)` between them."""
        ids = prompt.inputs["input_ids"]
        total = ids.shape[-1]
        if len(prompt.inputs) > 1 or total <= CHUNK or not self._in_pieces:
            return self._forward(**prompt.inputs)
        for start in range(0, total, CHUNK):
            progress(start, total)
            scores = self._forward(input_ids=ids[:, start : start + CHUNK])
        return scores

    def write(self, token: int) -> torch.Tensor:
        """The scores after one more token."""
        return self._forward(input_ids=torch.tensor([[token]]))

    def branch(self) -> Engine:
        other = copy.copy(self)
        with torch.inference_mode():
            other._cache = copy.deepcopy(self._cache)
        return other

    @torch.inference_mode()
    def _forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        placed = {name: self._place(value) for name, value in inputs.items()}
        out = self._network(**placed, past_key_values=self._cache, use_cache=True, return_dict=True, **self._last_only)
        self._cache = out.get("past_key_values")
        if self._cache is None:
            raise ModelUnavailable("This kind of model keeps no key/value cache, and can't be run here.")
        scores: torch.Tensor = out.logits[0, -1].float().cpu()
        return scores

    def _place(self, value: torch.Tensor) -> torch.Tensor:
        if value.is_floating_point():
            return value.to(self._device, self._network.dtype)
        return value.to(self._device)
