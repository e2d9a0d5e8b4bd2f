"""JSON that stands in a grammar in Lark. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ...errors import BadRequest

_TOKENS = re.compile(
    r"""
    (?P<json>%json|%llguidance)
    | "(?:\\.|[^"\\\n])*"       # a text
    | /(?:\\.|[^/\\])+/         # a pattern
    | (?:\#|//)[^\n]*           # a comment
    | <[^<>\s]+>                # a token of the vocabulary
    """,
    re.VERBOSE,
)


def with_schemas(source: str, held: Callable[[Any, str], Any], param: str) -> str:
    """The grammar, with what `held` makes of each schema that stands in it after %json. Raises BadRequest."""
    made, at = [], 0
    while (found := _TOKENS.search(source, at)) is not None:
        if (word := found["json"]) is None:
            made.append(source[at : found.end()])
            at = found.end()
            continue
        value, end = _json(source, found.end(), word, param)
        if word == "%llguidance":
            _check_options(value, param)
        made.append(f"{source[at : found.end()]} {json.dumps(held(value, param) if word == '%json' else value)}")
        at = end
    return "".join(made) + source[at:]


def _json(source: str, start: int, word: str, param: str) -> tuple[Any, int]:
    at = start + len(source[start:]) - len(source[start:].lstrip())
    try:
        value, end = json.JSONDecoder().raw_decode(source, at)
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            f"This grammar can't be held to: after {word} there must be JSON: {error}.", param=param
        ) from error
    return value, end


def _check_options(options: Any, param: str) -> None:
    if isinstance(options, dict) and options.get("allow_invalid_utf8"):
        raise BadRequest("This grammar can't be held to: allow_invalid_utf8 would give what is no text.", param=param)
