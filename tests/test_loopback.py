"""Our client against our server over the real default model: the wire loses and adds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import Mount

from playground.backends.local import LocalBackend
from playground.backends.remote import RemoteBackend
from playground.errors import BadRequest, ContextTooLong, ModelNotFound, PlaygroundError, Unauthorized
from playground.events import Progress, Reply, TextDelta, collect
from playground.messages import Message, assistant, system, user
from playground.params import Params
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.server import create_api
from playground.settings import SETTINGS
from tests.models import default_model_data_dir
from tests.serving import serving_here

pytestmark = pytest.mark.model

HERE = Endpoint(name="here", kind="local")
KEY = "sk-loopback"
MODEL = next(row.default for row in SETTINGS if row.name == "default_model") or ""
TALK = (
    system("You answer in one short sentence."),
    user("Name a colour."),
    assistant("Blue. 🟦"),
    user('Zürich — and\nanother "one"?'),
)


def ask(endpoint: Endpoint, *messages: Message, model: str = MODEL, **params: Any) -> ChatRequest:
    return ChatRequest(model=ModelRef(endpoint=endpoint, id=model), messages=messages, params=Params(**params))


@pytest_asyncio.fixture
async def local() -> AsyncIterator[LocalBackend]:
    backend = LocalBackend(data_dir=default_model_data_dir(), offline=True)
    yield backend
    await backend.close()


@pytest_asyncio.fixture
async def there(local: LocalBackend) -> AsyncIterator[Endpoint]:
    """Our own server over the same backend as an endpoint, asking for KEY."""
    api = create_api(local, HERE, api_key=KEY)
    async with serving_here(Starlette(routes=[Mount("/v1", api)])) as url:
        yield Endpoint(name="there", base_url=f"{url}/v1")


def told(reply: Reply) -> tuple[object, ...]:
    """All of an answer but its timings, and how much of the prompt an answer before it had left in memory."""
    assert reply.usage is not None
    return reply.choices, reply.usage.model_copy(update={"cached_tokens": None}), reply.finished


@pytest.mark.parametrize(
    "params",
    [
        {"temperature": 0, "max_tokens": 12},
        {"temperature": 0, "max_tokens": 8, "stop": ["."], "logprobs": True, "top_logprobs": 2},
        {"temperature": 0.9, "seed": 7, "max_tokens": 6, "n": 2},
    ],
    ids=str,
)
async def test_the_answer_over_http_is_the_direct_answer(
    local: LocalBackend, there: Endpoint, params: dict[str, Any]
) -> None:
    direct = await collect(local.stream(ask(HERE, *TALK, **params)))
    remote = RemoteBackend(there, KEY)
    over_http = await collect(remote.stream(ask(there, *TALK, **params)))
    await remote.close()
    assert told(over_http) == told(direct)
    assert direct.choices[0].message.text


async def test_the_answer_comes_in_pieces(there: Endpoint) -> None:
    remote = RemoteBackend(there, KEY)
    events = [event async for event in remote.stream(ask(there, *TALK, temperature=0, max_tokens=8))]
    await remote.close()
    assert sum(isinstance(event, TextDelta) for event in events) > 4
    assert not any(isinstance(event, Progress) for event in events[1:])


@pytest.mark.parametrize(
    ("model", "key", "text", "params", "kind", "param"),
    [
        (MODEL, None, "hi", {}, Unauthorized, None),
        (MODEL, "sk-wrong", "hi", {}, Unauthorized, None),
        ("org/there-is-no-such-model", KEY, "hi", {}, ModelNotFound, None),
        (MODEL, KEY, "word " * 20_000, {}, ContextTooLong, None),
        (
            MODEL,
            KEY,
            "hi",
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            BadRequest,
            "tools[0].function.name",
        ),
    ],
    ids=["no key", "wrong key", "unknown model", "too long", "not honoured"],
)
async def test_an_error_over_http_is_the_error_itself(
    there: Endpoint,
    model: str,
    key: str | None,
    text: str,
    params: dict[str, Any],
    kind: type[PlaygroundError],
    param: str | None,
) -> None:
    remote = RemoteBackend(there, key)
    with pytest.raises(kind) as error:
        await collect(remote.stream(ask(there, user(text), model=model, **params)))
    await remote.close()
    if param is not None:
        assert param in error.value.message


async def test_the_models(local: LocalBackend, there: Endpoint) -> None:
    remote = RemoteBackend(there, KEY)
    over_http = await remote.models()
    await remote.close()
    assert [info.id for info in over_http] == [info.id for info in await local.models()]
    assert over_http[0].context_length == 8192
