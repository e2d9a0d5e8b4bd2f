"""A successful answer's bytes -> the JSON bodies in it, whether they are streamed or come as one.

Knows server-sent events (by httpx-sse), not the transport: bytes come in, wherever from. Borne: CRLF, comments,
keep-alives, `data:` without a space, missing blank lines and a missing last one, a wrong content type, one
completion instead of a stream, llama.cpp's errors in a field of their own. Refused: invalid UTF-8, events that are
not JSON, pages, what is too big.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any, ClassVar, cast

from httpx_sse import EventSource, ServerSentEvent

from ...errors import BadAnswer, PlaygroundError
from ...jsonvalue import dumps
from .upstream import BODY_SHOWN, inside, not_an_answer, parse, parse_or_none

EVENT_CAP = 16 * 1024 * 1024
BODY_CAP = 64 * 1024 * 1024
LINGER_SECONDS = 0.1

Bytes = AsyncIterator[bytes]
Redact = Callable[[str], str]


class CutOff(BadAnswer):
    """The answer broke off before its end."""

    advice = "What had come is kept. Run again; if it happens again, the endpoint or a proxy ends answers early."


async def bodies(chunks: Bytes, content_type: str, *, url: str, safe: Redact) -> AsyncGenerator[Any, None]:
    """The JSON of each event, or the one completion of a server that does not stream.

    `safe` redacts what goes into an error. Raises BadAnswer, the error that stands in place of an answer, and
    CutOff at the end of a stream without `[DONE]` (which a finish_reason makes good).
    """
    start = b""
    async for chunk in chunks:
        start += chunk
        if start.strip():
            break
    if not _is_stream(start.lstrip(), content_type):
        yield _completion(utf8(await whole(chunks, BODY_CAP, start)), url, safe)
        return
    async with aclosing(_events(start, chunks)) as events:
        async for event in events:
            if event.data.strip() == "[DONE]":
                await _linger(events)
                return
            for body in _event(event, safe):
                yield body
    raise CutOff("the answer was cut off: the endpoint ended the stream in the middle")


async def whole(chunks: Bytes, cap: int, start: bytes = b"") -> bytes:
    """All bytes. Raises BadAnswer when they pass `cap`."""
    parts, size = [start], len(start)
    async for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > cap:
            raise BadAnswer(f"the endpoint's answer is longer than {cap >> 20} MB")
    return b"".join(parts)


def utf8(raw: bytes) -> str:
    """The text, without a byte-order mark. Raises BadAnswer if it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


def _not_utf8() -> BadAnswer:
    return BadAnswer("the endpoint sent bytes that are not UTF-8", advice="The endpoint is at fault; run again.")


def _is_stream(start: bytes, content_type: str) -> bool:
    """What the first bytes are counts more than the content type, which servers get wrong both ways."""
    if not start or start.startswith((b"{", b"[", b"<")):
        return False
    return "event-stream" in content_type or start.startswith(_FIELDS)


_FIELDS = (b"data:", b":", b"event:", b"id:", b"retry:", b"error:")


def _completion(text: str, url: str, safe: Redact) -> Any:
    body = parse_or_none(text)
    if isinstance(body, dict) and (_is_error(body) or body.get("choices")):
        return _checked(body, safe)
    raise not_an_answer(safe(text), url=url)


# --- events --------------------------------------------------------------------------------------


class _Text:
    """What EventSource reads of a response: its content type and its text, decoded as UTF-8 and capped.

    Bytes that are not UTF-8 become lone surrogates (PEP 383), so that the events before them still come.
    """

    headers: ClassVar[dict[str, str]] = {"content-type": "text/event-stream"}

    def __init__(self, start: bytes, chunks: Bytes) -> None:
        self._start = start
        self._chunks = chunks
        self._tail = ""
        self._size = 0
        self._errors = _ErrorFields()

    async def aiter_text(self) -> AsyncIterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        yield self._read(decoder.decode(self._start.removeprefix(codecs.BOM_UTF8)))
        async for chunk in self._chunks:
            yield self._read(decoder.decode(chunk))
        # Some servers leave out the blank line that ends the last event.
        yield "\n\n"

    def _read(self, text: str) -> str:
        return self._errors.renamed(self._counted(text))

    def _counted(self, text: str) -> str:
        """The text. Raises BadAnswer when the event it belongs to passes EVENT_CAP."""
        recent = (self._tail + text).replace("\r\n", "\n").replace("\r", "\n")
        end = recent.rfind("\n\n")
        self._size = self._size + len(text) if end < 0 else len(recent) - end
        self._tail = recent[-1:]
        if self._size > EVENT_CAP:
            raise BadAnswer(f"the endpoint sent an event longer than {EVENT_CAP >> 20} MB")
        return text


class _ErrorFields:
    """llama.cpp writes `error: {...}` into a stream, a field that no event has: it becomes an event called error."""

    def __init__(self) -> None:
        self._last = "\n"
        self._held = ""

    def renamed(self, text: str) -> str:
        """The text; of a line that may yet become such a field, the beginning comes with the next text."""
        text = self._last + self._held + text
        line = max(text.rfind("\n"), text.rfind("\r")) + 1
        begun = text[line:] if line else ""
        self._held = begun if _ERROR.startswith(begun) and begun != _ERROR else ""
        text = text.removesuffix(self._held)
        renamed = _ERROR_LINE.sub("\nevent: error\ndata:", text) if _ERROR in text else text
        before, self._last = len(self._last), text[-1:]
        return renamed[before:]


_ERROR = "error:"
_ERROR_LINE = re.compile(rf"(?<=[\r\n]){_ERROR}")


def _events(start: bytes, chunks: Bytes) -> AsyncGenerator[ServerSentEvent, None]:
    # EventSource asks of a response only what _Text has.
    return EventSource(cast(Any, _Text(start, chunks))).aiter_sse()


def _event(event: ServerSentEvent, safe: Redact) -> list[Any]:
    """The JSON of one event: none in a keep-alive, several where blank lines between events were forgotten."""
    data = event.data
    if not data.strip():
        return []
    if re.search(r"[\udc80-\udcff]", data):
        raise _not_utf8()
    try:
        found = [parse(data)]
    except ValueError as error:
        lines = [line for line in data.splitlines() if line.strip() not in ("", "[DONE]")]
        found = [parse_or_none(line) for line in lines]
        if len(data.splitlines()) < 2 or None in found:
            shown = safe(data)[:BODY_SHOWN]
            raise BadAnswer("the endpoint sent an event that is not JSON", body=shown) from error
    if event.event == "error":
        found = [body if _is_error(body) else {"error": body} for body in found]
    return [_checked(body, safe) for body in found]


async def _linger(events: AsyncGenerator[ServerSentEvent, None]) -> None:
    """Read to the end of an answer that is over, so that its connection can be used again; not for long."""
    with suppress(TimeoutError, PlaygroundError):
        async with asyncio.timeout(LINGER_SECONDS):
            async for _ in events:
                pass


def _checked(body: Any, safe: Redact) -> Any:
    """The body, unless it is an error in the place of an answer; that is raised."""
    if not _is_error(body):
        return body
    told = safe(dumps(body))
    raise inside(parse(told), told)


def _is_error(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.get("error") or body.get("object") == "error")
