"""What a pasted text holds, as the page takes it over: the inverse of document.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..errors import BadRequest, PlaygroundError
from ..imports import Found, read
from ..jsonvalue import dumps, thaw
from ..request import Endpoint
from ..wire import read_request
from ..wire.requests import plain
from .context import Context
from .live import describe

_HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})
_ANYWHERE = Endpoint(name="endpoint")
_MOST_NAMED = 3
_STAND_INS: dict[str, Any] = {"model": "model", "messages": [{"role": "user", "content": ""}]}


def imported(ask: Any, context: Context) -> dict[str, Any]:
    """The answer to {"text"}: {"found": [...]}, or {"found": [], "error"} as live.describe gives it.

    Each found is {"kind", "title", "endpoint": {"name", "base_url", "key_name", "headers": [[name, value]]} | null,
    "model" | null, "messages", "params": {name: JSON text}, "extra": JSON text or "", "stream" | null, "notes"}; null is
    what the text does not tell. Of kind "response" the messages are the choices of one answer.
    """
    text = ask.get("text") if isinstance(ask, Mapping) else None
    try:
        every = read(text if isinstance(text, str) else "")
        return {"found": _views(every, context)}
    except PlaygroundError as error:
        return {"found": [], "error": describe(error)}


def _views(every: Sequence[Found], context: Context) -> list[dict[str, Any]]:
    """All that a pane can take over, with a note on what it can't. Raises BadRequest where that is everything."""
    views: list[dict[str, Any]] = []
    refused: list[BadRequest] = []
    for found in every:
        try:
            views.append(_view(found, context, alone=len(every) == 1))
        except BadRequest as error:
            refused.append(error)
    if refused and not views:
        raise refused[0]
    more = [f"and {len(refused) - _MOST_NAMED} more"] if len(refused) > _MOST_NAMED else []
    reasons = [*(error.message for error in refused[:_MOST_NAMED]), *more]
    notes = [f"Not read: {'; '.join(reasons)}."] if refused else []
    return [{**view, "notes": [*view["notes"], *notes]} for view in views]


def _view(found: Found, context: Context, *, alone: bool) -> dict[str, Any]:
    body = found.body
    try:
        request, delivery = read_request({**_STAND_INS, **body}, _ANYWHERE)
    except BadRequest as error:
        where = "" if alone else f"{found.title}: "
        raise BadRequest(f"{where}{error.message}", advice="Correct it and import again.", param=error.param) from error
    usage = {"include_usage"} >= (delivery.stream_options.given().keys() if delivery.stream_options else set())
    return {
        "kind": found.kind,
        "title": found.title,
        "endpoint": _endpoint(found, context),
        "model": request.model.id if "model" in body else None,
        "messages": plain(request.messages) if "messages" in body else [],
        "params": {name: dumps(thaw(value)) for name, value in request.params.given().items()},
        "extra": dumps(thaw(request.extra), indent=2) if request.extra else "",
        "stream": found.stream,
        "notes": [*found.notes, *([] if usage else ["Of its stream_options only the usage is asked for here."])],
    }


def _endpoint(found: Found, context: Context) -> dict[str, Any] | None:
    """The operator's endpoint of that address and those headers, else a new one named by its host."""
    if found.local:
        here = next((endpoint for endpoint in context.endpoints if endpoint.kind == "local"), None)
        return None if here is None else _told(here)
    if found.base_url is None:
        return None
    for endpoint in context.endpoints:
        if _address(endpoint.base_url) == _address(found.base_url) and _same(endpoint.headers, found.headers):
            return _told(endpoint)
    return _told(
        Endpoint(
            name=_free_name(urlsplit(found.base_url).netloc[:70], context),
            base_url=found.base_url,
            key_name=found.key_name,
            headers=found.headers,
        )
    )


def _told(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "base_url": endpoint.base_url,
        "key_name": endpoint.key_name,
        "headers": [list(pair) for pair in endpoint.headers],
    }


def _address(base_url: str | None) -> tuple[str, str, int, str] | None:
    """What of a base URL decides where a request goes; the names of this machine are one."""
    if base_url is None:
        return None
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, "localhost" if host in _HERE else host, port, parts.path


def _same(one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]) -> bool:
    return sorted((name.lower(), value) for name, value in one) == sorted((n.lower(), value) for n, value in other)


def _free_name(name: str, context: Context) -> str:
    """The name, with a number after it where an endpoint of the operator's has it: those can't be told anew."""
    taken = {endpoint.name for endpoint in context.endpoints}
    names = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(free for free in names if free not in taken)
