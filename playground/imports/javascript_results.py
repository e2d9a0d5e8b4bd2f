"""What calls of JavaScript's own functions and methods give, as far as their arguments tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .values import Hole, JsonText, Made, Mixed, joined, mapped

_GETTERS = frozenset({"Deno.env.get", "getEnv"})
_TRIMS = {"trim": str.strip, "trimStart": str.lstrip, "trimEnd": str.rstrip}


def of_function(path: str, given: list[Any], line: int) -> Any:
    """What a function gives, or None where that is not known."""
    if path == "JSON.stringify" and given:
        return JsonText(given[0], _stringify(given[2] if len(given) > 2 else None))
    if path in _GETTERS and given and isinstance(given[0], str):
        return variable(line, given[0])
    return None


def variable(line: int, name: str) -> Hole:
    return Hole(line, f"${name:.60}", env=name)


def _stringify(space: Any) -> Callable[[Any], str]:
    indent = space if type(space) is int and 0 < space <= 10 else None
    separators = (",", ":") if indent is None else (",", ": ")
    return lambda value: json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)


def of_method(name: str, base: Any, given: list[Any]) -> Any:
    """What a method gives, or None where that is not known."""
    if name in _TRIMS and isinstance(base, str):
        return mapped(base, _TRIMS[name])
    if name == "toString" and isinstance(base, str):
        return base
    if name == "concat" and isinstance(base, list) and all(isinstance(items, list) for items in given):
        return [item for items in (base, *given) for item in items]
    if name == "join" and isinstance(base, list) and all(isinstance(word, (str, Hole, Mixed)) for word in base):
        between = given[0] if given else ","
        if isinstance(between, str):
            return joined([part for word in base for part in (between, word)][1:])
    if name == "endpoint" and isinstance(base, Made) and given:
        return Made(base.line, base.name, base.arguments, {"endpointUrl": given[0]})
    return None
