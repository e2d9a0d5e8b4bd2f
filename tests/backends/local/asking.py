"""Short ways to ask a local backend."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from typing import Any

import PIL.Image

from playground.backends.base import Backend
from playground.backends.local import LocalBackend
from playground.events import Event, Progress, Reply, collect
from playground.messages import Image, Message, user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.models import TINY

ENDPOINT = Endpoint(name="This machine", kind="local")


def ask(*messages: str | Message, model: str = TINY, extra: dict[str, Any] | None = None, **params: Any) -> ChatRequest:
    """A request; a string is a user message. Greedy unless a temperature is given (None leaves it out)."""
    params = {"temperature": 0} | params
    return ChatRequest.model_validate(
        {
            "model": ModelRef(endpoint=ENDPOINT, id=model),
            "messages": tuple(user(message) if isinstance(message, str) else message for message in messages),
            "params": {name: value for name, value in params.items() if value is not None},
            "extra": extra or {},
        }
    )


async def run(backend: Backend, request: ChatRequest) -> Reply:
    return await collect(backend.stream(request))


def started(backend: LocalBackend, model: str, *others: str) -> Iterator[LocalBackend]:
    """The backend with these models in memory and all its threads at work, closed at the end."""
    for name in (model, model, *others):  # the second time starts the thread that reads prompts
        asyncio.run(run(backend, ask("Hi", model=name, max_tokens=1)))
    yield backend
    asyncio.run(backend.close())


async def say(backend: Backend, request: ChatRequest) -> str:
    """The text of the only answer."""
    return (await run(backend, request)).choices[0].message.text


async def events(backend: Backend, request: ChatRequest) -> list[Event]:
    """Everything but progress."""
    return [event async for event in backend.stream(request) if not isinstance(event, Progress)]


def picture(colour: str | tuple[int, ...], size: tuple[int, int] = (50, 40), form: str = "PNG", **how: Any) -> Image:
    """An image of one colour, as a data URL."""
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    return encoded(PIL.Image.new(mode, size, colour), form, **how)


def encoded(image: PIL.Image.Image, form: str = "PNG", **how: Any) -> Image:
    held = io.BytesIO()
    image.save(held, form, **how)
    return data_url(held.getvalue(), form)


def data_url(content: bytes, form: str = "PNG") -> Image:
    return Image.of(f"data:image/{form.lower()};base64,{base64.b64encode(content).decode()}")
