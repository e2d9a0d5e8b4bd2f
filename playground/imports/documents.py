"""JSON documents as what they hold: requests, answers, messages, and lines of JSONL files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..errors import BadRequest
from ..params import BY_NAME
from .answers import answer, streamed
from .found import MOST, PATH, Found, Sent, check, found, out_of_scope
from .jsontext import json_of

_KNOWN = "Import a request with messages, a response, a list of messages, or lines of a fine-tuning or batch file."


def documents(text: str) -> tuple[Found, ...]:
    """What a JSON text holds, or each line of a JSONL text. Raises BadRequest with line and column."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not _is_jsonl(lines):
        return _read(json_of(text))
    values = [(f"line {number}", json_of(line, first_line=number)) for number, line in lines[:MOST]]
    return _several(values, len(lines))


def _is_jsonl(lines: list[tuple[int, str]]) -> bool:
    """Whether the first line is an object of its own, and another begins on the next."""
    first, second = ([line.strip() for _, line in lines[:2]] + ["", ""])[:2]
    return first.startswith("{") and first.endswith("}") and second.startswith("{")


def _read(value: Any) -> tuple[Found, ...]:
    if isinstance(value, dict):
        return (_object(value),)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _unknown()
    if all("role" in item for item in value):
        return (Found(kind="messages", title="Messages", body={"messages": value}),)
    return _several([(f"item {index}", item) for index, item in enumerate(value[:MOST], 1)], len(value))


def _several(values: list[tuple[str, Any]], total: int) -> tuple[Found, ...]:
    """Documents that stand one after another: `values` pairs the name of a place with what stands there."""
    if all(isinstance(value, dict) and value.get("object") == "chat.completion.chunk" for _, value in values):
        return (streamed([value for _, value in values]),)
    failed = [place for place, value in values if _has_failed(value)]
    read = [_named(place, value) for place, value in values if place not in failed]
    if not read:
        raise BadRequest(f"{failed[0]} holds an error, and nothing to import", advice=_KNOWN)
    notes = [f"Only the first {len(values)} of {total} were read."] if total > len(values) else []
    if failed:
        notes.append(f"Left out, because there is an error instead of an answer: {', '.join(failed):.300}.")
    return tuple(replace(one, notes=(*one.notes, *notes)) for one in read)


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
        return Found(kind="request", title="Request", body=value)
    if value.get("error"):
        raise BadRequest("this is an endpoint's error, not a request or an answer", advice=_KNOWN)
    if value.get("object") == "response" or "output" in value:
        raise out_of_scope("this is an answer of the Responses API")
    if value.keys() & {"input", "prompt"}:
        check(value)
    raise _unknown()


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
    messages = [
        {key: item for key, item in message.items() if key != "weight"} if isinstance(message, dict) else message
        for message in value["messages"]
    ]
    notes = ["The weights of its messages were left out."] if messages != value["messages"] else []
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
    (lambda value: value.get("object") == "chat.completion.chunk", lambda value: streamed([value])),
    (lambda value: "choices" in value and "messages" not in value, answer),
    (
        lambda value: "role" in value and "content" in value,
        lambda value: Found(kind="messages", title="Message", body={"messages": [value]}),
    ),
)


def _unknown() -> BadRequest:
    return BadRequest("the JSON holds no chat-completion request or answer", advice=_KNOWN)
