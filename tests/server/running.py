"""The API over real HTTP, over a backend that plays a script: what the tests of this room stand on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from playground.backends.base import Backend, ModelInfo, Tap
from playground.events import Event, Finished, TextDelta, Timings, Usage
from playground.request import ChatRequest, Endpoint
from playground.server import create_api, health_route, mount_at
from tests.serving import serving

HERE = Endpoint(name="here", kind="scripted")
END = Finished(
    reasons=("stop",), timings=Timings(ttft=0.1, total=0.2), usage=Usage(prompt_tokens=5, completion_tokens=2)
)
HELLO = (TextDelta(text="Hel"), TextDelta(text="lo ü 😀"), END)
ASK = {"model": "org/tiny", "messages": [{"role": "user", "content": "Say hello."}]}
FOREVER = 3600.0


class Fake:
    """A backend that plays a script: events are emitted, errors raised, numbers slept, in seconds."""

    def __init__(self, *script: Event | Exception | float) -> None:
        self.script = script
        self.asked: list[ChatRequest] = []
        self.running = 0
        self.closed_at: float | None = None

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        self.running += 1
        try:
            for item in self.script:
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, float):
                    await asyncio.sleep(item)
                else:
                    yield item
        finally:
            self.running -= 1
            self.closed_at = time.monotonic()

    async def models(self) -> tuple[ModelInfo, ...]:
        return (
            ModelInfo(id="org/tiny", context_length=2048),
            ModelInfo(id="plain"),
            ModelInfo(id="org/huge", unavailable="it needs more memory than there is"),
        )

    async def close(self) -> None: ...


@contextmanager
def api(backend: Backend, **options: Any) -> Iterator[str]:
    """The API as the app mounts it; gives the URL of the whole server."""
    routes = [mount_at("/v1", create_api(backend, HERE, **options)), health_route()]
    with serving(Starlette(routes=routes)) as url:
        yield url


async def post(client: httpx.AsyncClient, url: str, **body: Any) -> httpx.Response:
    return await client.post(f"{url}/v1/chat/completions", json={**ASK, **body})


def events(answer: httpx.Response) -> list[Any]:
    """The data of a server-sent answer, parsed; "[DONE]" as it is."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    return [item if item == "[DONE]" else json.loads(item) for item in data]


def said(answer: httpx.Response) -> dict[str, Any]:
    """The error of an answer, after checking that it has OpenAI's shape, whole."""
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["message", "type", "param", "code"]
    assert body["error"]["message"]
    error: dict[str, Any] = body["error"]
    return error
