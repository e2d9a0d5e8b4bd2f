"""The same request and seed give the same text, whoever else runs: random mixes on the default model."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.messages import Message, assistant, user
from tests.backends.local.asking import ask, run

pytestmark = pytest.mark.model
MIXES = 100
SUBJECTS = ("a fox", "the sea", "an old clock", "two brothers", "rain in the city", "a lost key")
BEFORE = (
    user("Tell me about the harbour. " * 12),
    assistant("It is old and quiet, and the boats leave before dawn. " * 6),
)


def requests() -> list[Any]:
    """Requests of all kinds: greedy and drawn, short and long, some with a common beginning."""
    kinds: list[dict[str, Any]] = [
        {"temperature": 0},
        {"temperature": 1.0, "seed": 1},
        {"temperature": 1.3, "top_k": 40, "seed": 2},
        {"temperature": 0.8, "top_p": 0.9, "repetition_penalty": 1.2, "seed": 3},
        {"temperature": 1.0, "min_p": 0.05, "frequency_penalty": 0.5, "presence_penalty": 0.3, "seed": 4},
        {"temperature": 1.0, "n": 2, "seed": 5},
    ]
    made = []
    for number, subject in enumerate(SUBJECTS):
        for place, kind in enumerate(kinds):
            messages: tuple[Message, ...] = (user(f"Write about {subject}."),)
            if (number + place) % 3 == 0:
                messages = (*BEFORE, *messages)
            made.append(ask(*messages, model=CARRIED, max_tokens=2 + (number * 5 + place * 3) % 7, **kind))
    return made


async def answer(backend: LocalBackend, request: Any) -> tuple[str, ...]:
    return tuple(choice.message.text for choice in (await run(backend, request)).choices)


async def test_no_answer_depends_on_who_else_is_there(real: LocalBackend) -> None:
    asked = requests()
    alone = [await answer(real, request) for request in asked]
    assert len(set(alone)) > len(asked) * 0.9
    chance = random.Random(0)

    async def late(number: int) -> tuple[int, tuple[str, ...]]:
        await asyncio.sleep(chance.random() * 0.1)
        return number, await answer(real, asked[number])

    for _ in range(MIXES):
        mix = chance.choices(range(len(asked)), k=chance.randint(2, 8))
        for number, texts in await asyncio.gather(*map(late, mix)):
            assert texts == alone[number]


async def test_nor_does_a_long_one_beside_prompts_that_are_read(real: LocalBackend) -> None:
    """Prompts of different lengths come one after the other, so that most steps read and write."""
    asked = [
        ask(f"Write a long story about {subject}.", model=CARRIED, temperature=0.8, seed=number, max_tokens=80)
        for number, subject in enumerate(SUBJECTS)
    ]
    alone = [await answer(real, request) for request in asked]

    async def reading() -> None:
        for number in range(60):
            await answer(real, ask("Read this. " * (3 + number % 7), f"{number}", model=CARRIED, max_tokens=1))

    *together, _ = await asyncio.gather(*(answer(real, request) for request in asked), reading())
    assert together == alone
