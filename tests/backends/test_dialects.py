"""What each kind of server says, written by hand after its sources, read over real HTTP into one and the same thing.

A dialect is a row of answers: an error, a conversation that is too long, and a stream with all its habits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from playground.backends.remote import RemoteBackend
from playground.errors import BadRequest, ContextTooLong, PlaygroundError, Unauthorized, UpstreamFailed
from playground.events import collect
from playground.jsonvalue import JsonObject
from playground.messages import user
from playground.params import Params
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.contract import until_error
from tests.fakes import DONE, Answer, FakeServer

HEAD = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def piece(reason: str | None = None, more: dict[str, Any] | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk; `more` are fields of its choice."""
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": reason, **(more or {})}]}


def call(**fields: Any) -> list[dict[str, Any]]:
    return [{"type": "function", **fields}]


def usage(prompt: int = 7, completion: int = 3, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}


@dataclass(frozen=True)
class Dialect:
    """A server's ways. `too_long` is None where it has no shape of its own for that, `stream_error` likewise."""

    error: Answer
    error_kind: type[PlaygroundError]
    error_says: str
    too_long: Answer | None
    text: Answer
    """Says "Hello", 7 tokens in, 3 out, after thinking "Hm" where the server can."""
    thinks: bool
    calls: Answer
    """Calls now({"tz": 1})."""
    stream_error: Answer | None = None


DIALECTS = {
    "OpenAI": Dialect(
        error=Answer.json({"error": {"message": "Incorrect API key provided: sk-***.", "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}}, 401),
        error_kind=Unauthorized,
        error_says="Incorrect API key",
        too_long=Answer.json({"error": {"message": "This model's maximum context length is 8 tokens. However, your messages resulted in 9 tokens.", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}}, 400),
        text=Answer.events(
            {**piece(role="assistant", content="", refusal=None), "usage": None, "obfuscation": "x9"},
            piece(content="Hel"), piece(content="lo"), piece("stop"),
            {**HEAD, "choices": [], "usage": usage(completion_tokens_details={"reasoning_tokens": 0})}, DONE,
        ),
        thinks=False,
        calls=Answer.events(
            piece(role="assistant", content=None, tool_calls=call(index=0, id="call_1", function={"name": "now", "arguments": ""})),
            piece(tool_calls=[{"index": 0, "function": {"arguments": '{"tz"'}}]),
            piece(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}]),
            piece("tool_calls"), {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        stream_error=Answer.events(piece(content="Hel"), {"error": {"message": "The server had an error", "type": "server_error", "param": None, "code": None}}),
    ),
    "TGI": Dialect(
        error=Answer.json({"error": "Input validation error: `top_p` must be > 0.0 and < 1.0", "error_type": "validation"}, 422),
        error_kind=BadRequest,
        error_says="`top_p` must be",
        too_long=Answer.json({"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8. Given: 9 `inputs` tokens and 1 `max_new_tokens`", "error_type": "validation"}, 422),
        text=Answer.events(
            piece(role="assistant", content="Hel"), piece(role="assistant", content=None), piece(role="assistant"),
            piece("eos_token", role="assistant", content="lo"),
            {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        thinks=False,
        calls=Answer.events(
            *(
                piece(role="assistant", tool_calls=call(index=0, id="0", function={"name": name, "arguments": arguments}))
                for name, arguments in (("now", '{"tz"'), (None, ": 1}"))
            ),
            piece("tool_calls", role="assistant", content=""), {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        stream_error=Answer.events(piece(content="Hel"), {"error": {"message": "Request failed during generation", "http_status_code": 500}}),
    ),
    "vLLM": Dialect(
        error=Answer.json({"error": "Unauthorized"}, 401),
        error_kind=Unauthorized,
        error_says="Unauthorized",
        too_long=Answer.json({"error": {"message": "This model's maximum context length is 8 tokens. However, your request has 9 input tokens. Please reduce the length of the input messages.", "type": "BadRequestError", "param": "input_tokens", "code": 400}}, 400),
        text=Answer.events(
            {**piece(role="assistant", content=""), "usage": usage(7, 0)},
            {**piece(reasoning="Hm", reasoning_content=None), "usage": usage(7, 1)},
            {**piece(content="Hel"), "usage": usage(7, 2)},
            {**piece("stop", {"stop_reason": 151645, "token_ids": None}, content="lo"), "usage": usage()}, DONE,
        ),
        thinks=True,
        calls=Answer.events(
            piece(role="assistant", content=""),
            piece(tool_calls=call(index=0, id="chatcmpl-tool-1", function={"name": "now"})),
            piece(tool_calls=[{"index": 0, "function": {"arguments": '{"tz": 1'}}]),
            piece("tool_calls", {"stop_reason": None}, tool_calls=[{"index": 0, "function": {"arguments": "}"}}]),
            {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        stream_error=Answer.events(piece(content="Hel"), {"error": {"message": "EngineCore died", "type": "InternalServerError", "param": None, "code": 500}}),
    ),
    "llama.cpp": Dialect(
        error=Answer.json({"error": {"code": 400, "message": "Either \"json_schema\" or \"grammar\" can be specified, but not both", "type": "invalid_request_error"}}, 400),
        error_kind=BadRequest,
        error_says="but not both",
        too_long=Answer.json({"error": {"code": 400, "message": "the request exceeds the available context", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}}, 400),
        text=Answer.events(
            piece(role="assistant", content=None), piece(reasoning_content="Hm"), piece(content="Hel"), piece(content="lo"),
            {**piece("stop"), "timings": {"prompt_n": 7, "predicted_n": 3}},
            {**HEAD, "choices": [], "usage": usage(), "timings": {"prompt_n": 7}}, DONE,
        ),
        thinks=True,
        calls=Answer.events(
            piece(role="assistant", content=None),
            piece(tool_calls=call(index=0, id="aB3", function={"name": "now", "arguments": "{"})),
            piece(tool_calls=[{"index": 0, "function": {"arguments": '"tz": 1}'}}]),
            piece("tool_calls"), {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        stream_error=Answer.events(piece(content="Hel"), {"error": {"code": 500, "message": "context shift is disabled", "type": "server_error"}}),
    ),
    "SGLang": Dialect(
        error=Answer.json({"object": "error", "message": "top_k must be -1 or at least 1", "type": "BadRequestError", "param": None, "code": 400}, 400),
        error_kind=BadRequest,
        error_says="top_k must be",
        too_long=Answer.json({"object": "error", "message": "The input (9 tokens) is longer than the model's context length (8 tokens).", "type": "BadRequestError", "param": None, "code": 400}, 400),
        text=Answer.events(
            piece(None, {"matched_stop": None}, role="assistant", content="", reasoning_content=None, tool_calls=None),
            piece(content=None, reasoning_content="Hm"), piece(content="Hel"), piece(content="lo"),
            piece("stop", {"matched_stop": 2}, content=None),
            {**HEAD, "choices": [], "usage": usage(prompt_tokens_details=None)}, DONE,
        ),
        thinks=True,
        calls=Answer.events(
            piece(role="assistant", content=""),
            piece(content=None, tool_calls=call(index=0, id="call_1", function={"name": "now", "arguments": ""})),
            piece(tool_calls=call(index=0, id=None, function={"name": None, "arguments": '{"tz": 1}'})),
            piece("tool_calls", {"matched_stop": None}), {**HEAD, "choices": [], "usage": usage()}, DONE,
        ),
        stream_error=Answer.events(piece(content="Hel"), {"error": {"object": "error", "message": "The request was aborted", "type": "InternalServerError", "code": 500}}),
    ),
}  # fmt: skip
SPOKEN = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())


async def ask(server: FakeServer, answer: Answer) -> Any:
    """The reply to a request, or the error that it ended with."""
    server.play(answer)
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url), silence_timeout=2)
    try:
        return await collect(backend.stream(request(server)))
    finally:
        await backend.close()


async def refusal(server: FakeServer, answer: Answer) -> PlaygroundError:
    server.play(answer)
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url), silence_timeout=2)
    try:
        _, error = await until_error(backend.stream(request(server)))
    finally:
        await backend.close()
    return error


def request(server: FakeServer, **fields: Any) -> ChatRequest:
    endpoint = Endpoint(name="Fake", base_url=server.url)
    return ChatRequest(model=ModelRef(endpoint=endpoint, id="m"), messages=(user("Hi"),), **fields)


@SPOKEN
async def test_a_streamed_text(server: FakeServer, dialect: Dialect) -> None:
    reply = await ask(server, dialect.text)
    (choice,) = reply.choices
    assert (choice.message.text, choice.message.thinking) == ("Hello", "Hm" if dialect.thinks else "")
    assert choice.finish_reason == "stop"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 3)


@SPOKEN
async def test_a_streamed_call(server: FakeServer, dialect: Dialect) -> None:
    (choice,) = (await ask(server, dialect.calls)).choices
    (made,) = choice.message.tool_calls
    assert (made.function.name, made.function.arguments) == ("now", '{"tz": 1}')
    assert made.id
    assert choice.finish_reason == "tool_calls"


@SPOKEN
async def test_an_error(server: FakeServer, dialect: Dialect) -> None:
    error = await refusal(server, dialect.error)
    assert type(error) is dialect.error_kind
    assert dialect.error_says in error.message


@SPOKEN
async def test_too_long(server: FakeServer, dialect: Dialect) -> None:
    assert dialect.too_long is not None
    assert type(await refusal(server, dialect.too_long)) is ContextTooLong


@SPOKEN
async def test_an_error_in_the_middle(server: FakeServer, dialect: Dialect) -> None:
    assert dialect.stream_error is not None
    error = await refusal(server, dialect.stream_error)
    assert type(error) is UpstreamFailed
    assert error.message in (
        "The server had an error",
        "Request failed during generation",
        "EngineCore died",
        "context shift is disabled",
        "The request was aborted",
    )


# --- constraints, as each takes them -------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
CONSTRAINTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("OpenAI", {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}}, {}),
    ("TGI: json", {"response_format": {"type": "json", "value": SCHEMA}}, {}),
    ("TGI: regex", {"response_format": {"type": "regex", "value": "[0-9]+"}}, {}),
    ("TGI: a list of stops", {"stop": ["\n"]}, {}),
    ("vLLM: schema", {}, {"structured_outputs": {"json": SCHEMA}}),
    ("vLLM: choice", {}, {"structured_outputs": {"choice": ["a", "b"]}}),
    ("llama.cpp: schema", {"response_format": {"type": "json_object", "schema": SCHEMA}}, {}),
    ("llama.cpp: grammar", {}, {"grammar": 'root ::= "a"'}),
    ("SGLang: regex", {}, {"regex": "a+"}),
    ("SGLang: ebnf", {}, {"ebnf": 'root ::= "a"'}),
]  # fmt: skip


@pytest.mark.parametrize(("params", "extra"), [row[1:] for row in CONSTRAINTS], ids=[row[0] for row in CONSTRAINTS])
async def test_constraints_go_out_as_written(server: FakeServer, params: dict[str, Any], extra: dict[str, Any]) -> None:
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url))
    await collect(backend.stream(request(server, params=Params(**params), extra=JsonObject(extra))))
    await backend.close()
    for name, value in {**params, **extra}.items():
        assert server.last.json[name] == value
