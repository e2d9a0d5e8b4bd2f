"""A sequence gets the same numbers, to the last bit, alone and beside others, and however its prompt was read."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.backends.local.networks.int8 import Int8Linear, in_eight_bits
from playground.backends.local.networks.lean import LeanNetwork
from playground.backends.local.networks.packed import PackedNetwork
from playground.backends.local.networks.pieces import BLOCK, Cache, Network, Piece
from playground.backends.local.networks.steady import steadily
from tests.backends.local.networks.driving import read, run, threads, write, writing
from tests.backends.local.networks.kinds import LEAN, PACKED, config, model_of, some_tokens


def packed_in_eight_bits(model: Any) -> Network:
    in_eight_bits(model)
    return PackedNetwork(model)


MADE: dict[str, Callable[[], Network]] = {
    "lean llama": lambda: LeanNetwork(model_of(LEAN["llama, tied"])),
    "lean qwen3": lambda: LeanNetwork(model_of(LEAN["qwen3"])),
    "lean, sliding": lambda: LeanNetwork(model_of(LEAN["mistral, sliding window"])),
    "packed, float32": lambda: PackedNetwork(model_of(PACKED["llama"])),
    "packed, bfloat16": lambda: PackedNetwork(model_of(PACKED["qwen2"], torch.bfloat16)),
    "packed, 8-bit": lambda: packed_in_eight_bits(model_of(PACKED["gemma3, sliding window"])),
}


@pytest.fixture(scope="module", params=MADE)
def network(request: pytest.FixtureRequest) -> Network:
    return MADE[request.param]()


@pytest.mark.parametrize("cuts", [(1,), (31,), (32,), (33,), (96,), (5, 6, 50, 64, 99)])
def test_a_prompt_may_be_cut_anywhere(network: Network, cuts: tuple[int, ...]) -> None:
    tokens = some_tokens(100)
    state, whole = read(network, tokens)
    other, in_pieces = read(network, tokens, *cuts)
    assert torch.equal(in_pieces, whole)
    assert torch.equal(write(network, other, 7), write(network, state, 7))


def test_a_prompt_may_begin_with_blocks_of_another(network: Network) -> None:
    tokens, longer = some_tokens(90), (*some_tokens(90)[:70], *some_tokens(60, seed=1))
    state, _ = read(network, longer)
    assert isinstance(state, Cache)
    begun = network.new_state()
    begun.put([state.taken(0, BLOCK), state.taken(BLOCK, 2 * BLOCK)], 2 * BLOCK)
    assert begun.length == 2 * BLOCK
    assert torch.equal(read(network, tokens, state=begun)[1], read(network, tokens)[1])


@pytest.mark.parametrize("used", [1, 2])
def test_neighbours_change_nothing(network: Network, used: int) -> None:
    """Sixty steps of random company: each sequence's scores are those that it has alone."""
    with threads(used):
        check_company(network, random.Random(used))


def check_company(network: Network, chance: random.Random) -> None:
    prompts = [some_tokens(chance.randint(1, 150), seed) for seed in range(12)]
    expected = [alone(network, prompt) for prompt in prompts]
    states = [network.new_state() for _ in prompts]
    found: list[list[Tensor]] = [[] for _ in prompts]
    for _ in range(60):
        present = [number for number in range(len(prompts)) if len(found[number]) < 6 and chance.random() < 0.6]
        present.sort(key=lambda number: states[number].length < len(prompts[number]))  # those who write come first
        pieces = [next_piece(states[number], prompts[number], len(found[number]), chance) for number in present]
        scores = iter(run(network, *pieces) if pieces else [])
        for number, piece in zip(present, pieces, strict=True):
            states[number].length += len(piece.tokens)
            if piece.scores:
                found[number].append(next(scores))
    assert sum(map(len, found)) > 40
    for mine, whole in zip(found, expected, strict=True):
        assert all(torch.equal(one, other) for one, other in zip(mine, whole, strict=False))


def alone(network: Network, prompt: tuple[int, ...]) -> list[Tensor]:
    state, first = read(network, prompt)
    return [first, *(write(network, state, number) for number in range(1, 6))]


def next_piece(state: Any, prompt: tuple[int, ...], written: int, chance: random.Random) -> Piece:
    if written:
        return writing(state, written)
    end = min(len(prompt), state.length + chance.randint(1, 90))
    return Piece(state, prompt[state.length : end], prompt=True, scores=end == len(prompt))


def test_the_number_of_threads_changes_nothing_in_a_lean_network() -> None:
    """As long as steps of few tokens have one number of them, steps of many may have another."""
    tokens = some_tokens(200)
    found = []
    for few, many in ((1, 1), (1, 2), (1, 3)):
        network = LeanNetwork(model_of(LEAN["llama, tied"]), threads=many, few_threads=few)
        state, first = read(network, tokens)
        found.append(torch.stack([first, *(write(network, state, token) for token in range(5, 10))]))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 3, 8, 33, 200])
def test_rows_of_an_eight_bit_product_stand_alone(exact: bool, rows: int) -> None:
    torch.manual_seed(0)
    linear = Int8Linear(torch.randn(96, 100), torch.randn(96), exact=exact)
    x = torch.randn(rows, 100) * 10
    together = linear(x)
    assert torch.equal(together, torch.cat([linear(x[number : number + 1]) for number in range(rows)]))


def test_entries_of_a_function_do_not_depend_on_how_many_there_are() -> None:
    """By itself torch does not hold to this: the ends of its threads' shares differ in the last bit."""
    torch.manual_seed(0)
    x = torch.randn(301, 333)

    def by_rows(function: Callable[[Tensor], Tensor]) -> Tensor:
        return torch.cat([function(x[number : number + 1]) for number in range(len(x))])

    with threads(3):
        assert torch.equal(steadily(nn.functional.silu, x), by_rows(lambda row: steadily(nn.functional.silu, row)))
        assert not torch.equal(nn.functional.silu(x), by_rows(nn.functional.silu))


def test_long_answers_stay_the_same_while_others_read() -> None:
    """In as many threads as the default model has for few rows and for many: attention of one row differs by that."""
    shape = {"hidden_size": 576, "num_attention_heads": 9, "num_key_value_heads": 3, "head_dim": 64}
    network = LeanNetwork(model_of(config("LlamaConfig", **shape)), threads=3, few_threads=1)
    tokens = list(range(3, 60))
    alone, _ = read(network, tokens)
    beside, _ = read(network, tokens)
    for step in range(150):
        other = Piece(network.new_state(), tuple(range(3, 43)), prompt=True, scores=False)
        expected = write(network, alone, step % 300)
        found, *_ = run(network, writing(beside, step % 300), other)
        beside.length += 1
        assert torch.equal(found, expected), step
