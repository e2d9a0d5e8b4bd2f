"""What a docstring says of a function and its parameters: Google's, NumPy's and reST's sections."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Documented:
    """`types` are as written, for parameters that have no annotation."""

    summary: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)


_GOOGLE_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters|Returns?|Yields?|Raises|"
    r"Examples?|Notes?|Warnings?|Attributes|References|See Also|Todo):\s*$"
)
_OF_PARAMETERS = frozenset(
    {"Args", "Arguments", "Parameters", "Params", "Keyword Args", "Keyword Arguments", "Other Parameters", "Attributes"}
)
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w++)\s*+(?:\(([^)]*+)\)\s*+)?+:\s*+(.*)")
_NUMPY_ITEM = re.compile(r"(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::\s*(.*))?$")
_REST_ITEM = re.compile(r":(param|parameter|arg|argument|key|keyword)\s+(?:([^:]*?)\s+)?\*{0,2}(\w+)\s*:\s*(.*)")
_REST_TYPE = re.compile(r":type\s+(\w+)\s*:\s*(.*)")
_REST_ANY = re.compile(r":\w[^:]*+:")


def read_docstring(text: str) -> Documented:
    """The summary is what stands above the first section, each paragraph on one line."""
    lines = inspect.cleandoc(text).splitlines()
    start = next((at for at in range(len(lines)) if _begins_section(lines, at)), len(lines))
    parameters: dict[str, str] = {}
    types: dict[str, str] = {}
    for names, kind, said in _items(lines[start:]):
        for name in names:
            parameters[name] = said
            if kind:
                types[name] = kind
    for line in lines[start:]:
        if typed := _REST_TYPE.match(line):
            types[typed[1]] = typed[2].strip()
    return Documented(_paragraphs(lines[:start]), {name: said for name, said in parameters.items() if said}, types)


def _begins_section(lines: Sequence[str], at: int) -> bool:
    return bool(_GOOGLE_SECTION.match(lines[at]) or _REST_ANY.match(lines[at]) or _is_numpy_heading(lines, at))


def _is_numpy_heading(lines: Sequence[str], at: int) -> bool:
    return bool(lines[at].strip()) and at + 1 < len(lines) and re.fullmatch(r"-{3,}\s*", lines[at + 1]) is not None


def _items(lines: Sequence[str]) -> list[tuple[list[str], str, str]]:
    """(names, type as written or "", description) of every parameter in the sections."""
    found: list[tuple[list[str], str, str]] = []
    at = 0
    while at < len(lines):
        if google := _GOOGLE_SECTION.match(lines[at]):
            end = _end(lines, at + 1)
            found += _google(lines[at + 1 : end]) if google[1] in _OF_PARAMETERS else []
        elif _is_numpy_heading(lines, at):
            end = _end(lines, at + 2)
            found += _numpy(lines[at + 2 : end]) if lines[at].strip() in _OF_PARAMETERS else []
        else:
            end = at + 1
            if rest := _REST_ITEM.match(lines[at]):
                while end < len(lines) and lines[end][:1].isspace():
                    end += 1
                found.append(([rest[3]], rest[2] or "", _joined([rest[4], *lines[at + 1 : end]])))
        at = end
    return found


def _end(lines: Sequence[str], start: int) -> int:
    return next((at for at in range(start, len(lines)) if _begins_section(lines, at)), len(lines))


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """The lines in groups: each begins at the section's own indentation, its more indented lines with it."""
    written = [line for line in lines if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in written), default=0)
    groups: list[list[str]] = []
    for line in (line[least:] for line in written):
        if line[:1].isspace() and groups:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _google(lines: Sequence[str]) -> list[tuple[list[str], str, str]]:
    groups = ((_GOOGLE_ITEM.match(group[0]), group) for group in _blocks(lines))
    return [([item[1]], _kind(item[2]), _joined([item[3], *group[1:]])) for item, group in groups if item]


def _numpy(lines: Sequence[str]) -> list[tuple[list[str], str, str]]:
    groups = ((_NUMPY_ITEM.match(group[0]), group) for group in _blocks(lines))
    return [(re.findall(r"\w+", item[1]), _kind(item[2]), _joined(group[1:])) for item, group in groups if item]


def _kind(written: str | None) -> str:
    return re.split(r",\s*(?:optional|default)", written or "")[0].strip()


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def _paragraphs(lines: Sequence[str]) -> str:
    parts = re.split(r"\n{2,}", "\n".join(line.strip() for line in lines))
    return "\n\n".join(_joined([part]) for part in parts if part.strip())
