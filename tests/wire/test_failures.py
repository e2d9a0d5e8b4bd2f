"""Errors on the wire: ours in OpenAI's shape, and those of every server read back as ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import errors
from playground.errors import (
    BadAnswer,
    BadRequest,
    Busy,
    ContextTooLong,
    ModelNotFound,
    PlaygroundError,
    Unauthorized,
    Unsupported,
    UpstreamFailed,
)
from playground.wire import error_body, read_failure
from tests.strategies import json_values

EVERY_KIND = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PlaygroundError) and kind is not PlaygroundError
]


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.__name__)
def test_every_error_says_what_to_do_and_has_a_place_in_http(kind: type[PlaygroundError]) -> None:
    error = kind("it broke", param="seed")
    body = error_body(error)["error"]
    assert error.advice.endswith(".")
    assert error.advice != PlaygroundError.advice
    assert 400 <= kind.status < 600
    assert set(body) == {"message", "type", "param", "code"}
    assert body["message"].startswith("it broke")
    assert (body["type"], body["param"], body["code"]) == (kind.type, "seed", kind.code)


def test_what_is_given_beats_what_the_class_says() -> None:
    error = Unsupported("no", advice="Do that.", code="other")
    assert error_body(error)["error"] == {
        "message": "no. Do that.",
        "type": "invalid_request_error",
        "param": None,
        "code": "other",
    }
    assert Unsupported.code == "unsupported_parameter"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        # OpenAI
        (400, {"error": {"message": "bad seed", "type": "invalid_request_error", "param": "seed", "code": None}}, BadRequest, "bad seed"),
        (400, {"error": {"message": "m", "code": "context_length_exceeded"}}, ContextTooLong, "m"),
        (401, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, Unauthorized, "Incorrect API key"),
        (404, {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}, ModelNotFound, "The model `x` does not exist"),
        (404, {"error": {"message": "Invalid URL (POST /chat/completions)"}}, BadAnswer, "Invalid URL (POST /chat/completions)"),
        (429, {"error": {"message": "Rate limit"}}, Busy, "Rate limit"),
        (500, {"error": {"message": "The server had an error"}}, UpstreamFailed, "The server had an error"),
        # the Hugging Face router
        (400, {"error": {"message": "The requested model 'x' does not exist", "code": "model_not_found"}}, ModelNotFound, "The requested model 'x' does not exist"),
        (402, {"error": "You have exceeded your monthly included credits"}, UpstreamFailed, "You have exceeded your monthly included credits"),
        (403, {"error": "This token may not call Inference Providers"}, Unauthorized, "This token may not call Inference Providers"),
        # TGI
        (422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 and 100", "error_type": "validation"}, ContextTooLong, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 and 100"),
        (422, {"error": "Template error", "error_type": "template_error"}, BadRequest, "Template error"),
        # vLLM
        (400, {"error": {"message": "This model's maximum context length is 2048 tokens", "type": "BadRequestError", "param": None, "code": 400}}, ContextTooLong, "This model's maximum context length is 2048 tokens"),
        (401, {"error": "Unauthorized"}, Unauthorized, "Unauthorized"),
        # llama.cpp
        (400, {"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}, ContextTooLong, "the request exceeds the available context size"),
        (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, UpstreamFailed, "Loading model"),
        # SGLang, Ollama, FastAPI
        (400, {"object": "error", "message": "flat", "type": "BadRequestError", "code": 400}, BadRequest, "flat"),
        (404, {"error": {"message": 'model "x" not found, try pulling it first', "type": "api_error"}}, ModelNotFound, 'model "x" not found, try pulling it first'),
        (404, {"detail": "Not Found"}, BadAnswer, "Not Found"),
        (413, {"detail": "too large"}, BadRequest, "too large"),
        # nothing to read
        (500, None, UpstreamFailed, "the endpoint answered with HTTP 500"),
        (404, None, BadAnswer, "the endpoint answered with HTTP 404"),
        (502, [], UpstreamFailed, "the endpoint answered with HTTP 502"),
        (400, {"error": None}, BadRequest, "the endpoint answered with HTTP 400"),
        (400, {"error": {"message": {"nested": 1}}}, BadRequest, "{'nested': 1}"),
        # a 200 with an error inside
        (200, {"error": {"message": "gone", "code": 429}}, Busy, "gone"),
        (200, {"error": {"message": "gone", "http_status_code": 401}}, Unauthorized, "gone"),
        (200, {"error": {"message": "gone", "code": "weird"}}, UpstreamFailed, "gone"),
        (200, {"error": {"message": "gone", "code": True}}, UpstreamFailed, "gone"),
    ],
)  # fmt: skip
def test_error_answers_of_every_make(status: int, body: Any, kind: type[PlaygroundError], message: str) -> None:
    error = read_failure(status, body, text="the text", retry_after=2.5)
    assert (type(error), error.message) == (kind, message)
    assert (error.body, error.retry_after) == ("the text", 2.5)
    assert error.upstream_status == (status if status >= 400 else error.upstream_status)


@given(
    st.integers(200, 599),
    json_values | st.dictionaries(st.sampled_from(["error", "message", "detail", "code"]), json_values),
)
def test_no_error_answer_breaks_the_reader(status: int, body: Any) -> None:
    error = read_failure(status, body)
    assert error.message
    assert error.body is None
