"""Requests to Anthropic's Messages API as chat-completion requests.

Its fields: https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..jsonvalue import dumps
from .apis import Changes
from .values import Hole, JsonText, Mixed, Text, as_hole, joined

_BLOCKS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking", "document"})
_OF_ITS_API = ("anthropic_version", "betas")
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def is_anthropics(body: dict[Any, Any]) -> bool:
    """Whether a body can be of that API alone."""
    if isinstance(body.get("system"), (str, list)) or "stop_sequences" in body or "anthropic_version" in body:
        return True
    if any(isinstance(tool, dict) and "input_schema" in tool for tool in _list(body.get("tools"))):
        return True
    return any(
        _kind(block) in _BLOCKS or (_kind(block) == "image" and "source" in block)
        for message in _list(body.get("messages"))
        if isinstance(message, dict)
        for block in _list(message.get("content"))
    )


def _kind(block: Any) -> str | None:
    """The type of a block, None for what is none."""
    kind = block.get("type") if isinstance(block, dict) else None
    return kind if isinstance(kind, str) else None


def converted(body: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    """The body with all that has an equal written as the chat-completion API has it; `changes` are noted."""
    found: dict[Any, Any] = {}
    for key, value in body.items():
        if key == "messages" and isinstance(value, list):
            found[key] = [*_system(body.get("system"), changes), *_messages(value, changes)]
        elif key == "stop_sequences":
            changes.became.append("stop_sequences became stop")
            found["stop"] = value
        elif key == "tools" and isinstance(value, list):
            found[key] = [tool for given in value for tool in _tool(given, changes)]
        elif key == "tool_choice" and isinstance(value, dict):
            found |= _choice(value, changes)
        elif key in _OF_ITS_API:
            changes.left_out.append(key)
        elif key != "system" or not isinstance(body.get("messages"), list):
            found[key] = value
    if body.get("tools") and not found["tools"]:
        return {key: value for key, value in found.items() if key not in ("tools", "tool_choice")}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _system(system: Any, changes: Changes) -> Iterator[dict[Any, Any]]:
    if system is not None:
        changes.became.append("system became the first message")
        yield {"role": "system", "content": _parts(system, changes) if isinstance(system, list) else system}


# --- messages ------------------------------------------------------------------------------------


def _messages(messages: list[Any], changes: Changes) -> Iterator[Any]:
    for message in messages:
        if isinstance(message, dict) and isinstance(message.get("content"), list):
            yield from _message(message, message["content"], changes)
        else:
            yield message


def _message(message: dict[Any, Any], content: list[Any], changes: Changes) -> Iterator[dict[Any, Any]]:
    """A message of blocks: results of tools become messages of their own, calls the message's."""
    by_kind: dict[str, list[Any]] = {"tool_result": [], "tool_use": []}
    rest: list[Any] = []
    for block in content:
        by_kind.get(_kind(block) or "", rest).append(block)
    yield from (_result(block, changes) for block in by_kind["tool_result"])
    parts, calls = _parts(rest, changes), [_call(block, changes) for block in by_kind["tool_use"]]
    if calls:
        yield {**message, "content": parts or None, "tool_calls": calls}
    elif parts or not by_kind["tool_result"]:
        yield {**message, "content": parts or ""}


def _parts(blocks: list[Any], changes: Changes) -> list[Any]:
    """Texts and images as content parts; other blocks are left out."""
    found: list[Any] = []
    for block in blocks:
        kind = _kind(block)
        if kind is None or kind == "image_url":
            found.append(block)
        elif kind == "text":
            found.append(_known(block, ("type", "text"), "", changes))
        elif kind == "image" and _url(block.get("source")) is not None:
            changes.became.append("images became image_url parts")
            found.append({"type": "image_url", "image_url": {"url": _url(block["source"])}})
        else:
            changes.left_out.append(f"{kind} blocks of messages")
    return found


def _known(block: dict[Any, Any], names: tuple[str, ...], of: str, changes: Changes) -> dict[Any, Any]:
    """The block with these fields alone."""
    changes.left_out += [f"{key}{of}" for key in block if isinstance(key, str) and key not in names]
    return {key: value for key, value in block.items() if key in names or not isinstance(key, str)}


def _url(source: Any) -> Text | None:
    if not isinstance(source, dict):
        return None
    if source.get("type") == "url":
        return _text(source.get("url"))
    if source.get("type") != "base64":
        return None
    return joined(("data:", _text(source.get("media_type")), ";base64,", _text(source.get("data"))))


def _text(value: Any) -> Text:
    return value if isinstance(value, (str, Hole, Mixed)) else as_hole(value) or Hole(0, "an image")


def _call(block: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    changes.became.append("tool_use blocks became tool_calls")
    known = _known(block, ("type", "id", "name", "input"), " of tool calls", changes)
    function = {"name": known.get("name"), "arguments": JsonText(known.get("input", {}), dumps)}
    return {"id": known.get("id"), "type": "function", "function": function}


def _result(block: dict[Any, Any], changes: Changes) -> dict[Any, Any]:
    changes.became.append("tool_result blocks became tool messages")
    names = (
        ("type", "tool_use_id", "content") if block.get("is_error") else ("type", "tool_use_id", "content", "is_error")
    )
    known = _known(block, names, " of tool results", changes)
    content = known.get("content", "")
    if isinstance(content, list):
        texts = [part for part in content if not isinstance(part, dict) or part.get("type") in ("text", None)]
        changes.left_out += ["what is no text in tool results"] * (len(texts) < len(content))
        content = _parts(texts, changes) or ""
    return {"role": "tool", "tool_call_id": known.get("tool_use_id"), "content": content}


# --- tools ---------------------------------------------------------------------------------------


def _tool(tool: Any, changes: Changes) -> Iterator[Any]:
    if not isinstance(tool, dict) or "function" in tool:
        yield tool
    elif "input_schema" not in tool:
        changes.left_out.append(f"the tool {tool.get('name') or tool.get('type') or '...'}")
    else:
        changes.became.append("tools became functions")
        known = _known(tool, ("type", "name", "description", "input_schema", "strict"), " of tools", changes)
        renamed = {"input_schema": "parameters"}
        function = {renamed.get(key, key): value for key, value in known.items() if key != "type"}
        yield {"type": "function", "function": function}


def _choice(choice: dict[Any, Any], changes: Changes) -> dict[str, Any]:
    kind, name = _kind(choice), choice.get("name")
    found: dict[str, Any] = {}
    if kind == "tool":
        found["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif kind in _CHOICES:
        found["tool_choice"] = _CHOICES[kind]
    else:
        return {"tool_choice": choice}
    changes.became.append("tool_choice is written as here")
    if choice.get("disable_parallel_tool_use") is not None:
        off = choice["disable_parallel_tool_use"]
        found["parallel_tool_calls"] = not off if isinstance(off, bool) else off
    return found
