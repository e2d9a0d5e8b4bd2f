"""Answers of a chat-completion API, whole or as a stream of server-sent events, as the messages that they give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import BadRequest, PlaygroundError
from ..events import Fold, Reply, Timings
from ..redact import redact
from ..wire import AnswerReader
from ..wire.requests import plain
from .apis import out_of_scope
from .found import Found
from .jsontext import json_of

_FIELDS = {"role", "content", "reasoning_content", "reasoning", "tool_calls", "refusal"}
_EVENT = re.compile(r"(data|event|id|retry)?:")


def answer(body: dict[str, Any], title: str = "Response") -> Found:
    """A chat.completion. Raises BadRequest for what is none, or holds an error."""
    choices = body.get("choices")
    if isinstance(choices, list) and any(isinstance(choice, dict) and "text" in choice for choice in choices):
        raise out_of_scope("this is the answer of a text-completion API")
    reply = _read([body])
    left = sorted({field for message in _messages(choices) for field in message if message[field]} - _FIELDS)
    notes = (f"Left out of the answer: {', '.join(left):.200}.",) if left else ()
    return _found(reply, body.get("model"), title, notes)


def _messages(choices: Any) -> Iterator[dict[str, Any]]:
    for choice in choices if isinstance(choices, list) else ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict):
            yield message


def streamed(chunks: list[Any], title: str = "Streamed response") -> Found:
    """The chunks of one streamed answer, folded."""
    models = (chunk["model"] for chunk in chunks if isinstance(chunk, dict) and isinstance(chunk.get("model"), str))
    reply = _read(chunks)
    unfinished = any(choice.finish_reason is None for choice in reply.choices)
    notes = ("The stream has no end: the answer may be cut off.",) if unfinished else ()
    return _found(reply, next(models, None), title, notes)


def is_events(text: str) -> bool:
    """Whether a text begins as a stream of server-sent events does."""
    return _EVENT.match(text.lstrip()) is not None


def events(text: str) -> Found:
    """The text of a stream of server-sent events."""
    chunks = [json_of(data, f"the event in line {line}") for line, data in _data(text) if data != "[DONE]"]
    for chunk in chunks:
        kind = chunk.get("type") if isinstance(chunk, dict) else None
        if isinstance(kind, str) and "choices" not in chunk and not chunk.get("error"):
            raise out_of_scope(f"these are events of another API ({kind:.40})")
    if not chunks:
        raise BadRequest("the events hold no data", advice="Paste the lines that begin with data: too.")
    return streamed(chunks)


def _data(text: str) -> Iterator[tuple[int, str]]:
    """Line and data of each event."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*re.split(r"\r\n|\n|\r", text), ""], 1):
        if line.startswith("data:"):
            start = start if lines else number
            lines.append(line[5:].removeprefix(" "))
        elif not line.strip() and lines:
            yield from _events(start, lines)
            lines = []


def _events(start: int, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines of data without a blank line between them, as some servers send them, are events of their own."""
    if len(lines) == 1 or all(line.startswith(("{", "[DONE]")) for line in lines):
        yield from ((start + index, line.strip()) for index, line in enumerate(lines))
    else:
        yield start, "\n".join(lines).strip()


def _read(bodies: Iterable[Any]) -> Reply:
    reader, fold = AnswerReader(), Fold()
    try:
        for body in bodies:
            for event in reader.read(body):
                fold.add(event)
    except PlaygroundError as error:
        raise BadRequest(
            f"the response holds an error: {redact(error.message):.300}", advice="Import a response that succeeded."
        ) from error
    fold.add(reader.end(Timings(ttft=None, total=0.0)))
    return fold.reply()


def _found(reply: Reply, model: Any, title: str, notes: tuple[str, ...]) -> Found:
    messages = [plain(choice.message) for choice in reply.choices]
    if not any(message["content"] or len(message) > 2 for message in messages):
        raise BadRequest("the response says nothing", advice="Import a response with a message in it.")
    named = {"model": model} if isinstance(model, str) and model else {}
    return Found(kind="response", title=title, body={**named, "messages": messages}, notes=notes)
