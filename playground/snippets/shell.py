"""Text in shell code: words, and JSON by way of a quoted heredoc, in which a shell changes nothing."""

from __future__ import annotations

import json
import shlex
from itertools import count
from typing import Any

from .text import escaped

word = shlex.quote


def json_text(value: Any) -> str:
    """Indented JSON, readable, with invisible characters as JSON's own escapes."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False), _escape, "", raw="\n")


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"


def heredoc(text: str, name: str = "JSON") -> str:
    """`<<'JSON'` and the text up to a closing line that is none of the text's own."""
    lines = set(text.split("\n"))
    names = (name if number == 1 else f"{name}_{number}" for number in count(1))
    marker = next(candidate for candidate in names if candidate not in lines)
    return f"<<'{marker}'\n{text}\n{marker}\n"
