"""Attention over pieces of several sequences, each to its own cache only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from .pieces import BLOCK, Piece


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    pieces: Sequence[Piece],
    layer: int,
    scale: float,
    window: int | None = None,
) -> Tensor:
    """The attention of the pieces' rows: query of shape [rows, heads, size], key and value [rows, key heads, size].

    Keys and values go into the pieces' caches. `window` is how many tokens back a row looks, itself included; all by
    default. Returns [rows, heads, value size].
    """
    found, at = [], 0
    for piece in pieces:
        rows = slice(at, at + len(piece.tokens))
        attention = _reading if piece.prompt else _writing
        found.append(attention(query[rows], key[rows], value[rows], piece, layer, scale, window))
        at = rows.stop
    return torch.cat(found)


def _writing(
    query: Tensor, key: Tensor, value: Tensor, piece: Piece, layer: int, scale: float, window: int | None
) -> Tensor:
    """One token of an answer: it sees what stands before it, and itself."""
    end = piece.start + 1
    keys, values = piece.state.write(layer, key, value, end)
    begin = 0 if window is None else max(0, end - window)
    seen_keys, seen_values = (side.narrow(1, begin, end - begin).unsqueeze(0) for side in (keys, values))
    return functional.scaled_dot_product_attention(
        query.unsqueeze(2), seen_keys, seen_values, scale=scale, enable_gqa=True
    ).squeeze(2)


def _reading(
    query: Tensor, key: Tensor, value: Tensor, piece: Piece, layer: int, scale: float, window: int | None
) -> Tensor:
    """A part of a prompt, in whole blocks: each of them over all places up to its own end, masked."""
    first, skip = piece.start // BLOCK, piece.start % BLOCK
    count = -(-(skip + len(query)) // BLOCK)
    keys, values = piece.state.write(layer, key, value, (first + count) * BLOCK)
    padded = functional.pad(query, (0, 0, 0, 0, skip, count * BLOCK - skip - len(query)))
    blocks = padded.view(count, BLOCK, *query.shape[1:]).transpose(1, 2)
    found = []
    for number in range(count):
        end = (first + number + 1) * BLOCK
        begin = 0 if window is None else max(0, end - BLOCK + 1 - window)
        found.append(
            functional.scaled_dot_product_attention(
                blocks[number : number + 1],
                keys[None, :, begin:end],
                values[None, :, begin:end],
                attn_mask=_mask(_rounded(end), window, query.dtype, query.device)[:, begin - end :],
                scale=scale,
                enable_gqa=True,
            )
        )
    return torch.cat(found).transpose(1, 2).flatten(0, 1)[skip : skip + len(query)]


def _rounded(size: int) -> int:
    """The next power of two, so that few masks are made."""
    return max(1024, 1 << (size - 1).bit_length())


@lru_cache(maxsize=16)
def _mask(size: int, window: int | None, dtype: torch.dtype, device: torch.device) -> Tensor:
    """What is added to the scores of a block's rows over the `size` places up to its end: 0, or -inf where unseen."""
    place = torch.arange(size, device=device)
    row = torch.arange(size - BLOCK, size, device=device)[:, None]
    unseen = place > row if window is None else (place > row) | (place <= row - window)
    return torch.zeros(BLOCK, size, dtype=dtype, device=device).masked_fill_(unseen, -torch.inf)
