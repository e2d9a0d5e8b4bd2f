"""Short ways to ask a served local model through the `openai` client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.models import TINY


def ours(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def asked(**params: Any) -> dict[str, Any]:
    """A request to TINY; `extra_body` takes what the client has no name for."""
    return {"model": TINY, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 60, "seed": 1, **params}


async def whole(url: str, **params: Any) -> ChatCompletion:
    async with ours(url) as client:
        answer: ChatCompletion = await client.chat.completions.create(**asked(**params))
    return answer


async def text_of(url: str, **params: Any) -> str:
    return (await whole(url, **params)).choices[0].message.content or ""


@dataclass
class Pieces:
    """What a stream brought for its first choice."""

    contents: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    ended: str | None = None
    chunks: list[ChatCompletionChunk] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.contents)


async def streamed(url: str, **params: Any) -> Pieces:
    found = Pieces()
    async with ours(url) as client:
        async for chunk in await client.chat.completions.create(**asked(**params), stream=True):
            found.chunks.append(chunk)
            for choice in chunk.choices:
                found.contents += [choice.delta.content] if choice.delta.content else []
                found.thoughts += [getattr(choice.delta, "reasoning_content", None) or ""]
                found.ended = choice.finish_reason or found.ended
    return found
