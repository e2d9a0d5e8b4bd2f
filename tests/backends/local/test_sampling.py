"""The sampling pipeline over small rows of scores."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.backends.local.sampling import (
    CANDIDATES,
    History,
    adjust,
    choose,
    raw_logprobs,
    shortlist,
    temper,
)
from playground.backends.local.settings import Sampling

SCORES = [2.0, 1.0, 0.0, -1.0]


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def history(prompt: list[int], *answer: int) -> History:
    made = History(prompt)
    for token in answer:
        made.add(token)
    return made


@pytest.mark.parametrize(
    ("sampling", "seen", "expected"),
    [
        (Sampling(), history([0, 3], 1), SCORES),
        (Sampling(repetition_penalty=2), history([0, 3]), [1.0, 1.0, 0.0, -2.0]),
        (Sampling(repetition_penalty=2), history([0], 1, 1), [1.0, 0.5, 0.0, -1.0]),
        (Sampling(frequency_penalty=0.5), history([0, 0], 1, 1, 2), [2.0, 0.0, -0.5, -1.0]),
        (Sampling(presence_penalty=0.5), history([0, 0], 1, 1, 2), [2.0, 0.5, -0.5, -1.0]),
        (Sampling(frequency_penalty=-1, presence_penalty=1), history([], 3, 3), [2.0, 1.0, 0.0, 0.0]),
        (Sampling(logit_bias=((1, 5.0), (2, -1.0))), history([]), [2.0, 6.0, -1.0, -1.0]),
        (Sampling(logit_bias=((0, -100.0),)), history([]), [-math.inf, 1.0, 0.0, -1.0]),
    ],
)
def test_penalties_and_bias_change_scores(sampling: Sampling, seen: History, expected: list[float]) -> None:
    before = torch.tensor(SCORES)
    assert adjust(before, sampling, seen).tolist() == expected
    assert before.tolist() == SCORES


@pytest.mark.parametrize(
    ("sampling", "left"),
    [
        (Sampling(), [0, 1, 2, 3]),
        (Sampling(top_k=2), [0, 1]),
        (Sampling(top_k=-1), [0, 1, 2, 3]),
        (Sampling(top_k=9), [0, 1, 2, 3]),
        (Sampling(top_p=0), [0]),
        (Sampling(top_p=0.5), [0]),
        (Sampling(top_p=0.7), [0, 1]),
        (Sampling(min_p=0.3), [0, 1]),
        (Sampling(min_p=1), [0]),
        (Sampling(top_k=3, min_p=0.3), [0, 1]),
        # Of two tokens left by top-k, 0.731 and 0.269, the first alone reaches 0.7; of all four it is 0.644.
        (Sampling(top_k=2, top_p=0.7), [0]),
    ],
)
def test_cuts_leave_the_likeliest_tokens(sampling: Sampling, left: list[int]) -> None:
    _, tokens = shortlist(torch.tensor(SCORES), sampling)
    assert sorted(tokens.tolist()) == left


@given(
    seed=st.integers(0, 10_000),
    size=st.sampled_from([5, CANDIDATES[0] - 1, CANDIDATES[0] + 1, 3000, CANDIDATES[1] + 7]),
    spread=st.floats(0.01, 8),
    top_k=st.sampled_from([0, 1, 40, 600, 5000]),
    top_p=st.floats(0, 1),
    min_p=st.sampled_from([0.0, 0.0, 0.01, 0.5]),
)
def test_cuts_equal_their_definitions(
    seed: int, size: int, spread: float, top_k: int, top_p: float, min_p: float
) -> None:
    scores = torch.randn(size, generator=seeded(seed), dtype=torch.float32) * spread
    values, tokens = shortlist(scores, Sampling(top_k=top_k, top_p=top_p, min_p=min_p))
    ranked = scores.softmax(-1).sort(descending=True)
    kept = ranked.values[: top_k or None]
    before = kept.cumsum(-1) - kept
    slack = 1e-5  # sums in another order round differently at the very edge
    surely = int((before < top_p * kept.sum() - slack).sum()) if top_p < 1 else len(kept)
    perhaps = int((before < top_p * kept.sum() + slack).sum()) if top_p < 1 else len(kept)
    likely = int((kept >= min_p * kept[0]).sum())
    assert max(1, min(surely, likely)) <= len(tokens) <= max(1, min(perhaps, likely))
    assert values.sort(descending=True).values.tolist() == pytest.approx(ranked.values[: len(tokens)].tolist())


def test_temperature_zero_takes_the_best_and_a_tiny_one_too() -> None:
    scores = torch.tensor(SCORES)
    assert choose(scores, Sampling(temperature=0), history([]), seeded(0)) == 0
    assert choose(scores, Sampling(temperature=1e-30), history([]), seeded(0)) == 0


def test_draws_follow_the_probabilities() -> None:
    generator = seeded(0)
    drawn = Counter(choose(torch.tensor(SCORES), Sampling(temperature=2), history([]), generator) for _ in range(4000))
    expected = temper(torch.tensor(SCORES), 2).softmax(-1).tolist()
    assert [drawn[token] / 4000 for token in range(4)] == pytest.approx(expected, abs=0.03)


def test_a_banned_token_is_never_drawn() -> None:
    banned = Sampling(logit_bias=((0, -100.0),))
    generator = seeded(0)
    assert 0 not in {choose(torch.tensor(SCORES), banned, history([]), generator) for _ in range(200)}


@given(st.integers(0, 2**63 - 1))
def test_the_same_seed_draws_the_same(seed: int) -> None:
    flat = torch.zeros(1000)
    first, second = seeded(seed), seeded(seed)
    draws = [[choose(flat, Sampling(), history([]), generator) for _ in range(5)] for generator in (first, second)]
    assert draws[0] == draws[1]


def test_log_probabilities_are_of_the_scores_as_they_come() -> None:
    own, top = raw_logprobs(torch.tensor(SCORES), 1, 2)
    total = math.log(sum(math.exp(score) for score in SCORES))
    assert own == pytest.approx(1 - total)
    assert [token for token, _ in top] == [0, 1]
    assert [value for _, value in top] == pytest.approx([2 - total, 1 - total])


def test_no_alternatives_are_given_when_none_are_asked_for() -> None:
    assert raw_logprobs(torch.tensor(SCORES), 1, 0)[1] == ()
