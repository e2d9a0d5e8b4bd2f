"""What was found in a text: one chat-completion request, answer or list of messages, without any secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from ..errors import BadRequest
from ..redact import is_secret_header, redact
from ..request import Endpoint, usual_key_name
from ..wire.requests import bad_request
from .values import Hole, Mixed, as_hole, joined, mapped, settled, with_default

MOST = 1000
"""Of one text at most so many requests, or lines, are taken."""
PATH = "/chat/completions"
KEY_NOT_KEPT = "The key in it was not kept: enter it as the endpoint's key."
_NO_KEYS = frozenset(  # what programs give a client that insists on a key
    ["", "-", "dummy", "empty", "fake", "lm-studio", "no-key", "no-key-required", "none", "not-needed", "ollama"]
)
_SECRET_FIELDS = frozenset(
    ("api_key", "apikey", "api-key", "access_token", "accesstoken", "token", "password", "secret")
)
_OTHER_APIS = ("/responses", "/completions", "/messages", "/embeddings", "/generate", "/generatecontent")
_OWN_HEADERS = frozenset(
    [
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection"),
        *("content-length", "content-type", "dnt", "expect", "host", "keep-alive", "origin", "pragma"),
        *("priority", "referer", "te", "transfer-encoding", "upgrade-insecure-requests", "user-agent"),
    ]
)
_OWN_BEGINNINGS = ("sec-", "x-stainless-", ":")


@dataclass(frozen=True)
class Found:
    """`kind` is request, response (its messages are the choices of one answer) or messages.

    `body` is a wire body, plain JSON; it may lack a model, or messages. `headers` are what the request sends on top of
    what any client sends. `local` says that the program runs the model itself. None for what the text does not tell.
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

    `url` is the whole address; `key` what is given as the API key; `title` says what makes the request.
    """

    title: str
    line: int
    url: Any
    body: Any
    headers: tuple[tuple[str, Any], ...] = ()
    key: Any = None
    notes: tuple[str, ...] = ()
    local: bool = False


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
    base_url, about_url = (None, ()) if sent.local else base_of(sent.url)
    headers, key, about_headers = _headers(sent.headers)
    key_name, about_key = _key_name(sent.key if key is None else key, base_url or "")
    given = dict(sent.body)
    about_model = _about_model(given)
    body, about_body = settled(given)
    check(body, sent.line)
    notes = (*sent.notes, *about_url, *about_headers, *about_key, *about_model, *about_body)
    return Found(
        kind="request",
        title=sent.title,
        body=body,
        base_url=base_url,
        key_name=key_name,
        headers=headers,
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
    return name.lower() in _SECRET_FIELDS or (name not in ("model", "stop") and redact(value) != value)


def _literal(title: str, value: Any) -> Found:
    body, notes = settled(value if isinstance(value, dict) else {"messages": value})
    return Found("request" if isinstance(value, dict) else "messages", title, body, notes=notes)


def check(body: dict[str, Any], line: int | None = None) -> None:
    """Raises BadRequest for the body of another API."""
    where = f"line {line}: " if line else ""
    if "messages" in body:
        return
    if "input" in body:
        raise out_of_scope(f"{where}this is a request to the Responses API")
    if "prompt" in body:
        raise out_of_scope(f"{where}this is a text-completion request")
    raise BadRequest(
        f"{where}the request has no messages", advice="Import a chat-completion request.", param="messages"
    )


def out_of_scope(what: str) -> BadRequest:
    return BadRequest(what, advice="Only chat-completion requests (with messages) can be imported.")


def base_of(url: Any) -> tuple[str | None, tuple[str, ...]]:
    """The base URL of a whole address, or None where the text does not tell it; and notes."""
    url = with_default(url)
    hole = as_hole(url)
    if url is None or hole is not None:
        said = f" (it stands in {hole.said})" if hole else ""
        return None, (f"The text does not tell the address{said}: choose the endpoint.",)
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        return None, ("Its address is not a whole one: choose the endpoint.",)
    return _split(url)


def _split(url: str) -> tuple[str, tuple[str, ...]]:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadRequest("the address is not a URL", param="base_url") from error
    notes: list[str] = []
    if "@" in parts.netloc:
        notes.append("The name and password in the address were not kept: enter the key as the endpoint's key.")
    if parts.query or parts.fragment:
        notes.append("What follows the path in its address (? or #) was left out.")
    path = parts.path.rstrip("/")
    if path.endswith(PATH):
        path = path.removesuffix(PATH)
    elif path.lower().endswith(_OTHER_APIS):
        raise out_of_scope(f"its address ends with {path[path.rindex('/') :]}")
    else:
        notes.append(f"Its address does not end with {PATH}: requests from here will.")
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
    _checked({"base_url": base})
    return base.rstrip("/"), tuple(notes)


def _checked(fields: dict[str, Any]) -> None:
    try:
        Endpoint(name="endpoint", **fields)
    except ValidationError as error:
        said = bad_request(error)
        raise BadRequest(said.message, advice="Correct it and import again.", param=said.param) from error


def _headers(
    given: tuple[tuple[str, Any], ...],
) -> tuple[tuple[tuple[str, str], ...], Any, tuple[str, ...]]:
    """The headers to keep; what stands as the key among them; and notes."""
    kept: list[tuple[str, str]] = []
    notes: list[str] = []
    key: Any = None
    for name, unsettled in given:
        value, low = with_default(unsettled), name.lower()
        if low == "authorization":
            key = _credential(unsettled)
        elif low in _OWN_HEADERS or low.startswith(_OWN_BEGINNINGS):
            continue
        elif is_secret_header(name) or (isinstance(value, str) and redact(value) != value):
            notes.append(f"The header {name:.60} was not kept: it may hold a secret.")
        elif not isinstance(value, str):
            hole = as_hole(value)
            stands = f" ({hole.said})" if hole else ""
            notes.append(f"The header {name:.60} was left out: the text does not tell its value{stands}.")
        else:
            kept.append((name, value.strip()))
    _checked({"headers": tuple(kept)})
    return tuple(kept), key, tuple(notes)


def _credential(value: Any) -> Any:
    """What follows the scheme in an Authorization header."""
    if isinstance(value, str):
        return value.strip().partition(" ")[2].strip() if " " in value.strip() else value.strip()
    if isinstance(value, Mixed) and isinstance(value.parts[0], str):
        rest = value.parts[0].lstrip().partition(" ")[2].lstrip()
        return mapped(joined((rest, *value.parts[1:])), str.rstrip)
    return value


def _key_name(key: Any, base_url: str) -> tuple[str | None, tuple[str, ...]]:
    """The name of the environment variable that holds the key, and a note where a key was not kept.

    For a key that stands in the text it is the variable that is usual for the address.
    """
    if key is None or (isinstance(key, str) and key.strip().lower() in _NO_KEYS):
        return None, ()
    if isinstance(key, str):
        return usual_key_name(base_url), (KEY_NOT_KEPT,)
    if isinstance(key, Hole) and key.env and key.env.isascii() and key.env.isidentifier():
        return key.env, ()
    return usual_key_name(base_url), ("The text does not tell the key: enter it as the endpoint's key.",)


def _about_model(body: dict[Any, Any]) -> tuple[str, ...]:
    """Takes a model that the text does not tell out of the body; a note says so."""
    hole = as_hole(with_default(body.get("model")))
    if hole is None:
        return ()
    del body["model"]
    return (f"The text does not tell the model (line {hole.line}: {hole.said}): choose it.",)
