"""The headers of a request as far as an endpoint keeps them, and the key among them, which it never does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..address import open_headers
from ..errors import BadRequest
from ..redact import has_secret, is_secret_header
from ..request import Endpoint, usual_key_name
from .apis import Api
from .values import Hole, Mixed, as_hole, joined, mapped, with_default

KEY_NOT_KEPT = "The key in it was not kept: enter it as the endpoint's key."
_NO_KEYS = frozenset(  # what programs give a client that insists on a key
    ["", "-", "dummy", "empty", "fake", "lm-studio", "no-key", "no-key-required", "none", "not-needed", "ollama"]
)
_KEY_HEADERS: dict[Api, str] = {"anthropic": "x-api-key", "azure": "api-key"}
_OF_ANY_REQUEST = frozenset(
    ("connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "content-type")
)
_OF_CLIENTS = frozenset(
    [
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "dnt", "origin"),
        *("pragma", "priority", "referer", "upgrade-insecure-requests", "user-agent"),
    ]
)
_BEGINNINGS_OF_CLIENTS = ("sec-", "x-stainless-")
_MOST_NAMED = 6


@dataclass(frozen=True)
class Headers:
    """`kept` are those of an Endpoint; `key` is what stands as the key among the others, None if nothing does."""

    kept: tuple[tuple[str, str], ...]
    key: Any
    notes: tuple[str, ...]


def headers_of(given: tuple[tuple[str, Any], ...], api: Api) -> Headers:
    """Sorts headers; notes name what is not kept. Raises BadRequest for one that HTTP can't carry."""
    kept: list[tuple[str, str]] = []
    notes: list[str] = []
    of_clients: list[str] = []
    key: Any = None
    for name, unsettled in given:
        value, low = with_default(unsettled), name.lower()
        if low == "authorization":
            key = _credential(unsettled)
        elif low == _KEY_HEADERS.get(api):
            key = unsettled
            notes.append(f"The key is sent as Authorization: Bearer from here, not as {name:.60}.")
        elif _is_of_any_request(low, value):
            continue
        elif low in _OF_ANY_REQUEST | _OF_CLIENTS or low.startswith(_BEGINNINGS_OF_CLIENTS):
            of_clients.append(name)
        elif is_secret_header(name) or (isinstance(value, str) and has_secret(value)):
            notes.append(f"The header {name:.60} was not kept: it may hold a secret.")
        elif not isinstance(value, str):
            hole = as_hole(value)
            stands = f" ({hole.said})" if hole else ""
            notes.append(f"The header {name:.60} was left out: the text does not tell its value{stands}.")
        else:
            kept.append((name, value.strip()))
    try:
        return Headers(open_headers(kept), key, (*notes, *_about(of_clients)))
    except ValueError as error:
        raise BadRequest(str(error), advice="Correct it and import again.", param="headers") from error


def _is_of_any_request(low: str, value: Any) -> bool:
    """Whether a header is one that every request with a JSON body has; `:authority` and the like are no headers."""
    if low == "content-type":
        return not isinstance(value, str) or "json" in value.lower()
    return low in _OF_ANY_REQUEST or low.startswith(":")


def _about(names: list[str]) -> tuple[str, ...]:
    every = list(dict.fromkeys(names))
    if not every:
        return ()
    named = [f"{name:.40}" for name in every[:_MOST_NAMED]]
    more = [f"and {len(every) - _MOST_NAMED} more"] if len(every) > _MOST_NAMED else []
    count = "1 header" if len(every) == 1 else f"{len(every)} headers"
    return (f"Left out {count} of the kind that clients set by themselves: {', '.join([*named, *more])}.",)


def _credential(value: Any) -> Any:
    """What follows the scheme in an Authorization header."""
    if isinstance(value, str):
        return value.strip().partition(" ")[2].strip() if " " in value.strip() else value.strip()
    if isinstance(value, Mixed) and isinstance(value.parts[0], str):
        rest = value.parts[0].lstrip().partition(" ")[2].lstrip()
        return mapped(joined((rest, *value.parts[1:])), str.rstrip)
    return value


def key_name_of(key: Any, base_url: str) -> tuple[str | None, tuple[str, ...]]:
    """The name of the environment variable that holds the key, and a note where a key was not kept.

    For a key that stands in the text it is the variable that is usual for the address.
    """
    if key is None or (isinstance(key, str) and key.strip().lower() in _NO_KEYS):
        return None, ()
    if isinstance(key, str):
        return usual_key_name(base_url), (KEY_NOT_KEPT,)
    if isinstance(key, Hole) and key.env and _can_name_a_key(key.env):
        return key.env, ()
    return usual_key_name(base_url), ("The text does not tell the key: enter it as the endpoint's key.",)


def _can_name_a_key(variable: str) -> bool:
    try:
        Endpoint(name="endpoint", key_name=variable)
    except ValidationError:
        return False
    return True
