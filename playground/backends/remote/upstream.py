"""What an endpoint's refusal means: status, headers and text -> one of our errors. Pure; no transport here."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ...errors import BadAnswer, BadRequest, ModelNotFound, PlaygroundError, one_line
from ...wire import read_failure

BODY_SHOWN = 4_000
RETRIES = 2
RETRIED = frozenset({429, 502, 503, 504})
LONGEST_WAIT = 5.0


def refusal(status: int, text: str, *, url: str, retry_after: float | None = None) -> PlaygroundError:
    """Our error for an answer that is none: `text` is its body, redacted already; `url` is what was asked."""
    told = parse_or_none(text)
    if not isinstance(told, dict):
        told = {"error": _in_words(text)}
    error = read_failure(status, told, text=text[:BODY_SHOWN], retry_after=retry_after)
    if status == 405 or (status == 404 and not isinstance(error, ModelNotFound)):
        message = f"there is no such API at {url} (HTTP {status})"
        return BadAnswer(message, advice=_base_url_advice(url), upstream_status=status, body=error.body)
    return error


def redirected(status: int, target: str, *, url: str) -> BadAnswer:
    """The endpoint pointed elsewhere. It is not followed: the key belongs to the host it was entered for."""
    return BadAnswer(
        f"{url} redirects to {target or 'nowhere'} (HTTP {status})",
        advice="If you trust that address, set the base URL to where it points.",
        upstream_status=status,
    )


def not_an_answer(text: str, *, url: str) -> BadAnswer:
    """A success that holds no chat completion: a web page, plain text, other JSON, or nothing."""
    if not text.strip():
        return BadAnswer(f"{url} sent an empty answer")
    kind = "a web page" if _is_page(text) else "something that is not a chat completion"
    return BadAnswer(f"{url} sent {kind}", advice=_base_url_advice(url), body=text[:BODY_SHOWN])


def inside(body: Any, text: str) -> PlaygroundError:
    """Our error for one that came inside a success, streamed or not; both forms redacted already."""
    return read_failure(200, body, text=text[:BODY_SHOWN])


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3: seconds or a date); None if absent or unreadable."""
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def pause(error: PlaygroundError, tries: int, *, broke: bool) -> float | None:
    """Seconds to wait before trying again, or None to give up.

    `tries` counts the retries so far; `broke` tells that no answer had begun when the connection failed.
    """
    if tries >= RETRIES or not (broke or error.upstream_status in RETRIED):
        return None
    wait = 0.3 * 2**tries if error.retry_after is None else error.retry_after
    return wait if wait <= LONGEST_WAIT else None


def refuses_usage(error: PlaygroundError) -> bool:
    """Whether the endpoint refused the request because of `stream_options`, which is ours, not the user's."""
    return isinstance(error, BadRequest) and "stream_options" in f"{error.message} {error.body}"


def parse(text: str) -> Any:
    """JSON as the wild writes it: keys given twice, NaN (read as null), lone surrogates. Raises ValueError."""
    try:
        value = _JSON.decode(text)
        return _mended(value) if "\\ud" in text.lower() else value
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


_JSON = json.JSONDecoder(parse_constant=lambda _: None)


def parse_or_none(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _mended(value: Any) -> Any:
    """Halves of surrogate pairs, which no UTF-8 can hold, become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return {_mended(key): _mended(item) for key, item in value.items()} if isinstance(value, dict) else value


def _base_url_advice(url: str) -> str:
    base = url.removesuffix("/chat/completions").removesuffix("/models")
    return BadAnswer.advice if base.endswith("/v1") else f"{BadAnswer.advice} Try {base}/v1."


def _is_page(text: str) -> bool:
    return text.lstrip().startswith("<")


def _in_words(text: str) -> str:
    """A body that is not JSON, as a short message: plain text itself, a web page by its title."""
    if not _is_page(text):
        return one_line(text)
    title = re.search(r"<title[^>]*>([^<]{1,200})", text, re.I)
    return f"it answered with a web page: {' '.join(title[1].split())}" if title else "it answered with a web page"
