"""Prices from lists of models: exact, between two, at least, or unknown; never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from playground.backends.base import Price, PriceRange
from playground.backends.remote.listing import read_models


def exactly(input: float, output: float) -> PriceRange:
    return between((input, output), (input, output))


def between(least: tuple[float, float], most: tuple[float, float] | None) -> PriceRange:
    return PriceRange(
        least=Price(input=least[0], output=least[1]), most=Price(input=most[0], output=most[1]) if most else None
    )


def served(name: str, input: Any = None, output: Any = None, status: str = "live") -> dict[str, Any]:
    """A provider as the router lists it."""
    pricing = {} if input is None else {"pricing": {"input": input, "output": output}}
    return {"provider": name, "status": status, **pricing}


def price(row: dict[str, Any]) -> PriceRange | None:
    return read_models({"data": [row]})[0].price


@pytest.mark.parametrize(
    ("id", "providers", "price_there"),
    [
        ("org/m", [served("a", 0.1, 0.4)], exactly(0.1, 0.4)),
        ("org/m", [served("a", 0.1, 0.4), served("b", 0.1, 0.4)], exactly(0.1, 0.4)),
        ("org/m", [served("a", 0.1, 0.4), served("b", 0.3, 0.2)], between((0.1, 0.2), (0.3, 0.4))),
        ("org/m", [served("a", 0.1, 0.4), served("b", 9, 9, status="error")], exactly(0.1, 0.4)),
        ("org/m", [served("a", 0.1, 0.4), served("b")], None),
        ("org/m", [served("a", 0, 0)], exactly(0, 0)),
        ("org/m", [served("a", 0.1, 0.4, status="error")], None),
        ("org/m:a", [served("a", 0.1, 0.4), served("b", 0.3, 0.2)], exactly(0.1, 0.4)),
        ("org/m:a", [served("a", 0.1, 0.4), served("b")], exactly(0.1, 0.4)),
        ("org/m:fastest", [served("a", 0.1, 0.4), served("b", 0.3, 0.2)], between((0.1, 0.2), (0.3, 0.4))),
        ("org/m:cheapest", [served("a", 0.1, 0.4), served("b", 0.3, 0.2)], exactly(0.3, 0.2)),
    ],
)
def test_a_price_by_the_routers_providers(id: str, providers: list[Any], price_there: PriceRange | None) -> None:
    assert price({"id": id, "providers": providers}) == price_there


@pytest.mark.parametrize(
    ("providers", "routes"),
    [
        ([served("a", 0.1, 0.4), served("b", 0.3, 0.2)], {"a": exactly(0.1, 0.4), "b": exactly(0.3, 0.2), "cheapest": exactly(0.3, 0.2)}),
        ([served("a", 0.1, 0.2), served("b", 0.3, 0.2)], {"a": exactly(0.1, 0.2), "b": exactly(0.3, 0.2), "cheapest": between((0.1, 0.2), (0.3, 0.2))}),
        ([served("a", 0.1, 0.2), served("b")], {"a": exactly(0.1, 0.2)}),
        ([served("a", 0.1, 0.2), served("b", 1, 1, status="error")], {"a": exactly(0.1, 0.2), "cheapest": exactly(0.1, 0.2)}),
        ([served("a")], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_the_prices_of_a_choice_of_provider(providers: list[Any], routes: dict[str, PriceRange]) -> None:
    assert dict(read_models({"data": [{"id": "m", "providers": providers}]})[0].routes) == routes


@pytest.mark.parametrize(
    ("id", "pricing", "price_there"),
    [
        ("o/m", {"prompt": "0.00000015", "completion": "0.0000006", "image": "0.0002"}, between((0.15, 0.6), None)),
        ("o/m:free", {"prompt": "0", "completion": "0"}, exactly(0, 0)),
        ("o/auto", {"prompt": "-1", "completion": "-1"}, None),
        ("o/m", {"prompt": "0.1"}, None),
        ("o/m", {"prompt": "cheap", "completion": "0"}, None),
        ("o/m", {"prompt": "nan", "completion": "1e999999999"}, None),
        ("o/m", {"prompt": "0", "completion": "1e999999"}, None),
        ("o/m", {"prompt": True, "completion": []}, None),
        ("o/m", "free", None),
        ("o/m", None, None),
    ],
)
def test_a_price_as_openrouter_tells_it(id: str, pricing: Any, price_there: PriceRange | None) -> None:
    assert price({"id": id, "pricing": pricing}) == price_there


@pytest.mark.parametrize("amount", ["", -1, True, None, float("nan"), float("inf"), 10**7, {"usd": 1}])
def test_what_is_no_price_is_unknown(amount: Any) -> None:
    assert price({"id": "m", "providers": [served("a", 0.1, amount)]}) is None
