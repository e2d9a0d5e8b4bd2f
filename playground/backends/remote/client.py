"""The backend itself: asking, trying again, and what goes wrong on the way.

* The key goes into the Authorization header and nowhere else; redirects are not followed, so it never
  reaches another host. Everything an endpoint says is redacted before it becomes part of an error or is told
  to a tap.
* Retries happen only before an answer has begun: connections that are refused or dropped, and 429, 502, 503
  and 504, twice at most, after what Retry-After says if that is a few seconds. An endpoint that refuses
  `stream_options` by name is asked once more without it; its usage is then unknown.
* Silence is no byte for `silence_timeout` seconds, before the first chunk or between two; a keep-alive
  comment is a sign of life. There is no limit on the whole: a long answer is not an error.
* Proxies are taken from the environment (HTTPS_PROXY, NO_PROXY ...), except for this machine itself: a
  proxy cannot reach somebody else's loopback.
* A finish_reason ends an answer, also where `[DONE]` is missing; an answer without both was cut off.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from urllib.parse import urljoin, urlsplit

import httpx

from ...errors import BadAnswer, BadRequest, Busy, PlaygroundError, Silent, Unauthorized, Unreachable
from ...events import Delta, Event, Progress, Stopwatch
from ...jsonvalue import dumps
from ...redact import is_secret_header, redact
from ...request import ChatRequest, Endpoint
from ...wire import AnswerReader, Delivery, payload
from ...wire.requests import STREAMED
from ..base import ModelInfo, Tap
from . import upstream
from .listing import read_models
from .replies import BODY_CAP, CutOff, bodies, utf8, whole
from .wiretap import Wiretap

ERROR_CAP = 64 * 1024
LISTING_SECONDS = 10.0


class RemoteBackend:
    """A Backend (see base.py) for one endpoint and one key.

    Timeouts are in seconds. `transport` replaces the network, for tests and for guards around it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        key: str | None = None,
        *,
        connect_timeout: float = 5.0,
        silence_timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._key = (key or "").strip() or None
        self._secrets = (self._key, *_secret_values(endpoint.headers))
        self._timeout = httpx.Timeout(silence_timeout, connect=connect_timeout, pool=connect_timeout)
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"RemoteBackend({self._endpoint.name!r}, {'with' if self._key else 'without'} a key)"

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        watch, reader = Stopwatch(), AnswerReader()
        wire = None if tap is None else Wiretap(tap, self._secrets)
        async with aclosing(self._open(request, wire)) as steps:
            async for step in steps:
                if isinstance(step, Progress):
                    yield step
                    continue
                async with aclosing(step), aclosing(self._deltas(step, reader, wire)) as deltas:
                    async for delta in deltas:
                        watch.first()
                        yield delta
        end = reader.end(watch.timings())
        if end.reason is None and end.timings.ttft is None:
            raise BadAnswer("the endpoint ended its answer before it began")
        yield end

    async def models(self) -> tuple[ModelInfo, ...]:
        url = self._url("/models")
        try:
            async with asyncio.timeout(LISTING_SECONDS), aclosing(await self._send("GET", url)) as answer:
                text = utf8(await whole(self._chunks(answer), BODY_CAP))
        except TimeoutError as error:
            raise Silent(f"{url} did not answer within {LISTING_SECONDS:g} s") from error
        body = upstream.parse_or_none(text)
        if body is None:
            raise upstream.not_an_answer(self._safe(text), url=url)
        return read_models(body)

    async def close(self) -> None:
        """Close the connections. A later request would open new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # --- asking ----------------------------------------------------------------------------------

    async def _open(
        self, request: ChatRequest, wire: Wiretap | None
    ) -> AsyncGenerator[Progress | httpx.Response, None]:
        """Progress while it has to try again, then the open answer, once."""
        url, delivery, tries = self._url("/chat/completions"), STREAMED, 0
        while True:
            try:
                answer = await self._send("POST", url, dumps(payload(request, delivery)), wire)
            except PlaygroundError as error:
                if delivery is STREAMED and upstream.refuses_usage(error):
                    delivery = Delivery(stream=True)
                    continue
                wait = upstream.pause(error, tries, broke=_broke(error.__cause__))
                if wait is None:
                    raise
                notice = Progress(message=f"{error.message}; trying again")
            else:
                yield answer
                return
            tries += 1
            yield notice
            await asyncio.sleep(wait)

    async def _send(
        self, method: str, url: str, body: str | None = None, wire: Wiretap | None = None
    ) -> httpx.Response:
        """The endpoint's open answer, a success; the caller closes it. Raises PlaygroundError for any other."""
        headers = self._headers()
        try:
            client = self._connected()
            asked = client.build_request(method, url, content=body, headers=headers)
            if wire is not None:
                wire.sent(asked, body or "")
            answer = await client.send(asked, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise self._translated(error, url) from error
        if wire is not None:
            wire.answered(answer)
        if answer.is_success:
            return answer
        async with aclosing(answer):
            raise await self._refusal(answer, url, wire)

    def _url(self, path: str) -> str:
        if self._endpoint.base_url is None:
            raise BadRequest(f"{self._endpoint.name} has no base URL", advice="Enter the endpoint's base URL.")
        return self._endpoint.base_url + path

    def _headers(self) -> dict[str, str]:
        # Compression would hold tokens back until a block is full.
        headers = {"Accept-Encoding": "identity", "User-Agent": "chat-completion-playground"}
        headers |= {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if self._key is not None:
            if not (self._key.isascii() and self._key.isprintable() and " " not in self._key):
                raise Unauthorized("the key holds characters that no key has", advice="Copy the key again, whole.")
            headers["Authorization"] = f"Bearer {self._key}"
        own = {name.lower(): name for name in headers}
        return headers | {own.get(name.lower(), name): value for name, value in self._endpoint.headers}

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            trusted = not _is_this_machine(urlsplit(self._endpoint.base_url or "").hostname or "")
            try:
                self._client = httpx.AsyncClient(timeout=self._timeout, transport=self._transport, trust_env=trusted)
            except (ImportError, ValueError, OSError) as error:
                raise Unreachable(
                    "the proxy or the certificates that the environment names cannot be used",
                    advice="Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.",
                ) from error
        return self._client

    # --- reading ---------------------------------------------------------------------------------

    async def _deltas(
        self, answer: httpx.Response, reader: AnswerReader, wire: Wiretap | None
    ) -> AsyncGenerator[Delta, None]:
        kind = answer.headers.get("content-type", "")
        try:
            async with (
                aclosing(self._chunks(answer, wire)) as chunks,
                aclosing(bodies(chunks, kind, url=str(answer.url), safe=self._safe)) as found,
            ):
                async for body in found:
                    for delta in self._read(reader, body):
                        yield delta
        except (Silent, CutOff):
            if not reader.finished:
                raise

    async def _chunks(self, answer: httpx.Response, wire: Wiretap | None = None) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in answer.aiter_bytes():
                if wire is not None:
                    wire.received(chunk)
                yield chunk
        except (httpx.RemoteProtocolError, httpx.NetworkError) as error:
            raise CutOff("the answer was cut off: the connection broke in the middle") from error
        except httpx.HTTPError as error:
            raise self._translated(error, str(answer.url)) from error
        finally:
            if wire is not None:
                wire.ended()

    def _read(self, reader: AnswerReader, body: object) -> list[Delta]:
        try:
            return reader.read(body)
        except (ValueError, TypeError, RecursionError) as error:
            shown = self._safe(dumps(body))[: upstream.BODY_SHOWN]
            raise BadAnswer("the endpoint sent a chunk of an unknown shape", body=shown) from error

    # --- failing ---------------------------------------------------------------------------------

    def _safe(self, text: str) -> str:
        return redact(text, self._secrets)

    async def _refusal(self, answer: httpx.Response, url: str, wire: Wiretap | None) -> PlaygroundError:
        if answer.is_redirect:
            target = urljoin(url, answer.headers.get("location", ""))
            return upstream.redirected(answer.status_code, self._safe(target), url=url)
        raw = b""
        async with aclosing(self._chunks(answer, wire)) as chunks:
            try:
                async for chunk in chunks:
                    raw += chunk
                    if len(raw) >= ERROR_CAP:
                        break
            except (Silent, CutOff):
                # What came of the error's body has to do.
                pass
        text = redact(raw[:ERROR_CAP].decode(errors="replace"), self._secrets, breaks_off=True)
        wait = upstream.retry_after(answer.headers.get("retry-after"))
        return upstream.refusal(answer.status_code, text, url=url, retry_after=wait)

    def _translated(self, error: Exception, url: str) -> PlaygroundError:
        host = urlsplit(url).netloc
        causes = tuple(_causes(error))
        if any(_is_tls(cause) for cause in causes):
            advice = "Check its certificate, and whether the address should begin with http:// or https://."
            return Unreachable(f"no secure connection to {host}", advice=advice)
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return Unreachable(f"there is no host {urlsplit(url).hostname}, or no network to find it")
        waited = {"connect": f"{self._timeout.connect:g} s", "silence": f"{self._timeout.read:g} s"}
        for kind, ours, message in _MEANING:
            if isinstance(error, kind):
                return ours(message.format(host=host, **waited))
        return Unreachable(f"{host} is not an address that can be asked")


_MEANING: tuple[tuple[type[httpx.HTTPError], type[PlaygroundError], str], ...] = (
    (httpx.ConnectTimeout, Unreachable, "{host} took no connection within {connect}"),
    (httpx.PoolTimeout, Busy, "too many requests to {host} are running"),
    (httpx.TimeoutException, Silent, "{host} sent nothing for {silence}"),
    (httpx.ProxyError, Unreachable, "the proxy could not reach {host}"),
    (httpx.ConnectError, Unreachable, "nobody answers at {host}"),
    (httpx.NetworkError, Unreachable, "{host} closed the connection without an answer"),
    (httpx.RemoteProtocolError, BadAnswer, "{host} closed the connection, or what answers there is not HTTP"),
    (httpx.HTTPError, BadAnswer, "the answer of {host} cannot be read"),
)


def _secret_values(headers: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """The credentials among these headers, also without a scheme such as `Token` before them."""
    for value in (value for name, value in headers if is_secret_header(name)):
        yield value
        yield value.rpartition(" ")[2]


def _broke(error: BaseException | None) -> bool:
    """Whether a connection was refused or dropped in a way that may pass."""
    if any(_is_tls(cause) or isinstance(cause, socket.gaierror) for cause in _causes(error)):
        return False
    dropped = isinstance(error, httpx.RemoteProtocolError) and "disconnected" in str(error)
    return dropped or isinstance(error, httpx.NetworkError)


def _is_tls(error: BaseException) -> bool:
    waiting = isinstance(error, (ssl.SSLWantReadError, ssl.SSLWantWriteError))
    return isinstance(error, ssl.SSLError) and not waiting


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
