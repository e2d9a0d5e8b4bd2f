"""What a client cannot send as it stands: a table, one row a limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

from .call import Call
from .javascript import rounded
from .transformers_limits import UNSENDABLE, Unsendable

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_ESCAPED_DOTS = re.compile(r"/(?=[^/]*%)(?:\.|%2[Ee]){1,2}(?=/|$)")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Limit:
    """`found` is whether a value is one that the clients can't send; `says` follows the value's name in the warning.

    Of the body it is each value itself (not what that holds), at the places that `where` takes; of the address the base
    URL; of the headers each (name, value).
    """

    clients: frozenset[str]
    says: str
    found: Callable[[Any], bool]
    where: Callable[[Place], bool] = lambda place: True
    of: Literal["body", "address", "headers"] = "body"


def _rounds(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and abs(value) > 2**53 and rounded(value) != value


def _half_a_character(value: Any) -> bool:
    if isinstance(value, str):
        return not value.isascii() and bool(_SURROGATE.search(value))
    return isinstance(value, dict) and any(map(_half_a_character, value))


def _fields(*names: str) -> Callable[[Place], bool]:
    """The places of top-level fields."""
    places = frozenset((name,) for name in names)
    return lambda place: place in places


def _headers(*names: str) -> Callable[[tuple[str, str]], bool]:
    """The headers of these names, in lower case."""
    return lambda header: header[0].lower() in names


def _is_anything(value: Any) -> bool:
    return True


def _looks_like_an_address(model: Any) -> bool:
    return not isinstance(model, str) or model.startswith(("http:", "https:", "/"))


def _key_beside_the_messages(place: Place) -> bool:
    return bool(place) and isinstance(place[-1], str) and place[0] != "messages"


def _is_a_json_schema(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "json_schema"


def _has_needless_escapes(url: str) -> bool:
    """Whether a URL has escapes that RFC 3986, 6.2.2, would normalize."""
    return any(quote(unquote_to_bytes(escape), safe="") != escape for escape in _ESCAPE.findall(url))


_HUB = frozenset({"python-huggingface_hub", "python-huggingface_hub-async"})

_OPENAI = frozenset({"python-openai", "python-openai-async"})

_JAVASCRIPT = frozenset({"js-openai", "js-huggingface.js", "js-fetch"})

LIMITS: tuple[Limit, ...] = (
    Limit(
        _JAVASCRIPT,
        "is a whole number that JavaScript rounds; this code sends a different one.",
        _rounds,
    ),
    Limit(
        _JAVASCRIPT,
        "has %2e where fetch sees a dot and resolves it, as in /a/../b.",
        lambda url: bool(_ESCAPED_DOTS.search(url)),
        of="address",
    ),
    Limit(
        _JAVASCRIPT,
        "is one that fetch sets itself, to cors.",
        lambda header: header[0].lower() == "sec-fetch-mode" and header[1] != "cors",
        of="headers",
    ),
    Limit(
        _OPENAI,
        "is one that the openai package sets itself, to another value.",
        _headers("x-stainless-retry-count", "x-stainless-read-timeout"),
        of="headers",
    ),
    Limit(
        _OPENAI,
        "makes the openai package give its answer in another form; this code fails.",
        _headers("x-stainless-raw-response"),
        of="headers",
    ),
    Limit(
        _HUB | _OPENAI | {"python-httpx-async"},
        "holds half a character (a lone surrogate); the package fails to encode it.",
        _half_a_character,
    ),
    Limit(
        _HUB,
        "is null; the huggingface_hub package leaves it out.",
        lambda value: value is None,
        _key_beside_the_messages,
    ),
    Limit(
        _HUB,
        "is a JSON schema; the huggingface_hub package sends it in another form, without its name and strictness.",
        _is_a_json_schema,
        _fields("response_format"),
    ),
    Limit(
        _HUB,
        'looks like an address or is empty; the huggingface_hub package sends "dummy" in its place.',
        lambda model: not model or str(model).startswith(("http://", "https://")),
        _fields("model"),
    ),
    Limit(
        frozenset({"python-requests"}),
        "is one that the requests package writes in another way: %41 becomes A, and %c3 becomes %C3.",
        _has_needless_escapes,
        of="address",
    ),
    Limit(
        frozenset({"js-huggingface.js"}),
        "is an argument of the @huggingface/inference package, which doesn't send it.",
        _is_anything,
        _fields("accessToken", "endpointUrl", "provider", "urlTransform"),
    ),
    Limit(
        frozenset({"js-huggingface.js"}),
        "is what the @huggingface/inference package would send as the whole body.",
        bool,
        _fields("data"),
    ),
    Limit(
        frozenset({"js-huggingface.js"}),
        "looks like an address; the @huggingface/inference package refuses it as a model.",
        _looks_like_an_address,
        _fields("model"),
    ),
)
OF_THE_WHOLE: dict[str, tuple[Unsendable, ...]] = {"python-transformers": UNSENDABLE}
"""Limits of a body as a whole, by client."""


def warnings(call: Call, client: str) -> tuple[str, ...]:
    """One line for each limit of the client that the call meets: with the first place in the body, or each header."""
    limits = [limit for limit in LIMITS if client in limit.clients]
    address = [f"the base URL {row.says}" for row in limits if row.of == "address" and row.found(call.base_url)]
    headers = [
        f"the header {header[0]} {row.says}"
        for row in limits
        if row.of == "headers"
        for header in call.headers.items()
        if row.found(header)
    ]
    body = _in_body(call.body, [row for row in limits if row.of == "body"])
    whole = [f"{where} {row.says}" for row in OF_THE_WHOLE.get(client, ()) if (where := row.where(call.body))]
    return (*address, *headers, *body, *whole)


def _in_body(body: dict[str, Any], limits: Sequence[Limit]) -> list[str]:
    first: dict[int, Place] = {}
    for place, value in _walk(body, ()) if limits else ():
        for index, limit in enumerate(limits):
            if index not in first and limit.where(place) and limit.found(value):
                first[index] = place
    return [f"{_name(first[index])} {limit.says}" for index, limit in enumerate(limits) if index in first]


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
