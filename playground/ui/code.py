"""The code view: a pane's request as code, in coloured pieces that the browser shows as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

from .. import snippets
from ..errors import PlaygroundError
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
)


def code_view(ask: Any, context: Context) -> dict[str, Any]:
    """The answer to {"pane", "client", "stream"}: {"pieces": [[class, text]], "install", "warnings"} or {"error"}."""
    try:
        request = read_pane(ask.get("pane"), context)
        made = snippets.render(request, ask["client"], stream=bool(ask.get("stream")))
    except PlaygroundError as error:
        return {"error": describe(error)}
    language = next(client.highlight for client in snippets.CLIENTS if client.id == ask["client"])
    return {
        "pieces": [list(piece) for piece in pieces(made.code, language)],
        "install": made.install,
        "warnings": list(made.warnings),
    }


def pieces(code: str, language: str) -> Iterator[tuple[str, str]]:
    """The code in order as (class, text); joined, the texts are the code."""
    if len(code) > COLOURED:
        yield "", code
        return
    held, text = "", ""
    for _, token, value in _lexer(language).get_tokens_unprocessed(code):
        kind = next((name for family, name in _CLASSES if token[: len(family)] == family), "")
        if kind == held:
            text += value
            continue
        if text:
            yield held, text
        held, text = kind, value
    if text:
        yield held, text


def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
