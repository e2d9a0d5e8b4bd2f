"""event <-> chunk and reply <-> completion: strict in what we write, tolerant in what we read."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import BadAnswer
from ..events import (
    Choice,
    Delta,
    Event,
    Finished,
    LogprobsDelta,
    ReasoningDelta,
    Reply,
    TextDelta,
    Timings,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from ..jsonvalue import dumps
from .failures import read_failure
from .requests import plain

DONE = "data: [DONE]\n\n"


def sse(data: Any) -> str:
    """One server-sent event that carries JSON. Escapes the line ends of Unicode: some clients split at them."""
    return f"data: {dumps(data).translate(_LINE_ENDS)}\n\n"


_LINE_ENDS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\u0085\u2028\u2029"}


# --- writing -------------------------------------------------------------------------------------


class ChunkWriter:
    """Writes one answer as chat.completion.chunk objects: role first, deltas, finish, usage if wanted."""

    def __init__(self, id: str, created: int, model: str, *, include_usage: bool, n: int = 1) -> None:
        """`created` is in Unix seconds."""
        self._head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._usage = include_usage
        self._n = n
        self._logprobs: dict[int, tuple[TokenLogprob, ...]] = {}  # of each choice, for the next of its text

    def start(self) -> list[dict[str, Any]]:
        return [self._chunk(index, {"role": "assistant", "content": ""}) for index in range(self._n)]

    def write(self, event: Event) -> list[dict[str, Any]]:
        """The chunks of one event: none for progress, the finish and usage chunks for Finished."""
        if isinstance(event, Finished):
            ends = [self._chunk(index, {}, reason, self._of(index)) for index, reason in enumerate(event.reasons)]
            if self._usage:
                ends.append({**self._head, "choices": [], "usage": usage_body(event.usage)})
            return ends
        if isinstance(event, LogprobsDelta):
            self._logprobs[event.choice] = self._logprobs.get(event.choice, ()) + event.tokens
            return []
        if isinstance(event, TextDelta):
            return [self._chunk(event.choice, _delta(event), logprobs=self._of(event.choice))]
        if isinstance(event, (ReasoningDelta, ToolCallDelta)):
            return [self._chunk(event.choice, _delta(event))]
        return []

    def _of(self, index: int) -> tuple[TokenLogprob, ...]:
        return self._logprobs.pop(index, ())

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
    """-9999.0 stands for a probability of zero, as in OpenAI's API: JSON has no infinity."""
    raw = None if token.bytes is None else list(token.bytes)
    return {"token": token.token, "logprob": max(-9999.0, token.logprob), "bytes": raw}


# --- reading -------------------------------------------------------------------------------------

_REASONS = {"stop_sequence": "stop", "eos_token": "stop", "eos": "stop", "function_call": "tool_calls"}
_MOST = 1024
"""The highest index of a choice or call that is believed."""


class AnswerReader:
    """Reads chunks, or one whole completion, of any OpenAI-compatible API into events.

    Bears: content null, absent or a list of parts, or a `refusal` in its place (read as text); `reasoning` or
    `reasoning_content`; empty or missing choices; usage on any chunk; tool-call deltas without an index, or
    with their id and name in each; an error inside (raised as ours).
    """

    def __init__(self) -> None:
        self._reasons: dict[int, str | None] = {}
        self._usage: Usage | None = None
        self._calls: dict[int, dict[int, _Told]] = {}

    @property
    def finished(self) -> bool:
        """Whether every choice seen so far has its finish_reason."""
        return bool(self._reasons) and all(reason is not None for reason in self._reasons.values())

    def read(self, body: Any) -> list[Delta]:
        """The events of one chunk or completion. Raises BadAnswer, or the error that it holds."""
        if not isinstance(body, dict):
            raise BadAnswer("the endpoint sent something that is not a chat completion chunk")
        if body.get("error") or body.get("object") == "error":
            raise read_failure(200, body, text=_shown(body)[:2000])
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
        index = _index(choice.get("index")) or 0
        self._reasons.setdefault(index, None)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._reasons[index] = _REASONS.get(reason, reason)
        said, whole = choice.get("delta"), False
        if not said:
            said, whole = choice.get("message"), True
        said = said if isinstance(said, dict) else {}
        events: list[Delta] = []
        if thought := _text(said.get("reasoning_content")) or _text(said.get("reasoning")):
            events.append(ReasoningDelta(text=thought, choice=index))
        if tokens := _logprobs(choice.get("logprobs")):
            events.append(LogprobsDelta(tokens=tokens, choice=index))
        if text := _text(said.get("content")) or _text(said.get("refusal")):
            events.append(TextDelta(text=text, choice=index))
        calls = [call for call in _items(said.get("tool_calls")) if isinstance(call, dict)]
        events += [self._call(call, index, place if whole else None) for place, call in enumerate(calls)]
        return events

    def _call(self, call: dict[str, Any], choice: int, place: int | None) -> ToolCallDelta:
        """`place` is where the call stands in a whole message's list."""
        calls = self._calls.setdefault(choice, {})
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        id, name = _text(call.get("id")), _text(function.get("name"))
        index = _index(call.get("index"))
        if index is None:
            index = _place(calls, id, name) if place is None else place
        known = calls.get(index, _Told())
        calls[index] = _Told(known.id or id, known.name or name)
        arguments = function.get("arguments")
        return ToolCallDelta(
            index=index,
            id=id or None if not known.id else None,
            name=name or None if not known.name else None,
            arguments=arguments if isinstance(arguments, str) else "" if arguments is None else _shown(arguments),
            choice=choice,
        )


class _Told(NamedTuple):
    """What has been told of a tool call so far; "" is not yet."""

    id: str = ""
    name: str = ""


def _place(calls: dict[int, _Told], id: str, name: str) -> int:
    """The index of a call delta that has none: that of its id; else a new one for an id or a name; else the last."""
    of_id = [index for index, told in calls.items() if id and told.id == id]
    if of_id:
        return of_id[0]
    last = max(calls, default=0)
    return last + 1 if calls and (id or name) else last


def _index(value: Any) -> int | None:
    """An index that is one; raises BadAnswer for one that is too large to be meant."""
    if type(value) is not int or value < 0:
        return None
    if value > _MOST:
        raise BadAnswer(f"the endpoint numbers an answer or a tool call {value}")
    return value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(body: Any) -> str:
    try:
        return dumps(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("the endpoint's answer holds JSON that cannot be written again") from error


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in _items(content) if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _usage(usage: dict[str, Any]) -> Usage | None:
    def count(body: Any, key: str) -> int | None:
        value = body.get(key) if isinstance(body, dict) else None
        return value if type(value) is int and value >= 0 else None

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
    """What is no token is left out. There may be twenty alternatives to each, so they are read in as few steps as can be."""
    content = _items(body.get("content")) if isinstance(body, dict) else []
    return tuple(
        _read_token(item, tuple([_read_token(top) for top in _items(item.get("top_logprobs")) if _is_token(top)]))
        for item in content
        if _is_token(item)
    )


def _is_token(item: Any) -> bool:
    if type(item) is not dict or type(item.get("token")) is not str:
        return False
    logprob: Any = item.get("logprob")
    return type(logprob) in _NUMBERS and bool(logprob < 1e300)


_NUMBERS = (float, int)


def _read_token(item: dict[str, Any], top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    logprob = item["logprob"]
    return TokenLogprob(item["token"], float(logprob) if logprob > -9999 else -9999.0, _bytes(item.get("bytes")), top)


def _bytes(raw: Any) -> bytes | None:
    try:
        return bytes(raw) if type(raw) is list else None
    except (TypeError, ValueError):  # no numbers, or none of a byte
        return None
