"""The body of a request: bounded, strictly JSON, checked whole before anything runs."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from ..errors import BadRequest
from ..jsonvalue import loads
from ..request import ChatRequest, Endpoint
from ..wire import Delivery, read_request
from .failures import BodyTooLarge, NotJson

MAX_DEPTH = 64  # levels of arrays and objects; a JSON schema of a real tool has about ten
IGNORED = frozenset({"user", "metadata", "store", "service_tier"})


async def read_chat(request: Request, endpoint: Endpoint, max_bytes: int) -> tuple[ChatRequest, Delivery]:
    """What is asked, and how to deliver it. Raises NotJson, BodyTooLarge or BadRequest."""
    return read_body(parse(await _bytes(request, max_bytes)), endpoint)


def read_body(body: dict[str, Any], endpoint: Endpoint) -> tuple[ChatRequest, Delivery]:
    """What a body asks, and how to deliver it. Raises BadRequest."""
    asked, delivery = read_request({key: body[key] for key in body if key not in IGNORED}, endpoint)
    if delivery.stream_options is not None and not delivery.stream:
        raise BadRequest("stream_options is for streaming only.", param="stream_options", advice="Set stream to true.")
    return asked, delivery


async def _bytes(request: Request, max_bytes: int) -> bytes:
    # A form or text/plain can be posted by any web page without asking first; JSON cannot.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson(f"The body must be JSON; its Content-Type is {kind or 'missing'}.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise BodyTooLarge(f"The body is larger than the {max_bytes:,} bytes that this server takes.")
        parts.append(part)
    return b"".join(parts)


def parse(raw: bytes) -> dict[str, Any]:
    """A JSON object, as the standard has it: UTF-8, no NaN, no key twice, not deeper than MAX_DEPTH."""
    try:
        body = loads(raw.decode())
    except UnicodeDecodeError as error:
        raise _broken("is not valid UTF-8") from error
    except RecursionError as error:
        raise _broken(f"is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise _broken(f"is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise _broken("must be a JSON object")
    _check(body)
    return body


def _check(body: Any) -> None:
    """Depth, and text that is Unicode; without recursion, which is what a deep body is after."""
    level = [body]
    for _ in range(MAX_DEPTH):
        level = [item for value in level for item in _inside(value)]
        if not level:
            return
    raise _broken(f"is nested deeper than {MAX_DEPTH} levels")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str) and not value.isascii():
        _encodable(value)
    return []


def _encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _broken("has half of a surrogate pair (\\ud800 to \\udfff) in a text") from error


def _broken(how: str) -> BadRequest:
    return BadRequest(f"The request body {how}.", advice="Send one JSON object.", code="invalid_json")
