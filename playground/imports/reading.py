"""Which reader a text is for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ..errors import BadRequest
from . import curl, javascript_program, python_program, typography
from .answers import events, is_events
from .apis import NoRequest
from .documents import documents, is_documents
from .found import Found, without_secrets
from .grammar import Deadline, Unparsed
from .markdown import Block, blocks

LARGEST = 8_000_000
"""Characters of the longest text that is read."""

_FENCE = re.compile(r"\s*```[^\n`]*\n(.*)\n[ \t]*```\s*", re.DOTALL)
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
_Reader = Callable[[], tuple[Found, ...]]


def read(text: str) -> tuple[Found, ...]:
    """All that a text holds, in its order. Raises BadRequest, and nothing else, that says what cannot be read."""
    if len(text) > LARGEST:
        raise BadRequest(
            f"the text is longer than {LARGEST // 1_000_000} MB", advice="Import a part of it, or a smaller file."
        )
    try:
        return tuple(map(without_secrets, _mended(text.removeprefix("\ufeff").rstrip(), Deadline())))
    except RecursionError as error:
        raise BadRequest("the text is nested too deep", advice="Import a simpler request.") from error


def _mended(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """What the text holds, with straight quotes where it can't be read with curly ones."""
    try:
        return _read(text, deadline)
    except BadRequest as error:
        for plain in typography.plainer(text):
            try:
                return tuple(replace(one, notes=(*one.notes, typography.NOTE)) for one in _read(plain, deadline))
            except BadRequest:
                continue
        if not typography.quotes_by_curly(text):
            raise
        advice = f"It has curly quotes (“ ” ‘ ’): write straight ones around its texts. {error.advice}"
        raise BadRequest(error.message, advice=advice, param=error.param) from error


def _read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    if not text.strip():
        raise BadRequest("the text is empty", advice=_KNOWN)
    return _document(text) or _code(text.replace("\r\n", "\n"), deadline)


def _document(text: str) -> tuple[Found, ...]:
    """What a text that is no code holds; none for code."""
    if is_documents(text):
        return documents(text)
    return (events(text),) if is_events(text) else ()


def _code(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """Code is read as the language that its first line looks like; where it is not that, as another.

    Of Markdown that holds code the blocks are read.
    """
    if _SURROGATE.search(text):
        raise BadRequest("the text holds half a character (a lone surrogate)", advice="Copy it again.")
    fenced = blocks(text)
    if fenced:
        every = _markdown(text, fenced, deadline)
    else:
        curl.refuse_windows(text)
        every = _first([reader for _, reader in _readers(text, deadline)])
    if every:
        return every
    raise NoRequest("no chat-completion request was found in the text", advice=_KNOWN)


def _first(readers: list[_Reader]) -> tuple[Found, ...]:
    """What the first reader finds that finds anything. Raises Unparsed where the text breaks the grammar of each."""
    unparsed: list[Unparsed] = []
    for read_as in readers:
        try:
            every = read_as()
        except Unparsed as error:
            unparsed.append(error)
        else:
            if every:
                return every
    if unparsed and len(unparsed) == len(readers):
        raise unparsed[0]
    return ()


def _readers(text: str, deadline: Deadline) -> list[tuple[str, _Reader]]:
    """Readers of the languages that the text may be in, the likeliest first."""
    start = text.lstrip()
    if start.startswith(">>> "):
        text = "\n".join(found[1] or "" for found in _DOCTEST.finditer(text))
    expression = f"({text})" if start.startswith("{") else text
    readers: dict[str, _Reader] = {}
    if _CURL.search(text):
        readers["shell"] = lambda: curl.read(text, deadline)
    if _REQUEST.search(text):
        readers["python"] = lambda: python_program.read(text, deadline)
        readers["javascript"] = lambda: javascript_program.read(expression, deadline)
    names = dict.fromkeys([*_likely(text), *readers])
    return [(name, readers[name]) for name in names if name in readers]


def _likely(text: str) -> list[str]:
    """The languages that the first line which is no comment looks like."""
    first = text[_comments_end(text) :].partition("\n")[0][:500]
    return [name for name, pattern in _FIRST_LINES if pattern.match(first)]


def _comments_end(text: str) -> int:
    end = 0
    while (found := _COMMENT.match(text, end)) and found.end() > end:
        end = found.end()
    return end


# --- Markdown ------------------------------------------------------------------------------------


def _markdown(text: str, fenced: tuple[Block, ...], deadline: Deadline) -> tuple[Found, ...]:
    """A program may have fences in its texts, so what looks like one is read as that first. A shell reads any prose."""
    readers, likely = _readers(text, deadline), _likely(text)
    before = [reader for name, reader in readers if name in likely and name != "shell"]
    whole = _FENCE.fullmatch(text)
    inside = _readers(whole[1], deadline) if whole and len(fenced) > 1 else []
    after = [reader for _, reader in (*inside, *readers) if reader not in before]
    every = _first_or_none(before)
    if every:
        return every
    try:
        return _of_blocks(fenced, deadline) or _first_or_none(after)
    except Unparsed:
        every = _first_or_none(after)
        if not every:
            raise
        return every


def _first_or_none(readers: list[_Reader]) -> tuple[Found, ...]:
    try:
        return _first(readers)
    except Unparsed:
        return ()


def _of_blocks(fenced: tuple[Block, ...], deadline: Deadline) -> tuple[Found, ...]:
    """What all blocks hold, with notes on those that seem to hold a request and can't be read."""
    found: list[tuple[Block, Found]] = []
    refused: list[BadRequest] = []
    notes: list[str] = []
    for block in fenced:
        deadline.check()
        try:
            found += [(block, one) for one in _of_block(block.text, deadline)]
        except NoRequest:
            continue
        except Unparsed as error:
            refused.append(error)
            notes.append(f"Left out: the code from line {block.start} on cannot be read here.")
        except BadRequest as error:
            refused.append(error)
            notes.append(f"Left out: {error.message}.")
    if refused and not found:
        raise next((error for error in refused if not isinstance(error, Unparsed)), refused[0])
    return tuple(
        replace(
            one,
            title=f"{one.title} (line {block.start})" if len(found) > 1 else one.title,
            notes=(*one.notes, *notes),
        )
        for block, one in found
    )


def _of_block(text: str, deadline: Deadline) -> tuple[Found, ...]:
    every = _document(text)
    if every:
        return every
    curl.refuse_windows(text)
    return _first([reader for _, reader in _readers(text, deadline)])
