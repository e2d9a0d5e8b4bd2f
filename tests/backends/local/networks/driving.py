"""Short ways to run a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from playground.backends.local.networks.pieces import Network, Piece, State


def read(network: Network, tokens: Sequence[int], *cuts: int, state: State | None = None) -> tuple[State, Tensor]:
    """A prompt read, cut at these places: the state it leaves, and the scores after it."""
    state = network.new_state() if state is None else state
    scores: list[Tensor] = []
    for start, end in zip((state.length, *cuts), (*cuts, len(tokens)), strict=True):
        scores = run(network, Piece(state, tuple(tokens[start:end]), prompt=True, scores=end == len(tokens)))
        state.length = end
    return state, scores[0]


def write(network: Network, state: State, token: int) -> Tensor:
    """The scores after one token more."""
    scores = run(network, writing(state, token))
    state.length += 1
    return scores[0]


def writing(state: State, token: int) -> Piece:
    return Piece(state, (token,), prompt=False, scores=True)


def run(network: Network, *pieces: Piece) -> list[Tensor]:
    with torch.inference_mode():
        return network.run(pieces)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
