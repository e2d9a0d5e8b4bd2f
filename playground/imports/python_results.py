"""What calls of Python's own functions and methods give, as far as their arguments tell.

`hole` is what stands for a result that they do not tell.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from string import Formatter
from typing import Any

from .values import Hole, JsonText, Mixed, as_hole, joined, mapped

_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "getenv", "environ.get", "userdata.get"})
_DEDENT = frozenset({"textwrap.dedent", "dedent", "inspect.cleandoc", "cleandoc"})
_PASSED_ON = frozenset({"encode", "decode", "copy", "strip", "lstrip", "rstrip"})
_MOST_FIELDS = 2_000
_By = dict[Any, Any]


def of_function(path: str, by_place: list[Any], by_name: _By, hole: Hole) -> Any:
    """What a function gives, or None where that is not known."""
    if path in _ENVIRONMENT and by_place:
        return variable(hole, by_place[0], (by_place[1:] or [by_name.get("default")])[0])
    if path == "json.dumps" and by_place:
        return JsonText(by_place[0], _dumps(by_name))
    if path in _DEDENT and by_place:
        return _dedented(by_place[0], hole, clean=path.endswith("cleandoc"))
    if path == "str" and len(by_place) == 1:
        return by_place[0] if isinstance(by_place[0], JsonText) else text_of(by_place[0], hole)
    if path == "dict" and all(isinstance(value, dict) for value in by_place):
        return {key: item for value in (*by_place, by_name) for key, item in value.items()}
    return None


def variable(hole: Hole, name: Any, default: Any = None) -> Hole:
    """The environment variable of that name."""
    if not isinstance(name, str):
        return hole
    return Hole(hole.line, f"${name:.60}", env=name, default=default if isinstance(default, str) else None)


def text_of(value: Any, hole: Hole) -> Any:
    """The text that a value becomes in a text."""
    if isinstance(value, (str, Hole, Mixed)):
        return value
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    return as_hole(value) or hole


def _dumps(options: _By) -> Callable[[Any], str]:
    indent, plain = options.get("indent"), options.get("ensure_ascii", True)
    spaces = indent if type(indent) is int and 0 <= indent <= 16 else None
    return lambda value: json.dumps(value, indent=spaces, ensure_ascii=plain is not False)


def _dedented(text: Any, hole: Hole, *, clean: bool) -> Any:
    if not isinstance(text, str):
        return as_hole(text) or hole
    return re.sub(r"\A\n+|\s+\Z", "", textwrap.dedent(text)) if clean else textwrap.dedent(text)


def of_method(name: str, base: Any, by_place: list[Any], by_name: _By, hole: Hole) -> Any:
    """What a method gives, or None where that is not known."""
    if name in _PASSED_ON and isinstance(base, (str, JsonText)) and not (by_place and "strip" in name):
        change = {"strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip}.get(name)
        return mapped(base, change) if isinstance(base, str) and change else base
    if name == "copy" and isinstance(base, (dict, list)):
        return base.copy()
    if name == "join" and isinstance(base, str) and len(by_place) == 1 and isinstance(by_place[0], list):
        words = by_place[0]
        if all(isinstance(word, (str, Hole, Mixed)) for word in words):
            return joined([part for word in words for part in (base, word)][1:])
    if name == "get" and isinstance(base, dict) and by_place and isinstance(by_place[0], str):
        return base.get(by_place[0], *by_place[1:2])
    if name == "format" and isinstance(base, str):
        return _formatted(base, by_place, by_name, hole)
    return None


def _formatted(form: str, by_place: list[Any], by_name: _By, hole: Hole) -> Any:
    """`"{} {name}".format(...)` with plain fields; a format of a field's own (`{:>8}`) is not followed."""
    given: dict[str, Any] = {**{str(place): value for place, value in enumerate(by_place)}, **by_name}
    try:
        fields = list(Formatter().parse(form)) if form.count("{") <= _MOST_FIELDS else []
    except ValueError:
        return hole
    parts: list[Any] = []
    for number, (before, name, spec, conversion) in enumerate(fields):
        parts.append(before)
        if name is not None:
            auto = sum(1 for _, other, _, _ in fields[:number] if other == "")
            value = given.get(name or str(auto), hole)
            parts.append(hole if spec or conversion else text_of(value, hole))
    return joined(parts) if fields or not form else hole
