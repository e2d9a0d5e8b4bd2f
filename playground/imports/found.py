"""What was found in a text: one chat-completion request, answer or list of messages, without any secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BadRequest
from ..redact import has_secret, is_secret_field
from .addresses import Address, address_of
from .apis import Api, check
from .headers import headers_of, key_name_of
from .translation import translated
from .values import as_hole, settled, with_default

MOST = 1000
"""Of one text at most so many requests, or lines, are taken."""


@dataclass(frozen=True)
class Found:
    """`kind` is request, response (its messages are the choices of one answer) or messages.

    `body` is a wire body, plain JSON; it may lack a model, or messages. `base_url`, `key_name` and `headers` are as an
    Endpoint has them; of the headers those that not any client sends. `local` says that the program runs the model
    itself. None for what the text does not tell.
    """

    kind: str
    title: str
    body: dict[str, Any]
    base_url: str | None = None
    key_name: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    local: bool = False

    @property
    def stream(self) -> bool | None:
        stream = self.body.get("stream")
        return stream if isinstance(stream, bool) else None


@dataclass(frozen=True)
class Sent:
    """A request as a program or a command makes it, as far as its text tells.

    `url` is the whole address; `key` what is given as the API key; `title` says what makes the request; `api` which API
    it is to, where that is more than the address tells.
    """

    title: str
    line: int
    url: Any
    body: Any
    headers: tuple[tuple[str, Any], ...] = ()
    key: Any = None
    notes: tuple[str, ...] = ()
    local: bool = False
    api: Api = "openai"


class Findings:
    """What the requests of one program are: those that can be read, and why others can't. A program without any may
    hold a body or a list of messages for one."""

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._refused: list[BadRequest] = []
        self._held: Any = None

    @property
    def empty(self) -> bool:
        return not (self._found or self._refused)

    def add(self, read: Callable[[], Found]) -> None:
        if len(self._found) + len(self._refused) >= MOST:
            raise BadRequest(f"the code makes more than {MOST} requests", advice="Import a part of it.")
        try:
            self._found.append(read())
        except BadRequest as error:
            self._refused.append(error)

    def refuse(self, error: BadRequest) -> None:
        self._refused.append(error)

    def hold(self, value: Any) -> None:
        """Keep the latest body or list of messages among a program's values."""
        is_body = isinstance(value, dict) and "messages" in value
        is_list = isinstance(value, list) and value and all(isinstance(item, dict) and "role" in item for item in value)
        if is_body or is_list:
            self._held = value

    def all(self, title: str = "") -> tuple[Found, ...]:
        """All that can be read. Raises BadRequest where nothing can and something should."""
        held = self._held
        if self.empty and held is not None:
            self.add(lambda: _literal(title, held))
        if self._refused and not self._found:
            raise self._refused[0]
        notes = tuple(f"Left out: {error.message}." for error in self._refused)
        several = len(self._found) > 1
        return tuple(
            replace(one, title=f"{one.title}: request {number}" if several else one.title, notes=(*one.notes, *notes))
            for number, one in enumerate(self._found, 1)
        )


def found(sent: Sent) -> Found:
    """What the page can take over. Raises BadRequest that names what cannot be read, never quoting a secret."""
    address = Address(None) if sent.local else address_of(sent.url)
    api = sent.api if sent.api != "openai" else address.api
    headers = headers_of(sent.headers, api)
    key = sent.key if headers.key is None else headers.key
    key_name, about_key = key_name_of(key, address.base_url or "")
    given, about_api = translated(dict(sent.body), api)
    if address.model is not None:
        given["model"] = address.model
    about_model = _about_model(given)
    body, about_body = settled(given)
    check(body, sent.line)
    notes = (*sent.notes, *address.notes, *headers.notes, *about_key, *about_api, *about_model, *about_body)
    return Found(
        kind="request",
        title=sent.title,
        body=body,
        base_url=address.base_url,
        key_name=key_name,
        headers=headers.kept,
        notes=tuple(dict.fromkeys(notes)),
        local=sent.local,
    )


def without_secrets(one: Found) -> Found:
    """Without the fields of the body, messages aside, that are a key by their name or look like one."""
    secret = [name for name, value in one.body.items() if isinstance(value, str) and _is_secret(name, value)]
    if not secret:
        return one
    body = {name: value for name, value in one.body.items() if name not in secret}
    notes = tuple(f"The field {name:.60} was not kept: it may hold a secret." for name in secret)
    return replace(one, body=body, notes=(*one.notes, *notes))


def _is_secret(name: str, value: str) -> bool:
    return is_secret_field(name) or (name not in ("model", "stop") and has_secret(value))


def _literal(title: str, value: Any) -> Found:
    given, about_api = translated(value) if isinstance(value, dict) else ({"messages": value}, ())
    body, notes = settled(given)
    return Found("request" if isinstance(value, dict) else "messages", title, body, notes=(*about_api, *notes))


def _about_model(body: dict[Any, Any]) -> tuple[str, ...]:
    """Takes a model that the text does not tell out of the body; a note says so."""
    hole = as_hole(with_default(body.get("model")))
    if hole is None:
        return ()
    del body["model"]
    return (f"The text does not tell the model (line {hole.line}: {hole.said}): choose it.",)
