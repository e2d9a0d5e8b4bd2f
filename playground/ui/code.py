"""The code view: a pane's request as code or as data, in coloured pieces that the browser shows as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, String, _TokenType

from .. import exports, snippets
from ..errors import BadRequest, PlaygroundError
from ..request import ChatRequest
from ..snippets.media import is_long
from .context import Context
from .document import read_pane
from .live import describe

COLOURED = 60_000
"""Code longer than this many characters is shown in one colour; a lexer would take too long."""

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "comment"),
    (String, "string"),
    (Number, "number"),
    (Keyword, "keyword"),
    (Name.Function, "name"),
    (Name.Namespace, "name"),
    (Name.Tag, "name"),
    (Generic.Heading, "keyword"),
    (Generic.Subheading, "keyword"),
)


def code_view(ask: Any, context: Context) -> dict[str, Any]:
    """The answer to {"pane", "client", "stream", "full", "images"}, `client` being a row of CLIENTS or of EXPORTS.

    {"pieces": [[class, text]], "install", "warnings", "files": [name], "run", "key_name", "has_files"}, or {"error"}.
    `has_files` says whether the request has images that could stand in files.
    """
    try:
        request = read_pane(ask.get("pane"), context)
        made, highlight = _made(request, ask)
    except PlaygroundError as error:
        return {"error": describe(error)}
    return {
        "pieces": [list(piece) for piece in pieces(made.code, highlight)],
        "install": made.install,
        "warnings": list(made.warnings),
        "files": [name for name, _ in made.files],
        "run": made.run,
        "key_name": made.key_name,
        "has_files": _has_files(request),
    }


def code_files(ask: Any, context: Context) -> list[list[str]]:
    """The files that stand beside the code of the same question, as [name, data URL]; none where there is no code."""
    try:
        made, _ = _made(read_pane(ask.get("pane"), context), ask)
    except PlaygroundError:
        return []
    return [list(file) for file in made.files]


def _made(request: ChatRequest, ask: Any) -> tuple[snippets.Snippet, str]:
    """The code, or the data as code that nothing runs; and the language to colour it in."""
    chosen, stream = ask["client"], bool(ask.get("stream"))
    images: snippets.Images = "file" if ask.get("images") == "file" else "inline"
    if chosen in exports.BY_ID:
        data = exports.export(request, chosen, stream=stream, images=images)
        return snippets.Snippet(code=data.text, install="", files=data.files), exports.BY_ID[chosen].highlight
    if not snippets.BY_ID[chosen].calls and request.model.endpoint.kind != "local":
        raise BadRequest(
            f"{snippets.BY_ID[chosen].label} runs the models of this machine",
            advice=f"This pane's model is at {request.model.endpoint.name}: choose another client.",
        )
    made = snippets.render(request, chosen, stream=stream, full=bool(ask.get("full")), images=images)
    return made, snippets.BY_ID[chosen].highlight


def _has_files(request: ChatRequest) -> bool:
    return any(is_long(image.url) for message in request.messages for image in message.images)


def pieces(code: str, language: str) -> Iterator[tuple[str, str]]:
    """The code in order as (class, text); joined, the texts are the code."""
    if len(code) > COLOURED:
        yield "", code
        return
    held, text = "", ""
    kinds: dict[_TokenType, str] = {}
    for _, token, value in _lexer(language).get_tokens_unprocessed(code):
        kind = kinds.get(token)
        if kind is None:
            kind = kinds[token] = _kind(token)
        if kind == held:
            text += value
            continue
        if text:
            yield held, text
        held, text = kind, value
    if text:
        yield held, text


def _kind(token: _TokenType) -> str:
    return next((name for family, name in _CLASSES if token[: len(family)] == family), "")


def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
