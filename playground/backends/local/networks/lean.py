"""The forward pass of the Llama family with 8-bit weights on the CPU, in as few operations as torch allows.

One step of a small model is mostly the dispatch of small operations: transformers' own forward makes about 2,500 of
them for the default model. Here query, key and value are one product, gate and up are one, the norm's factor is
applied after the product, and rotary embedding is one complex multiplication (rows of the weights are put in the order
that this needs). tests/backends/local/networks/test_parity.py compares the numbers with transformers' for each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .attention import attend
from .int8 import FEW, Int8Linear, side_by_side
from .pieces import BLOCK, Cache, Piece
from .steady import in_slices, steadily

KINDS = ("LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM")


@dataclass(frozen=True)
class _Norm:
    """Root mean square norm: the weights, and epsilon times the size; the root of the size is in the weights."""

    weight: Tensor
    eps: Tensor

    @classmethod
    def of(cls, module: Any) -> _Norm:
        weight = module.weight.detach().float()
        size = weight.shape[0]
        return cls(weight * size**0.5, torch.tensor(float(module.variance_epsilon) * size))

    def factor(self, x: Tensor) -> Tensor:
        """What each row, times the weights, is to be multiplied by: [rows, 1]."""
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        found: Tensor = norm.mul_(norm).add_(self.eps).rsqrt_()
        return found


@dataclass(frozen=True)
class _Layer:
    before: _Norm
    attention: Int8Linear
    query_norm: _Norm | None
    key_norm: _Norm | None
    out: Int8Linear
    between: _Norm
    gate_up: Int8Linear
    down: Int8Linear
    scale: float
    window: int | None


class LeanNetwork:
    """See pieces.Network. `network` is transformers' model, on the CPU; nothing of it is kept.

    Steps of few rows are computed by `few_threads` threads, others by `threads`; by as many as there are if None.
    """

    stride: int | None = BLOCK
    batches = True
    shares = True

    def __init__(self, network: Any, *, threads: int | None = None, few_threads: int | None = None) -> None:
        self._threads = threads or torch.get_num_threads()
        self._few_threads = few_threads or self._threads
        config, body = network.config, network.model
        first = body.layers[0].self_attn
        self._size = int(first.head_dim)
        self._heads = first.q_proj.out_features // self._size
        self._key_heads = first.k_proj.out_features // self._size
        self._inner = int(config.intermediate_size)
        self._layers = [_layer(layer, self._size) for layer in body.layers]
        self._norm = _Norm.of(body.norm)
        self._head = Int8Linear.of(network.lm_head)
        parts = [(layer.attention, layer.out, layer.gate_up, layer.down) for layer in self._layers]
        side_by_side([*(part for layer in parts for part in layer), self._head])
        tied = network.lm_head.weight is body.embed_tokens.weight
        self._embedding = None if tied else body.embed_tokens.weight.detach().bfloat16()
        self._frequencies = body.rotary_emb.inv_freq.detach().float()
        self._stretch = float(body.rotary_emb.attention_scaling)
        self._turns = torch.empty(0, len(self._frequencies), dtype=torch.complex64)

    def new_state(self) -> Cache:
        return Cache()

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        """See pieces.Network."""
        tokens = torch.tensor([token for piece in pieces for token in piece.tokens])
        torch.set_num_threads(self._few_threads if len(tokens) <= FEW else self._threads)
        places = [range(piece.start, piece.start + len(piece.tokens)) for piece in pieces]
        turns = self._turned(max(place.stop for place in places))[
            torch.tensor([number for place in places for number in place])
        ].unsqueeze(1)
        x = self._embedded(tokens)
        for number, layer in enumerate(self._layers):
            x = self._step(x, layer, number, turns, pieces)
        return self._scores(x, pieces)

    def _embedded(self, tokens: Tensor) -> Tensor:
        if self._embedding is not None:
            given: Tensor = self._embedding[tokens]
            return given.float()
        return self._head.weight[tokens] * self._head.scale.float()[tokens, None]

    def _turned(self, length: int) -> Tensor:
        """The rotations of the first places, at least `length`: complex, [places, size / 2]."""
        if len(self._turns) < length:
            angles = torch.outer(torch.arange(max(1024, 2 * length)).float(), self._frequencies)
            self._turns = torch.polar(torch.full_like(angles, self._stretch), angles)
        return self._turns

    def _step(self, x: Tensor, layer: _Layer, number: int, turns: Tensor, pieces: Sequence[Piece]) -> Tensor:
        rows = x.shape[0]
        made = layer.attention.rows(x * layer.before.weight, layer.before.factor(x)).view(rows, -1, self._size)
        both = made[:, : self._heads + self._key_heads]
        if layer.query_norm is not None and layer.key_norm is not None:
            both = torch.cat(
                (_normed(both[:, : self._heads], layer.query_norm), _normed(both[:, self._heads :], layer.key_norm)), 1
            )
        both = _rotated(both, turns)
        query, key, value = (
            both[:, : self._heads],
            both[:, self._heads :],
            made[:, self._heads + self._key_heads :],
        )
        seen = self._attended(query, key, value, pieces, layer, number)
        x = x + layer.out.rows(seen.flatten(1))
        gate_up = layer.gate_up.rows(x * layer.between.weight, layer.between.factor(x))
        gate = steadily(functional.silu, gate_up[:, : self._inner])
        return x + layer.down.rows(gate.mul_(gate_up[:, self._inner :]))

    def _attended(
        self, query: Tensor, key: Tensor, value: Tensor, pieces: Sequence[Piece], layer: _Layer, number: int
    ) -> Tensor:
        """Attention of written tokens always by `few_threads`: with one row, torch's differs by how many there are."""
        written = sum(not piece.prompt for piece in pieces)
        if not written or len(query) <= FEW:  # nothing is written, or the whole step has so many threads
            return attend(query, key, value, pieces, number, layer.scale, layer.window)
        torch.set_num_threads(self._few_threads)
        first = attend(
            query[:written], key[:written], value[:written], pieces[:written], number, layer.scale, layer.window
        )
        torch.set_num_threads(self._threads)
        if written == len(query):
            return first
        rest = attend(
            query[written:], key[written:], value[written:], pieces[written:], number, layer.scale, layer.window
        )
        return torch.cat((first, rest))

    def _scores(self, x: Tensor, pieces: Sequence[Piece]) -> list[Tensor]:
        ends, at = [], 0
        for piece in pieces:
            at += len(piece.tokens)
            if piece.scores:
                ends.append(at - 1)
        if not ends:
            return []
        last = x[ends]
        return list(self._head.rows(last * self._norm.weight, self._norm.factor(last)))


def is_lean(network: Any) -> bool:
    """Whether a model of transformers is of a kind that LeanNetwork computes, whole and unchanged."""
    config = network.config
    return (
        type(network).__name__ in KINDS
        and getattr(config, "hidden_act", "") == "silu"
        and getattr(network.model.rotary_emb, "rope_type", "default") in ("default", "linear", "llama3")
        and not getattr(config, "mlp_bias", False)
    )


def _layer(module: Any, size: int) -> _Layer:
    attention, mlp = module.self_attn, module.mlp
    query_norm, key_norm = (
        _turned_norm(getattr(attention, name), size) if hasattr(attention, name) else None
        for name in ("q_norm", "k_norm")
    )
    return _Layer(
        before=_Norm.of(module.input_layernorm),
        attention=_joined(
            _turned_rows(attention.q_proj, size), _turned_rows(attention.k_proj, size), _plain(attention.v_proj)
        ),
        query_norm=query_norm,
        key_norm=key_norm,
        out=Int8Linear.of(attention.o_proj),
        between=_Norm.of(module.post_attention_layernorm),
        gate_up=_joined(_plain(mlp.gate_proj), _plain(mlp.up_proj)),
        down=Int8Linear.of(mlp.down_proj),
        scale=float(attention.scaling),
        window=_window(attention),
    )


def _window(attention: Any) -> int | None:
    """How far back a layer looks: the layer's own word where it has one (Qwen), else the model's (Mistral)."""
    if type(attention).__name__ == "LlamaAttention":
        return None
    window: int | None = getattr(attention, "sliding_window", getattr(attention.config, "sliding_window", None))
    return window


_Weights = tuple[Tensor, Tensor | None]


def _plain(linear: nn.Linear) -> _Weights:
    bias: Tensor | None = linear.bias
    return linear.weight.detach(), bias if bias is None else bias.detach()


def _joined(*parts: _Weights) -> Int8Linear:
    biases = [bias for _, bias in parts if bias is not None]
    if 0 < len(biases) < len(parts):
        biases = [torch.zeros(len(weight)) if bias is None else bias for weight, bias in parts]
    return Int8Linear(torch.cat([weight for weight, _ in parts]), torch.cat(biases) if biases else None)


def _turned_rows(linear: nn.Linear, size: int) -> _Weights:
    """The rows of each head in the order of _order."""
    weight, bias = _plain(linear)
    order = _order(size)
    turned = weight.view(-1, size, weight.shape[1])[:, order].flatten(0, 1)
    return turned, None if bias is None else bias.view(-1, size)[:, order].flatten()


def _turned_norm(module: Any, size: int) -> _Norm:
    norm = _Norm.of(module)
    return _Norm(norm.weight[_order(size)], norm.eps)


def _order(size: int) -> Tensor:
    """Transformers rotates entry i with entry i + size / 2; as neighbours they are one complex number."""
    return torch.arange(size).view(2, -1).t().flatten()


def _normed(x: Tensor, norm: _Norm) -> Tensor:
    return x * norm.factor(x) * norm.weight


def _rotated(x: Tensor, turns: Tensor) -> Tensor:
    """x of shape [rows, heads, size], rotated by turns of shape [rows, 1, size / 2]."""
    pairs = torch.view_as_complex(x.view(*x.shape[:-1], -1, 2))
    return torch.view_as_real(in_slices(torch.mul, pairs, turns)).flatten(-2)
