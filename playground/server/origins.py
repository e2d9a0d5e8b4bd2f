"""Pages in browsers: which may call the API, and what a browser has to be told so that it lets them.

A page of another site is refused, whatever it sends, unless the operator named its origin. A named one gets the
CORS headers and answers to its preflights; nobody else ever does.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from .failures import ForeignOrigin

_LOOPBACK = {"127.0.0.1", "::1"}
_TOLD = "x-request-id, retry-after"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Max-Age": "600",
}


def check_origin(headers: Headers, named: Collection[str] = ()) -> None:
    """Raises ForeignOrigin for a request that a browser sends for a page of another host that was not named.

    Ports don't count on one's own host, and the names of this machine are one host: a page under development on
    another port may call the API. `Origin: null` (a sandboxed frame, a file) is foreign.
    """
    origin = headers.get("origin")
    if origin is None or origin in named:
        return
    if _host_of(origin) is None or _host_of(origin) != _host_of(f"//{headers.get('host', '')}"):
        raise ForeignOrigin("A page of another site may not call this API.")


def preflight(method: str, headers: Headers, named: Collection[str]) -> Response | None:
    """The answer to a named origin's question whether it may ask; None for any other request.

    Browsers send it without the key, so it is answered before the key is looked at.
    """
    asks = method == "OPTIONS" and "access-control-request-method" in headers
    if not asks or headers.get("origin") not in named:
        return None
    wanted = headers.get("access-control-request-headers", "authorization, content-type")
    return Response(status_code=204, headers={**_PREFLIGHT, "Access-Control-Allow-Headers": wanted})


def tell_browser(answer: MutableHeaders, origin: str | None, named: Collection[str]) -> None:
    """Add to an answer's headers that the named origin may read it. Nothing where no origin is named."""
    if not named:
        return
    answer.add_vary_header("Origin")
    if origin is not None and origin in named:
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Expose-Headers"] = _TOLD


def _host_of(url: str) -> str | None:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return "localhost" if host in _LOOPBACK else host
