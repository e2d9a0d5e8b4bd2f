"""The fenced code blocks of a Markdown text (CommonMark 0.31, 4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*([^`]*)")
_MOST_LINES = 1_000_000


@dataclass(frozen=True)
class Block:
    """`text` stands in the lines that it has in the whole text, so that errors name those; `start` is its first."""

    start: int
    text: str


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks that have something in them; one without an end goes to the end of the text."""
    found: list[Block] = []
    lines = text.split("\n")
    start, indent, mark = 0, 0, ""
    for number, line in enumerate([*lines, ""]):
        fence = _FENCE.fullmatch(line) if "```" in line or "~~~" in line else None
        if mark and (number == len(lines) or (fence and not fence[3].strip() and fence[2].startswith(mark))):
            content = [_without(indent, inner) for inner in lines[start:number]]
            if any(content):
                found.append(Block(start + 1, "\n".join(content)))
            mark = ""
        elif fence and not mark:
            start, indent, mark = number + 1, len(fence[1]), fence[2]
    return _in_place(found)


def _without(indent: int, line: str) -> str:
    """The line without the blanks that the fence has before it."""
    return line[min(indent, len(line) - len(line.lstrip(" \t"))) :].rstrip("\r")


def _in_place(found: list[Block]) -> tuple[Block, ...]:
    if sum(block.start for block in found) > _MOST_LINES:
        return tuple(found)
    return tuple(Block(block.start, "\n" * (block.start - 1) + block.text) for block in found)
