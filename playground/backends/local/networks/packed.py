"""Any model of transformers whose attention can be handed over: pieces of many sequences in one forward pass.

The pieces' tokens stand in one row behind each other. Everything but attention works token by token, and attention is
ours: each piece sees its own cache. Whether a model really works so is tried when it is loaded (`PackedNetwork.check`).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from .attention import attend
from .pieces import BLOCK, Cache, NotBatchable, Piece
from .steady import Split, check_steady, make_steady

NAME = "pieces"
TRIED = (4, 6)  # tokens of the two sequences that a model is tried with
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 5e-2, torch.float16: 2e-2}  # of the scores' length
TROUBLE = (RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError)


class PackedNetwork:
    """See pieces.Network. `network` is transformers' model of text, which is changed: use it through this only.

    Raises NotBatchable, and then leaves the model as it was.
    """

    stride: int | None = BLOCK
    batches = True
    shares = True

    def __init__(self, network: Any) -> None:
        if not getattr(network, "_supports_attention_backend", False):
            raise NotBatchable("its attention is its own")
        if "logits_to_keep" not in inspect.signature(network.forward).parameters:
            raise NotBatchable("it can't be asked for some tokens' scores only")
        self._network = network
        self._device = network.device
        self._split = Split()
        self._try()
        if self._device.type == "cpu":
            make_steady(network, self._split)

    def new_state(self) -> Cache:
        return Cache()

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        """See pieces.Network."""
        self._split.written = sum(not piece.prompt for piece in pieces)
        tokens = [token for piece in pieces for token in piece.tokens]
        places = [place for piece in pieces for place in range(piece.start, piece.start + len(piece.tokens))]
        ends, at = [], 0
        for piece in pieces:
            at += len(piece.tokens)
            if piece.scores:
                ends.append(at - 1)
        out = self._network(
            input_ids=torch.tensor([tokens], device=self._device),
            position_ids=torch.tensor([places], device=self._device),
            logits_to_keep=torch.tensor(ends or [0], device=self._device),
            use_cache=False,
            pieces=pieces,
        )
        return list(out.logits[0].float().cpu()) if ends else []

    def _try(self) -> None:
        """Hold two sequences side by side, one token of each of them written, to the scores of each alone."""
        usual = self._network.config._attn_implementation
        with torch.inference_mode():
            expected = [self._network(input_ids=self._ids(count), use_cache=False).logits[0, -1] for count in TRIED]
            try:
                check_steady(self._network)
                self._network.set_attn_implementation(NAME)
                found = self._tried()
                for one, other in zip(found, expected, strict=True):
                    if not (one - other.float().cpu()).norm() <= TOLERANCE[self._network.dtype] * other.float().norm():
                        raise NotBatchable("sequences side by side changed each other in a trial")
            except (NotBatchable, *TROUBLE) as error:
                self._network.set_attn_implementation(usual)
                raise error if isinstance(error, NotBatchable) else NotBatchable(f"a trial failed: {error}") from error

    def _tried(self) -> list[Tensor]:
        states = [self.new_state() for _ in TRIED]
        begun = [tuple(self._ids(count)[0, :-1].tolist()) for count in TRIED]
        self.run([Piece(state, tokens, True, False) for state, tokens in zip(states, begun, strict=True)])
        if len(states[0].layers) != self._network.config.get_text_config().num_hidden_layers:
            raise NotBatchable("not all of its layers keep keys and values")
        for state, tokens in zip(states, begun, strict=True):
            state.length = len(tokens)
        return self.run([Piece(state, (count,), False, True) for state, count in zip(states, TRIED, strict=True)])

    def _ids(self, count: int) -> Tensor:
        return torch.arange(1, count + 1, device=self._device)[None]


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    *,
    pieces: Sequence[Piece] = (),
    **more: Any,
) -> tuple[Tensor, None]:
    """Attention as transformers asks for it: query, key and value of shape [1, heads, tokens, size]."""
    unknown = [name for name in ("softcap", "s_aux", "position_bias") if more.get(name) is not None]
    if unknown or not pieces:
        raise ValueError(f"attention with {', '.join(unknown)}" if unknown else "attention without pieces")
    layer = getattr(module, "layer_idx", None)
    if layer is None:
        raise ValueError("attention outside of a layer")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    query, key, value = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    return attend(query, key, value, pieces, layer, scale, sliding_window)[None], None


transformers.AttentionInterface.register(NAME, _attention)
