"""The tree of a shell script, where tree-sitter's grammar of bash falls short of bash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .grammar import Deadline, Unparsed, parsed

if TYPE_CHECKING:
    from tree_sitter import Node

_PROMPT = re.compile(r"^[ \t]*(?:[$%>][ \t]+|!)(?=(?:curl|cat|echo|printf|export|[A-Z_]+=))", re.MULTILINE)
_HEREDOC = re.compile(r"""(?<!<)<<(?!<)-?[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|\\?(\w+))""")
_QUOTED = re.compile(r"""\\.|\$'(?:[^'\\]|\\.)*+'|'[^']*'|"(?:[^"\\]|\\.)*+\"""", re.DOTALL)
PIPE = "#|"
"""A comment that stands for a pipe into the statement after a heredoc."""


def tree(text: str, deadline: Deadline) -> tuple[bytes, Node]:
    """The source as it was parsed, and its tree. Raises BadRequest for what is no script."""
    text = _marked(_PROMPT.sub("", text), deadline)
    try:
        return parsed(text, "bash", deadline)
    except Unparsed:
        return parsed(_QUOTED.sub(_rewritten, text), "bash", deadline)


def _rewritten(found: re.Match[str]) -> str:
    """A text in $'...' without two backslashes in a row: before the closing quote the grammar takes them for one."""
    return found[0].replace("\\\\", "\\x5c") if found[0].startswith("$") else found[0]


def _marked(text: str, deadline: Deadline) -> str:
    """The text with `#|` for each pipe that ends the line of a heredoc, which the grammar does not know."""
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if "<<" in line and line.rstrip().endswith("|")]
    end = -1
    for number in marks:
        if number <= end or deadline.over:
            continue  # it stands in the heredoc before it
        words = [found[1] or found[2] or found[3] for found in _HEREDOC.finditer(lines[number])]
        close = words[-1] if words else None
        end = next((n for n in range(number + 1, len(lines)) if lines[n].lstrip("\t") == close), number)
        if end > number:
            lines[number] = f"{lines[number].rstrip()[:-1]}{PIPE}"
    return "\n".join(lines)
