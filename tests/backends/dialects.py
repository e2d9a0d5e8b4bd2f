"""What servers say, written by hand after their sources, and what the user must see of it: one table.

A case is a row: who speaks (`by`), which cell of the contract it is for (`cell`), what is sent, and what is seen.
`ASKED` is the other direction: what each server takes, as it must go out.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any, Literal

from playground.backends.remote import CutOff
from playground.errors import (
    BadAnswer,
    BadRequest,
    Busy,
    ContextTooLong,
    ModelNotFound,
    PlaygroundError,
    Silent,
    Unauthorized,
    UpstreamFailed,
)
from playground.events import Delta, ReasoningDelta, TextDelta, ToolCallDelta, Usage
from tests.fakes import DONE, USAGE, Answer, HangUp, chunk, written

Cell = Literal["error", "too long", "finish", "constraints", "stop", "stream"]


@dataclass(frozen=True)
class Call:
    """A tool call: `arguments` in the pieces that they come in."""

    id: str
    name: str
    arguments: tuple[str, ...]

    def deltas(self, index: int) -> list[Delta]:
        """Its id and name are told once, with the first piece."""
        first, *more = self.arguments
        start = ToolCallDelta(index=index, id=self.id, name=self.name, arguments=first)
        return [start, *(ToolCallDelta(index=index, arguments=piece) for piece in more)]


@dataclass(frozen=True)
class Fails:
    """The error that it ends with. `says` stands in its message; `status` is what the server gave for it."""

    kind: type[PlaygroundError]
    says: str
    status: int | None


@dataclass(frozen=True)
class Sees:
    """What the user must see. Texts stand in the pieces that they come in; with an error, they are what came before."""

    text: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    reason: str | None = "stop"
    usage: Usage | None = None
    error: Fails | None = None

    def deltas(self) -> list[Delta]:
        return [
            *(ReasoningDelta(text=piece) for piece in self.thinking),
            *(TextDelta(text=piece) for piece in self.text),
            *(delta for index, call in enumerate(self.calls) for delta in call.deltas(index)),
        ]


HELLO = Sees(("Hel", "lo"))


@dataclass(frozen=True)
class Case:
    by: str
    what: str
    sends: Answer
    sees: Sees = HELLO
    cell: Cell = "stream"
    patience: float = 10.0
    """How many seconds of silence the client bears."""

    @property
    def name(self) -> str:
        return f"{self.by}: {self.what}"


def of(chunk: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The chunk with more fields of its choice."""
    (choice,) = chunk["choices"]
    return {**chunk, "choices": [{**choice, **fields}]}


def calls(*called: dict[str, Any], reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return chunk(None, reason, tool_calls=list(called), **delta)


def told(prompt: int = 7, completion: int = 3, **more: Any) -> dict[str, Any]:
    """A usage as it is sent."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}


def last(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The chunk that tells the usage."""
    return {**chunk(), "choices": [], "usage": usage, **more}


def lines(*bodies: str, ending: str = "\n") -> bytes:
    return "".join(body + ending for body in bodies).encode()


def compact(text: str | None = None, reason: str | None = None) -> str:
    return json.dumps(chunk(text, reason))


def refuses(body: Any, status: int, kind: type[PlaygroundError], says: str, **headers: str) -> tuple[Answer, Sees]:
    """An error in the place of an answer: the body as JSON, and the error that the user gets."""
    return Answer.json(body, status, **headers), fails(kind, says, status)


def breaks(*events: Any, kind: type[PlaygroundError], says: str, status: int | None) -> tuple[Answer, Sees]:
    """A stream that says "Hel" and then goes wrong."""
    return Answer.events(chunk("Hel"), *events), fails(kind, says, status, "Hel")


def fails(kind: type[PlaygroundError], says: str, status: int | None = None, *before: str) -> Sees:
    return Sees(text=before, error=Fails(kind, says, status))


def ends(reason: str, seen: str, **fields: Any) -> tuple[Answer, Sees]:
    """An answer that ends with this finish_reason, and how that is seen."""
    return Answer.events(of(chunk("x", reason), **fields), DONE), Sees(("x",), reason=seen)


SPENT = Usage(prompt_tokens=7, completion_tokens=3)
END = chunk(reason="stop")
PAGE = "<!doctype html><html><head><title>Welcome to Foo</title></head></html>"

OPENAI = [
    Case("OpenAI", "a streamed text", Answer.events(
        {**chunk("", role="assistant", refusal=None), "usage": None, "obfuscation": "x9"},
        chunk("Hel"), chunk("lo"), END, last(told(completion_tokens_details={"reasoning_tokens": 0})), DONE,
    ), Sees(("Hel", "lo"), usage=Usage(prompt_tokens=7, completion_tokens=3, reasoning_tokens=0))),
    Case("OpenAI", "a streamed call", Answer.events(
        calls({"index": 0, "id": "call_1", "type": "function", "function": {"name": "now", "arguments": ""}}, role="assistant", content=None),
        calls({"index": 0, "function": {"arguments": '{"tz"'}}), calls({"index": 0, "function": {"arguments": ": 1}"}}),
        chunk(reason="tool_calls"), last(told()), DONE,
    ), Sees(calls=(Call("call_1", "now", ("", '{"tz"', ": 1}")),), reason="tool_calls", usage=SPENT)),
    Case("OpenAI", "two calls in one answer", Answer.events(
        calls({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}),
        calls({"index": 1, "id": "b", "type": "function", "function": {"name": "f", "arguments": "[]"}}),
        chunk(reason="tool_calls"), DONE,
    ), Sees(calls=(Call("a", "f", ("{}",)), Call("b", "f", ("[]",))), reason="tool_calls")),
    Case("OpenAI", "a refusal in the place of the text", Answer.events(chunk(refusal="I ", content=None), chunk(refusal="won't"), END, DONE), Sees(("I ", "won't"))),
    Case("OpenAI", "the key", *refuses({"error": {"message": "Incorrect API key provided: sk-***.", "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}}, 401, Unauthorized, "Incorrect API key provided"), cell="error"),
    Case("OpenAI", "a parameter", *refuses({"error": {"message": "bad seed", "type": "invalid_request_error", "param": "seed", "code": None}}, 400, BadRequest, "bad seed"), cell="error"),
    Case("OpenAI", "a model", *refuses({"error": {"message": "The model `fake` does not exist", "code": "model_not_found"}}, 404, ModelNotFound, "The model `fake` does not exist"), cell="error"),
    Case("OpenAI", "the quota", *refuses({"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}}, 429, Busy, "exceeded your current quota", retry_after="120"), cell="error"),
    Case("OpenAI", "an error in the middle", *breaks({"error": {"message": "The server had an error", "type": "server_error", "param": None, "code": None}}, kind=UpstreamFailed, says="The server had an error", status=502), cell="error"),
    Case("OpenAI", "too long", *refuses({"error": {"message": "This model's maximum context length is 8 tokens. However, your messages resulted in 9 tokens.", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}}, 400, ContextTooLong, "maximum context length is 8"), cell="too long"),
    Case("OpenAI", "too long, by its code alone", *refuses({"error": {"message": "m", "code": "context_length_exceeded"}}, 400, ContextTooLong, "m"), cell="too long"),
    *(Case("OpenAI", f"finish_reason {reason}", *ends(reason, reason), cell="finish") for reason in ("stop", "length", "tool_calls", "content_filter")),
    Case("OpenAI", "finish_reason function_call, of old", *ends("function_call", "tool_calls"), cell="finish"),
]  # fmt: skip

TGI = [
    Case("TGI", "a streamed text, its role in every delta, content null or absent", Answer.events(
        chunk("Hel", role="assistant"), chunk(role="assistant", content=None), chunk(role="assistant"),
        chunk("lo", "eos_token", role="assistant"), last(told()), DONE,
    ), Sees(("Hel", "lo"), usage=SPENT)),
    Case("TGI", "a streamed call, its role and id in every delta", Answer.events(
        calls({"index": 0, "id": "0", "type": "function", "function": {"name": "now", "arguments": '{"tz"'}}, role="assistant"),
        calls({"index": 0, "id": "0", "type": "function", "function": {"name": None, "arguments": ": 1}"}}, role="assistant"),
        chunk("", "tool_calls", role="assistant"), last(told()), DONE,
    ), Sees(calls=(Call("0", "now", ('{"tz"', ": 1}")),), reason="tool_calls", usage=SPENT)),
    Case("TGI", "a parameter", *refuses({"error": "Input validation error: `top_p` must be > 0.0 and < 1.0", "error_type": "validation"}, 422, BadRequest, "`top_p` must be"), cell="error"),
    Case("TGI", "a generation that failed", *refuses({"error": "Request failed during generation: CUDA out of memory", "error_type": "generation"}, 424, UpstreamFailed, "CUDA out of memory"), cell="error"),
    Case("TGI", "overloaded", *refuses({"error": "Model is overloaded", "error_type": "overloaded"}, 429, Busy, "Model is overloaded", retry_after="120"), cell="error"),
    Case("TGI", "an error in the middle", *breaks({"error": {"message": "Request failed during generation", "http_status_code": 500}}, kind=UpstreamFailed, says="Request failed during generation", status=500), cell="error"),
    Case("TGI", "an error in the middle that is the request's", *breaks({"error": {"message": "no", "http_status_code": 422}}, kind=BadRequest, says="no", status=422), cell="error"),
    Case("TGI", "too long with the answer", *refuses({"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8. Given: 9 `inputs` tokens and 1 `max_new_tokens`", "error_type": "validation"}, 422, ContextTooLong, "must be <= 8"), cell="too long"),
    Case("TGI", "too long by itself", *refuses({"error": "Input validation error: `inputs` must have less than 8 tokens. Given: 9", "error_type": "validation"}, 422, ContextTooLong, "less than 8 tokens"), cell="too long"),
    Case("TGI", "finish_reason stop_sequence", *ends("stop_sequence", "stop"), cell="finish"),
    Case("TGI", "finish_reason eos_token", *ends("eos_token", "stop"), cell="finish"),
    Case("TGI", "finish_reason length", *ends("length", "length"), cell="finish"),
    Case("TGI", "a stop that is no list", Answer.text('Failed to deserialize the JSON body into the target type: stop: invalid type: string "a", expected a sequence at line 1 column 70', 422, "text/plain"), fails(BadRequest, 'stop: invalid type: string "a", expected a sequence', 422), cell="stop"),
]  # fmt: skip

VLLM = [
    Case("vLLM", "a streamed text, thinking as `reasoning`, usage on every chunk", Answer.events(
        {**chunk("", role="assistant"), "usage": told(7, 0)},
        {**chunk(reasoning="Hm", reasoning_content=None), "usage": told(7, 1)},
        {**chunk("Hel"), "usage": told(7, 2)},
        {**of(chunk("lo", "stop"), stop_reason=151645, token_ids=None), "usage": told()}, DONE,
    ), Sees(("Hel", "lo"), ("Hm",), usage=SPENT)),
    Case("vLLM", "a streamed call, its arguments after its name", Answer.events(
        chunk("", role="assistant"),
        calls({"index": 0, "id": "chatcmpl-tool-1", "type": "function", "function": {"name": "now"}}),
        calls({"index": 0, "function": {"arguments": '{"tz": 1'}}),
        of(calls({"index": 0, "function": {"arguments": "}"}}, reason="tool_calls"), stop_reason=None), last(told()), DONE,
    ), Sees(calls=(Call("chatcmpl-tool-1", "now", ("", '{"tz": 1', "}")),), reason="tool_calls", usage=SPENT)),
    Case("vLLM", "the key", *refuses({"error": "Unauthorized"}, 401, Unauthorized, "Unauthorized"), cell="error"),
    Case("vLLM", "a code that is a number", *refuses({"error": {"message": "max_tokens must be at least 1, got 0.", "type": "BadRequestError", "param": "max_tokens", "code": 400}}, 400, BadRequest, "max_tokens must be at least 1"), cell="error"),
    Case("vLLM", "a model", *refuses({"error": {"message": "The model `m` does not exist.", "type": "NotFoundError", "param": "model", "code": 404}}, 404, ModelNotFound, "The model `m` does not exist."), cell="error"),
    Case("vLLM", "an error in the middle", *breaks({"error": {"message": "EngineCore died", "type": "InternalServerError", "param": None, "code": 500}}, kind=UpstreamFailed, says="EngineCore died", status=500), cell="error"),
    Case("vLLM", "too long", *refuses({"error": {"message": "This model's maximum context length is 8 tokens. However, your request has 9 input tokens. Please reduce the length of the input messages.", "type": "BadRequestError", "param": "input_tokens", "code": 400}}, 400, ContextTooLong, "maximum context length is 8"), cell="too long"),
    *(Case("vLLM", f"finish_reason stop with stop_reason {said!r}", *ends("stop", "stop", stop_reason=said), cell="finish") for said in (None, 151645, "\n\n")),
    Case("vLLM", "finish_reason abort", *ends("abort", "abort", stop_reason=None), cell="finish"),
]  # fmt: skip

LLAMA_ERROR = {"code": 500, "message": "context shift is disabled", "type": "server_error"}
LLAMA_CPP = [
    Case("llama.cpp", "a streamed text, thinking as `reasoning_content`, timings beside", Answer.events(
        chunk(role="assistant", content=None), chunk(reasoning_content="Hm"), chunk("Hel"), chunk("lo"),
        {**END, "timings": {"prompt_n": 7, "predicted_n": 3}}, last(told(), timings={"prompt_n": 7}), DONE,
    ), Sees(("Hel", "lo"), ("Hm",), usage=SPENT)),
    Case("llama.cpp", "a streamed call", Answer.events(
        chunk(role="assistant", content=None),
        calls({"index": 0, "id": "aB3", "type": "function", "function": {"name": "now", "arguments": "{"}}),
        calls({"index": 0, "function": {"arguments": '"tz": 1}'}}), chunk(reason="tool_calls"), last(told()), DONE,
    ), Sees(calls=(Call("aB3", "now", ("{", '"tz": 1}')),), reason="tool_calls", usage=SPENT)),
    Case("llama.cpp", "two constraints", *refuses({"error": {"code": 400, "message": "Either \"json_schema\" or \"grammar\" can be specified, but not both", "type": "invalid_request_error"}}, 400, BadRequest, "but not both"), cell="error"),
    Case("llama.cpp", "the key", *refuses({"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}, 401, Unauthorized, "Invalid API Key"), cell="error"),
    Case("llama.cpp", "an error in the middle", *breaks({"error": LLAMA_ERROR}, kind=UpstreamFailed, says="context shift is disabled", status=500), cell="error"),
    Case("llama.cpp", "an error in the middle, in a field of its own", *breaks(lines(f"error: {json.dumps(LLAMA_ERROR)}", ""), kind=UpstreamFailed, says="context shift is disabled", status=500), cell="error"),
    Case("llama.cpp", "that field in pieces", *breaks(b"err", 0.05, b"or", 0.05, f": {json.dumps(LLAMA_ERROR)}\n\n".encode(), kind=UpstreamFailed, says="context shift is disabled", status=500), cell="error"),
    Case("llama.cpp", "that field after a forgotten blank line", Answer.events(lines(f"data: {compact('Hel')}", f"error: {json.dumps({'error': LLAMA_ERROR})}", "")), fails(UpstreamFailed, "context shift is disabled", 500, "Hel"), cell="error"),
    Case("llama.cpp", "that field from the start", Answer((lines(f"error:{json.dumps(LLAMA_ERROR | {'code': 400})}", ""),)), fails(BadRequest, "context shift is disabled", 400), cell="error"),
    Case("llama.cpp", "a text that speaks of error:", Answer.events(chunk("error:"), chunk("\nerror: {}", "stop"), DONE), Sees(("error:", "\nerror: {}")), cell="error"),
    Case("llama.cpp", "too long", *refuses({"error": {"code": 400, "message": "the request exceeds the available context", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}}, 400, ContextTooLong, "exceeds the available context"), cell="too long"),
]  # fmt: skip

SGLANG = [
    Case("SGLang", "a streamed text", Answer.events(
        of(chunk("", role="assistant", reasoning_content=None, tool_calls=None), matched_stop=None),
        chunk(content=None, reasoning_content="Hm"), chunk("Hel"), chunk("lo"),
        of(chunk(reason="stop", content=None), matched_stop=2), last(told(prompt_tokens_details=None)), DONE,
    ), Sees(("Hel", "lo"), ("Hm",), usage=SPENT)),
    Case("SGLang", "a streamed call, its id and name null later", Answer.events(
        chunk("", role="assistant"),
        calls({"index": 0, "id": "call_1", "type": "function", "function": {"name": "now", "arguments": ""}}, content=None),
        calls({"index": 0, "id": None, "type": "function", "function": {"name": None, "arguments": '{"tz": 1}'}}),
        of(chunk(reason="tool_calls"), matched_stop=None), last(told()), DONE,
    ), Sees(calls=(Call("call_1", "now", ("", '{"tz": 1}')),), reason="tool_calls", usage=SPENT)),
    Case("SGLang", "flat", *refuses({"object": "error", "message": "top_k must be -1 or at least 1", "type": "BadRequestError", "param": None, "code": 400}, 400, BadRequest, "top_k must be"), cell="error"),
    Case("SGLang", "flat, in a stream", Answer.events({"object": "error", "message": "no", "code": 400}), fails(BadRequest, "no", 400), cell="error"),
    Case("SGLang", "an error in the middle", *breaks({"error": {"object": "error", "message": "The request was aborted", "type": "InternalServerError", "code": 500}}, kind=UpstreamFailed, says="The request was aborted", status=500), cell="error"),
    Case("SGLang", "too long", *refuses({"object": "error", "message": "The input (9 tokens) is longer than the model's context length (8 tokens).", "type": "BadRequestError", "param": None, "code": 400}, 400, ContextTooLong, "longer than the model's context length"), cell="too long"),
    Case("SGLang", "finish_reason abort", *ends("abort", "abort", matched_stop=None), cell="finish"),
    *(Case("SGLang", f"finish_reason stop with matched_stop {said!r}", *ends("stop", "stop", matched_stop=said), cell="finish") for said in (2, "\n\n")),
]  # fmt: skip

OTHERS = [
    Case("router", "a model", *refuses({"error": {"message": "no provider", "code": "model_not_supported"}}, 400, ModelNotFound, "no provider"), cell="error"),
    Case("router", "credits", *refuses({"error": "You have exceeded your credits"}, 402, UpstreamFailed, "You have exceeded your credits"), cell="error"),
    Case("FastAPI", "a parameter", *refuses({"detail": [{"loc": ["body", "n"], "msg": "too many"}]}, 422, BadRequest, "too many"), cell="error"),
    Case("FastAPI", "no such path", *refuses({"detail": "Not Found"}, 404, BadAnswer, "there is no such API at"), cell="error"),
    Case("FastAPI", "no such method", *refuses({"detail": "Method Not Allowed"}, 405, BadAnswer, "there is no such API at"), cell="error"),
]  # fmt: skip

WHOLE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}
TOLD = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a"'}}
UNNUMBERED = {key: value for key, value in TOLD.items() if key != "index"}
BORNE = [
    Case("wild", "plain", Answer.events(chunk("Hel"), chunk("lo"), END, DONE)),
    Case("wild", "no [DONE]", Answer.events(chunk("Hel"), chunk("lo"), END)),
    Case("wild", "no finish_reason, but [DONE]", Answer.events(chunk("Hel"), chunk("lo"), DONE), Sees(("Hel", "lo"), reason=None)),
    Case("wild", "the connection breaks after the finish", Answer.events(chunk("Hel"), chunk("lo"), END, HangUp())),
    Case("wild", "silence after the finish", Answer.events(chunk("Hel"), chunk("lo"), END, 3.0, DONE), patience=0.4),
    Case("wild", "more after [DONE]", Answer.events(chunk("Hel"), chunk("lo"), END, DONE, chunk("!"))),
    Case("wild", "data: without a space", Answer.events(lines(f"data:{compact('Hel')}", "", f"data:{compact('lo', 'stop')}", "", "data:[DONE]", ""))),
    Case("wild", "CRLF, comments and keep-alives", Answer.events(
        lines(": ping", "", "retry: 10", "", f"data: {compact('Hel')}", "", ":", "", "data:", "", ending="\r\n"),
        lines("id: 7", "event: message", f"data: {compact('lo', 'stop')}", "", "data: [DONE]", "", ending="\r\n"),
    )),
    Case("wild", "CR alone", Answer.events(lines(f"data: {compact('Hel')}", "", f"data: {compact('lo', 'stop')}", "", ending="\r"))),
    Case("wild", "one byte at a time", Answer(
        tuple(bytes([byte]) for byte in lines(f"data: {compact('Hél')}", "", f"data: {compact('lo', 'stop')}", "", "data: [DONE]", "")),
        headers={"content-type": "text/event-stream"},
    ), Sees(("Hél", "lo"))),
    Case("wild", "blank lines forgotten", Answer.events(lines(f"data: {compact('Hel')}", f"data: {compact('lo', 'stop')}", "data: [DONE]"))),
    Case("wild", "no line end at the end", Answer.events(chunk("Hel"), f"data: {compact('lo', 'stop')}".encode())),
    Case("wild", "a byte-order mark", Answer.events(b"\xef\xbb\xbf", chunk("Hel"), chunk("lo"), END, DONE)),
    Case("wild", "no content type", Answer((written(chunk("Hel"), chunk("lo"), END, DONE),))),
    Case("wild", "called JSON", Answer.events(chunk("Hel"), chunk("lo"), END, DONE, kind="application/json")),
    Case("wild", "called Latin-1", Answer.events(chunk("é"), END, kind="text/event-stream; charset=latin-1"), Sees(("é",))),
    Case("wild", "one completion, not streamed", Answer.json(WHOLE | {"usage": USAGE}), Sees(("Hello",), usage=Usage(prompt_tokens=5, completion_tokens=4))),
    Case("wild", "a completion called a stream", Answer.events(b" \n", json.dumps(WHOLE).encode()), Sees(("Hello",))),
    Case("wild", "gzip", Answer((gzip.compress(written(chunk("Hel"), chunk("lo"), END)),), headers={"content-encoding": "gzip"})),
    Case("wild", "content null or absent", Answer.events(chunk(content=None), chunk(), chunk("Hel"), chunk("lo"), END, DONE)),
    Case("wild", "content as parts", Answer.events(chunk(content=[{"type": "text", "text": "Hel"}]), chunk("lo", "stop"), DONE)),
    Case("wild", "content as parts, not streamed", Answer.json({"choices": [{"index": 0, "message": {"role": "assistant", "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}, "finish_reason": "stop"}]}), Sees(("Hello",))),
    Case("wild", "no choices, empty choices", Answer.events({"id": "1"}, {"choices": []}, {"choices": None}, chunk("Hel"), chunk("lo", "stop"), DONE)),
    Case("wild", "usage on every chunk", Answer.events({**chunk("Hel"), "usage": USAGE}, {**chunk("lo", "stop"), "usage": USAGE}, DONE), Sees(("Hel", "lo"), usage=Usage(prompt_tokens=5, completion_tokens=4))),
    Case("wild", "reasoning_content", Answer.events(chunk(reasoning_content="Hm"), END, DONE), Sees(thinking=("Hm",))),
    Case("wild", "reasoning", Answer.events(chunk(reasoning="Hm"), END, DONE), Sees(thinking=("Hm",))),
    Case("wild", "both names of the reasoning", Answer.events(chunk(reasoning="Hm", reasoning_content="Hm"), END, DONE), Sees(thinking=("Hm",))),
    Case("wild", "tool calls with role and id in every delta, and no index", Answer.events(
        calls(UNNUMBERED, role="assistant"), calls({"id": "c1", "function": {"arguments": ": 1}"}}, role="assistant"), chunk(reason="tool_calls"),
    ), Sees(calls=(Call("c1", "f", ('{"a"', ": 1}")),), reason="tool_calls")),
    Case("wild", "two tool calls without an index, ids told once", Answer.events(
        calls(UNNUMBERED), calls({"function": {"arguments": ": 1}"}}), calls(UNNUMBERED | {"id": "c2"}), calls({"function": {"arguments": ": 2}"}}), chunk(reason="tool_calls"),
    ), Sees(calls=(Call("c1", "f", ('{"a"', ": 1}")), Call("c2", "f", ('{"a"', ": 2}"))), reason="tool_calls")),
    Case("wild", "half a surrogate pair", Answer.events('{"choices":[{"delta":{"content":"a\\ud83d"},"finish_reason":"stop"}]}'), Sees(("a\ufffd",))),
    Case("wild", "NaN as a log probability", Answer.events('{"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":NaN}]},"finish_reason":"stop"}]}'), Sees(("a",))),
    Case("wild", "Unicode line ends in the text", Answer.events(chunk("a\u2028b\x85c", "stop")), Sees(("a\u2028b\x85c",))),
    Case("wild", "a finish_reason that nobody knows", *ends("recitation", "recitation"), cell="finish"),
]  # fmt: skip

REFUSED = [
    Case("wild", "plain text", Answer.text("upstream is on fire", 500, "text/plain"), fails(UpstreamFailed, "upstream is on fire", 500), cell="error"),
    Case("wild", "a page", Answer.text("<html><title>500 Oh no</title>", 500), fails(UpstreamFailed, "a web page: 500 Oh no", 500), cell="error"),
    Case("wild", "no body", Answer((), 500), fails(UpstreamFailed, "HTTP 500", 500), cell="error"),
    Case("wild", "an error body that breaks off", Answer((b'{"error": "half', HangUp()), 500), fails(UpstreamFailed, "half", 500), cell="error"),
    Case("wild", "busy", *refuses({"error": "slow down"}, 429, Busy, "slow down", retry_after="120"), cell="error"),
    Case("wild", "no such path, a page", Answer.text(PAGE, 404), fails(BadAnswer, "there is no such API at", 404), cell="error"),
    Case("wild", "a redirect", Answer((), 307, {"location": "https://elsewhere.example/v1"}), fails(BadAnswer, "redirects to https://elsewhere.example/v1", 307), cell="error"),
    # a success that is none
    Case("wild", "an error in a completion", Answer.json({"error": {"message": "no", "code": 429}}), fails(Busy, "no", 429), cell="error"),
    Case("wild", "an error in text, in a completion", Answer.json({"error": "no"}), fails(UpstreamFailed, "no", 502), cell="error"),
    Case("wild", "an error in a stream", *breaks({"error": {"message": "no"}}, kind=UpstreamFailed, says="no", status=502), cell="error"),
    Case("wild", "NaN in an error", Answer.events('{"error": {"message": "no", "took": NaN}}'), fails(UpstreamFailed, "no", 502), cell="error"),
    Case("wild", "an event called error", Answer.events(b'event: error\ndata: {"message": "no"}\n\n'), fails(UpstreamFailed, "no", 502), cell="error"),
    Case("wild", "a page that says all is well", Answer.text(PAGE), fails(BadAnswer, "sent a web page"), cell="error"),
    Case("wild", "text that says all is well", Answer.text("OK", kind="text/plain"), fails(BadAnswer, "not a chat completion"), cell="error"),
    Case("wild", "other JSON", Answer.json({"hello": "world"}), fails(BadAnswer, "not a chat completion"), cell="error"),
    Case("wild", "a list", Answer.json([1]), fails(BadAnswer, "not a chat completion"), cell="error"),
    Case("wild", "broken JSON", Answer.text('{"choices": [', kind="application/json"), fails(BadAnswer, "not a chat completion"), cell="error"),
    Case("wild", "nested too deeply", Answer.text("[" * 200_000, kind="application/json"), fails(BadAnswer, "not a chat completion"), cell="error"),
    Case("wild", "nothing", Answer(), fails(BadAnswer, "empty answer"), cell="error"),
    Case("wild", "nothing but an end", Answer.events(DONE), fails(BadAnswer, "before it began"), cell="error"),
    Case("wild", "no HTTP", Answer((b"220 mail.example ready\r\n\r\n", HangUp()), raw=True), fails(BadAnswer, "not HTTP"), cell="error"),
    Case("wild", "gzip that is none", Answer((b"hello",), headers={"content-encoding": "gzip"}), fails(BadAnswer, "cannot be read"), cell="error"),
]  # fmt: skip

BROKEN = [
    Case("wild", "cut off", *breaks(kind=CutOff, says="cut off", status=None)),
    Case("wild", "the connection breaks", *breaks(HangUp(), kind=CutOff, says="cut off", status=None)),
    Case("wild", "the connection breaks in a character", *breaks(b'data: {"choices":[{"delta":{"content":"\xc3', HangUp(), kind=CutOff, says="cut off", status=None)),
    Case("wild", "silence", *breaks(3.0, kind=Silent, says="sent nothing for 0.4 s", status=None), patience=0.4),
    Case("wild", "silence from the start", Answer.events(3.0), fails(Silent, "sent nothing for 0.4 s"), patience=0.4),
    Case("wild", "silence before the status", Answer((3.0,), raw=True), fails(Silent, "sent nothing for 0.4 s"), patience=0.4),
    Case("wild", "not UTF-8", *breaks(b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n', kind=BadAnswer, says="not UTF-8", status=None)),
    Case("wild", "not UTF-8, in one chunk with what is", Answer((written(chunk("Hel"), b'data: "\xff"\n\n'),)), fails(BadAnswer, "not UTF-8", None, "Hel")),
    Case("wild", "not UTF-8, not streamed", Answer((b'{"choices": "\xff"}',)), fails(BadAnswer, "not UTF-8")),
    Case("wild", "an event that is not JSON", *breaks("surprise", kind=BadAnswer, says="not JSON", status=None)),
    Case("wild", "an event that is no object", *breaks("7", kind=BadAnswer, says="not a chat completion chunk", status=None)),
    Case("wild", "choices that are none", Answer.events({"choices": {"a": 1}}), fails(BadAnswer, "`choices`")),
    Case("wild", "a huge index", Answer.events({"choices": [{"index": 10**9, "delta": {"content": "x"}}]}), fails(BadAnswer, "numbers")),
]  # fmt: skip

CASES = (*OPENAI, *TGI, *VLLM, *LLAMA_CPP, *SGLANG, *OTHERS, *BORNE, *REFUSED, *BROKEN)


# --- what goes out -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Fields of a request that a server takes, in its own way."""

    by: str
    what: str
    fields: dict[str, Any]
    cell: Cell = "constraints"

    @property
    def name(self) -> str:
        return f"{self.by}: {self.what}"


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
ASKED = (
    Asked("OpenAI", "json_object", {"response_format": {"type": "json_object"}}),
    Asked("OpenAI", "json_schema", {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}}),
    Asked("OpenAI", "a string", {"stop": "\n"}, "stop"),
    Asked("OpenAI", "a list", {"stop": ["\n", "b"]}, "stop"),
    Asked("TGI", "json", {"response_format": {"type": "json", "value": SCHEMA}}),
    Asked("TGI", "json_object with a value", {"response_format": {"type": "json_object", "value": SCHEMA}}),
    Asked("TGI", "regex", {"response_format": {"type": "regex", "value": "[0-9]+"}}),
    Asked("TGI", "a list", {"stop": ["\n"]}, "stop"),
    Asked("vLLM", "json", {"structured_outputs": {"json": SCHEMA}}),
    Asked("vLLM", "regex", {"structured_outputs": {"regex": "a+"}}),
    Asked("vLLM", "choice", {"structured_outputs": {"choice": ["a", "b"]}}),
    Asked("vLLM", "grammar", {"structured_outputs": {"grammar": 'root ::= "a"'}}),
    Asked("vLLM", "a string, kept", {"stop": "a", "include_stop_str_in_output": True, "stop_token_ids": [2]}, "stop"),
    Asked("llama.cpp", "json_object with a schema", {"response_format": {"type": "json_object", "schema": SCHEMA}}),
    Asked("llama.cpp", "grammar", {"grammar": 'root ::= "a"'}),
    Asked("llama.cpp", "a string", {"stop": "a"}, "stop"),
    Asked("SGLang", "regex", {"regex": "a+"}),
    Asked("SGLang", "ebnf", {"ebnf": 'root ::= "a"'}),
    Asked("SGLang", "a list", {"stop": ["a"]}, "stop"),
    *(Asked("router", f"model {id}", {"model": id}, "stream") for id in ("org/m", "org/m:together", "org/m:fastest", "org/m:cheapest", "org/m:preferred")),
)  # fmt: skip
