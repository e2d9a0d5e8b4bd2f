"""Each network against transformers' own forward pass."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.modeling_outputs import CausalLMOutputWithPast

from playground.backends.local.networks.alone import AloneNetwork
from playground.backends.local.networks.choice import choose_network
from playground.backends.local.networks.int8 import in_eight_bits, quantise
from playground.backends.local.networks.lean import LeanNetwork, is_lean
from playground.backends.local.networks.packed import PackedNetwork
from playground.backends.local.networks.pieces import Network, NotBatchable
from tests.backends.local.networks.driving import read, write
from tests.backends.local.networks.kinds import ALONE, LEAN, PACKED, config, model_of, some_tokens

TOKENS = some_tokens(75)
READ = 70


def of_transformers(model: Any) -> Tensor:
    """The scores after each of the last tokens."""
    with torch.inference_mode():
        scores: Tensor = model(torch.tensor([TOKENS]), use_cache=False).logits[0, READ - 1 :].float()
    return scores


def of_network(network: Network) -> Tensor:
    state, first = read(network, TOKENS[:READ], 32, 64) if network.stride else read(network, TOKENS[:READ])
    return torch.stack([first, *(write(network, state, token) for token in TOKENS[READ:])])


@pytest.mark.parametrize("kind", PACKED)
def test_packed(kind: str) -> None:
    torch.testing.assert_close(
        of_network(PackedNetwork(model_of(PACKED[kind]))), of_transformers(model_of(PACKED[kind])), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("kind", PACKED)
def test_packed_in_bfloat16(kind: str) -> None:
    model = model_of(PACKED[kind], torch.bfloat16)
    expected = of_transformers(model)
    assert far(of_network(PackedNetwork(model)), expected) < 0.03


@pytest.mark.parametrize("kind", LEAN)
def test_lean(kind: str) -> None:
    """Against transformers' forward pass over the same 8-bit weights."""
    assert is_lean(model_of(LEAN[kind]))
    eight = model_of(LEAN[kind])
    if eight.config.tie_word_embeddings:
        eight.model.embed_tokens.weight.data = rounded(eight.lm_head.weight)
    else:
        eight.model.embed_tokens.weight.data = eight.model.embed_tokens.weight.data.bfloat16().float()
    in_eight_bits(eight)
    assert far(of_network(LeanNetwork(model_of(LEAN[kind]))), of_transformers(eight)) < 1e-3


def rounded(weight: Tensor) -> Tensor:
    whole, scale = quantise(weight)
    return whole * scale[:, None]


@pytest.mark.parametrize("kind", [*LEAN, *ALONE])
def test_alone(kind: str) -> None:
    made = LEAN[kind] if kind in LEAN else ALONE[kind][0]
    torch.testing.assert_close(
        of_network(AloneNetwork(model_of(made))), of_transformers(model_of(made)), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("kind", LEAN)
def test_eight_bits_stay_near_the_model(kind: str) -> None:
    assert far(of_network(LeanNetwork(model_of(LEAN[kind]))), of_transformers(model_of(LEAN[kind]))) < 0.05


@pytest.mark.parametrize("kind", ALONE)
def test_what_cannot_be_computed_side_by_side_says_why_and_stays_as_it_was(kind: str) -> None:
    made, reason = ALONE[kind]
    model = model_of(made)
    before = of_transformers(model)
    with pytest.raises(NotBatchable, match=reason):
        PackedNetwork(model)
    assert torch.equal(of_transformers(model), before)


@pytest.mark.parametrize(
    ("made", "eight_bit", "network", "weights"),
    [
        (LEAN["llama"], True, LeanNetwork, "8-bit"),
        (LEAN["llama"], False, PackedNetwork, "float32"),
        (PACKED["phi3"], True, PackedNetwork, "8-bit"),
        (ALONE["gemma2"][0], True, AloneNetwork, "8-bit"),
        (ALONE["gemma2"][0], False, AloneNetwork, "float32"),
        (config("LlamaConfig", hidden_act="gelu"), True, PackedNetwork, "8-bit"),
        (config("LlamaConfig", mlp_bias=True), True, PackedNetwork, "8-bit"),
    ],
)
def test_the_fastest_network_that_a_model_allows_is_taken(
    made: Any, eight_bit: bool, network: type, weights: str
) -> None:
    chosen = choose_network(model_of(made), eight_bit=eight_bit, sees_images=False)
    assert type(chosen.network) is network
    assert chosen.weights == weights
    assert (chosen.alone_because is None) == (network is not AloneNetwork)
    assert far(of_network(chosen.network), of_transformers(model_of(made))) < (0.05 if eight_bit else 1e-4)


def far(found: Tensor, expected: Tensor) -> float:
    """How far the scores are from what is expected, as a share of their length."""
    return float((found - expected).norm() / expected.norm())


class Turning(nn.Module):
    """Keeps in itself how far the positions of its latest image prompt are turned, as the Qwen-VL family does."""

    def __init__(self) -> None:
        super().__init__()
        self.rope_deltas: Tensor | None = None
        self.weight = nn.Parameter(torch.zeros(1))
        self.device, self.dtype = torch.device("cpu"), torch.float32

    def forward(
        self, input_ids: Tensor, past_key_values: Any = None, use_cache: bool = True, return_dict: bool = True
    ) -> Any:
        if past_key_values is None:
            self.rope_deltas = input_ids[:, :1].float()
        assert self.rope_deltas is not None
        return CausalLMOutputWithPast(logits=self.rope_deltas.expand(1, 4)[None], past_key_values=DynamicCache())


def test_what_a_model_keeps_of_a_sequence_goes_with_the_sequence() -> None:
    network = AloneNetwork(Turning())
    first, _ = read(network, [7, 1])
    second, _ = read(network, [9, 1])
    for state, expected in ((first, 7), (second, 9), (first, 7), (first.copy(), 7)):  # type: ignore[attr-defined]
        assert write(network, state, 1)[0] == expected
