"""Operations whose results for a row don't depend on how many other rows are computed at once.

torch's kernels choose their way by the shape of the whole input. Measured on the CPU, row by row and bit for bit: a
float32 or bfloat16 product of a row alone differs from the same row's among others, but with the number of rows fixed
neither the place nor the neighbours change anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .pieces import BLOCK, NotBatchable

GRAIN = 32_768  # entries; torch shares more than these among threads
VECTOR = 64  # entries; torch's vectors are at most this long
FEW = 8
ACTIVATIONS = ("transformers.activations", "torch.nn.modules.activation")


class Split:
    """How many of a step's rows are written tokens; they come before those that are read."""

    written = 0


class SteadyLinear(nn.Module):
    """A linear layer over rows in blocks of one size, the last one padded: FEW written rows, BLOCK read ones."""

    def __init__(self, linear: nn.Linear, split: Split) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self._split = split

    def forward(self, x: Tensor) -> Tensor:
        rows = x.reshape(-1, self.in_features)
        written = min(self._split.written, len(rows))
        parts = [*torch.split(rows[:written], FEW), *torch.split(rows[written:], BLOCK)]
        sizes = [FEW] * -(-written // FEW) + [BLOCK] * -(-(len(rows) - written) // BLOCK)
        found = [
            self._block(part, size) for part, size in zip((part for part in parts if len(part)), sizes, strict=True)
        ]
        return torch.cat(found).view(*x.shape[:-1], self.out_features)

    def _block(self, rows: Tensor, size: int) -> Tensor:
        padded = functional.pad(rows, (0, 0, 0, size - len(rows)))
        return functional.linear(padded, self.weight, self.bias)[: len(rows)]


class SteadyActivation(nn.Module):
    """An elementwise module whose result for an entry does not depend on how many others there are."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        return steadily(self.module, x.reshape(-1, x.shape[-1])).view(x.shape)


def check_steady(network: nn.Module) -> None:
    """Raise NotBatchable for a model with weights that are not known to be computed row by row on the CPU."""
    if next(network.parameters()).device.type != "cpu":
        return
    for module in network.modules():
        own = module.parameters(recurse=False)
        plain = type(module) is nn.Linear or isinstance(module, nn.Embedding)
        if not plain and any(weight.ndim > 1 for weight in own):
            raise NotBatchable(f"its {type(module).__name__} may compute a row otherwise beside others")


def make_steady(network: nn.Module, split: Split) -> None:
    """Put layers that compute row by row in the place of torch's."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, SteadyLinear(child, split))
            elif type(child).__module__.startswith(ACTIVATIONS):
                setattr(module, name, SteadyActivation(child))


def steadily(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """An elementwise function of x, of shape [rows, size]: the same for each row however many there are.

    torch computes most entries by vector instructions and the last few of each thread's share one by one; functions such
    as exp then differ in their last bit. So rows are filled up to whole vectors, and stay in one thread's share.
    """
    size = x.shape[1]
    if size % VECTOR:
        return steadily(function, functional.pad(x, (0, -size % VECTOR)))[:, :size]
    return in_slices(function, x)


def in_slices(operation: Callable[..., Any], *operands: Tensor) -> Tensor:
    """The operation over operands with the same number of rows, so few rows at a time that one thread computes them."""
    rows = operands[0].shape[0]
    most = max(1, (GRAIN - 1) // max(1, operands[0].numel() // max(1, rows)))
    if rows <= most:
        found: Tensor = operation(*operands)
        return found
    return torch.cat([operation(*(operand[at : at + most] for operand in operands)) for at in range(0, rows, most)])
