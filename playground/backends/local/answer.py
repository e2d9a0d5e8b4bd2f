"""One answer as it grows: scores in, events out, until it ends."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ...events import Delta, LogprobsDelta, ReasoningDelta, TextDelta, TokenLogprob
from .calls import CallReader, Said
from .chooser import Chooser
from .detokenize import Detokenizer, Vocabulary
from .grammar import Mask
from .sampling import raw_logprobs
from .settings import Sampling, Settings, seed_of
from .stopping import StopScanner
from .thinking import Parted, Splitter


@dataclass(frozen=True)
class _Scored:
    """A token's log probabilities, waiting for its text to be shown: where that begins and ends."""

    start: int
    end: int
    logprob: TokenLogprob


class Answer:
    """Answer number `choice` to a prompt. Feed `take` the model's scores until `reason` is set.

    `room` is the number of tokens that may come. `token` is the latest one, `count` how many there are, the
    token that ends the answer included. What `mask` and the stop strings ask for holds for the text after the thinking that
    `splitter` tells apart, which `opening` lets begin; `reader` takes tool calls out of that text. Logprobs are of the
    tokens of the text that is left.
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
        splitter: Splitter | None = None,
        opening: Mask | None = None,
        reader: CallReader | None = None,
    ) -> None:
        self._choice, self._room, self._ends = choice, room, ends
        self._top, self._vocabulary = settings.top_logprobs, vocabulary
        generator = torch.Generator()
        seed = seed_of(settings.seed, choice)
        generator.seed() if seed is None else generator.manual_seed(seed)
        self._chooser = Chooser(sampling, prompt, generator, ends, mask, opening)
        markup = (splitter.marks.text if splitter else "") + (reader.form.markup if reader else "")
        self._text = Detokenizer(vocabulary, continuing=continuing, shown=markup)
        self._splitter, self._reader = splitter, reader
        self._stops = StopScanner(settings.stops)
        self._made = self._shown = self._before = 0
        self._thinks = False
        self._scored: list[_Scored] = []
        self.token = -1
        self.count = 0
        self.reason: str | None = None

    def take(self, scores: torch.Tensor) -> tuple[Delta, ...]:
        """Choose the next token. Returns what there is to show of it, and of tokens held back before."""
        self.token = self._chooser.next(scores, self._text, self._splitter)
        self.count += 1
        if self.token in self._ends:
            self.reason = self._ended
            return self._show(self._last())
        writes = self._splitter is None or not self._splitter.thinks
        parted = self._parted(self._text.feed(self.token))
        if writes or parted.text:
            self._score(scores, len(parted.text))
        said = self._said(parted.text)
        shown = self._stops.feed(said.text)
        if said.calls and not self._stops.stopped:
            shown += self._stops.flush()
        if self._stops.stopped or (self._chooser.complete and not self._thinking):
            self.reason = self._ended
        elif self.count >= self._room:
            self.reason = "length"
        last = Parted() if self.reason is None else self._last()
        return (*self._show(Parted(parted.thinking, shown) + last), *(() if self._stops.stopped else said.calls))

    @property
    def thought(self) -> int:
        """How many of the tokens were thinking, its marks included."""
        return self._before if self._thinks else 0

    @property
    def _thinking(self) -> bool:
        return self._splitter is not None and self._splitter.inside

    @property
    def _ended(self) -> str:
        """Why an answer is over that was not cut off."""
        return "tool_calls" if self._reader is not None and self._reader.whole else "stop"

    def _said(self, text: str) -> Said:
        """The text without its tool calls, and these. No logprobs are told of calls."""
        if self._reader is None:
            return Said(text)
        said = self._reader.feed(text)
        if self._reader.calling:
            self._scored = []
        return said

    def _parted(self, text: str) -> Parted:
        if self._splitter is None:
            return Parted(text=text)
        parted = self._splitter.feed(text)
        self._thinks = self._thinks or self._splitter.inside or bool(parted.thinking)
        half = self._text.partial and not self._splitter.thinks  # of a character of the text
        if self._splitter.is_thought(parted) and not half:
            self._before += 1
        return parted

    def _last(self) -> Parted:
        """What was held back, at the end."""
        if self._stops.stopped:
            return Parted()
        held = self._splitter.flush() if self._splitter is not None else Parted()
        text = held.text
        if self._reader is not None:
            text = self._reader.feed(text).text + self._reader.flush().text
        return Parted(held.thinking, self._stops.feed(text) + self._stops.flush())

    def _score(self, scores: torch.Tensor, length: int) -> None:
        start, self._made = self._made, self._made + length
        if self._top is not None:
            logprob, top = raw_logprobs(scores, self.token, self._top)
            named = tuple(self._named(token, value) for token, value in top)
            self._scored.append(_Scored(start, self._made, self._named(self.token, logprob, named)))

    def _named(self, token: int, logprob: float, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
        spelled = self._vocabulary.bytes_of(token)
        text = spelled.decode(errors="backslashreplace")
        return TokenLogprob(token=text, logprob=logprob, bytes=spelled, top=top)

    def _show(self, parted: Parted) -> tuple[Delta, ...]:
        self._shown += len(parted.text)
        deltas: list[Delta] = []
        if parted.thinking:
            deltas.append(ReasoningDelta(text=parted.thinking, choice=self._choice))
        if ready := self._ready():
            deltas.append(LogprobsDelta(tokens=ready, choice=self._choice))
        if parted.text:
            deltas.append(TextDelta(text=parted.text, choice=self._choice))
        return tuple(deltas)

    def _ready(self) -> tuple[TokenLogprob, ...]:
        """The log probabilities whose text is shown; at a stop string, of tokens that begin before it."""
        if self._stops.stopped:
            ready = [scored for scored in self._scored if scored.start < self._shown]
            self._scored = []
        else:
            ready = [scored for scored in self._scored if scored.end <= self._shown]
            self._scored = self._scored[len(ready) :]
        return tuple(scored.logprob for scored in ready)
