"""Linear layers with 8-bit weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from playground.backends.local.networks.int8 import (
    PART,
    Int8Linear,
    in_eight_bits,
    multiplies_exactly,
    quantise,
    side_by_side,
)

exactly = pytest.param(
    True, marks=pytest.mark.skipif(not multiplies_exactly(), reason="this processor has no exact 8-bit products")
)


@pytest.mark.parametrize("shape", [(1, 64), (7, 64), (2, 3, 64)])
@pytest.mark.parametrize(("exact", "most"), [(exactly.values[0], 2e-4), (False, 6e-3)])
def test_products_are_those_of_the_rounded_weights(shape: tuple[int, ...], exact: bool, most: float) -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(48, 64), torch.randn(48), torch.randn(shape)
    rounded, scale = quantise(weight)
    expected = nn.functional.linear(x, rounded * scale[:, None], bias)
    found = Int8Linear(weight, bias, exact=exact)(x)
    assert found.shape == (*shape[:-1], 48)
    assert (found - expected).norm() < most * expected.norm()


def test_the_weights_keep_eight_bits_of_each_row() -> None:
    weight = torch.tensor([[1.0, -2.0, 0.5], [1e-6, 0.0, -1e-6], [0.0, 0.0, 0.0]])
    rounded, scale = quantise(weight)
    assert rounded.dtype == torch.int8
    assert (rounded.abs().amax(1)).tolist() == [127, 127, 0]
    torch.testing.assert_close(rounded * scale[:, None], weight, atol=1 / 127, rtol=0)


@pytest.mark.parametrize("entry", [0.0, 1e-38, 1e30])
def test_rows_of_zeros_and_of_extreme_entries_give_numbers(entry: float) -> None:
    found = Int8Linear(torch.ones(4, 8))(torch.full((2, 8), entry))
    torch.testing.assert_close(found, torch.full((2, 4), 8 * entry), rtol=2e-2, atol=1e-30)


def test_an_outlier_does_not_drown_the_rest_of_its_row() -> None:
    """One digit would round the small entries to nothing."""
    x = torch.full((1, 64), 0.01)
    x[0, 0] = 10.0
    weight = torch.ones(1, 64)
    weight[0, 0] = 0.0
    found = Int8Linear(weight, exact=True)(x) if multiplies_exactly() else Int8Linear(weight)(x)
    assert found.item() == pytest.approx(0.63, rel=0.02)


@pytest.mark.parametrize("inner", [64, 50])
@pytest.mark.parametrize("rows", [1, 3, 40])
def test_a_matrix_of_many_parts_and_one_of_one_compute_alike(inner: int, rows: int) -> None:
    torch.manual_seed(0)
    weight = torch.randn(2 * PART // inner + 1, inner)
    x = torch.randn(rows, inner)
    whole = Int8Linear(weight)(x)
    assert torch.equal(whole[:, -50:], Int8Linear(weight[-50:])(x))


def test_layers_side_by_side_compute_as_before() -> None:
    torch.manual_seed(0)
    layers, x = [Int8Linear(torch.randn(size, 40)) for size in (3, 100, 7)], torch.randn(2, 40)
    before = [layer(x) for layer in layers]
    side_by_side(layers)
    assert all(torch.equal(layer(x), found) for layer, found in zip(layers, before, strict=True))
    assert len({layer.weight.untyped_storage().data_ptr() for layer in layers}) == 1


def test_the_factor_of_a_row_comes_after() -> None:
    torch.manual_seed(0)
    linear, x, factor = Int8Linear(torch.randn(16, 32)), torch.randn(5, 32), torch.rand(5, 1)
    torch.testing.assert_close(linear.rows(x, factor), linear.rows(x) * factor, rtol=1e-2, atol=1e-2)


def test_all_linear_layers_of_a_model_are_replaced() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 4, bias=False)), nn.Embedding(3, 8))
    in_eight_bits(model)
    assert [type(module).__name__ for module in model.modules()] == [
        "Sequential", "Int8Linear", "Sequential", "Int8Linear", "Embedding",
    ]  # fmt: skip
