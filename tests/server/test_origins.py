"""Pages in browsers: CORS is off unless the operator names origins, and a page of any other site is refused."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from playground.server import create_api, health_route, mount_at, put_ahead
from tests.server.running import ASK, HELLO, HERE, Fake, api
from tests.serving import serving_here

NAMED = "https://mine.example"
OTHER = "https://other.example"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
KEY = {"Authorization": "Bearer sk-right"}


def told(answer: httpx.Response) -> dict[str, str]:
    """The CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("named", [(), (NAMED,)])
async def test_others_are_told_nothing(named: tuple[str, ...]) -> None:
    fake = Fake(*HELLO)
    with api(fake, api_key="sk-right", cors_origins=named) as url:
        async with httpx.AsyncClient() as client:
            where = f"{url}/v1/chat/completions"
            asked = await client.options(where, headers={"Origin": OTHER, **ASKS})
            posted = await client.post(where, json=ASK, headers={"Origin": OTHER, **KEY})
            read = await client.get(f"{url}/v1/models", headers={"Origin": OTHER, **KEY})
    assert (asked.status_code, posted.status_code, read.status_code) == (401, 403, 403)
    assert told(asked) == told(posted) == told(read) == {}
    assert fake.asked == []


async def test_a_named_page_may_call() -> None:
    fake = Fake(*HELLO)
    with api(fake, api_key="sk-right", cors_origins=(NAMED, "https://second.example")) as url:
        async with httpx.AsyncClient(headers={"Origin": NAMED}) as client:
            where = f"{url}/v1/chat/completions"
            asked = await client.options(where, headers=ASKS)
            posted = await client.post(where, json=ASK, headers=KEY)
            streamed = await client.post(where, json={**ASK, "stream": True}, headers=KEY)
            without_key = await client.post(where, json=ASK)
            unnamed = await client.get(f"{url}/v1/models", headers={"Origin": f"{NAMED}.evil.example", **KEY})
    assert asked.status_code == 204
    assert told(asked) == {
        "access-control-allow-origin": NAMED,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-expose-headers": "x-request-id, retry-after",
        "access-control-max-age": "600",
    }
    readable = {"access-control-allow-origin": NAMED, "access-control-expose-headers": "x-request-id, retry-after"}
    assert [answer.status_code for answer in (posted, streamed, without_key, unnamed)] == [200, 200, 401, 403]
    assert [told(answer) for answer in (posted, streamed, without_key, unnamed)] == [readable, readable, readable, {}]
    assert all("Origin" in answer.headers["vary"] for answer in (asked, posted, unnamed))


async def test_the_apis_word_counts_where_the_app_around_it_allows_all() -> None:
    """As Gradio's does, on any host that isn't this machine's name."""
    mount = mount_at("/v1", create_api(Fake(*HELLO), HERE))

    @asynccontextmanager
    async def lifespan(app: Starlette):
        put_ahead(mount, app)
        yield

    allow_all = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"])
    app = Starlette(routes=[mount, health_route()], middleware=[allow_all], lifespan=lifespan)
    async with serving_here(app, lifespan="on") as url, httpx.AsyncClient() as client:
        asked = await client.options(f"{url}/v1/models", headers={"Origin": OTHER, **ASKS})
        read = await client.get(f"{url}/v1/models", headers={"Origin": OTHER})
        fine = await client.get(f"{url}/v1/models")
        elsewhere = await client.get(f"{url}/health", headers={"Origin": OTHER})
    assert (asked.status_code, read.status_code, fine.status_code) == (403, 403, 200)
    assert told(asked) == told(read) == {}
    assert told(elsewhere) != {}
