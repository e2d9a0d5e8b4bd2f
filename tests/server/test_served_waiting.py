"""While local models read, write and load: others are answered, comments keep connections open, who leaves frees the place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from playground.backends.local import LocalBackend
from playground.backends.local.weights import Weights
from tests.models import CONTEXT, TINY
from tests.server.asking import asked, text_of
from tests.server.running import api, events
from tests.serving import eventually

ENDLESS: dict[str, Any] = {"max_tokens": 900, "logit_bias": {"2": -100}, "stream": True}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


async def test_a_long_prompt_is_read_behind_comments(
    client: httpx.AsyncClient, tiny_url: str, tiny_backend: LocalBackend
) -> None:
    body = asked(messages=[{"role": "user", "content": "word " * (CONTEXT - 100)}], max_tokens=2, stream=True)
    with api(tiny_backend, patience=0.001) as url:
        slow = await client.post(f"{url}/v1/chat/completions", json=body)
    lines = [line for line in slow.text.splitlines() if line]
    texts = [number for number, line in enumerate(lines) if '"content": "' in line and '"content": ""' not in line]
    assert lines.index(": keep-alive") < texts[0]
    assert events(slow)[-1] == "[DONE]"
    assert events(slow)[-2]["choices"][0]["finish_reason"] == "length"


async def test_who_leaves_frees_the_place(client: httpx.AsyncClient, tiny_url: str, tiny_backend: LocalBackend) -> None:
    with api(tiny_backend, max_concurrent=1) as url:
        where = f"{url}/v1/chat/completions"
        async with client.stream("POST", where, json=asked(**ENDLESS)) as leaving:
            assert leaving.status_code == 200
            await anext(leaving.aiter_lines())
            refused = await client.post(where, json=asked(max_tokens=1))
            assert refused.status_code == 429
        await eventually(lambda: tiny_backend.running == 0)
        made = tiny_backend.steps(TINY)
        fine = await client.post(where, json=asked(max_tokens=1))
        assert fine.status_code == 200
    assert tiny_backend.steps(TINY) - made <= 2, "nothing of the other is computed any more"


async def test_others_are_answered_meanwhile(client: httpx.AsyncClient, tiny_url: str) -> None:
    async with client.stream("POST", f"{tiny_url}/v1/chat/completions", json=asked(**ENDLESS)) as long:
        lines = long.aiter_lines()
        await anext(lines)
        listed = await client.get(f"{tiny_url}/v1/models")
        beside = await text_of(tiny_url, max_tokens=3)
        rest = [line async for line in lines]
    assert listed.status_code == 200
    assert rest[-2] == "data: [DONE]" or rest[-1] == "data: [DONE]"
    assert beside == await text_of(tiny_url, max_tokens=3)


class SlowWeights:
    """Weights that are found when they are let go."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.asked, self.let_go = threading.Event(), threading.Event()

    def folder(self, *how: Any) -> Path:
        self.asked.set()
        assert self.let_go.wait(60)
        return self._weights.folder(*how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._weights, name)


async def test_a_model_is_said_to_be_loading_while_it_does(
    client: httpx.AsyncClient, served_models: tuple[Weights, int]
) -> None:
    slow: Any = SlowWeights(served_models[0])
    backend = LocalBackend(data_dir=Path(), default_model=TINY, weights=slow, device="cpu")

    async def status(url: str) -> str:
        told: str = (await client.get(f"{url}/v1/models/{TINY}")).json()["status"]
        return told

    with api(backend) as url:
        told = [await status(url)]
        asking = asyncio.create_task(client.post(f"{url}/v1/chat/completions", json=asked(max_tokens=1)))
        await asyncio.to_thread(slow.asked.wait, 60)
        told.append(await status(url))
        slow.let_go.set()
        answer = await asking
        told.append(await status(url))
    await backend.close()
    assert (answer.status_code, told) == (200, ["available", "loading", "loaded"])
