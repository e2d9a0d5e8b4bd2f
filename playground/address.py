"""Where an endpoint is and what is sent along, spelled once: for the app's own runs and for the code it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from .redact import has_secret, is_credential_header

_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CLIENTS_OWN = {
    *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "upgrade", "te", "trailer"),
    *("content-type", "accept-encoding", "__proto__"),
}


def base_address(url: str) -> str:
    """The base URL in ASCII, without a trailing slash and without the route /chat/completions.

    Its path is percent-encoded once and for all, because clients differ in what they encode. Doing it twice changes
    nothing more. Raises ValueError for what is no web address, or has a user name, a query or a fragment.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError("the base URL must look like https://host/v1")
    if "@" in parts.netloc:
        raise ValueError("the base URL must not hold a user name or password; enter the key as a key")
    if "?" in url or "#" in url:
        raise ValueError("the base URL must end with its path, without ? or #")
    path = quote(_BARE_PERCENT.sub("%25", parts.path), safe="/%:@!$&'()*+,;=~")
    base = f"{parts.scheme}://{_host(parts.hostname)}{_port(parts.netloc)}{path}".rstrip("/")
    return base.removesuffix("/chat/completions").rstrip("/")


def _host(name: str) -> str:
    """The host in ASCII (RFC 3490)."""
    host = f"[{name}]" if ":" in name else name if name.isascii() else name.encode("idna").decode()
    if not _HOST.fullmatch(host):
        raise ValueError("the base URL must look like https://host/v1")
    return host


def _port(netloc: str) -> str:
    port = netloc.rpartition("]")[2].partition(":")[2]
    if not port:
        return ""
    if not (port.isascii() and port.isdecimal() and 1 <= int(port[:6]) <= 65535):
        raise ValueError("the port must be from 1 to 65535")
    return f":{int(port)}"


def open_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers as they are sent: values trimmed, those of one name joined by a comma (RFC 9110, 5.3).

    Raises ValueError for a header that HTTP can't carry, that the client sets itself, or that holds a secret.
    """
    names: dict[str, str] = {}
    found: dict[str, str] = {}
    for given, value in headers:
        _check_header(given, value)
        name = names.setdefault(given.lower(), given)
        found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    return tuple(found.items())


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
        raise ValueError(f"{name!r} is not a header that can be sent")
    if name.lower() in _CLIENTS_OWN:
        raise ValueError(f"every HTTP client sets {name} by itself")
    if not value.isascii():
        raise ValueError(f"HTTP cannot carry the value of {name}: use ASCII characters")
    if is_credential_header(name) or has_secret(value):
        raise ValueError(f"{name} holds a secret; enter the key as a key")
