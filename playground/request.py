"""What is asked, of which model, where: one value that feeds the run, the code, the raw view, the API."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from .address import base_address, open_headers
from .jsonvalue import FrozenObject, JsonObject
from .messages import Message
from .params import BY_NAME, Params
from .values import Value

EndpointKind = Literal["local", "remote", "scripted"]
_NO_VARIABLES = frozenset(
    ("_", "__proto__", "constructor", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf",
     "propertyIsEnumerable"),
)  # fmt: skip
RESERVED = frozenset(BY_NAME) | {"model", "messages", "stream", "stream_options"}


KEY_NAMES = {"router.huggingface.co": "HF_TOKEN", "api.openai.com": "OPENAI_API_KEY"}
"""Where programs look for a service's key: host -> environment variable."""


def usual_key_name(base_url: str) -> str:
    """The environment variable that programs read the key of this address from; API_KEY where none is usual."""
    return KEY_NAMES.get(urlsplit(base_url).hostname or "", "API_KEY")


class Endpoint(Value):
    """A place that answers chat-completion requests.

    `key_name` is the *name* of a credential (the environment variable that the snippets read), never the
    credential. `base_url` and `headers` are as they go over the wire (address.py); headers hold no secret either.
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
        return base_address(url)

    @field_validator("key_name")
    @classmethod
    def _variable(cls, name: str | None) -> str | None:
        if name in _NO_VARIABLES:
            raise ValueError(f"{name} already means something else where code looks for variables; choose another name")
        return name

    @field_validator("headers")
    @classmethod
    def _open_headers(cls, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return open_headers(headers)


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
