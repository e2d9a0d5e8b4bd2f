"""Chooses an answer's tokens, each under what the request asks of the answer's text.

The thinking before the text is free in its words. It can't end the answer where an empty text isn't allowed, and no token
of it reaches into the text: such a one is drawn again, so that all others are those of an answer without constraint.
"""

from __future__ import annotations

import copy
from functools import reduce

import torch
from torch import Tensor

from .detokenize import Detokenizer
from .grammar import Mask
from .sampling import History, choose
from .settings import Sampling
from .thinking import Splitter


class Chooser:
    """Chooses token after token of one answer, seeing only its own history and randomness.

    `mask` holds the text; `opening`, where the answer may think first, holds what begins so. While both are possible, a
    token may come that either allows. `ends` are the tokens that end an answer.
    """

    def __init__(
        self,
        sampling: Sampling,
        prompt: list[int],
        generator: torch.Generator,
        ends: frozenset[int],
        mask: Mask | None = None,
        opening: Mask | None = None,
    ) -> None:
        self._sampling, self._generator, self._ends = sampling, generator, ends
        self._history = History(prompt)
        self._mask = mask
        self._ways = [] if mask is None else [mask] if opening is None else [mask.copy(), opening]

    def next(self, scores: Tensor, text: Detokenizer, splitter: Splitter | None) -> int:
        """The token after those that `text` and `splitter` have been fed."""
        if self._mask is None:
            token = self._drawn(scores)
        elif splitter is not None and splitter.inside:
            self._ways = [self._mask]  # which nothing of the text has come under yet
            token = self._thought(scores, self._mask, text, splitter)
        else:
            token = self._written(scores)
        self._history.add(token)
        return token

    @property
    def complete(self) -> bool:
        """Whether the text is held to something and nothing more of it can come."""
        return any(way.complete for way in self._ways)

    def _written(self, scores: Tensor) -> int:
        """A token of the text, or of what opens the thinking before it."""
        allowed = [way.allowed() for way in self._ways]
        token = self._drawn(scores, reduce(torch.logical_or, allowed))
        self._ways = [way for way, found in zip(self._ways, allowed, strict=True) if found[token]]
        for way in self._ways:
            way.take(token)
        return token

    def _thought(self, scores: Tensor, mask: Mask, text: Detokenizer, splitter: Splitter) -> int:
        """A token of the thinking, or one that closes it and brings nothing of the text."""

        def refused(token: int) -> bool:
            if token in self._ends:
                return not mask.allowed()[token]
            piece, cut = text.peek(token)
            after = copy.copy(splitter)
            begun = after.feed(piece).text.strip()
            return not after.thinks and (cut or bool(begun))

        token = self._drawn(scores)
        if refused(token):
            allowed = torch.ones(scores.shape[-1], dtype=torch.bool)
            while refused(token):
                allowed[token] = False
                token = self._drawn(scores, allowed)
        return token

    def _drawn(self, scores: Tensor, allowed: Tensor | None = None) -> int:
        return choose(scores, self._sampling, self._history, self._generator, allowed)
