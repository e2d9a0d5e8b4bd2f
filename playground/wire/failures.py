"""error <-> error body: ours in OpenAI's shape, and everybody's shapes read back."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, Busy, ContextTooLong, ModelNotFound, PlaygroundError, Unauthorized, UpstreamFailed


def error_body(error: PlaygroundError) -> dict[str, Any]:
    """The OpenAI-shaped body of an error answer."""
    message = f"{error.message} {error.advice}".strip() if isinstance(error, BadRequest) else error.message
    return {"error": {"message": message, "type": error.type, "param": error.param, "code": error.code}}


def read_failure(status: int, body: Any, *, text: str = "", retry_after: float | None = None) -> PlaygroundError:
    """Our error for an endpoint's error answer of any known shape.

    `status` is the HTTP status, `body` the parsed JSON or None, `text` the body's text (already redacted).
    Shapes: OpenAI and llama.cpp `{"error": {...}}`, TGI and vLLM 401 `{"error": "text"}`, SGLang's flat
    `{"object": "error", "message"}`, FastAPI's `{"detail"}`.
    """
    said, code = _said(body)
    nested = body.get("error") if isinstance(body, dict) else None
    if isinstance(nested, dict) and status < 400:
        told = nested.get("http_status_code") or nested.get("code") or nested.get("status")
        status = told if isinstance(told, int) and 400 <= told < 600 else 502
    kind = _kind(status, code, said)
    message = said or f"the endpoint answered with HTTP {status}"
    return kind(message, upstream_status=status, body=text or None, retry_after=retry_after)


def _said(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error", body)
    if isinstance(error, str):
        return error, str(body.get("error_type") or "")
    if not isinstance(error, dict):
        return "", ""
    message = error.get("message") or error.get("detail") or ""
    return (message if isinstance(message, str) else str(message)), str(error.get("code") or error.get("type") or "")


_TOO_LONG = ("context_length", "context length", "exceed_context_size", "maximum context", "too many tokens")


def _kind(status: int, code: str, said: str) -> type[PlaygroundError]:
    if status in (400, 413, 422) and any(mark in f"{code} {said}".lower() for mark in _TOO_LONG):
        return ContextTooLong
    if status in (401, 403):
        return Unauthorized
    if status == 404:
        return ModelNotFound
    if status == 429:
        return Busy
    return BadRequest if status in (400, 413, 415, 422) else UpstreamFailed
