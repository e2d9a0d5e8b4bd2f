"""The chat-completion API among others: what is in its scope, and what becomes of a request to a similar one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import BadRequest

Api = Literal["openai", "azure", "anthropic", "ollama"]
PATH = "/chat/completions"


class NoRequest(BadRequest):
    """The text can be read, and holds nothing to import."""


@dataclass
class Changes:
    """What a request to a similar API changes on its way here, and what has no equal, for notes on both."""

    became: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def notes(self, api: str) -> tuple[str, ...]:
        """`api` says whose it was: "Anthropic's"."""
        said: list[str] = []
        if self.became:
            said.append(f"Rewritten from {api} API: {_listed(self.became)}.")
        if self.left_out:
            said.append(f"Left out, because there is no equal here: {_listed(self.left_out)}.")
        return tuple(said)


def _listed(words: list[str]) -> str:
    return ", ".join(f"{word:.80}" for word in dict.fromkeys(words))


def check(body: dict[str, Any], line: int | None = None) -> None:
    """Raises BadRequest for the body of another API."""
    where = f"line {line}: " if line else ""
    if "messages" in body:
        return
    if "input" in body:
        raise out_of_scope(f"{where}this is a request to the Responses API")
    if "prompt" in body:
        raise out_of_scope(f"{where}this is a text-completion request")
    raise BadRequest(
        f"{where}the request has no messages", advice="Import a chat-completion request.", param="messages"
    )


def out_of_scope(what: str) -> BadRequest:
    return BadRequest(what, advice="Only chat-completion requests (with messages) can be imported.")
