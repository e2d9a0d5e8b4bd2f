"""Log probabilities as the browser gets them: short, because an answer may have thousands, each with its alternatives."""

from __future__ import annotations

import json
from typing import Any

from ..events import TokenLogprob

DIGITS = 4
NONE = -9999.0  # stands for a probability of zero, as on the wire: JSON has no infinity


def packed(tokens: tuple[TokenLogprob, ...]) -> str:
    """JSON: each token as [text, log probability, bytes, alternatives]; an alternative is [text, log probability, bytes].

    As text, because all that Gradio carries to the browser is copied there list by list, each watched for changes.
    `bytes` is None where they are unknown, or just those of the text; what is empty or None at an end is left out.
    """
    # Token by token: lists of all of them at once would have the garbage collector look through the app.
    return f"[{','.join(_JSON.encode(_row(token, [_row(other) for other in token.top])) for token in tokens)}]"


_JSON = json.JSONEncoder(separators=(",", ":"))


def _row(token: TokenLogprob, alternatives: list[list[Any]] | None = None) -> list[Any]:
    row: list[Any] = [token.token, round(max(NONE, token.logprob), DIGITS)]
    spelled = token.bytes
    own = None if spelled is None or spelled == token.token.encode(errors="replace") else list(spelled)
    if own or alternatives:
        row.append(own)
    if alternatives:
        row.append(alternatives)
    return row
