"""JSON values as JavaScript literals, laid out as prettier lays them out (80 columns)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..params import Param
from .comments import hints
from .media import Data, files_of
from .text import escaped, multiline, quote_for, widths

COLUMNS = 80
_STEP = 2
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SHORT_KEY = 4  # prettier moves what doesn't fit below its key, unless the key is at most this wide
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NUMERIC = re.compile(r"\d+(\.\d+)?")


def literal(value: Any, indent: int = 0, lead: int = 0, tail: int = 0, *, ascii: bool = False) -> str:
    """The value as an expression: the line it starts on is indented by `indent`.

    `lead` and `tail` count the columns on its line before it (indentation included) and after it.
    """
    if isinstance(value, dict) and value:
        flat = _flat(value, ascii)
        if flat is not None and widths(flat)[1] + lead + tail <= COLUMNS:
            return flat
        return _expanded(
            "{", [property(key, item, indent + _STEP, ascii=ascii) for key, item in value.items()], "}", indent
        )
    if isinstance(value, (list, tuple)) and value:
        return _array(value, indent, COLUMNS - lead - tail, ascii)
    return _scalar(value, ascii)


def entries(values: Mapping[str, Any], indent: int, unset: Iterable[Param] = ()) -> str:
    """`key: value,` on lines of their own, and as comments the parameters that are not given."""
    pad = " " * indent
    lines = [f"{pad}{property(key, value, indent)},\n" for key, value in values.items()]
    return "".join([*lines, *(f"{pad}// {hint}\n" for hint in hints(unset, "{name}: {value},", literal, " //"))])


def imports(data: Iterable[Data], *lines: str) -> str:
    """Import lines, with what reading the data from files needs."""
    reading = ['import { readFileSync } from "node:fs";'] if files_of(data) else []
    return "\n".join([*reading, *lines])


def constants(data: Iterable[Data]) -> list[str]:
    """A block that defines the constants of the long data URLs, if there are any."""
    lines = [
        _from_file(item.name, item.media_type, item.file) if item.file else constant(item.name, item.url)
        for item in data
    ]
    return ["\n".join(lines)] if lines else []


def constant(name: str, text: str) -> str:
    """A line that gives an ASCII text a name, or two where it doesn't fit into one."""
    line = f"const {name} = {string(text)};"
    return line if len(line) <= COLUMNS else f"const {name} =\n  {string(text)};"


def _from_file(name: str, media_type: str, file: str) -> str:
    return f'const {name} = `data:{media_type};base64,${{readFileSync({string(file)}, "base64")}}`;'


def property(key: str, value: Any, indent: int, *, ascii: bool = False) -> str:
    """`key: value` of an object whose entries are indented by `indent`, without the comma."""
    name = _key(key)
    width = widths(name)[1]
    lead, below = indent + width + 2, indent + _STEP
    if isinstance(value, (dict, list, tuple)) and value:
        if lead < COLUMNS:
            return f"{name}: {literal(value, indent, lead, 1, ascii=ascii)}"
        return f"{name}:\n{' ' * below}{literal(value, below, below, 1, ascii=ascii)}"
    text = _scalar(value, ascii)
    if width <= _SHORT_KEY or _stays_beside_key(value):
        return f"{name}: {text}"
    fits = _fits(text, COLUMNS - lead - 1)
    if fits is None:
        text = _scalar(value, True)
        fits = _fits(text, COLUMNS - lead - 1)
    return f"{name}: {text}" if fits else f"{name}:\n{' ' * below}{text}"


def _stays_beside_key(value: Any) -> bool:
    """Whether prettier leaves a value beside its key even where the line gets too long."""
    if isinstance(value, str):
        return multiline(value)
    return isinstance(value, bool) or (_is_number(value) and not number(value).startswith("-"))


def _array(items: Any, indent: int, room: int, ascii: bool) -> str:
    flat = _flat(items, ascii)
    fits = None if flat is None else _fits(flat, room)
    if flat is not None and fits is None:
        ascii, flat = True, _flat(items, True)
        fits = flat is not None and _fits(flat, room)
    if flat is not None and fits:
        return flat
    inner = indent + _STEP
    if len(items) > 1 and all(_is_number(item) for item in items):
        return f"[\n{_filled([number(item) for item in items], inner)}\n{' ' * indent}]"
    return _expanded("[", [literal(item, inner, inner, 1, ascii=ascii) for item in items], "]", indent)


def _expanded(opening: str, items: list[str], closing: str, indent: int) -> str:
    pad = " " * (indent + _STEP)
    return f"{opening}\n{''.join(f'{pad}{item},{chr(10)}' for item in items)}{' ' * indent}{closing}"


def _filled(numbers: list[str], indent: int) -> str:
    """Numbers and their commas, set like the words of a paragraph."""
    lines = [" " * indent + numbers[0]]
    for text in numbers[1:]:
        if len(lines[-1]) + len(f", {text},") <= COLUMNS:
            lines[-1] += f", {text}"
        else:
            lines[-1] += ","
            lines.append(" " * indent + text)
    return "\n".join(lines) + ","


def _fits(text: str, room: int) -> bool | None:
    """Whether a text fits into `room` columns; None where prettier's count can't be foretold."""
    if len(text) > 4 * COLUMNS:
        return False
    low, high = widths(text)
    return True if high <= room else False if low > room else None


def _flat(value: Any, ascii: bool, room: int = 4 * COLUMNS) -> str | None:
    """The value on one line, or None where prettier breaks it anyway, or it is far too long."""
    if isinstance(value, dict):
        parts: list[tuple[str, Any]] = [(f"{_key(key)}: ", item) for key, item in value.items()]
        opening, closing = ("{ ", " }") if parts else ("{", "}")
    elif isinstance(value, (list, tuple)):
        if _always_broken(value):
            return None
        parts, opening, closing = [("", item) for item in value], "[", "]"
    elif isinstance(value, str) and (len(value) > room or multiline(value)):
        return None
    else:
        return _scalar(value, ascii)
    texts: list[str] = []
    for key, item in parts:
        flat = _flat(item, ascii, room - len(key))
        if flat is None:
            return None
        texts.append(key + flat)
        room -= len(texts[-1])
        if room < 0:
            return None
    return f"{opening}{', '.join(texts)}{closing}"


def _always_broken(items: Any) -> bool:
    """Prettier gives every item its own line in an array of objects, or of arrays, of more than one entry."""
    kinds = {dict if isinstance(item, dict) else list if isinstance(item, (list, tuple)) else None for item in items}
    return len(items) > 1 and len(kinds) == 1 and None not in kinds and all(len(item) > 1 for item in items)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _scalar(value: Any, ascii: bool) -> str:
    if isinstance(value, Data):
        return value.name
    if isinstance(value, str):
        return template(value) if multiline(value) else string(value, ascii=ascii)
    if _is_number(value):
        return number(value)
    if value is None:
        return "null"
    return (
        {True: "true", False: "false"}[value] if isinstance(value, bool) else "{}" if isinstance(value, dict) else "[]"
    )


def number(value: int | float) -> str:
    """A number as JavaScript writes it (ECMA-262, Number::toString), without the + of an exponent."""
    if isinstance(value, int):
        return str(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    minus, text = "-" * sign, "".join(map(str, digits))
    point = len(text) + exponent
    if len(text) <= point <= 21:
        return minus + text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{minus}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
    return f"{minus}{mantissa}e{point - 1}"


def rounded(value: int) -> Decimal | None:
    """What a JavaScript program sends for an integer, or None where that is infinite."""
    try:
        return Decimal(repr(float(value)))
    except OverflowError:
        return None


def string(text: str, *, ascii: bool = False) -> str:
    """A string literal on one line."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = quote_for(text)
    return f"{quote}{escaped(text, _escape, chr(92) + quote, ascii=ascii)}{quote}"


def template(text: str) -> str:
    """A template literal over several lines, without a substitution."""
    return f"`{escaped(text, _escape, chr(92) + '`', raw=chr(10)).replace('${', chr(92) + '${')}`"


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char in "\"'`":
        return f"\\{char}"
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"


def _key(key: str) -> str:
    """A property's name, bare where prettier would leave it bare."""
    if key == "__proto__":
        return '["__proto__"]'  # any other spelling sets the prototype instead
    if _NAME.fullmatch(key) or (_NUMERIC.fullmatch(key) and key.isascii() and _is_own_number(key)):
        return key
    if key.isascii():
        return string(key)
    low, high = widths(key)
    names = {_is_es5_name(key, unicodedata), _is_es5_name(key, unicodedata.ucd_3_2_0)}
    if names == {True} and low == high:
        return key
    # Where prettier's judgement or its count of columns can't be foretold: it leaves a key with escapes alone.
    return string(key, ascii=low != high or names != {False})


def _is_own_number(key: str) -> bool:
    return number(float(key)) == key if len(key) < 300 else False


def _is_es5_name(key: str, data: Any) -> bool:
    """Whether ECMAScript 5 takes the key as a name, by the Unicode version of `data`."""
    letters = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
    kinds = [data.category(char) for char in key]
    first, rest = kinds[0] in letters or key[0] in "$_", kinds[1:]
    others = all(
        kind in (*letters, "Mn", "Mc", "Nd", "Pc") or char in "$_" for char, kind in zip(key[1:], rest, strict=True)
    )
    return first and others and max(key) <= "\uffff"
