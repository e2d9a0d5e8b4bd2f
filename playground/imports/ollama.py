"""Requests to Ollama's own /api/chat as chat-completion requests.

Its fields: https://docs.ollama.com/api/chat, and those that its /v1 reads: https://docs.ollama.com/api/openai-compatibility
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from ..jsonvalue import dumps
from .apis import Changes
from .values import Hole, JsonText, Mixed, Text, as_hole, joined

_SAME = frozenset({"temperature", "top_p", "top_k", "min_p", "seed", "stop", "frequency_penalty", "presence_penalty"})
_RENAMED = {"num_predict": "max_tokens", "repeat_penalty": "repetition_penalty"}
_NOT_READ = ("top_k", "min_p", "repetition_penalty")
_IMAGES = (("/9j/", "jpeg"), ("iVBORw0KGgo", "png"), ("R0lGOD", "gif"), ("UklGR", "webp"))
_LEFT_OUT = frozenset({"thinking", "tool_name"})


def is_ollamas(body: dict[Any, Any]) -> bool:
    """Whether a body can be of that API alone."""
    if "keep_alive" in body or (isinstance(body.get("options"), dict) and "model" in body):
        return True
    messages = body.get("messages")
    return isinstance(messages, list) and any(
        isinstance(message, dict) and isinstance(message.get("images"), list) for message in messages
    )


def converted(body: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    """The body with all that has an equal written as the chat-completion API has it; `changes` are noted."""
    found: dict[Any, Any] = {}
    for key, value in body.items():
        if key == "messages" and isinstance(value, list):
            found[key] = list(_messages(value, changes))
        elif key == "options" and isinstance(value, dict):
            found |= _options(value, changes)
        elif key == "format" and value not in (None, ""):
            found["response_format"] = _format(value)
            changes.became.append("format became response_format")
        elif key == "think" and (value is False or isinstance(value, str)):
            found["reasoning_effort"] = value or "none"
            changes.became.append("think became reasoning_effort")
        elif key in ("keep_alive", "think", "format"):
            changes.left_out.append(key)
        else:
            found[key] = value
    if "stream" not in body:
        found["stream"] = True
        changes.became.append("it streams, because nothing says otherwise")
    return found


def not_read(body: dict[Any, Any]) -> tuple[str, ...]:
    """A note on parameters that Ollama's /v1 does not list."""
    names = [name for name in _NOT_READ if name in body]
    return (f"Ollama's /v1 does not say that it reads {', '.join(names)}.",) if names else ()


def _options(options: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in options.items():
        if key in _SAME or not isinstance(key, str):
            found[key] = value
        elif key == "num_predict" and isinstance(value, int) and value < 1:
            changes.left_out.append("num_predict")  # there it stands for no limit, or for the context
        elif key in _RENAMED:
            found[_RENAMED[key]] = value
            changes.became.append(f"{key} became {_RENAMED[key]}")
        else:
            changes.left_out.append(key)
    changes.became += ["options became parameters"] * any(key in _SAME for key in found)
    return found


def _format(value: Any) -> Any:
    if value == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": value}}


def _messages(messages: list[Any], changes: Changes) -> Iterator[Any]:
    """Its calls have no ids, and results come in the order of the calls."""
    numbers, open_calls = count(1), list[str]()
    for message in messages:
        if not isinstance(message, dict):
            yield message
            continue
        changes.left_out += [f"{key} of messages" for key in message if key in _LEFT_OUT and message[key]]
        found = {key: value for key, value in message.items() if key not in _LEFT_OUT}
        if isinstance(found.get("tool_calls"), list):
            found["tool_calls"] = [_call(call, next(numbers), changes) for call in found["tool_calls"]]
            open_calls += [call["id"] for call in found["tool_calls"] if isinstance(call, dict) and "id" in call]
            changes.became.append("tool calls got ids")
        if found.get("role") == "tool" and "tool_call_id" not in found:
            found["tool_call_id"] = open_calls.pop(0) if open_calls else "call_0"
        if "images" in found:
            found = _with_images(found, changes)
        yield found


def _call(call: Any, number: int, changes: Changes) -> Any:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return call
    changes.left_out += [f"{key} of tool calls" for key in call if key not in ("id", "type", "function")]
    changes.left_out += [f"{key} of tool calls" for key in function if key not in ("name", "arguments")]
    arguments = function.get("arguments")
    text = JsonText(arguments, dumps) if isinstance(arguments, dict) else arguments
    named = {"name": function.get("name"), "arguments": text}
    return {"id": call.get("id") or f"call_{number}", "type": "function", "function": named}


def _with_images(message: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    rest = {key: value for key, value in message.items() if key != "images"}
    if not isinstance(message["images"], list):
        return rest | {as_hole(message["images"]) or Hole(0, "images"): True} if message["images"] else rest
    if not message["images"]:
        return rest
    changes.became.append("images became image_url parts")
    parts = [] if message.get("content", "") == "" else [{"type": "text", "text": message["content"]}]
    images = [{"type": "image_url", "image_url": {"url": _url(image)}} for image in message["images"]]
    return {**rest, "content": [*parts, *images]}


def _url(image: Any) -> Text:
    """A data URL; the first characters of the base64 tell what the image is."""
    if isinstance(image, str) and image.startswith("data:"):
        return image
    if isinstance(image, str):
        kind = next((kind for start, kind in _IMAGES if image.startswith(start)), "png")
        return f"data:image/{kind};base64,{image}"
    data = image if isinstance(image, (Hole, Mixed)) else as_hole(image) or Hole(0, "an image")
    return joined(("data:image/png;base64,", data))
