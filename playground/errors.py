"""Everything that can go wrong, as one small tree.

    PlaygroundError
      BadRequest            the request itself is wrong (param names the field)
        ContextTooLong      more tokens than the model can hold
        Unsupported         this backend or model cannot honour a field
      Unauthorized          no key, or a wrong one
      ModelNotFound         no such model here
      Busy                  try again later
      Unreachable           nobody answers at that address
      Silent                the answer never came, or stopped coming
      BadAnswer             what came back is not a chat completion
      UpstreamFailed        the endpoint answered with an error of its own
      ModelUnavailable      the local model cannot run on this machine, now

Each carries `message` (what happened) and `advice` (what the user can do), and the place it takes in an
OpenAI-shaped error answer: `status`, `type`, `code`, `param`.
"""

from __future__ import annotations

from typing import ClassVar


def sentence(text: str) -> str:
    """The text as a sentence that can stand beside another: a word at its start is capitalised, not a name or a URL."""
    text = text.strip()
    first = text[:1].upper() + text[1:] if text.partition(" ")[0].rstrip(",").isalpha() else text
    if "\n" in first:
        return first
    return first if first.endswith((".", "!", "?", "…")) or not first else f"{first}."


def one_line(text: object, most: int | None = 300) -> str:
    """What somebody else's error says, in one line of so many characters at most."""
    return " ".join(str(text).split())[:most]


def few_lines(text: object, most: int = 600) -> str:
    """As one_line, but with its lines: where they stand below each other, such as a caret under a mistake."""
    return "\n".join(line.rstrip() for line in str(text).splitlines() if line.strip())[:most]


class PlaygroundError(Exception):
    """The root. `upstream_status` and `body` are set when an endpoint's answer is the cause."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: str | None = None
    advice: str = "Try again; if it happens again, the log in the terminal has the details."

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        param: str | None = None,
        code: str | None = None,
        upstream_status: int | None = None,
        body: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """`body` must be redacted already; `retry_after` is in seconds."""
        super().__init__(message)
        self.message = message
        if advice is not None:
            self.advice = advice
        if code is not None:
            self.code = code
        self.param = param
        self.upstream_status = upstream_status
        self.body = body
        self.retry_after = retry_after


class BadRequest(PlaygroundError):
    status = 400
    type = "invalid_request_error"
    advice = "Correct the field it names and run again."


class ContextTooLong(BadRequest):
    code = "context_length_exceeded"
    advice = "Shorten or delete messages, lower max_tokens, or choose a model with a longer context."


class Unsupported(BadRequest):
    code = "unsupported_parameter"
    advice = "Set the parameter back to its default, or choose a model or endpoint that supports it."


class Unauthorized(PlaygroundError):
    status = 401
    type = "authentication_error"
    code = "invalid_api_key"
    advice = "Enter a valid key for this endpoint, or set its environment variable and restart."


class ModelNotFound(PlaygroundError):
    status = 404
    type = "invalid_request_error"
    code = "model_not_found"
    advice = "Choose a model from the list, or check how its id is spelled."


class Busy(PlaygroundError):
    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    advice = "Wait a moment and run again."


class Unreachable(PlaygroundError):
    status = 502
    type = "upstream_error"
    code = "endpoint_unreachable"
    advice = "Check this machine's network, the endpoint's base URL, and that its server is running."


class Silent(PlaygroundError):
    status = 504
    type = "upstream_error"
    code = "endpoint_timeout"
    advice = "Run again; if it stays silent, the endpoint is overloaded or down."


class BadAnswer(PlaygroundError):
    status = 502
    type = "upstream_error"
    code = "bad_upstream_answer"
    advice = "Check that the base URL points at an OpenAI-compatible API; it usually ends in /v1."


class UpstreamFailed(PlaygroundError):
    status = 502
    type = "upstream_error"
    code = "upstream_failed"
    advice = "The endpoint's own words are below; run again, or choose another model or provider."


class ModelUnavailable(PlaygroundError):
    status = 503
    type = "server_error"
    code = "model_unavailable"
    advice = "Choose another model, or a remote endpoint."
