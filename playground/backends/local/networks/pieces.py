"""What a network computes in one step: pieces of sequences, each with the sequence's key/value cache.

A network (`Network`) gives the same numbers for a piece whatever other pieces stand beside it, and however the
prompt was cut into pieces before: that is what makes answers the same alone and in a batch. Two rules carry it:

* Rows of a prompt are computed in blocks of BLOCK tokens that begin at multiples of BLOCK; a block that is not full is
  padded. So a token's numbers depend on its place and on the tokens before it, not on where a piece began.
* Tokens of an answer are computed one by one, each a row of its own.

The two kinds round differently, so only what a prompt's rows left in a cache may be used for another prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

BLOCK = 32
SMALLEST = 256


class NotBatchable(Exception):
    """Sequences of this model can't be computed side by side; the message says why."""


class State(Protocol):
    """What a network remembers of one sequence: `length` tokens, in `nbytes` bytes of the device's memory.

    Whoever runs a step sets `length`; until then a failed step can be run again from the same state.
    """

    length: int

    @property
    def nbytes(self) -> int: ...


@dataclass(frozen=True)
class Piece:
    """Tokens of one sequence that are computed in one step, from position `state.length` on.

    `prompt` tells whether they are read (a part of a prompt) or written (one token of an answer). `scores` asks for the
    logits after the last of them. `inputs` are what a processor made of a prompt with images, for its first piece.
    """

    state: Any
    tokens: tuple[int, ...]
    prompt: bool
    scores: bool
    inputs: Any = None

    @property
    def start(self) -> int:
        length: int = self.state.length
        return length


class Network(Protocol):
    """A model's forward pass over pieces of several sequences. Used in one thread, under inference mode.

    A prompt may be cut at multiples of `stride`, and not at all if that is None. `batches` tells whether pieces are
    computed together, `shares` whether states are Caches, whose blocks may begin another sequence.
    """

    stride: int | None
    batches: bool
    shares: bool

    def new_state(self) -> Any:
        """An empty State."""
        ...

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        """The logits of the pieces that ask for them, in their order: float32, shape [vocabulary], on the CPU.

        Written pieces come before read ones. The states' lengths stay as they are.
        """
        ...


class Cache:
    """The keys and values of one sequence: a pair of tensors of shape [heads, capacity, size] for each layer."""

    def __init__(self) -> None:
        self.layers: dict[int, tuple[Tensor, Tensor]] = {}
        self.length = 0

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for pair in self.layers.values() for tensor in pair)

    def write(self, layer: int, keys: Tensor, values: Tensor, room: int) -> tuple[Tensor, Tensor]:
        """Put keys and values of shape [tokens, heads, size] behind the first `length` of a layer.

        Returns the layer's pair, with `room` places at least; places never written hold zeros.
        """
        pair = self.layers.get(layer)
        if pair is None or pair[0].shape[1] < room:
            pair = self.layers[layer] = (_grown(pair and pair[0], keys, room), _grown(pair and pair[1], values, room))
        for place, new in zip(pair, (keys, values), strict=True):
            if new.shape[0] == 1:  # by far the most; the shortest way for one
                place.select(1, self.length).copy_(new[0])
            else:
                place.narrow(1, self.length, new.shape[0]).copy_(new.transpose(0, 1))
        return pair

    def copy(self) -> Cache:
        """A cache that goes on from the same point on its own."""
        other = Cache()
        other.length = self.length
        other.layers = {layer: (keys.clone(), values.clone()) for layer, (keys, values) in self.layers.items()}
        return other

    def taken(self, start: int, end: int) -> Block:
        """A copy of what stands at the places from `start` to `end`."""
        return tuple(
            (keys[:, start:end].clone(), values[:, start:end].clone()) for keys, values in self.layers.values()
        )

    def put(self, blocks: Sequence[Block], room: int) -> None:
        """Begin the empty cache with these blocks, taken from other caches of the same network."""
        import torch

        for layer, pairs in enumerate(zip(*blocks, strict=True)):
            self.write(
                layer,
                torch.cat([keys for keys, _ in pairs], 1).transpose(0, 1),
                torch.cat([values for _, values in pairs], 1).transpose(0, 1),
                room,
            )
        self.length = sum(block[0][0].shape[1] for block in blocks)


Block = tuple[tuple[Tensor, Tensor], ...]


def _grown(old: Tensor | None, new: Tensor, room: int) -> Tensor:
    _, heads, size = new.shape
    capacity = SMALLEST if old is None else old.shape[1]
    while capacity < room:
        capacity *= 2
    grown = new.new_zeros(heads, capacity, size)
    if old is not None:
        grown[:, : old.shape[1]] = old
    return grown
