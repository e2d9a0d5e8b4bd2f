"""Any other model: transformers' own forward pass and cache, one sequence at a time.

What is computed alone, by as many threads and always cut alike, is the same whatever else runs. Some models keep a number
of a sequence in themselves beside its cache (`rope_deltas` of the Qwen-VL family); it goes with the cache here.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .pieces import Piece

STRIDE = 512
DELTAS = "rope_deltas"


class OwnCache:
    """The cache that a model of transformers made of one sequence, of whatever kind it is."""

    def __init__(self) -> None:
        self.cache: Any = None
        self.deltas: tuple[Any, ...] = ()
        self.length = 0

    @property
    def nbytes(self) -> int:
        layers = getattr(self.cache, "layers", ())
        tensors = (getattr(layer, name, None) for layer in layers for name in ("keys", "values"))
        return sum(tensor.nbytes for tensor in tensors if isinstance(tensor, Tensor))

    def copy(self) -> OwnCache:
        """A cache that goes on from the same point on its own."""
        other = OwnCache()
        other.length, other.deltas, other.cache = self.length, self.deltas, copy.deepcopy(self.cache)
        return other


class AloneNetwork:
    """See pieces.Network."""

    batches = False
    shares = False

    def __init__(self, network: Any, *, threads: int | None = None) -> None:
        self._network = network
        self._threads = threads or torch.get_num_threads()
        self._keepers = [module for module in network.modules() if hasattr(module, DELTAS)]
        accepts = inspect.signature(network.forward).parameters
        self._cache = "cache_params" if "cache_params" in accepts else "past_key_values"  # recurrent models' name
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepts else {}
        self.stride: int | None = None if getattr(network, "_is_stateful", False) else STRIDE

    def new_state(self) -> OwnCache:
        return OwnCache()

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        """See pieces.Network."""
        scores = [(piece.scores, self._forward(piece)) for piece in pieces]
        return [found for asked, found in scores if asked]

    def _forward(self, piece: Piece) -> Tensor:
        inputs = piece.inputs or {"input_ids": torch.tensor([piece.tokens])}
        placed = {name: self._place(value) for name, value in inputs.items()}
        torch.set_num_threads(self._threads)
        for module, deltas in zip(self._keepers, piece.state.deltas or [None] * len(self._keepers), strict=True):
            setattr(module, DELTAS, deltas)
        out = self._network(
            **placed, **{self._cache: piece.state.cache}, use_cache=True, return_dict=True, **self._last_only
        )
        piece.state.cache = out.get(self._cache)
        piece.state.deltas = tuple(getattr(module, DELTAS) for module in self._keepers)
        if piece.state.cache is None:
            raise ValueError("This kind of model keeps no key/value cache, and can't be run here.")
        scores: Tensor = out.logits[0, -1].float().cpu()
        return scores

    def _place(self, value: Tensor) -> Tensor:
        if value.is_floating_point():
            return value.to(self._network.device, self._network.dtype)
        return value.to(self._network.device)
