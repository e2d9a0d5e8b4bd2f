"""Any model of transformers whose attention can be handed over: pieces of many sequences in one forward pass.

The pieces' tokens stand in one row behind each other. Everything but attention works token by token, and attention is
ours: each piece sees its own cache. Whether a model really works so is tried when it is loaded.
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
BESIDE = {torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 1e-2}  # of the scores' length, with a neighbour
APART = {torch.float32: 1e-3, torch.bfloat16: 3e-1, torch.float16: 5e-2}  # the same, from transformers' own way
BY_LENGTH = ("longrope", "dynamic")
TROUBLE = (RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError)


class PackedNetwork:
    """See pieces.Network. `network` is transformers' model of text, which is changed: use it through this only.

    Raises NotBatchable, and then leaves the model as it was.
    """

    stride: int | None = BLOCK
    batches = True
    shares = True

    def __init__(self, network: Any, *, threads: int | None = None) -> None:
        if not getattr(network, "_supports_attention_backend", False):
            raise NotBatchable("its attention is its own")
        if any(kind in BY_LENGTH for kind in _rope_types(network.config)):
            raise NotBatchable("its positions turn by the longest sequence beside")
        if "logits_to_keep" not in inspect.signature(network.forward).parameters:
            raise NotBatchable("it can't be asked for some tokens' scores only")
        self._network = network
        self._threads = threads or torch.get_num_threads()
        self._device = network.device
        self._split = Split()
        self._try()
        if self._device.type == "cpu":
            make_steady(network, self._split)

    def new_state(self) -> Cache:
        return Cache()

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        """See pieces.Network."""
        torch.set_num_threads(self._threads)  # other networks set it too, and results differ by it
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
        """Hold two sequences side by side, one token of each written, to each alone, and that to transformers' scores."""
        usual = self._network.config._attn_implementation
        with torch.inference_mode():
            expected = [self._network(input_ids=self._ids(count), use_cache=False).logits[0, -1] for count in TRIED]
            try:
                check_steady(self._network)
                self._network.set_attn_implementation(NAME)
                alone = [self._tried([count])[0] for count in TRIED]
                if not _near(self._tried(TRIED), alone, BESIDE[self._network.dtype]):
                    raise NotBatchable("sequences side by side changed each other in a trial")
                if not _near(alone, [scores.float().cpu() for scores in expected], APART[self._network.dtype]):
                    raise NotBatchable("a trial gave other scores than transformers does")
            except (NotBatchable, *TROUBLE) as error:
                self._network.set_attn_implementation(usual)
                raise error if isinstance(error, NotBatchable) else NotBatchable(f"a trial failed: {error}") from error

    def _tried(self, counts: Sequence[int]) -> list[Tensor]:
        """The scores after sequences of so many tokens, computed together."""
        states = [self.new_state() for _ in counts]
        begun = [tuple(self._ids(count)[0, :-1].tolist()) for count in counts]
        self.run([Piece(state, tokens, True, False) for state, tokens in zip(states, begun, strict=True)])
        if len(states[0].layers) != self._network.config.get_text_config().num_hidden_layers:
            raise NotBatchable("not all of its layers keep keys and values")
        for state, tokens in zip(states, begun, strict=True):
            state.length = len(tokens)
        return self.run([Piece(state, (count,), False, True) for state, count in zip(states, counts, strict=True)])

    def _ids(self, count: int) -> Tensor:
        return torch.arange(1, count + 1, device=self._device)[None]


def _rope_types(config: Any) -> set[str]:
    """The kinds of rotary embedding that a configuration names, for all its layers or for kinds of them."""
    given = getattr(config.get_text_config(), "rope_parameters", None) or {}
    named = [given, *(value for value in given.values() if isinstance(value, dict))]
    return {str(some["rope_type"]) for some in named if "rope_type" in some}


def _near(some: Sequence[Tensor], others: Sequence[Tensor], tolerance: float) -> bool:
    return all(bool((one - other).norm() <= tolerance * other.norm()) for one, other in zip(some, others, strict=True))


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
