"""Checks of the objects within a request: which fields there may be, and of what type. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import BadRequest
from ...params import TOOL_NAME

_WORDS: dict[type, str] = {str: "a text", bool: "true or false", dict: "an object"}


def only(given: Mapping[str, Any], known: Mapping[str, type], where: str) -> None:
    """Raise BadRequest for a field that is not known, or not of its type; `object` is any. Null counts as not given."""
    for name, value in given.items():
        field = f"{where}.{name}"
        if name not in known:
            raise BadRequest(f"{field} is not known here.", param=field)
        if value is not None and not isinstance(value, known[name]):
            raise BadRequest(f"{field} must be {_WORDS[known[name]]}.", param=field)


def named(name: str, where: str) -> str:
    """The name. Raises BadRequest for one that is not of OpenAI's form."""
    if not re.fullmatch(TOOL_NAME, name):
        raise BadRequest(
            f"{where} can't be {name!r}: the letters A to Z and a to z, digits, _ and - are allowed, 64 at most.",
            param=where,
        )
    return name
