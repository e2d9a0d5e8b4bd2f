"""What is asked, of which model, where: one value that feeds the run, the code, the raw view, the API."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from .jsonvalue import FrozenObject, JsonObject
from .messages import Message
from .params import BY_NAME, Params
from .values import Value

EndpointKind = Literal["local", "remote", "scripted"]
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONNECTION_HEADERS = {
    *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "upgrade", "te", "trailer"),
}
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"}
RESERVED = frozenset(BY_NAME) | {"model", "messages", "stream", "stream_options"}


KEY_NAMES = {"router.huggingface.co": "HF_TOKEN", "api.openai.com": "OPENAI_API_KEY"}
"""Where programs look for a service's key: host -> environment variable."""


def usual_key_name(base_url: str) -> str:
    """The environment variable that programs read the key of this address from; API_KEY where none is usual."""
    return KEY_NAMES.get(urlsplit(base_url).hostname or "", "API_KEY")


class Endpoint(Value):
    """A place that answers chat-completion requests.

    `key_name` is the *name* of a credential (the environment variable that the snippets read), never the
    credential. `headers` are sent along, and must hold no secret either.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    kind: EndpointKind = "remote"
    base_url: str | None = None
    key_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    headers: Annotated[tuple[tuple[str, str], ...], Field(strict=False)] = ()

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
            raise ValueError("the base URL must look like https://host/v1")
        if "@" in parts.netloc:
            raise ValueError("the base URL must not hold a user name or password; enter the key as a key")
        if "?" in url or "#" in url:
            raise ValueError("the base URL must end with its path, without ? or #")
        if parts.port == 0:  # reading one above 65535 raises ValueError by itself
            raise ValueError("the port must be from 1 to 65535")
        return url.rstrip("/")

    @field_validator("headers")
    @classmethod
    def _open_headers(cls, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for name, value in headers:
            if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
                raise ValueError(f"{name!r} is not a header that can be sent")
            if name.lower() in _CONNECTION_HEADERS:
                raise ValueError(f"{name} belongs to the connection; every HTTP client sets it by itself")
            if name.lower() in _SECRET_HEADERS:
                raise ValueError(f"{name} holds a secret; enter the key as a key")
        return headers


class ModelRef(Value):
    """A model at an endpoint; `id` is what the wire calls `model`."""

    endpoint: Endpoint
    id: Annotated[str, StringConstraints(min_length=1)]


def _unreserved(extra: JsonObject) -> Any:
    taken = sorted(RESERVED & extra.keys())
    if taken:
        raise ValueError(f"{', '.join(taken)} cannot stand among the extra fields; use its own control")
    return extra


class ChatRequest(Value):
    """A chat-completion request. Equal requests put the same JSON on the wire, key order aside.

    `extra` holds top-level fields that a provider adds beyond PARAMS, sent as they are.
    """

    model: ModelRef
    messages: Annotated[tuple[Message, ...], Field(min_length=1, strict=False)]
    params: Params = Params()
    extra: Annotated[FrozenObject, AfterValidator(_unreserved)] = JsonObject()
