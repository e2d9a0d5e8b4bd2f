"""Which reader a text is for."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import BadRequest
from . import curl, javascript_program, python_program
from .answers import events, is_events
from .documents import documents
from .found import Found, without_secrets
from .grammar import Deadline, Unparsed

LARGEST = 8_000_000
"""Characters of the longest text that is read."""

_FENCE = re.compile(r"```[^\n`]*\n(.*)\n[ \t]*```", re.DOTALL)
_JSON = re.compile(r'(?:[\[{]\s*+)++(?:["\]}\d-]|true\b|false\b|null\b|\Z)')
_DOCTEST = re.compile(r"^(?:>>>|\.\.\.)(?: (.*))?$", re.MULTILINE)
_CURL = re.compile(r"(?:^|[\s;|&({$`!])curl[ \t\\]")
_REQUEST = re.compile(
    r"messages|completions?\b|\.post\(|\bfetch\(|\brequest\(|\bRequest\(|\bpipeline\(|\bresponses\b|\brole\b"
)
_COMMENT = re.compile(r"\s*(?:(?:#(?!!)|//)[^\n]*|/\*.*?\*/)?\s*", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_FIRST_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("shell", re.compile(r"#!.*sh\b|(?:curl|cat|echo|printf|export|set|read|sudo|time)\b(?!\s*[=(.])|\{\s*$|[A-Za-z_]\w*=\S|[$%] |!curl")),
    ("javascript", re.compile(r"""//|/\*|import\b.*["']|import\s*\{|export\b|const\b|let\b|var\b|(?:async\s+)?function\b|await\b|fetch\(|new\b|\(|["']use |.*[;{]\s*$""")),
    ("python", re.compile(r"#!|import\b|from\b|def\b|async\b|class\b|with\b|@|\w[\w.]*\s*=|\w[\w.]*\(|try:|if\b|for\b")),
)  # fmt: skip
_KNOWN = (
    "Paste a curl command, the JSON of a request, a response or messages, lines of a JSONL file, "
    "or Python or JavaScript code that makes a request."
)


def read(text: str) -> tuple[Found, ...]:
    """All that a text holds, in its order. Raises BadRequest, and nothing else, that says what cannot be read."""
    if len(text) > LARGEST:
        raise BadRequest(
            f"the text is longer than {LARGEST // 1_000_000} MB", advice="Import a part of it, or a smaller file."
        )
    try:
        text = text.removeprefix("\ufeff").strip()
        fenced = _FENCE.fullmatch(text)
        return tuple(map(without_secrets, _read(fenced[1].strip() if fenced else text)))
    except RecursionError as error:
        raise BadRequest("the text is nested too deep", advice="Import a simpler request.") from error


def _read(text: str) -> tuple[Found, ...]:
    if not text:
        raise BadRequest("the text is empty", advice=_KNOWN)
    if _JSON.match(text):
        return documents(text)
    if is_events(text):
        return (events(text),)
    return _code(text)


def _code(text: str) -> tuple[Found, ...]:
    """Code is read as the language that its first line looks like; where it is not that, as another."""
    text = text.replace("\r\n", "\n")
    curl.refuse_windows(text)
    if _SURROGATE.search(text):
        raise BadRequest("the text holds half a character (a lone surrogate)", advice="Copy it again.")
    if text.startswith(">>> "):
        text = "\n".join(found[1] or "" for found in _DOCTEST.finditer(text))
    unparsed: list[Unparsed] = []
    readers = _readers(text)
    for read_as in readers:
        try:
            every = read_as()
        except Unparsed as error:
            unparsed.append(error)
        else:
            if every:
                return every
    if readers and len(unparsed) == len(readers):
        raise unparsed[0]
    raise BadRequest("no chat-completion request was found in the text", advice=_KNOWN)


def _readers(text: str) -> list[Callable[[], tuple[Found, ...]]]:
    """Readers of the languages that the text may be in, the likeliest first."""
    deadline = Deadline()
    expression = f"({text})" if text.startswith("{") else text
    readers: dict[str, Callable[[], tuple[Found, ...]]] = {}
    if _CURL.search(text):
        readers["shell"] = lambda: curl.read(text, deadline)
    if _REQUEST.search(text):
        readers["python"] = lambda: python_program.read(text, deadline)
        readers["javascript"] = lambda: javascript_program.read(expression, deadline)
    first = text[_comments_end(text) :].partition("\n")[0][:500]
    likely = [name for name, pattern in _FIRST_LINES if pattern.match(first)]
    return [readers[name] for name in dict.fromkeys([*likely, *readers]) if name in readers]


def _comments_end(text: str) -> int:
    end = 0
    while (found := _COMMENT.match(text, end)) and found.end() > end:
        end = found.end()
    return end
