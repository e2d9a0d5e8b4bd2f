"""What a client cannot send as it stands: a table, one row a limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .javascript import rounded

_SURROGATE = re.compile("[\ud800-\udfff]")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Limit:
    """`found` is whether a value itself (not what it holds) is one that the clients can't send; `says` follows
    the name of its place in the warning."""

    clients: frozenset[str]
    says: str
    found: Callable[[Any], bool]


def _rounds(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and abs(value) > 2**53 and rounded(value) != value


def _half_a_character(value: Any) -> bool:
    texts = value if isinstance(value, dict) else (value,) if isinstance(value, str) else ()
    return any(_SURROGATE.search(text) for text in texts)


LIMITS: tuple[Limit, ...] = (
    Limit(
        frozenset({"js-openai"}),
        "is a whole number that JavaScript rounds; this code sends a different one.",
        _rounds,
    ),
    Limit(
        frozenset({"python-openai"}),
        "holds half a character (a lone surrogate); the openai package fails to encode it.",
        _half_a_character,
    ),
)


def warnings(body: dict[str, Any], client: str) -> tuple[str, ...]:
    """One line for each limit of the client that the body meets, with the first place where it does."""
    limits = [limit for limit in LIMITS if client in limit.clients]
    first: dict[int, Place] = {}
    for place, value in _walk(body, ()) if limits else ():
        for index, limit in enumerate(limits):
            if index not in first and limit.found(value):
                first[index] = place
    return tuple(f"{_name(first[index])} {limit.says}" for index, limit in enumerate(limits) if index in first)


def _walk(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    yield place, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _walk(item, (*place, key))


def _name(place: Place) -> str:
    """`tools[0].function.name`, in one line of ASCII whatever the keys are; the body itself is `the body`."""
    text = ""
    for key in place[:8]:
        plain = isinstance(key, str) and key.isidentifier() and key.isascii()
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if plain else f"[{key!a}]"
    return (text.lstrip(".") + ("..." if len(place) > 8 else "")) or "the body"
