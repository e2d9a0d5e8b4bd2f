"""Everything that goes wrong over HTTP, as an OpenAI-shaped error answer."""

from __future__ import annotations

import logging
import math

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from ..errors import BadRequest, PlaygroundError
from ..wire import error_body

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds, where the error does not know better


class HttpRefusal(BadRequest):
    """A request that is wrong as HTTP, before anything of it is read."""

    advice = ""


class ForeignOrigin(HttpRefusal):
    status = 403
    code = "foreign_origin"
    advice = "Call the API from a program, or from a page on the same host."


class UnknownPath(HttpRefusal):
    status = 404
    code = "unknown_url"


class WrongMethod(HttpRefusal):
    status = 405
    code = "method_not_allowed"


class BodyTooLarge(HttpRefusal):
    status = 413
    code = "request_too_large"
    advice = "Send smaller or fewer images."


class NotJson(HttpRefusal):
    status = 415
    code = "unsupported_media_type"
    advice = "Send it as Content-Type: application/json."


def answer(error: PlaygroundError) -> JSONResponse:
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 429 or error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after or RETRY_AFTER))
    return JSONResponse(error_body(error), error.status, headers)


def ours(error: Exception) -> PlaygroundError:
    """The error itself if it is one of ours; anything else is a bug, logged here and told without details."""
    if isinstance(error, PlaygroundError):
        return error
    log.error("a request failed unexpectedly", exc_info=error)
    return PlaygroundError("the server failed on this request; its log has the details")


async def on_playground_error(_: Request, error: Exception) -> JSONResponse:
    return answer(ours(error))


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """The framework's own 404 and 405."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        return answer(UnknownPath(f"There is nothing at {where}."))
    if error.status_code == 405:
        refused = answer(WrongMethod(f"{where} is not a method that this path takes."))
        refused.headers.update(error.headers or {})
        return refused
    return answer(ours(error))
