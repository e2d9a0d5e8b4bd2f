"""JSON values as Python literals, laid out as black and ruff lay them out (88 columns)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..params import Param
from .comments import hints
from .media import Data, files_of
from .text import escaped, multiline, quote_for

COLUMNS = 88
_STEP = 4
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CLOSING = re.compile('"(?=""|"?\\Z)')  # a quotation mark that would begin or join the closing three


@dataclass(frozen=True)
class Code:
    """An expression, which stands among literals as it is. Where it is too long for its line, it takes the lines of the
    first of `layouts` whose beginning fits, or of the last.
    """

    text: str
    layouts: tuple[tuple[str, ...], ...] = ()


def literal(value: Any, indent: int = 0, lead: int = 0, tail: int = 0) -> str:
    """The value as an expression: the line it starts on is indented by `indent`.

    `lead` and `tail` count the characters on its line before it (indentation included) and after it.
    """
    flat = _flat(value, COLUMNS - lead - tail)
    if flat is not None:
        return flat
    if isinstance(value, Code) and value.layouts:
        fitting = (lines for lines in value.layouts if lead + len(lines[0]) <= COLUMNS)
        return f"\n{' ' * indent}".join(next(fitting, value.layouts[-1]))
    inner = indent + _STEP
    if isinstance(value, dict) and value:
        keys = [f"{string(key)}: " for key in value]
        items = [
            key + literal(item, inner, inner + len(key.encode()), 1)
            for key, item in zip(keys, value.values(), strict=True)
        ]
        return _expanded("{", items, "}", indent)
    if isinstance(value, (list, tuple)) and value:
        return _expanded("[", [literal(item, inner, inner, 1) for item in value], "]", indent)
    return _scalar(value)


def keywords(values: Mapping[str, Any], indent: int, unset: Iterable[Param] = ()) -> str:
    """`name=value,` on lines of their own, and as comments the parameters that are not given."""
    pad = " " * indent
    lines = [f"{pad}{key}={literal(value, indent, indent + len(key) + 1, 1)},\n" for key, value in values.items()]
    return "".join([*lines, *(f"{pad}# {hint}\n" for hint in hints(unset, "{name}={value},", literal, "  #"))])


def items(values: Mapping[str, Any], indent: int, unset: Iterable[Param] = ()) -> str:
    """`"key": value,` on lines of their own, and as comments the parameters that are not given."""
    pad = " " * indent
    keys = [f"{string(key)}: " for key in values]
    lines = [
        f"{pad}{key}{literal(item, indent, indent + len(key.encode()), 1)},\n"
        for key, item in zip(keys, values.values(), strict=True)
    ]
    return "".join([*lines, *(f"{pad}# {hint}\n" for hint in hints(unset, '"{name}": {value},', literal, "  #"))])


def nested(name: str, values: Mapping[str, Any], indent: int, unset: Iterable[Param] = ()) -> str:
    """The keyword `name={...},` with the values' items; all of it a comment where there are only parameters not given."""
    if not unset:
        return keywords({name: values}, indent) if values else ""
    pad = " " * indent
    if values:
        return f"{pad}{name}={{\n{items(values, indent + _STEP, unset)}{pad}}},\n"
    _, *told = hints(unset, '"{name}": {value},', literal, "  #")
    lines = [f"{name}={{", *(f"    {line}" for line in told), "},"]
    return "".join(f"{pad}# {line}\n" for line in lines)


def definitions(data: Iterable[Data]) -> list[str]:
    """Blocks that define the constants of the long data URLs, and what those that are read from files need."""
    lines = [
        f"{item.name} = data_url({string(item.file)}, {string(item.media_type)})"
        if item.file
        else f"{item.name} = {string(item.url)}"
        for item in data
    ]
    reader = [_READER] if files_of(data) else []
    return [*reader, "\n".join(lines)] if lines else []


def needed(data: Iterable[Data]) -> list[str]:
    """The imports that `definitions` needs."""
    return ["import base64", "from pathlib import Path"] if files_of(data) else []


_READER = '''def data_url(path: str, media_type: str) -> str:
    data = base64.b64encode(Path(path).read_bytes()).decode()
    return f"data:{media_type};base64,{data}"'''


def module(blocks: Iterable[str]) -> str:
    """The blocks as a program; a function or class has two blank lines about it."""
    text = ""
    before = ""
    for block in blocks:
        two = any(part.startswith(("class ", "def ", "async def ")) for part in (before, block))
        text += ("\n\n\n" if two else "\n\n") * bool(before) + block
        before = block
    return text + "\n"


def environment(name: str, instead: str = "") -> Code:
    """A variable's value, or `instead` in place of an empty one; KeyError where it isn't set."""
    value, broken = f"os.environ[{string(name)}]", ("os.environ[", f"    {string(name)}", "]")
    if not instead:
        return Code(value, (broken,))
    rest = f"or {string(instead)}"
    return Code(f"{value} {rest}", ((value, rest), (*broken, rest)))


def imports(standard: Iterable[str], others: Iterable[str]) -> str:
    """Import lines as isort orders them: `import` before `from`, the standard library before all else."""
    groups = [
        sorted(set(lines), key=lambda line: (line.startswith("from"), line.lower())) for lines in (standard, others)
    ]
    return "\n\n".join("\n".join(group) for group in groups if group)


def _expanded(opening: str, items: list[str], closing: str, indent: int) -> str:
    pad = " " * (indent + _STEP)
    return f"{opening}\n{''.join(f'{pad}{item},{chr(10)}' for item in items)}{' ' * indent}{closing}"


def _flat(value: Any, room: int) -> str | None:
    """The value on one line, or None where it takes more than `room` columns.

    Columns are counted as bytes of UTF-8, never less than any formatter counts: ruff would join what was
    broken needlessly only where the last comma is missing, and it never is.
    """
    if isinstance(value, dict):
        parts: list[tuple[str, Any]] = [(f"{string(key)}: ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, (list, tuple)):
        parts, opening, closing = [("", item) for item in value], "[", "]"
    elif isinstance(value, str) and (len(value) > room or multiline(value)):
        return None
    else:
        text = _scalar(value)
        return text if len(text.encode()) <= room else None
    texts: list[str] = []
    room -= 2
    for key, item in parts:
        room -= len(key.encode())
        flat = _flat(item, room)
        if flat is None:
            return None
        texts.append(key + flat)
        room -= len(flat.encode()) + 2
    return f"{opening}{', '.join(texts)}{closing}" if room >= -2 else None


def _scalar(value: Any) -> str:
    """A text, a number, a constant, a name or an empty container."""
    if isinstance(value, Data):
        return value.name
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return block(value) if multiline(value) else string(value)
    return repr(value).replace("e+", "e") if isinstance(value, float) else repr(value)


def string(text: str) -> str:
    """A string literal on one line."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = quote_for(text)
    return f"{quote}{escaped(text, _escape, chr(92) + quote)}{quote}"


def block(text: str) -> str:
    """A triple-quoted literal, whose lines begin at the left margin."""
    body = escaped(text, _escape, "\\", raw="\n")
    if '"' in body:
        body = _CLOSING.sub(chr(92) + chr(92) + chr(34), body)
    return f'"""\\\n{body}"""'


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char in "\"'":
        return f"\\{char}"
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
