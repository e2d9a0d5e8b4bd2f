"""One answer as it grows: scores in, events out, until it ends."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...events import Delta, LogprobsDelta, TextDelta, TokenLogprob
from .detokenize import Detokenizer, Vocabulary
from .grammar import Mask
from .sampling import History, choose, raw_logprobs
from .settings import Sampling, Settings, seed_of
from .stopping import StopScanner


@dataclass(frozen=True)
class _Scored:
    """A token's log probabilities, waiting for its text to be shown: where that begins and ends."""

    start: int
    end: int
    logprob: TokenLogprob


class Answer:
    """Answer number `choice` to a prompt. Feed `take` the model's scores until `reason` is set.

    `room` is the number of tokens that may come. `token` is the latest one, `count` how many there are, the
    token that ends the answer included.
    """

    def __init__(
        self,
        choice: int,
        settings: Settings,
        sampling: Sampling,
        vocabulary: Vocabulary,
        ends: frozenset[int],
        prompt: list[int],
        room: int,
        *,
        continuing: bool,
        mask: Mask | None = None,
    ) -> None:
        self._choice, self._room, self._ends = choice, room, ends
        self._sampling, self._top = sampling, settings.top_logprobs
        self._vocabulary = vocabulary
        self._history = History(prompt)
        self._generator = torch.Generator()
        seed = seed_of(settings.seed, choice)
        self._generator.seed() if seed is None else self._generator.manual_seed(seed)
        self._text = Detokenizer(vocabulary, continuing=continuing)
        self._mask = mask
        self._stops = StopScanner(settings.stops)
        self._made = self._shown = 0
        self._scored: list[_Scored] = []
        self.token = -1
        self.count = 0
        self.reason: str | None = None

    def take(self, scores: torch.Tensor) -> tuple[Delta, ...]:
        """Choose the next token. Returns what there is to show of it, and of tokens held back before."""
        allowed = None if self._mask is None else self._mask.allowed()
        self.token = choose(scores, self._sampling, self._history, self._generator, allowed)
        if self._mask is not None:
            self._mask.take(self.token)
        self._history.add(self.token)
        self.count += 1
        if self.token in self._ends:
            self.reason = "stop"
            return self._show(self._stops.flush())
        text = self._text.feed(self.token)
        self._score(scores, len(text))
        shown = self._stops.feed(text)
        if self._stops.stopped:
            self.reason = "stop"
        elif self._mask is not None and self._mask.complete:
            self.reason = "stop"
            shown += self._stops.flush()
        elif self.count >= self._room:
            self.reason = "length"
            shown += self._stops.flush()
        return self._show(shown)

    def _score(self, scores: torch.Tensor, length: int) -> None:
        start, self._made = self._made, self._made + length
        if self._top is not None:
            logprob, top = raw_logprobs(scores, self.token, self._top)
            named = tuple(self._named(token, value) for token, value in top)
            self._scored.append(_Scored(start, self._made, self._named(self.token, logprob, named)))

    def _named(self, token: int, logprob: float, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
        spelled = self._vocabulary.bytes_of(token)
        return TokenLogprob(
            token=spelled.decode(errors="backslashreplace"), logprob=logprob, bytes=tuple(spelled), top=top
        )

    def _show(self, text: str) -> tuple[Delta, ...]:
        self._shown += len(text)
        deltas: tuple[Delta, ...] = (TextDelta(text=text, choice=self._choice),) if text else ()
        ready = self._ready()
        return deltas + ((LogprobsDelta(tokens=ready, choice=self._choice),) if ready else ())

    def _ready(self) -> tuple[TokenLogprob, ...]:
        """The log probabilities whose text is shown; at a stop string, of tokens that begin before it."""
        if self._stops.stopped:
            ready = [scored for scored in self._scored if scored.start < self._shown]
            self._scored = []
        else:
            ready = [scored for scored in self._scored if scored.end <= self._shown]
            self._scored = self._scored[len(ready) :]
        return tuple(scored.logprob for scored in ready)
