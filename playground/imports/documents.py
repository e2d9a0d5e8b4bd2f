"""JSON documents as what they hold: requests, answers, messages, and lines of JSONL files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..errors import BadRequest
from ..params import BY_NAME
from .answers import answer, streamed
from .anthropic import is_anthropics
from .apis import PATH, Api, NoRequest, check, out_of_scope
from .found import MOST, Found, Sent, found
from .jsonl import Failure, Value, are_mostly_objects, is_jsonl, lines_of, note_on, values_of
from .jsontext import json_of
from .translation import translated
from .values import settled

_JSON = re.compile(r'\s*(?:[\[{]\s*+)++(?:["\]}\d-]|true\b|false\b|null\b|\Z)')
_CHUNK = "chat.completion.chunk"
_KNOWN = "Import a request with messages, a response, a list of messages, or lines of a fine-tuning or batch file."


def is_documents(text: str) -> bool:
    """Whether a text begins as JSON does, or most of its lines are objects."""
    return _JSON.match(text) is not None or are_mostly_objects(lines_of(text), share=0.6)


def documents(text: str) -> tuple[Found, ...]:
    """What a JSON text holds, or the lines of a JSONL text, those that can be read.

    Raises BadRequest with line and column where none can.
    """
    lines = lines_of(text)
    if is_jsonl(lines):
        return _lines(lines)
    try:
        return _read(json_of(text))
    except BadRequest as error:
        if not are_mostly_objects(lines):
            raise
        try:
            return _lines(lines)
        except BadRequest:
            raise error from None


def _lines(lines: list[tuple[int, str]]) -> tuple[Found, ...]:
    values, failures = values_of(lines[:MOST])
    return _several(values, failures, len(lines))


def _read(value: Any) -> tuple[Found, ...]:
    if isinstance(value, dict):
        return (_object(value),)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _unknown()
    if all("role" in item for item in value):
        return (Found(kind="messages", title="Messages", body={"messages": value}),)
    return _several([(f"item {index}", item) for index, item in enumerate(value[:MOST], 1)], [], len(value))


def _several(values: list[Value], failures: list[Failure], total: int) -> tuple[Found, ...]:
    """Documents that stand one after another, those that can be read; notes name the others."""
    if values and all(isinstance(value, dict) and value.get("object") == _CHUNK for _, value in values):
        one = streamed([value for _, value in values])
        return (replace(one, notes=(*one.notes, *note_on(failures))),)
    read: list[Found] = []
    failed = [place for place, value in values if _has_failed(value)]
    for place, value in values:
        try:
            read += [] if _has_failed(value) else [_named(place, value)]
        except BadRequest as error:
            failures = [*failures, (place, error)]
    if not read:
        raise _first_of(failed, failures)
    notes = [f"Only the first {MOST} of {total} were read."] if total > MOST else []
    if failed:
        notes.append(f"Left out, because there is an error instead of an answer: {', '.join(failed):.300}.")
    notes += note_on(sorted(failures, key=lambda failure: int(failure[0].split()[1])))
    return tuple(replace(one, notes=(*one.notes, *notes)) for one in read)


def _first_of(failed: list[str], failures: list[Failure]) -> BadRequest:
    if failures:
        return failures[0][1]
    return BadRequest(f"{failed[0]} holds an error, and nothing to import", advice=_KNOWN)


def _named(place: str, value: Any) -> Found:
    try:
        if not isinstance(value, dict):
            raise _unknown()
        one = _object(value, by_line=True)
    except BadRequest as error:
        raise BadRequest(f"{place}: {error.message}", advice=error.advice, param=error.param) from error
    id = value.get("custom_id")
    known_as = f", {id:.60}" if isinstance(id, str) else ""
    return replace(one, title=f"{place[0].upper()}{place[1:]}: {one.title[0].lower()}{one.title[1:]}{known_as}")


def _has_failed(value: Any) -> bool:
    """Whether a line of a batch's output holds an error instead of an answer."""
    if not isinstance(value, dict) or "custom_id" not in value or "body" in value:
        return False
    response = value.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    return not isinstance(body, dict) or bool(body.get("error"))


def _object(value: dict[str, Any], *, by_line: bool = False) -> Found:
    for fits, read in _FORMS:
        if fits(value):
            return read(value)
    if isinstance(value.get("messages"), list) and by_line and "model" not in value:
        return _example(value)
    if "messages" in value:
        body, notes = _translated(value)
        return Found(kind="request", title="Request", body=body, notes=notes)
    if value.get("type") == "message":
        raise out_of_scope("this is an answer of Anthropic's API")
    if value.get("error"):
        raise BadRequest("this is an endpoint's error, not a request or an answer", advice=_KNOWN)
    if value.get("object") == "response" or "output" in value:
        raise out_of_scope("this is an answer of the Responses API")
    if value.keys() & {"input", "prompt"}:
        check(value)
    raise _unknown()


def _translated(value: dict[str, Any], api: Api = "openai") -> tuple[dict[str, Any], tuple[str, ...]]:
    body, notes = translated(value, api)
    return (value, ()) if body is value else (settled(body)[0], notes)


def _setting(value: dict[str, Any]) -> Found:
    """{"base_url", "headers"?, "body"}: an endpoint and what it is sent."""
    url, headers = value["base_url"], value.get("headers") or {}
    pairs = tuple(headers.items()) if isinstance(headers, dict) else tuple(_pairs(headers))
    if not isinstance(url, str) or not all(isinstance(item, str) for pair in pairs for item in pair):
        raise BadRequest("base_url must be a text, and headers an object of texts", advice=_KNOWN, param="base_url")
    address = url.rstrip("/")
    return found(Sent("Request", 0, address if address.endswith(PATH) else address + PATH, value["body"], pairs))


def _pairs(headers: Any) -> Iterator[tuple[Any, Any]]:
    for pair in headers if isinstance(headers, list) else ():
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadRequest("headers must be an object of texts", advice=_KNOWN, param="headers")
        yield pair[0], pair[1]


def _batch(value: dict[str, Any]) -> Found:
    url, body = value.get("url"), value["body"]
    if isinstance(url, str) and not url.endswith(PATH):
        raise out_of_scope(f"this batch line is for {url:.60}")
    check(body)
    return Found(kind="request", title="Batch request", body=body)


def _batch_answer(value: dict[str, Any]) -> Found:
    return answer(value["response"]["body"], "Batch answer")


def _preference(value: dict[str, Any]) -> Found:
    """A fine-tuning line with two outputs to choose from."""
    given, better = value["input"], value.get("preferred_output")
    messages = [*given["messages"], *(better if isinstance(better, list) else ())]
    one = _example({**given, "messages": messages})
    return replace(one, notes=(*one.notes, "Of the two outputs the preferred one was taken."))


def _example(value: dict[str, Any]) -> Found:
    """A fine-tuning line. A message's weight says whether it is learned from, and columns of its own what the line is
    about: a request has neither."""
    value, about = _translated(value, "anthropic") if is_anthropics(value) else (value, ())
    messages = [
        {key: item for key, item in message.items() if key != "weight"} if isinstance(message, dict) else message
        for message in value["messages"]
    ]
    notes = [*about, *(["The weights of its messages were left out."] if messages != value["messages"] else [])]
    left = [key for key in value if key not in _ASKED]
    if left:
        notes.append(f"Left out, because a request has no such fields: {', '.join(left):.200}.")
    body = {key: item for key, item in value.items() if key in _ASKED} | {"messages": messages}
    return Found(kind="request", title="Fine-tuning example", body=body, notes=tuple(notes))


_ASKED = frozenset({"messages", "functions", "function_call"}) | BY_NAME.keys()


def _holds(value: dict[str, Any], *path: str, kind: type = dict) -> bool:
    inner: Any = value
    for key in path:
        inner = inner.get(key) if isinstance(inner, dict) else None
    return isinstance(inner, kind)


_FORMS = (
    (lambda value: "base_url" in value and _holds(value, "body"), _setting),
    (lambda value: "custom_id" in value and _holds(value, "body"), _batch),
    (lambda value: _holds(value, "response", "body"), _batch_answer),
    (lambda value: _holds(value, "input", "messages", kind=list), _preference),
    (lambda value: value.get("object") == _CHUNK, lambda value: streamed([value])),
    (lambda value: "choices" in value and "messages" not in value, answer),
    (
        lambda value: "role" in value and "content" in value and value.get("type") != "message",
        lambda value: Found(kind="messages", title="Message", body={"messages": [value]}),
    ),
)


def _unknown() -> BadRequest:
    return NoRequest("the JSON holds no chat-completion request or answer", advice=_KNOWN)
