"""What the page asks about tools: Python functions read as tools, and calls to the built-in ones carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PlaygroundError
from ..jsonvalue import dumps
from ..tools import BUILTINS, call_builtin, read_functions
from .live import describe


def tools_of_python(ask: Any) -> dict[str, Any]:
    """The answer to {"text"}: {"tools": [JSON text of each], "notes"}, or {"error"} as live.describe gives it."""
    text = ask.get("text") if isinstance(ask, Mapping) else None
    try:
        read = read_functions(text if isinstance(text, str) else "")
    except PlaygroundError as error:
        return {"error": describe(error)}
    return {"tools": [dumps(tool) for tool in read.tools], "notes": list(read.notes)}


def builtin_result(ask: Any) -> dict[str, Any]:
    """The answer to {"name", "arguments": JSON text}: {"text", "failed"}, or {} where there is no such built-in."""
    fields = ask if isinstance(ask, Mapping) else {}
    try:
        result = call_builtin(str(fields.get("name")), str(fields.get("arguments") or ""))
    except KeyError:
        return {}
    return {"text": result.text, "failed": result.failed}


def builtin_offers() -> list[dict[str, str]]:
    """The built-in tools as the page offers them; `tool` is JSON text."""
    return [{"name": each.name, "title": each.title, "tool": dumps(each.tool)} for each in BUILTINS]
