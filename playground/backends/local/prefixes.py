"""Beginnings of prompts that were read before: their keys and values, in blocks, the longest unused forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from .networks.pieces import BLOCK, Block, Cache

_Place = tuple[int, tuple[int, ...]]  # the number of the block before (0 for none), and the block's tokens


@dataclass(frozen=True)
class _Kept:
    number: int
    block: Block
    nbytes: int


class Prefixes:
    """Blocks of prompts, `most_bytes` of them at most. A block is found by all tokens up to its end."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[_Place, _Kept] = OrderedDict()
        self._numbers = 0
        self.nbytes = 0

    def longest(self, tokens: Sequence[int]) -> list[Block]:
        """The blocks that begin a prompt; at least one of its tokens is left to be read."""
        found = self._chain(tokens, (len(tokens) - 1) // BLOCK)
        return [self._kept[place].block for place in found]

    def keep(self, tokens: Sequence[int], cache: Cache) -> None:
        """Remember the whole blocks of a prompt that stands in the cache."""
        if not self._most:
            return
        count = len(tokens) // BLOCK
        found = self._chain(tokens, count)
        number = self._kept[found[-1]].number if found else 0
        before = sum(self._kept[place].nbytes for place in found)
        for index in range(len(found), count):
            place = (number, tuple(tokens[index * BLOCK : (index + 1) * BLOCK]))
            block = cache.taken(index * BLOCK, (index + 1) * BLOCK)
            nbytes = sum(tensor.nbytes for pair in block for tensor in pair)
            before += nbytes
            if before > self._most:
                break  # as much of its beginning as there is room for
            number = self._add(place, block, nbytes)
            found.append(place)
        self._touch(found)
        self._forget()

    def clear(self) -> None:
        self._kept.clear()
        self.nbytes = 0

    def _chain(self, tokens: Sequence[int], most: int) -> list[_Place]:
        """The places of the blocks found, which count as used now, the first of them last."""
        found: list[_Place] = []
        number = 0
        for index in range(most):
            place = (number, tuple(tokens[index * BLOCK : (index + 1) * BLOCK]))
            kept = self._kept.get(place)
            if kept is None:
                break
            number = kept.number
            found.append(place)
        self._touch(found)
        return found

    def _touch(self, chain: Sequence[_Place]) -> None:
        for place in reversed(chain):
            self._kept.move_to_end(place)

    def _add(self, place: _Place, block: Block, nbytes: int) -> int:
        self._numbers += 1
        self._kept[place] = _Kept(self._numbers, block, nbytes)
        self.nbytes += nbytes
        return self._numbers

    def _forget(self) -> None:
        while self.nbytes > self._most:
            _, kept = self._kept.popitem(last=False)
            self.nbytes -= kept.nbytes
