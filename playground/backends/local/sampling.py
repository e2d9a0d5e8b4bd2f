"""From a model's scores to the next token: pure functions over one row of logits.

Every function takes float32 logits of shape [vocabulary] on the CPU and returns new ones; a token that is
ruled out has the score -inf. The order is that of OpenAI's and Hugging Face's samplers: penalties and bias
change the scores, temperature flattens or sharpens them, then top-k, top-p and min-p cut the tail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from .settings import Sampling

BANNED = -100.0
CANDIDATES = (512, 8192)


class History:
    """The tokens that penalties look at: the distinct ones seen (prompt included), and the answer's counts."""

    def __init__(self, prompt: list[int]) -> None:
        self.seen = set(prompt)
        self.counts: Counter[int] = Counter()

    def add(self, token: int) -> None:
        self.seen.add(token)
        self.counts[token] += 1


def choose(
    logits: Tensor,
    sampling: Sampling,
    history: History,
    generator: torch.Generator,
    allowed: Tensor | None = None,
) -> int:
    """The next token, one of those `allowed` (booleans, for the first tokens of the vocabulary) if that is given.

    The same generator state, logits and history give the same token.
    """
    scores = adjust(logits, sampling, history)
    if allowed is not None:
        scores = restricted(scores, logits, allowed)
    if sampling.temperature == 0:
        return int(scores.argmax())
    candidates, tokens = shortlist(temper(scores, sampling.temperature), sampling)
    return int(tokens[drawn(candidates, generator)])


def drawn(probabilities: Tensor, generator: torch.Generator) -> int:
    """The index of one entry, drawn by its share of the sum; one of probability 0 never is.

    torch.multinomial makes a random number for each entry, which takes milliseconds for a whole vocabulary.
    """
    sums = probabilities.double().cumsum(-1)
    place = torch.rand(1, generator=generator, dtype=torch.float64) * sums[-1]
    last = int(torch.searchsorted(sums, sums[-1]))  # the first entry that reaches the whole sum
    return min(int(torch.searchsorted(sums, place, right=True)), last)


def adjust(logits: Tensor, sampling: Sampling, history: History) -> Tensor:
    """The scores after penalties and bias."""
    scores = repeat_penalised(logits, sampling.repetition_penalty, history.seen)
    scores = used_penalised(scores, sampling.frequency_penalty, sampling.presence_penalty, history.counts)
    return biased(scores, sampling.logit_bias)


def repeat_penalised(logits: Tensor, penalty: float, seen: set[int]) -> Tensor:
    """Scores of tokens seen divided by `penalty` where positive, multiplied where negative (CTRL, 1909.05858)."""
    if penalty == 1 or not seen:
        return logits
    index = torch.tensor(sorted(seen))
    scores = logits[index]
    return logits.index_put((index,), torch.where(scores < 0, scores * penalty, scores / penalty))


def used_penalised(logits: Tensor, frequency: float, presence: float, counts: Mapping[int, int]) -> Tensor:
    """OpenAI's additive penalties over the answer's own tokens: frequency x count, plus presence once."""
    if not counts or (frequency == 0 and presence == 0):
        return logits
    index = torch.tensor(list(counts))
    amount = torch.tensor(list(counts.values()), dtype=logits.dtype) * frequency + presence
    return logits.index_put((index,), logits[index] - amount)


def biased(logits: Tensor, bias: tuple[tuple[int, float], ...]) -> Tensor:
    """The bias added to the scores of its tokens; -100 rules a token out."""
    if not bias:
        return logits
    index = torch.tensor([token for token, _ in bias])
    amount = torch.tensor([-torch.inf if value <= BANNED else value for _, value in bias], dtype=logits.dtype)
    return logits.index_put((index,), logits[index] + amount)


def restricted(scores: Tensor, logits: Tensor, allowed: Tensor) -> Tensor:
    """The scores with all tokens ruled out that are not allowed.

    Where bias rules out all that are, it gives way: the raw logits then choose among them.
    """
    size = allowed.shape[0]
    for candidates in (scores, logits):
        found = torch.full_like(candidates, -torch.inf)
        found[:size] = candidates[:size].masked_fill(~allowed, -torch.inf)
        if bool(found.max() > -torch.inf):
            return found
    return found


def temper(logits: Tensor, temperature: float) -> Tensor:
    """Scores over a temperature above 0, the best at 0, so that a tiny temperature cannot overflow."""
    return (logits - logits.max()) / temperature


def shortlist(logits: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """The probabilities (not renormalised) and ids of the tokens that top-k, top-p and min-p leave.

    Sorted, best first, when a cut is asked for; the whole vocabulary in order of id otherwise.
    """
    probabilities = logits.softmax(-1)
    size = probabilities.shape[-1]
    top_k = sampling.top_k if 0 < sampling.top_k < size else size
    if top_k == size and sampling.top_p >= 1 and sampling.min_p <= 0:
        return probabilities, torch.arange(size)
    values, tokens = _best(probabilities, top_k, sampling)
    values = values[: _cut(values, sampling, 1.0 if top_k == size else float(values.sum()))]
    return values, tokens[: len(values)]


def _best(probabilities: Tensor, top_k: int, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """The likeliest tokens, sorted: `top_k`, or fewer where the other cuts surely fall among them.

    Sorting a whole vocabulary takes long, and almost always a few hundred or thousand tokens are enough.
    """
    size = probabilities.shape[-1]
    if top_k < size:
        return probabilities.topk(top_k)
    for count in CANDIDATES:
        if count >= size:
            break
        values, tokens = probabilities.topk(count)
        by_top_p = sampling.top_p < 1 and float(values.sum()) >= sampling.top_p
        by_min_p = sampling.min_p > 0 and bool(values[-1] < sampling.min_p * values[0])
        if by_top_p or by_min_p:
            return values, tokens
    tokens = torch.from_numpy(np.argsort(-probabilities.numpy()))  # five times as fast as torch's
    return probabilities[tokens], tokens


def _cut(values: Tensor, sampling: Sampling, total: float) -> int:
    """How many of the sorted probabilities stay, at least one; `total` is what top-k left of 1."""
    keep = torch.ones_like(values, dtype=torch.bool)
    if sampling.top_p < 1:
        keep &= values.cumsum(-1) - values < sampling.top_p * total
    if sampling.min_p > 0:
        keep &= values >= sampling.min_p * values[0]
    return max(1, int(keep.sum()))


def raw_logprobs(logits: Tensor, token: int, top: int) -> tuple[float, tuple[tuple[int, float], ...]]:
    """The chosen token's natural-log probability under the unchanged logits, and the `top` likeliest ones."""
    logprobs = logits.log_softmax(-1)
    values, tokens = logprobs.topk(min(top, logprobs.shape[-1])) if top else (logprobs[:0], logprobs[:0])
    pairs = tuple((int(t), float(v)) for t, v in zip(tokens, values, strict=True))
    return float(logprobs[token]), pairs
