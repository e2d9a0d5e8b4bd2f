"""Our own API over real HTTP: what it promises to any OpenAI client, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from http.client import HTTPConnection
from typing import Any

import httpx
import openai
import pytest

from playground.backends.base import Tap
from playground.errors import (
    BadRequest,
    Busy,
    ContextTooLong,
    ModelNotFound,
    ModelUnavailable,
    Unsupported,
    UpstreamFailed,
)
from playground.events import Event, Finished, Progress, ReasoningDelta, TextDelta, ToolCallDelta
from playground.request import ChatRequest
from tests.server.running import ASK, END, FOREVER, HELLO, HERE, Fake, api, events, post, said
from tests.serving import eventually


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10) as client:
        yield client


async def quit(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the requests, and wait until their connections are closed."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# --- answers -------------------------------------------------------------------------------------


async def test_a_whole_answer(client: httpx.AsyncClient) -> None:
    with api(Fake(*HELLO)) as url:
        before = int(time.time())
        answer = await post(client, url)
    body = answer.json()
    assert answer.status_code == 200
    assert body.pop("id").startswith("chatcmpl-")
    assert before <= body.pop("created") <= time.time()
    assert body == {
        "object": "chat.completion",
        "model": "org/tiny",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello ü 😀"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }


async def test_a_streamed_answer(client: httpx.AsyncClient) -> None:
    with api(Fake(*HELLO)) as url:
        answer = await post(client, url, stream=True)
    *chunks, done = events(answer)
    assert done == "[DONE]"
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["object"]) for chunk in chunks}) == 1
    assert chunks[0]["object"] == "chat.completion.chunk"
    assert chunks[0]["model"] == "org/tiny"
    assert [chunk["choices"] for chunk in chunks] == [
        [{"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None}],
        [{"index": 0, "delta": {"content": "Hel"}, "logprobs": None, "finish_reason": None}],
        [{"index": 0, "delta": {"content": "lo ü 😀"}, "logprobs": None, "finish_reason": None}],
        [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}],
    ]
    assert not any("usage" in chunk for chunk in chunks)


async def test_usage_comes_last_when_it_is_asked_for(client: httpx.AsyncClient) -> None:
    with api(Fake(*HELLO)) as url:
        answer = await post(client, url, stream=True, stream_options={"include_usage": True})
    *chunks, last, done = events(answer)
    assert [chunk["usage"] for chunk in chunks] == [None] * 4
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    assert done == "[DONE]"


async def test_several_answers(client: httpx.AsyncClient) -> None:
    two = (
        TextDelta(text="one"),
        TextDelta(text="two", choice=1),
        Finished(reasons=("stop", "length"), timings=END.timings),
    )
    with api(Fake(*two)) as url:
        whole, streamed = await post(client, url, n=2), await post(client, url, n=2, stream=True)
    assert [(c["index"], c["message"]["content"], c["finish_reason"]) for c in whole.json()["choices"]] == [
        (0, "one", "stop"),
        (1, "two", "length"),
    ]
    assert [(c["choices"][0]["index"], c["choices"][0]["delta"]) for c in events(streamed)[:4]] == [
        (0, {"role": "assistant", "content": ""}),
        (1, {"role": "assistant", "content": ""}),
        (0, {"content": "one"}),
        (1, {"content": "two"}),
    ]


async def test_reasoning_and_tool_calls(client: httpx.AsyncClient) -> None:
    script = (
        ReasoningDelta(text="hm"),
        ToolCallDelta(index=0, id="c1", name="clock"),
        ToolCallDelta(index=0, arguments='{"zone":'),
        ToolCallDelta(index=0, arguments='"UTC"}'),
        Finished(reasons=("tool_calls",), timings=END.timings),
    )
    with api(Fake(*script)) as url:
        answer = await post(client, url)
        said_back = [*ASK["messages"], answer.json()["choices"][0]["message"]]
        again = await post(client, url, messages=said_back)
    assert answer.json()["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "hm",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "clock", "arguments": '{"zone":"UTC"}'}}],
        "reasoning": "hm",
    }
    assert again.status_code == 200, "the server's own message is accepted back"


async def test_what_the_backend_is_asked(client: httpx.AsyncClient) -> None:
    """Null is unset; the four fields without effect are dropped; a provider's own field reaches the backend."""
    fake = Fake(*HELLO)
    without_effect = {"user": "u", "metadata": {"a": "b"}, "store": False, "service_tier": "auto"}
    with api(fake) as url:
        answer = await post(client, url, temperature=None, top_p=0.5, stream=None, top_a=0.1, **without_effect)
    assert answer.status_code == 200
    (asked,) = fake.asked
    assert asked.model.id == "org/tiny"
    assert asked.model.endpoint == HERE
    assert (asked.params.temperature, asked.params.top_p) == (None, 0.5)
    assert dict(asked.extra) == {"top_a": 0.1}


@pytest.mark.parametrize("stream", [False, True])
async def test_answers_side_by_side(client: httpx.AsyncClient, stream: bool) -> None:
    with api(Fake(1.0, *HELLO)) as url:
        start = time.monotonic()
        answers = await asyncio.gather(*(post(client, url, stream=stream) for _ in range(8)))
        took = time.monotonic() - start
    assert {answer.status_code for answer in answers} == {200}
    assert took < 8 * 1.0


# --- the official client -------------------------------------------------------------------------


async def test_the_openai_client() -> None:
    with api(Fake(*HELLO), api_key="sk-right") as url:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-right", max_retries=0) as ours:
            messages: Any = ASK["messages"]
            whole = await ours.chat.completions.create(model="org/tiny", messages=messages)
            streamed = await ours.chat.completions.create(
                model="org/tiny", messages=messages, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in streamed]
            listed = [model.id async for model in ours.models.list()]
            one = await ours.models.retrieve("org/tiny")
            with pytest.raises(openai.BadRequestError, match="temperature") as bad:
                await ours.chat.completions.create(model="org/tiny", messages=messages, temperature=9)
            with pytest.raises(openai.NotFoundError):
                await ours.models.retrieve("org/unknown")
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-wrong", max_retries=0) as stranger:
            with pytest.raises(openai.AuthenticationError):
                await stranger.models.list()
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert whole.choices[0].message.content == text == "Hello ü 😀"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage == whole.usage
    assert whole._request_id is not None
    assert listed == ["org/tiny", "plain"]
    assert one.id == "org/tiny"
    assert bad.value.param == "temperature"


# --- models and health ---------------------------------------------------------------------------


async def test_models(client: httpx.AsyncClient) -> None:
    with api(Fake(FOREVER)) as url:
        running = asyncio.create_task(post(client, url))
        listed = await client.get(f"{url}/v1/models")
        raw = await client.get(f"{url}/v1/models/org/tiny")
        escaped = await client.get(f"{url}/v1/models/org%2Ftiny")
        unknown = await client.get(f"{url}/v1/models/org/none")
        unavailable = await client.get(f"{url}/v1/models/org/huge")
        await quit(running)
    assert [model["id"] for model in listed.json()["data"]] == ["org/tiny", "plain"]
    assert listed.json()["object"] == "list"
    tiny = listed.json()["data"][0]
    assert isinstance(tiny.pop("created"), int)
    assert tiny == {
        "id": "org/tiny",
        "object": "model",
        "owned_by": "org",
        "context_length": 2048,
        "status": "available",
        "capabilities": {
            "vision": None,
            "thinking": None,
            "tools": True,
            "own_tool_markup": None,
            "structured_output": True,
        },
    }
    assert raw.json() == escaped.json() == listed.json()["data"][0]
    assert (unknown.status_code, said(unknown)["code"]) == (404, "model_not_found")
    assert (unavailable.status_code, said(unavailable)["code"]) == (503, "model_unavailable")


async def test_health_needs_no_key_and_waits_for_nothing(client: httpx.AsyncClient) -> None:
    with api(Fake(FOREVER), api_key="sk-right") as url:
        running = asyncio.create_task(
            client.post(f"{url}/v1/chat/completions", json=ASK, headers={"Authorization": "Bearer sk-right"})
        )
        answer = await client.get(f"{url}/health")
        await quit(running)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


# --- refusals ------------------------------------------------------------------------------------

DEEP = b'{"a":' * 100 + b"1" + b"}" * 100
BOMB = b"[" * 200_000
BAD_JSON = {
    "empty": b"",
    "broken": b'{"model": "org/tiny", ',
    "not an object": b"[]",
    "null": b"null",
    "NaN": b'{"model": "m", "messages": [], "temperature": NaN}',
    "a key twice": b'{"model": "m", "model": "n"}',
    "invalid UTF-8": b'{"model": "\xff"}',
    "UTF-16": '{"model": "m"}'.encode("utf-16"),
    "half a surrogate pair": b'{"model": "\\ud83d"}',
    "deep": DEEP,
    "deep beyond the stack": BOMB,
    "an endless number": b'{"seed": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("raw", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_a_body_that_is_not_json(client: httpx.AsyncClient, raw: bytes) -> None:
    fake = Fake(*HELLO)
    with api(fake) as url:
        answer = await client.post(
            f"{url}/v1/chat/completions", content=raw, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 400
    assert said(answer)["type"] == "invalid_request_error"
    assert said(answer)["code"] == "invalid_json"
    assert fake.asked == []


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model"),
    ({"model": ""}, "model"),
    ({"model": 3}, "model"),
    ({"messages": []}, "messages"),
    ({"messages": "hi"}, "messages"),
    ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages[0].content[0]"),
    ({"messages": [{"role": "user", "content": "hi", "mood": "good"}]}, "messages[0].mood"),
    ({"temperature": 9}, "temperature"),
    ({"temperature": True}, "temperature"),
    ({"temperature": "1"}, "temperature"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"n": 0}, "n"),
    ({"stream": "yes"}, "stream"),
    ({"stream": True, "stream_options": {"include": True}}, "stream_options.include"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"logit_bias": {"x": 1}}, "logit_bias"),
    ({"top_logprobs": 2}, "top_logprobs"),
]


@pytest.mark.parametrize(("fields", "param"), BAD_FIELDS, ids=[str(fields) for fields, _ in BAD_FIELDS])
async def test_a_bad_field_is_named(client: httpx.AsyncClient, fields: dict[str, Any], param: str) -> None:
    fake = Fake(*HELLO)
    with api(fake) as url:
        answer = await post(client, url, **fields)
    assert answer.status_code == 400
    assert said(answer)["param"] == param
    assert fake.asked == []


@pytest.mark.parametrize("missing", ["model", "messages"])
async def test_a_missing_field_is_named(client: httpx.AsyncClient, missing: str) -> None:
    with api(Fake()) as url:
        body = {key: value for key, value in ASK.items() if key != missing}
        answer = await client.post(f"{url}/v1/chat/completions", json=body)
    assert (answer.status_code, said(answer)["param"]) == (400, missing)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("GET", "/v1/redoc", 404),
        ("GET", "/v1/models/a%0Ab", 404),
        ("POST", "/v1/openapi.json", 405),
    ],
)
async def test_paths_and_methods(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    with api(Fake()) as url:
        answer = await client.request(method, f"{url}{path}")
    assert answer.status_code == status
    assert said(answer)["type"] == "invalid_request_error"
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"]
)
async def test_only_json_is_read(client: httpx.AsyncClient, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    with api(Fake(*HELLO)) as url:
        answer = await client.post(f"{url}/v1/chat/completions", content=json.dumps(ASK).encode(), headers=headers)
        fine = await client.post(
            f"{url}/v1/chat/completions",
            content=json.dumps(ASK).encode(),
            headers={"Content-Type": "Application/JSON; charset=utf-8"},
        )
    assert answer.status_code == 415
    assert said(answer)
    assert fine.status_code == 200


@pytest.mark.parametrize("size", [3_000, 100_000, 3_000_000])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large(client: httpx.AsyncClient, size: int, announced: bool) -> None:
    raw = json.dumps({**ASK, "messages": [{"role": "user", "content": "x" * size}]}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), 1000):
            yield raw[at : at + 1000]

    with api(Fake(*HELLO), max_body_bytes=2_000) as url:
        answer = await client.post(
            f"{url}/v1/chat/completions",
            content=raw if announced else pieces(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 413
        assert "2,000 bytes" in said(answer)["message"]
        assert (await post(client, url)).status_code == 200


async def test_a_client_that_sends_all_before_it_reads_sees_the_refusal() -> None:
    """Closing the connection on it would give it a reset instead."""
    limit = 4 * 2**20

    def send(url: str) -> int:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request(
            "POST", "/v1/chat/completions", b"x" * (limit * 3 // 2), {"Content-Type": "application/json"}
        )
        status = connection.getresponse().status
        connection.close()
        return status

    with api(Fake(), max_body_bytes=limit) as url:
        assert await asyncio.to_thread(send, url) == 413


# --- the key -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        (None, False),
        ("", False),
        ("Bearer", False),
        ("Bearer sk-wron", False),
        ("Bearer sk-right2", False),
        ("Bearer sk-righ", False),
        ("Bearer sk-r\xefght", False),
        ("Basic sk-right", False),
        ("sk-right", False),
        ("Bearer sk-right", True),
        ("bearer  sk-right", True),
    ],
)
async def test_the_key(client: httpx.AsyncClient, header: str | None, allowed: bool) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    with api(Fake(), api_key="sk-right") as url:
        answer = await client.get(f"{url}/v1/models", headers=headers)
    if allowed:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert said(answer)["code"] == "invalid_api_key"
        assert "sk-" not in answer.text


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/models", "/v1/models/org/tiny", "/v1/openapi.json", "/v1/docs", "/v1/nothing"]
)
async def test_the_key_is_checked_before_anything_else(client: httpx.AsyncClient, path: str) -> None:
    with api(Fake(), api_key="sk-right") as url:
        answer = await client.post(f"{url}{path}", content=b"{broken", headers={"Content-Type": "text/plain"})
        read = await client.get(f"{url}{path}")
    assert (answer.status_code, read.status_code) == (401, 401)


async def test_without_a_key_any_is_taken(client: httpx.AsyncClient) -> None:
    with api(Fake()) as url:
        answer = await client.get(f"{url}/v1/models", headers={"Authorization": "Bearer whatever"})
    assert answer.status_code == 200


# --- pages of other sites ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://evil.example", "127.0.0.1:7860", 403),
        ("https://evil.example", "mine.hf.space", 403),
        ("https://mine.hf.space.evil.example", "mine.hf.space", 403),
        ("https://mine.hf.space@evil.example", "mine.hf.space", 403),
        ("null", "127.0.0.1:7860", 403),
        ("", "127.0.0.1:7860", 403),
        ("http://[", "127.0.0.1:7860", 403),
        ("https://mine.hf.space", "mine.hf.space", 200),
        ("http://127.0.0.1:7860", "127.0.0.1:7860", 200),
        ("http://localhost:3000", "127.0.0.1:7860", 200),
    ],
)
async def test_the_origin(client: httpx.AsyncClient, origin: str, host: str, status: int) -> None:
    fake = Fake(*HELLO)
    with api(fake) as url:
        answer = await client.post(f"{url}/v1/chat/completions", json=ASK, headers={"Origin": origin, "Host": host})
    assert answer.status_code == status
    assert len(fake.asked) == (status == 200)
    if status == 403:
        assert said(answer)["code"] == "foreign_origin"


# --- a backend's errors --------------------------------------------------------------------------

ERRORS: list[tuple[Exception, int, dict[str, Any]]] = [
    (BadRequest("wrong", param="seed"), 400, {"type": "invalid_request_error", "param": "seed", "code": None}),
    (
        ContextTooLong("9000 tokens, but 2048 fit", param="messages"),
        400,
        {"type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"},
    ),
    (
        Unsupported("not here", param="top_a"),
        400,
        {"type": "invalid_request_error", "param": "top_a", "code": "unsupported_parameter"},
    ),
    (ModelNotFound("none"), 404, {"type": "invalid_request_error", "param": None, "code": "model_not_found"}),
    (Busy("full"), 429, {"type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}),
    (ModelUnavailable("no torch"), 503, {"type": "server_error", "param": None, "code": "model_unavailable"}),
    (UpstreamFailed("broken"), 502, {"type": "upstream_error", "param": None, "code": "upstream_failed"}),
    (RuntimeError("secret detail"), 500, {"type": "server_error", "param": None, "code": None}),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("error", "status", "expected"), ERRORS, ids=[type(e[0]).__name__ for e in ERRORS])
async def test_an_error_before_the_first_event_has_its_status(
    client: httpx.AsyncClient, error: Exception, status: int, expected: dict[str, Any], stream: bool
) -> None:
    with api(Fake(Progress(message="loading"), error)) as url:
        answer = await post(client, url, stream=stream)
    failure = said(answer)
    assert "secret detail" not in failure.pop("message")
    assert (answer.status_code, failure) == (status, expected)
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("told", "seconds"), [(None, "5"), (0.2, "1"), (30.0, "30")])
async def test_busy_says_when_to_come_back(client: httpx.AsyncClient, told: float | None, seconds: str) -> None:
    with api(Fake(Busy("full", retry_after=told))) as url:
        answer = await post(client, url)
    assert answer.headers["retry-after"] == seconds


@pytest.mark.parametrize(("error", "status", "expected"), ERRORS, ids=[type(e[0]).__name__ for e in ERRORS])
async def test_an_error_in_the_middle_is_the_last_line(
    client: httpx.AsyncClient, error: Exception, status: int, expected: dict[str, Any]
) -> None:
    with api(Fake(TextDelta(text="Hel"), error)) as url:
        streamed = await post(client, url, stream=True)
        whole = await post(client, url)
    *chunks, last = events(streamed)
    assert streamed.status_code == 200
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
    ]
    message = last["error"].pop("message")
    assert message
    assert "secret detail" not in message
    assert last == {"error": expected}
    assert whole.status_code == status


@pytest.mark.parametrize("stream", [False, True])
async def test_a_backend_that_ends_without_an_end(client: httpx.AsyncClient, stream: bool) -> None:
    with api(Fake(TextDelta(text="Hel"))) as url:
        answer = await post(client, url, stream=stream)
    if stream:
        assert events(answer)[-1]["error"]["type"] == "server_error"
    else:
        assert answer.status_code == 500


# --- waiting, leaving, limits --------------------------------------------------------------------


async def test_silence_is_filled_with_comments(client: httpx.AsyncClient) -> None:
    script = (Progress(message="loading"), 0.3, TextDelta(text="a"), 0.3, Progress(message="slow"), TextDelta(text="b"))
    with api(Fake(*script, END), patience=0.1) as url:
        answer = await post(client, url, stream=True)
    comments = [line for line in answer.text.splitlines() if line.startswith(":")]
    assert len(comments) >= 4
    assert [chunk["choices"][0]["delta"].get("content") for chunk in events(answer)[:-1]] == ["", "a", "b", None]


async def test_an_error_after_a_long_silence_is_a_line(client: httpx.AsyncClient) -> None:
    with api(Fake(0.3, ContextTooLong("too long")), patience=0.1) as url:
        answer = await post(client, url, stream=True)
    assert answer.status_code == 200
    assert events(answer)[-1]["error"]["code"] == "context_length_exceeded"


@pytest.mark.parametrize(
    ("script", "stream"),
    [
        ((TextDelta(text="Hel"), FOREVER), True),
        ((TextDelta(text="Hel"), FOREVER), False),
        ((FOREVER,), True),
        ((Progress(message="loading"), FOREVER), True),
    ],
    ids=["while streaming", "while folding", "before the first event", "while loading"],
)
async def test_a_client_that_leaves_cancels(script: tuple[Event | float, ...], stream: bool) -> None:
    fake = Fake(*script)
    with api(fake, max_concurrent=1) as url:
        async with httpx.AsyncClient() as leaving:
            asking = asyncio.create_task(_read_all(leaving, url, stream))
            await eventually(lambda: fake.running == 1)
            await asyncio.sleep(0.1)
            asking.cancel()
            left_at = time.monotonic()
            await asyncio.gather(asking, return_exceptions=True)
        await eventually(lambda: fake.running == 0)
        assert fake.closed_at is not None
        assert fake.closed_at - left_at < 5
        fake.script = HELLO
        async with httpx.AsyncClient() as next_one:
            assert (await post(next_one, url)).status_code == 200, "its place is free again"


async def _read_all(client: httpx.AsyncClient, url: str, stream: bool) -> None:
    async with client.stream(
        "POST", f"{url}/v1/chat/completions", json={**ASK, "stream": stream}, timeout=None
    ) as answer:
        async for _ in answer.aiter_raw():
            pass


async def test_a_slow_reader_holds_the_backend_back(client: httpx.AsyncClient) -> None:
    """What a backend makes is not piled up in memory for a client that doesn't read."""
    emitted = 0

    class Endless(Fake):
        async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
            nonlocal emitted
            while True:
                emitted += 1
                yield TextDelta(text="x" * 10_000)

    with api(Endless()) as url:
        async with client.stream("POST", f"{url}/v1/chat/completions", json={**ASK, "stream": True}):
            last = -1
            while last != emitted:
                last = emitted
                await asyncio.sleep(0.3)
    assert emitted < 5_000


async def test_one_too_many_is_told_to_come_back(client: httpx.AsyncClient) -> None:
    fake = Fake(FOREVER)
    with api(fake, max_concurrent=2) as url:
        waiting = [asyncio.create_task(post(client, url, stream=stream)) for stream in (False, True)]
        await eventually(lambda: fake.running == 2)
        answer = await post(client, url)
        await quit(*waiting)
    assert (answer.status_code, said(answer)["type"]) == (429, "rate_limit_error")
    assert int(answer.headers["retry-after"]) > 0


async def test_the_log_has_one_line_a_request_and_no_secrets(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="playground")
    with api(Fake(*HELLO), api_key="sk-planted") as url:
        for key in ("sk-planted", "sk-other"):
            for stream in (False, True):
                answer = await client.post(
                    f"{url}/v1/chat/completions?key=sk-planted",
                    json={**ASK, "stream": stream},
                    headers={"Authorization": f"Bearer {key}"},
                )
        await client.get(f"{url}/v1/a%1B%5B31m", headers={"Authorization": "Bearer sk-planted"})
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("playground")]
    assert [message.split(" ")[:3] for message in messages] == [
        ["POST", "/v1/chat/completions", "200"],
        ["POST", "/v1/chat/completions", "200"],
        ["POST", "/v1/chat/completions", "401"],
        ["POST", "/v1/chat/completions", "401"],
        ["GET", "/v1/a%1B%5B31m", "404"],
    ]
    assert answer.headers["x-request-id"] in messages[3]
    assert not any(secret in "\n".join(messages) for secret in ("sk-", "Say hello", "Hel"))
