"""The call that a snippet makes: what every client writes in its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from ..errors import BadRequest
from ..request import ChatRequest
from ..wire.requests import STREAMED, payload

NO_KEY = "not-needed"  # stands in where a client insists on a key and the endpoint asks for none
_THINKING = ("reasoning", "include_reasoning", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Call:
    """One POST of `body` to `{base_url}/chat/completions`.

    `base_url` is ASCII, without a trailing slash. `key_name` is the environment variable that holds the
    key. `headers` have unique names and printable values. `several`, `calls` and `thoughts` say what the
    answer can hold beside one text: several choices, tool calls, reasoning.
    """

    base_url: str
    key_name: str | None
    headers: dict[str, str]
    body: dict[str, Any]
    stream: bool
    several: bool = False
    calls: bool = False
    thoughts: bool = False

    @property
    def url(self) -> str:
        return f"{self.base_url}/chat/completions"


def call_of(request: ChatRequest, *, stream: bool) -> Call:
    """The call for a request, streamed as the app itself streams it, or whole.

    Raises BadRequest when the endpoint has no address, or a header that HTTP cannot carry.
    """
    endpoint, params = request.model.endpoint, request.params
    if endpoint.base_url is None:
        raise BadRequest(
            f"{endpoint.name} has no address that code could call",
            advice="Give the endpoint a base URL.",
            param="base_url",
        )
    return Call(
        base_url=_ascii(endpoint.base_url),
        key_name=endpoint.key_name,
        headers=_headers(endpoint.headers),
        body=payload(request, STREAMED if stream else None),
        stream=stream,
        several=(params.n or 1) > 1,
        calls=bool(params.tools) and params.tool_choice != "none",
        thoughts=_can_think(request),
    )


def _can_think(request: ChatRequest) -> bool:
    """Whether the request asks for reasoning, or goes on from a message that has some."""
    asked = request.params.reasoning_effort not in (None, "none") or any(key in request.extra for key in _THINKING)
    return asked or any(message.thinking for message in request.messages)


def _ascii(base_url: str) -> str:
    """The URL with its path percent-encoded once and for all: clients differ in what they encode."""
    parts = urlsplit(base_url)
    path = quote(_BARE_PERCENT.sub("%25", parts.path), safe="/%:@!$&'()*+,;=~")
    return f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")


def _headers(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Headers by name; values of one name are joined by a comma (RFC 9110, 5.3)."""
    names: dict[str, str] = {}
    found: dict[str, str] = {}
    for given, value in pairs:
        if not value.isascii():
            raise BadRequest(
                f"HTTP cannot carry the value of the header {given}",
                advice="Use ASCII characters in the endpoint's headers.",
                param="headers",
            )
        name = names.setdefault(given.lower(), given)
        found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    return found
