"""What a tap hears of the wire: whole lines of text, so that no secret hides in two pieces, each redacted."""

from __future__ import annotations

import codecs
import io

import httpx

from ...redact import redact, redact_header
from ..base import Headers, Tap

LONGEST = 4 * 1024 * 1024
"""Of a line longer than this many characters only the beginning is told."""


class Wiretap:
    """Tells a tap of a request's attempts, one after the other, without the secrets."""

    def __init__(self, tap: Tap, secrets: tuple[str | None, ...]) -> None:
        self._tap = tap
        self._secrets = secrets
        self._begin()

    def sent(self, asked: httpx.Request, body: str) -> None:
        self._begin()
        self._tap.sent(asked.method, redact(str(asked.url), self._secrets), self._shown(asked.headers), body)

    def answered(self, answer: httpx.Response) -> None:
        self._tap.answered(answer.status_code, self._shown(answer.headers))

    def received(self, raw: bytes) -> None:
        text = self._decoder.decode(raw)
        if self._size:
            head, newline, text = text.partition("\n")
            self._hold(head)
            if newline:
                self._tap.received(self._held(breaks_off=self._size > LONGEST) + newline)
        lines, newline, begun = text.rpartition("\n")
        if newline:
            self._tap.received(redact(lines, self._secrets) + newline)
        self._hold(begun)

    def ended(self) -> None:
        """No more comes: a last line may have no end."""
        self._hold(self._decoder.decode(b"", final=True))
        if self._size:
            self._tap.received(self._held(breaks_off=True))

    def _begin(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._line: list[str] = []
        self._size = 0

    def _hold(self, text: str) -> None:
        if text:
            self._line.append(text[: max(0, LONGEST - self._size)])
            self._size += len(text)

    def _held(self, *, breaks_off: bool) -> str:
        """The line that was held. It is held no more."""
        line, self._line, self._size = "".join(self._line), [], 0
        return redact(line, self._secrets, breaks_off=breaks_off)

    def _shown(self, headers: httpx.Headers) -> Headers:
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
        return tuple((name, redact_header(name, value, self._secrets)) for name, value in pairs)
