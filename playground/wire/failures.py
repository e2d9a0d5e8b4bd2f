"""error <-> error body: ours in OpenAI's shape, and everybody's shapes read back."""

from __future__ import annotations

from typing import Any

from ..errors import (
    BadAnswer,
    BadRequest,
    Busy,
    ContextTooLong,
    ModelNotFound,
    PlaygroundError,
    Unauthorized,
    UpstreamFailed,
)


def error_body(error: PlaygroundError) -> dict[str, Any]:
    """The OpenAI-shaped body of an error answer."""
    message = error.message
    if isinstance(error, BadRequest) and error.advice != BadRequest.advice:  # which speaks of running again
        message = f"{message if message.endswith(('.', '!', '?')) else message + '.'} {error.advice}"
    return {"error": {"message": message, "type": error.type, "param": error.param, "code": error.code}}


def read_failure(status: int, body: Any, *, text: str = "", retry_after: float | None = None) -> PlaygroundError:
    """Our error for an endpoint's error answer of any known shape.

    `status` is the HTTP status, `body` the parsed JSON or None, `text` the body's text (already redacted).
    Shapes: OpenAI and llama.cpp `{"error": {...}}`, TGI and vLLM 401 `{"error": "text"}`, SGLang's flat
    `{"object": "error", "message"}`, FastAPI's `{"detail"}`.
    """
    said, marks = _said(body)
    told = _holder(body)
    if status < 400:
        inner = told.get("http_status_code") or told.get("code") or told.get("status")
        status = inner if isinstance(inner, int) and 400 <= inner < 600 else 502
    kind = _kind(status, marks, said)
    message = said[:_LONGEST] or f"the endpoint answered with HTTP {status}"
    param = told["param"] if isinstance(told.get("param"), str) else None
    return kind(message, param=param, upstream_status=status, body=text or None, retry_after=retry_after)


_LONGEST = 1000


def _holder(body: Any) -> dict[str, Any]:
    """Where an error's fields stand: under `error`, or flat."""
    nested = body.get("error") if isinstance(body, dict) else None
    return nested if isinstance(nested, dict) else body if isinstance(body, dict) else {}


def _said(body: Any) -> tuple[str, str]:
    """An error body's message, and its code and type."""
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error", body)
    if isinstance(error, str):
        return error, str(body.get("error_type") or "")
    if not isinstance(error, dict):
        return "", ""
    message = error.get("message") or error.get("detail") or ""
    marks = f"{error.get('code') or ''} {error.get('type') or ''}"
    return (message if isinstance(message, str) else str(message)), marks


_TOO_LONG = (
    "context_length", "context length", "exceed_context_size", "context size", "maximum context", "too many tokens",
    "`inputs` tokens +", "`inputs` must have less",
)  # fmt: skip


def _kind(status: int, marks: str, said: str) -> type[PlaygroundError]:
    if status in (400, 413, 422) and any(mark in f"{marks} {said}".lower() for mark in _TOO_LONG):
        return ContextTooLong
    if status in (401, 403):
        return Unauthorized
    if "model_not_" in marks or (status == 404 and "model" in said.lower()):
        return ModelNotFound
    if status == 404:
        return BadAnswer  # nobody spoke of a model: the address is wrong
    if status == 429:
        return Busy
    return BadRequest if status in (400, 413, 415, 422) else UpstreamFailed
