"""Weights in 8 bits on the CPU: a quarter of float32's memory, and a row's result never depends on its neighbours.

A weight is stored as whole numbers from -127 to 127 with one scale for each row of the matrix (symmetric, by its
largest entry). How products are made depends on the processor:

* Where it multiplies 8-bit numbers exactly (VNNI), each row of activations is written with two digits to base 127,
  about 14 bits, and both digits are multiplied as whole numbers. Sums of whole numbers are exact in any order. One
  digit alone costs the default model 4 % of its perplexity, two cost what weights in 8 bits cost: 0.2 %.
* Elsewhere torch's kernel for 8-bit weights is used, over bfloat16 activations; it computes row by row.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 127
DIGIT = torch.tensor(
    float(BASE)
)  # as a tensor: torch makes one of a number at every operation, which takes longer than the operation
LOW_UNIT = 1 / DIGIT
LEAST = 1e-30
PACK = 64
PART = 2**21  # bytes
FEW = 16


class Int8Linear(nn.Module):
    """A linear layer with 8-bit weights [out, in]; `exact` chooses the products by two digits.

    Gives the dtype that comes in. Float32 activations lose least.
    """

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None = None, *, exact: bool | None = None) -> None:
        super().__init__()
        self._exact = multiplies_exactly() if exact is None else exact
        quantised, scale = quantise(weight)
        self.out_features, self.in_features = quantised.shape
        if not self._exact:  # torch's kernel reads beyond the end of shorter rows
            quantised = functional.pad(quantised, (0, -self.in_features % PACK))
        self.register_buffer("weight", quantised)
        self.register_buffer("scale", scale if self._exact else scale.bfloat16())
        self.register_buffer("bias", None if bias is None else bias.detach().float())
        self._parts = _parts(quantised)
        self._scale, self._bias = self.scale, self.bias  # without the search that a module's buffers take

    @classmethod
    def of(cls, linear: nn.Linear) -> Int8Linear:
        return cls(linear.weight, linear.bias)

    def put(self, weight: Tensor) -> None:
        """Take the same weights from another place in memory."""
        self.weight = weight.copy_(self.weight)
        self._parts = _parts(weight)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, self.in_features)
        return self.rows(rows).to(x.dtype).view(*x.shape[:-1], self.out_features)

    def rows(self, x: Tensor, factor: Tensor | None = None) -> Tensor:
        """The products of rows [rows, in], each row times its `factor` [rows, 1] if given; [rows, out], float32.

        To scale the rows of the result is cheaper than to scale those of x first.
        """
        found = self._by_digits(x, factor) if self._exact else self._packed(x, factor)
        return found if self._bias is None else found.add_(self._bias)

    def _packed(self, x: Tensor, factor: Tensor | None) -> Tensor:
        given = (x if factor is None else x * factor).bfloat16()
        padded = functional.pad(given, (0, -self.in_features % PACK)).contiguous()
        return torch._weight_int8pack_mm(padded, self.weight, self.scale).float()

    def _by_digits(self, x: Tensor, factor: Tensor | None) -> Tensor:
        largest = torch.linalg.vector_norm(x, torch.inf, -1, keepdim=True).clamp_min_(LEAST)
        digits = torch.div(DIGIT, largest)
        rest = x * digits
        high = rest.to(torch.int8)  # towards zero
        low = rest.sub_(high.float()).mul_(DIGIT).to(torch.int8)
        upper, lower = self._products(high, low)
        unit = torch.div(LOW_UNIT if factor is None else factor * LOW_UNIT, digits)
        return upper.mul_(DIGIT).add_(lower).mul_(unit).mul_(self._scale)

    def _products(self, high: Tensor, low: Tensor) -> tuple[Tensor, Tensor]:
        """Both digits' products with the weights as float32, a part of the weights at a time.

        With few rows, the time goes into fetching weights from memory. torch's kernel fetches them at a third of the
        speed of a plain reduction, so that runs over them first. A row alone has a kernel of its own, which is faster.
        """
        rows = high.shape[0]
        both = (high, low) if rows == 1 else (torch.cat((high, low)),)
        found: list[list[Tensor]] = [[] for _ in both]
        for columns, words in self._parts:
            if rows <= FEW:
                words.max()
            for digits, products in zip(both, found, strict=True):
                products.append(torch._int_mm(digits, columns))
        whole = [(products[0] if len(products) == 1 else torch.cat(products, 1)).float() for products in found]
        return (whole[0], whole[1]) if rows == 1 else (whole[0][:rows], whole[0][rows:])


def _parts(weight: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
    """The weights in parts that a processor's cache holds: as columns for a product, and as words for a reduction."""
    rows = max(8, PART // weight.shape[1] // 8 * 8)
    return tuple(
        (part.t(), part.view(-1)[: part.numel() // 8 * 8].view(torch.int64))
        for part in weight.split(rows)  # type: ignore[no-untyped-call]
    )


def side_by_side(layers: Sequence[Int8Linear]) -> None:
    """Put the weights of layers that are computed one after the other into one piece of memory, in that order.

    Large pieces get large pages where torch is told so (THP_MEM_ALLOC_ENABLE), which are fetched a third faster.
    """
    sizes = [-(-layer.weight.numel() // PACK) * PACK for layer in layers]
    memory = torch.empty(sum(sizes), dtype=torch.int8)
    for layer, piece in zip(layers, memory.split(sizes), strict=True):  # type: ignore[no-untyped-call]
        layer.put(piece[: layer.weight.numel()].view_as(layer.weight))


def in_eight_bits(network: nn.Module) -> None:
    """Put 8-bit weights in the place of a model's linear layers."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:  # and none of a forward of its own
                setattr(module, name, Int8Linear.of(child))
    side_by_side([module for module in network.modules() if isinstance(module, Int8Linear)])


def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix as int8 [out, in] and float32 scales [out] with weight ~ int8 * scale."""
    exact = weight.detach().float()
    scale = exact.abs().amax(1).clamp_min_(1e-30) / 127
    return (exact / scale[:, None]).round_().clamp_(-127, 127).to(torch.int8), scale


@lru_cache(maxsize=1)
def multiplies_exactly() -> bool:
    """Whether products of 8-bit numbers are exact and fast here.

    Older x86 processors add pairs of them in 16 bits, which overflows silently; other kinds have no fast kernel in torch.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    digits = torch.tensor([-127, 127, 127, -127, 1], dtype=torch.int8).repeat(40)[:192]
    rows, columns = digits.repeat(4, 1), digits.repeat(64, 1)
    found = torch._int_mm(rows, columns.t())
    return bool((found == int((digits.long() ** 2).sum())).all())
