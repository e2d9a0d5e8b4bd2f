"""The call that a snippet makes: what every client writes in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..params import PARAMS, Param
from .media import Data, files_of, named

NO_KEY = "not-needed"  # stands in where a client insists on a key and the endpoint asks for none
_THINKING = ("reasoning", "include_reasoning", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs")
_THOUGHTS = ("reasoning", "reasoning_content", "reasoning_details", "thinking")
_LENGTHS = {"max_tokens", "max_completion_tokens"}


@dataclass(frozen=True)
class Call:
    """One POST of `body`, where each long data URL is one of `data`, to `url`.

    `base_url`, `headers` and `key_name` are an Endpoint's. `several`, `calls` and `thoughts` say whether the answer can
    hold several choices, tool calls, reasoning. `unset` are parameters that are not sent and that the code mentions.
    """

    base_url: str
    key_name: str | None
    headers: dict[str, str]
    body: dict[str, Any]
    stream: bool
    data: tuple[Data, ...] = ()
    several: bool = False
    calls: bool = False
    thoughts: bool = False
    unset: tuple[Param, ...] = ()

    @property
    def url(self) -> str:
        return f"{self.base_url}/chat/completions"

    @property
    def hugging_face_url(self) -> str:
        """The address as Hugging Face's packages want it: they add /chat/completions after /v1, nothing to a whole
        address, and /v1/chat/completions to any other."""
        return self.base_url if self.base_url.endswith("/v1") else self.url

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files that the code reads, as (name, data URL)."""
        return files_of(self.data)


def call_of(
    body: dict[str, Any],
    *,
    base_url: str,
    headers: Iterable[tuple[str, str]] = (),
    key_name: str | None = None,
    full: bool = False,
    files: bool = False,
) -> Call:
    """The call that posts this body, streamed if the body says so.

    `base_url` and `headers` are an Endpoint's. With `full` the code mentions what is not sent; with `files` it reads
    images from files.
    """
    written, data = named(body, files=files)
    answers = body.get("n")
    return Call(
        base_url=base_url,
        key_name=key_name,
        headers=dict(headers),
        body=written,
        stream=body.get("stream") is True,
        data=data,
        several=isinstance(answers, int) and answers > 1,
        calls=bool(body.get("tools")) and body.get("tool_choice") != "none",
        thoughts=_can_think(body),
        unset=_unset(body) if full else (),
    )


def _unset(body: dict[str, Any]) -> tuple[Param, ...]:
    given = body.keys() | (_LENGTHS if body.keys() & _LENGTHS else set())
    return tuple(param for param in PARAMS if param.name not in given)


def _can_think(body: dict[str, Any]) -> bool:
    """Whether the request asks for reasoning, or goes on from a message that has some."""
    asked = body.get("reasoning_effort") not in (None, "none") or any(key in body for key in _THINKING)
    messages = body.get("messages")
    told = (message for message in messages if isinstance(message, dict)) if isinstance(messages, list) else ()
    return asked or any(message.get(key) for message in told for key in _THOUGHTS)
