"""The syntax tree of a Python program, or of a part that was copied from inside of one."""

from __future__ import annotations

import ast
import re

from ..errors import BadRequest
from .grammar import Deadline, Unparsed

_TOKEN = re.compile(
    r"#[^\n]*|\w+"
    r'|"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]|\\.)*+"?'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?|'(?:[^'\\\n]|\\.)*+'?|\S",
    re.DOTALL,
)
_MOST_TOKENS = 300_000
_MOST_FIELDS = 2_000
_BEFORE = "if 1:\n"


def tree(text: str, deadline: Deadline) -> ast.Module:
    """The syntax tree. What would keep Python's own parser busy for seconds is refused before."""
    last = ""
    for count, found in enumerate(_TOKEN.finditer(text)):
        token = found[0]
        fields = token.count("{") if token[0] in "\"'" and last.lower().endswith("f") else 0
        if count > _MOST_TOKENS or fields > _MOST_FIELDS:
            raise BadRequest("the code is too long to read", advice="Import only the part that makes the request.")
        last = token
    deadline.check()
    try:
        return _parsed(text)
    except SyntaxError as error:
        raise Unparsed(
            f"line {error.lineno}, column {error.offset}: the text cannot be read as Python here ({error.msg:.100})",
            advice="Correct it there, or paste the whole program.",
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsed("the text cannot be read as Python", advice="Import a simpler program.") from error


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except IndentationError as error:
        indented = _indented(text, error.lineno or 1)
        if indented is None:
            raise
        try:
            return _inside(ast.parse(_BEFORE + indented))
        except SyntaxError as inner:
            raise (error if inner.lineno is None else _moved(inner)) from None


def _indented(text: str, line: int) -> str | None:
    """The text as it stood in a block, where it is indented from a line on that breaks the grammar by that alone.

    Whoever marks lines by the mouse often leaves the blanks before the first one out.
    """
    lines = text.split("\n")
    first = next((number for number, content in enumerate(lines) if content.strip()), 0)
    indent = re.match(r"[ \t]*", lines[line - 1]) if line <= len(lines) else None
    if not indent or not indent[0]:
        return None
    if not lines[first].startswith((" ", "\t")):
        lines[first] = indent[0] + lines[first]
    return "\n".join(lines)


def _inside(module: ast.Module) -> ast.Module:
    """What stands in the block that was put around a text, and after it, with the text's own lines."""
    ast.increment_lineno(module, -1)
    block, *rest = module.body
    assert isinstance(block, ast.If)
    return ast.Module(body=[*block.body, *rest], type_ignores=[])


def _moved(error: SyntaxError) -> SyntaxError:
    """The error with its place in the text without the block."""
    error.lineno = None if error.lineno is None else error.lineno - 1
    return error
