"""What lists of models say of prices -> PriceRange. Pure; a price that cannot be read is unknown, never guessed.

The Hugging Face router tells each provider's, in US dollars per million tokens: `providers[].pricing.input`, `.output`.
It chooses the provider by the word after ":" in the model's id: one of them by its name, `cheapest` by the
price of output, and by speed or the user's preferences otherwise. OpenRouter tells `pricing.prompt` and
`.completion`, texts, in dollars per token: the lowest of its providers'; -1 stands for "it depends".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..base import Price, PriceRange

_MILLION = 1_000_000
Provider = dict[str, Any]


def price_of(row: dict[str, Any], id: str, live: Sequence[Provider]) -> PriceRange | None:
    """The price of the model by this id; `live` are the providers that serve it now."""
    if not live:
        return _advertised(row.get("pricing"), free=id.endswith(":free"))
    return dict(routes_of(live)).get(id.partition(":")[2]) or _among(live)


def routes_of(live: Sequence[Provider]) -> tuple[tuple[str, PriceRange], ...]:
    """The prices that hold where the id names a provider, or asks for the cheapest."""
    told = {name: price for item in live if (name := _name(item)) and (price := _price(item)) is not None}
    named = [(name, PriceRange(least=price, most=price)) for name, price in told.items()]
    cheapest = _cheapest(live)
    return (*named, ("cheapest", cheapest)) if cheapest else tuple(named)


def _cheapest(live: Sequence[Provider]) -> PriceRange | None:
    prices = [_price(item) for item in live]
    outputs = [price.output for price in prices if price is not None]
    if not outputs or None in prices:
        return None
    return _among([item for item, price in zip(live, prices, strict=True) if price and price.output == min(outputs)])


def _among(providers: Sequence[Provider]) -> PriceRange | None:
    """What any of these may charge; unknown where one of them does not tell."""
    prices = [price for item in providers if (price := _price(item)) is not None]
    if not prices or len(prices) < len(providers):
        return None
    inputs, outputs = [price.input for price in prices], [price.output for price in prices]
    return PriceRange(
        least=Price(input=min(inputs), output=min(outputs)), most=Price(input=max(inputs), output=max(outputs))
    )


def _advertised(pricing: Any, *, free: bool) -> PriceRange | None:
    """OpenRouter's. A model that is free is so at each provider."""
    if not isinstance(pricing, dict):
        return None
    input, output = _amount(pricing.get("prompt"), _MILLION), _amount(pricing.get("completion"), _MILLION)
    if input is None or output is None:
        return None
    price = Price(input=input, output=output)
    return PriceRange(least=price, most=price if free else None)


def _price(provider: Provider) -> Price | None:
    pricing = provider.get("pricing")
    if not isinstance(pricing, dict):
        return None
    input, output = _amount(pricing.get("input")), _amount(pricing.get("output"))
    return None if input is None or output is None else Price(input=input, output=output)


def _name(provider: Provider) -> str | None:
    name = provider.get("provider")
    return name if isinstance(name, str) and name else None


def _amount(value: Any, times: int = 1) -> float | None:
    """Dollars per million tokens, or None for what is no price: below nothing, or above a dollar a token.

    Decimal, so that 0.00000015 a token is 0.15 a million to the digit.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = Decimal(str(value)) * times
    except ArithmeticError:
        return None
    return float(amount) if amount.is_finite() and 0 <= amount < _MILLION else None
