"""Beginnings of prompts that were read before."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from playground.backends.local.networks.pieces import BLOCK, Cache
from playground.backends.local.prefixes import Prefixes

LAYERS = 2
BYTES = LAYERS * 2 * BLOCK * 3 * 4  # of a block: layers, keys and values, tokens, entries, float32


def prompt(*blocks: int, more: int = 0) -> list[int]:
    """Blocks of one token each, and the beginning of another."""
    return [block for block in blocks for _ in range(BLOCK)] + [99] * more


def cache_of(tokens: Sequence[int]) -> Cache:
    """A cache in which each place holds its token."""
    cache = Cache()
    entries = torch.tensor(tokens, dtype=torch.float32).view(-1, 1, 1).expand(-1, 1, 3)
    for layer in range(LAYERS):
        cache.write(layer, entries, entries, len(tokens))
    cache.length = len(tokens)
    return cache


def remembered(prefixes: Prefixes, tokens: Sequence[int]) -> int:
    """How many tokens are found, after a look at what the blocks hold."""
    blocks = prefixes.longest(tokens)
    if blocks:
        begun = Cache()
        begun.put(blocks, len(tokens))
        assert begun.layers[1][0][0, : begun.length, 0].tolist() == [float(token) for token in tokens[: begun.length]]
        assert begun.length == len(blocks) * BLOCK
    return len(blocks) * BLOCK


def keep(prefixes: Prefixes, tokens: Sequence[int]) -> None:
    prefixes.keep(tokens, cache_of(tokens))


def test_the_longest_common_beginning_is_found_in_whole_blocks() -> None:
    prefixes = Prefixes(10**6)
    keep(prefixes, prompt(1, 2, 3, more=5))
    assert remembered(prefixes, prompt(1, 2, 3, more=5)) == 3 * BLOCK
    assert remembered(prefixes, prompt(1, 2, 4)) == 2 * BLOCK
    assert remembered(prefixes, prompt(2, 1)) == 0
    assert remembered(prefixes, prompt(1)[:-1]) == 0


def test_a_token_is_always_left_to_be_read() -> None:
    prefixes = Prefixes(10**6)
    keep(prefixes, prompt(1, 2))
    assert remembered(prefixes, prompt(1, 2)) == BLOCK


def test_the_same_block_after_other_tokens_is_another() -> None:
    prefixes = Prefixes(10**6)
    keep(prefixes, prompt(1, 5))
    keep(prefixes, prompt(2, 6))
    assert remembered(prefixes, prompt(2, 5, more=1)) == BLOCK


def test_shared_beginnings_are_kept_once() -> None:
    prefixes = Prefixes(10**6)
    keep(prefixes, prompt(1, 2, 3))
    keep(prefixes, prompt(1, 2, 4))
    assert prefixes.nbytes == 4 * BYTES


def test_the_longest_unused_go_first_and_the_limit_holds() -> None:
    prefixes = Prefixes(4 * BYTES)
    keep(prefixes, prompt(1, 2))
    keep(prefixes, prompt(3, 4))
    remembered(prefixes, prompt(1, 2, more=1))
    keep(prefixes, prompt(5, 6))
    assert prefixes.nbytes == 4 * BYTES
    found = [remembered(prefixes, prompt(*blocks, more=1)) // BLOCK for blocks in ((1, 2), (3, 4), (5, 6))]
    assert found == [2, 0, 2]


def test_the_end_of_a_beginning_is_forgotten_before_its_start() -> None:
    prefixes = Prefixes(3 * BYTES)
    keep(prefixes, prompt(1, 2))
    remembered(prefixes, prompt(1, 2, more=1))
    keep(prefixes, prompt(3, 4))
    assert remembered(prefixes, prompt(1, 2, more=1)) == BLOCK


def test_without_room_nothing_is_kept() -> None:
    prefixes = Prefixes(0)
    keep(prefixes, prompt(1, 2))
    assert (prefixes.nbytes, remembered(prefixes, prompt(1, 2))) == (0, 0)


def test_what_is_kept_does_not_change_with_the_cache_it_came_from() -> None:
    prefixes, cache = Prefixes(10**6), cache_of(prompt(1, 2))
    prefixes.keep(prompt(1, 2), cache)
    cache.layers[0][0].zero_()
    cache.layers[1][0].zero_()
    assert remembered(prefixes, prompt(1, 2, more=1)) == 2 * BLOCK


def test_of_a_prompt_larger_than_the_room_its_beginning_is_kept() -> None:
    prefixes = Prefixes(4 * BYTES)
    keep(prefixes, prompt(1, 2, 3, 4, 5, 6))
    assert remembered(prefixes, prompt(1, 2, 3, 4, 5, 6)) == 4 * BLOCK
    keep(prefixes, prompt(1, 2, 9, 10, 11))
    assert remembered(prefixes, prompt(1, 2, 9, 10, 11)) == 4 * BLOCK
    assert remembered(prefixes, prompt(1, 2, 3)) == 2 * BLOCK


def test_what_is_begun_is_kept_longer_than_what_goes_on() -> None:
    prefixes = Prefixes(5 * BYTES)
    keep(prefixes, prompt(1, 2))
    keep(prefixes, prompt(1, 2, 3, 4, 5, more=1))
    keep(prefixes, prompt(7))
    assert remembered(prefixes, prompt(1, 2, 3, 4, 5, more=1)) == 4 * BLOCK
