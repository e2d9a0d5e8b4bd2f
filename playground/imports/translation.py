"""Requests to similar APIs in the words of the chat-completion API."""

from __future__ import annotations

from typing import Any

from . import anthropic, ollama
from .apis import Api, Changes


def translated(body: dict[Any, Any], api: Api = "openai") -> tuple[dict[Any, Any], tuple[str, ...]]:
    """The body as the chat-completion API has it, and notes on what that changes. `api` is what the address tells;
    a body that can be of one API alone is taken for one of that."""
    changes = Changes()
    if api == "anthropic" or (api == "openai" and anthropic.is_anthropics(body)):
        return anthropic.converted(body, changes), changes.notes("Anthropic's")
    if api == "ollama" or (api == "openai" and ollama.is_ollamas(body)):
        found = ollama.converted(body, changes)
        return found, (*changes.notes("Ollama's"), *ollama.not_read(found))
    return body, ()
