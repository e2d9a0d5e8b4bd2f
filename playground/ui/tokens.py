"""Log probabilities as the browser gets them: short, because an answer may have thousands, each with its alternatives."""

from __future__ import annotations

from typing import Any

from ..events import TokenLogprob

DIGITS = 4
NONE = -9999.0  # stands for a probability of zero, as on the wire: JSON has no infinity


def packed(tokens: tuple[TokenLogprob, ...]) -> list[list[Any]]:
    """Each token as [text, log probability, bytes, alternatives]; an alternative is [text, log probability, bytes].

    `bytes` is None where they are unknown, or just those of the text; what is empty or None at an end is left out.
    """
    return [_short([*_spelled(token), [_short(_spelled(other)) for other in token.top]]) for token in tokens]


def _spelled(token: TokenLogprob) -> list[Any]:
    spelled = _bytes(token)
    own = spelled is not None and spelled != token.token.encode(errors="replace")
    return [token.token, round(max(NONE, token.logprob), DIGITS), list(spelled or b"") if own else None]


def _bytes(token: TokenLogprob) -> bytes | None:
    """The token's bytes, or None where what an endpoint gave for them are none."""
    try:
        return None if token.bytes is None else bytes(token.bytes)
    except ValueError:
        return None


def _short(row: list[Any]) -> list[Any]:
    while row and (row[-1] is None or row[-1] == []):
        row = row[:-1]
    return row
