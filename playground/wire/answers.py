"""event <-> chunk and reply <-> completion: strict in what we write, tolerant in what we read."""

from __future__ import annotations

from typing import Any

from ..errors import BadAnswer
from ..events import (
    Choice,
    Delta,
    Event,
    Finished,
    LogprobsDelta,
    Reply,
    TextDelta,
    Timings,
    TokenLogprob,
    ToolCallDelta,
    ReasoningDelta,
    Usage,
)
from ..jsonvalue import dumps
from .failures import read_failure
from .requests import plain

DONE = "data: [DONE]\n\n"


def sse(data: Any) -> str:
    """One server-sent event that carries JSON."""
    return f"data: {dumps(data)}\n\n"


# --- writing -------------------------------------------------------------------------------------


class ChunkWriter:
    """Writes one answer as chat.completion.chunk objects: role first, deltas, finish, usage if wanted."""

    def __init__(self, id: str, created: int, model: str, *, include_usage: bool, n: int = 1) -> None:
        """`created` is in Unix seconds."""
        self._head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._usage = include_usage
        self._n = n

    def start(self) -> list[dict[str, Any]]:
        return [self._chunk(index, {"role": "assistant", "content": ""}) for index in range(self._n)]

    def write(self, event: Event) -> list[dict[str, Any]]:
        """The chunks of one event: none for progress, the finish and usage chunks for Finished."""
        if isinstance(event, Finished):
            ends = [self._chunk(index, {}, reason) for index, reason in enumerate(event.reasons)]
            if self._usage:
                ends.append({**self._head, "choices": [], "usage": usage_body(event.usage)})
            return ends
        if isinstance(event, LogprobsDelta):
            return [self._chunk(event.choice, {}, logprobs=event.tokens)]
        if isinstance(event, (TextDelta, ReasoningDelta, ToolCallDelta)):
            return [self._chunk(event.choice, _delta(event))]
        return []

    def _chunk(
        self, index: int, delta: dict[str, Any], reason: str | None = None, logprobs: tuple[TokenLogprob, ...] = ()
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": logprobs_body(logprobs), "finish_reason": reason}
        chunk = {**self._head, "choices": [choice]}
        return {**chunk, "usage": None} if self._usage else chunk


def _delta(event: TextDelta | ReasoningDelta | ToolCallDelta) -> dict[str, Any]:
    if isinstance(event, TextDelta):
        return {"content": event.text}
    if isinstance(event, ReasoningDelta):
        return {"reasoning_content": event.text, "reasoning": event.text}
    call: dict[str, Any] = {"index": event.index}
    if event.id is not None:
        call |= {"id": event.id, "type": "function"}
    function = {"name": event.name} if event.name is not None else {}
    call["function"] = {**function, "arguments": event.arguments}
    return {"tool_calls": [call]}


def completion(id: str, created: int, model: str, reply: Reply) -> dict[str, Any]:
    """A whole chat.completion object."""
    return {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [_choice(index, choice) for index, choice in enumerate(reply.choices)],
        "usage": usage_body(reply.usage),
    }


def _choice(index: int, choice: Choice) -> dict[str, Any]:
    message = plain(choice.message)
    if "reasoning_content" in message:
        message["reasoning"] = message["reasoning_content"]
    return {
        "index": index,
        "message": message,
        "logprobs": logprobs_body(choice.logprobs),
        "finish_reason": choice.finish_reason,
    }


def usage_body(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    body: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    if usage.cached_tokens is not None:
        body["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        body["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return body


def logprobs_body(tokens: tuple[TokenLogprob, ...]) -> dict[str, Any] | None:
    if not tokens:
        return None
    return {"content": [{**_token(token), "top_logprobs": [_token(top) for top in token.top]} for token in tokens]}


def _token(token: TokenLogprob) -> dict[str, Any]:
    raw = None if token.bytes is None else list(token.bytes)
    return {"token": token.token, "logprob": token.logprob, "bytes": raw}


# --- reading -------------------------------------------------------------------------------------

_REASONS = {"stop_sequence": "stop", "eos_token": "stop", "eos": "stop", "function_call": "tool_calls"}


class AnswerReader:
    """Reads chunks, or one whole completion, of any OpenAI-compatible API into events.

    Bears: content null, absent or a list of parts; `reasoning` or `reasoning_content`; empty or missing
    choices; usage on any chunk; tool-call deltas without an index; an error inside (raised as ours).
    """

    def __init__(self) -> None:
        self._reasons: dict[int, str | None] = {}
        self._usage: Usage | None = None
        self._calls: dict[int, list[str | None]] = {}

    @property
    def finished(self) -> bool:
        """Whether every choice seen so far has its finish_reason."""
        return bool(self._reasons) and all(reason is not None for reason in self._reasons.values())

    def read(self, body: Any) -> list[Delta]:
        """The events of one chunk or completion. Raises BadAnswer, or the error that it holds."""
        if not isinstance(body, dict):
            raise BadAnswer("the endpoint sent something that is not a chat completion chunk")
        if body.get("error") or body.get("object") == "error":
            raise read_failure(200, body, text=dumps(body)[:2000])
        if isinstance(body.get("usage"), dict):
            self._usage = _usage(body["usage"]) or self._usage
        choices = body.get("choices")
        if choices is not None and not isinstance(choices, list):
            raise BadAnswer("the endpoint's `choices` is not a list")
        return [event for choice in choices or () if isinstance(choice, dict) for event in self._choice(choice)]

    def end(self, timings: Timings) -> Finished:
        return Finished(
            reasons=tuple(self._reasons.get(index) for index in range(max(self._reasons, default=0) + 1)),
            timings=timings,
            usage=self._usage,
        )

    def _choice(self, choice: dict[str, Any]) -> list[Delta]:
        index = choice.get("index")
        index = index if isinstance(index, int) and index >= 0 else 0
        self._reasons.setdefault(index, None)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._reasons[index] = _REASONS.get(reason, reason)
        said = choice.get("delta") or choice.get("message")
        said = said if isinstance(said, dict) else {}
        events: list[Delta] = []
        if thought := _text(said.get("reasoning_content")) or _text(said.get("reasoning")):
            events.append(ReasoningDelta(text=thought, choice=index))
        if text := _text(said.get("content")):
            events.append(TextDelta(text=text, choice=index))
        if tokens := _logprobs(choice.get("logprobs")):
            events.append(LogprobsDelta(tokens=tokens, choice=index))
        calls = said.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                events.append(self._call(call, index))
        return events

    def _call(self, call: dict[str, Any], choice: int) -> ToolCallDelta:
        ids = self._calls.setdefault(choice, [])
        id = call.get("id") if isinstance(call.get("id"), str) and call.get("id") else None
        index = call.get("index")
        if not isinstance(index, int) or index < 0:
            index = ids.index(id) if id in ids and id else len(ids) if id or not ids else len(ids) - 1
        while len(ids) <= index:
            ids.append(None)
        fresh = ids[index] is None
        ids[index] = ids[index] or id or ""
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        arguments = function.get("arguments")
        return ToolCallDelta(
            index=index,
            id=id if fresh else None,
            name=_text(function.get("name")) or None if fresh else None,
            arguments=arguments if isinstance(arguments, str) else "" if arguments is None else dumps(arguments),
            choice=choice,
        )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def _usage(usage: dict[str, Any]) -> Usage | None:
    def count(body: Any, key: str) -> int | None:
        value = body.get(key) if isinstance(body, dict) else None
        return value if isinstance(value, int) and value >= 0 else None

    prompt, answer = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    if prompt is None and answer is None:
        return None
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=answer or 0,
        reasoning_tokens=count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        cached_tokens=count(usage.get("prompt_tokens_details"), "cached_tokens"),
    )


def _logprobs(body: Any) -> tuple[TokenLogprob, ...]:
    content = body.get("content") if isinstance(body, dict) else None
    return tuple(_read_token(item) for item in content or () if _is_token(item))


def _is_token(item: Any) -> bool:
    logprob = item.get("logprob") if isinstance(item, dict) else None
    return isinstance(logprob, (int, float)) and isinstance(item.get("token"), str)


def _read_token(item: dict[str, Any]) -> TokenLogprob:
    raw = item.get("bytes")
    return TokenLogprob(
        token=item["token"],
        logprob=float(item["logprob"]),
        bytes=tuple(raw) if isinstance(raw, list) and all(isinstance(byte, int) for byte in raw) else None,
        top=tuple(_read_token(top) for top in item.get("top_logprobs") or () if _is_token(top)),
    )
