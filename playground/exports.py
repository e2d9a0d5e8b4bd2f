"""Request -> data to take along, one format a row of EXPORTS.

    export(request, "data-messages").text

Add a format: a function of (request, stream, images) and its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .jsonvalue import dumps
from .request import ChatRequest
from .snippets.client import Images
from .snippets.media import Data, files_of, named
from .wire.requests import STREAMED, payload, plain


@dataclass(frozen=True)
class Exported:
    """A conversation as text; `files` are those that the text points at, as (name, data URL)."""

    text: str
    files: tuple[tuple[str, str], ...] = ()


Write = Callable[[ChatRequest, bool, Images], Exported]


@dataclass(frozen=True)
class Export:
    """One row of the EXPORTS table. `switches` are the options that change the text: "stream", "images".

    `whole` is true of a format that holds the whole conversation, with the answers that a run would make anew.
    """

    id: str
    label: str
    file: str
    highlight: str
    write: Write
    whole: bool = True
    switches: tuple[str, ...] = ()


def export(request: ChatRequest, format: str, *, stream: bool = True, images: Images = "inline") -> Exported:
    """The request in the format of that id (KeyError without one).

    `stream` counts for the request alone. With `images="file"` long data URLs become files that Markdown points at;
    JSON always holds them.
    """
    return BY_ID[format].write(request, stream, images)


def _request(request: ChatRequest, stream: bool, images: Images) -> Exported:
    return Exported(dumps(payload(request, STREAMED if stream else None), indent=2) + "\n")


def _messages(request: ChatRequest, stream: bool, images: Images) -> Exported:
    return Exported(dumps(plain(request.messages), indent=2) + "\n")


# Readers that split text at every line end that Unicode knows would break a line of JSON there.
_LINE_ENDS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"})


def _json_line(request: ChatRequest, stream: bool, images: Images) -> Exported:
    body = payload(request)
    example = {key: body[key] for key in ("messages", "tools") if key in body}
    return Exported(dumps(example).translate(_LINE_ENDS) + "\n")


# --- Markdown ----------------------------------------------------------------------------------------------------

_SHOWN = {"role", "content", "name", "reasoning", "reasoning_content", "refusal", "tool_calls", "tool_call_id"}


def _markdown(request: ChatRequest, stream: bool, images: Images) -> Exported:
    urls = [image.url for message in request.messages for image in message.images]
    pictures, data = named(urls, files=images == "file")
    targets = {url: _target(picture) for url, picture in zip(urls, pictures, strict=True)}
    messages = plain(request.messages)
    functions = {call["id"]: call["function"]["name"] for m in messages for call in m.get("tool_calls") or ()}
    blocks = [f"# Conversation with {request.model.id}"]
    for message in messages:
        blocks += [f"## {_heading(message, functions)}", *_body(message, targets)]
    return Exported("\n\n".join(blocks) + "\n", files_of(data))


def _target(picture: str | Data) -> str:
    """A link's target: the file's name, or the URL with what would end it percent-encoded."""
    if isinstance(picture, Data):
        return picture.file or picture.url
    return "".join(f"%{ord(char):02X}" if char in " ()<>\\\t\r\n" else char for char in picture)


def _heading(message: dict[str, Any], functions: dict[str, str]) -> str:
    role = str(message["role"]).capitalize()
    if message["role"] == "tool":
        called = message["tool_call_id"]
        return f"{role}: {functions[called]} ({called})" if called in functions else f"{role}: {called}"
    return f"{role}: {message['name']}" if message.get("name") else role


def _body(message: dict[str, Any], targets: dict[str, str]) -> Iterator[str]:
    """What the message says, block by block; a field without a form of its own stands as JSON."""
    for field in ("reasoning_content", "reasoning"):
        if message.get(field):
            yield _quoted("Reasoning", message[field])
    content = "\n\n".join(_pieces(message.get("content") or "", targets))
    if content:
        yield _fenced(content) if message["role"] == "tool" else content
    if message.get("refusal"):
        yield _quoted("Refusal", message["refusal"])
    for call in message.get("tool_calls") or ():
        yield f"Calls `{call['function']['name']}` ({call['id']}):"
        yield _fenced(call["function"]["arguments"], "json")
    others = {key: value for key, value in message.items() if key not in _SHOWN and value is not None}
    if others:
        yield _fenced(dumps(others, indent=2), "json")


def _pieces(content: Any, targets: dict[str, str]) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for part in content:
        yield part["text"] if part["type"] == "text" else f"![image]({targets[part['image_url']['url']]})"


def _quoted(title: str, text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in (f"**{title}**", "", *text.split("\n")))


def _fenced(text: str, language: str = "") -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


EXPORTS: tuple[Export, ...] = (
    Export("data-request", "Request JSON", "request.json", "json", _request, whole=False, switches=("stream",)),
    Export("data-messages", "Messages JSON", "messages.json", "json", _messages),
    Export("data-jsonl", "JSONL", "chat.jsonl", "json", _json_line),
    Export("data-markdown", "Markdown", "chat.md", "markdown", _markdown, switches=("images",)),
)
BY_ID = {row.id: row for row in EXPORTS}
