"""The remote backend over real HTTP on this machine: asking, trying again, leaving, keys, lists of models.

What servers send, and what is made of it, stands in the table of dialects (test_dialects.py).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

import pytest

from playground.backends.base import ModelInfo
from playground.backends.remote import RemoteBackend
from playground.backends.remote.upstream import retry_after
from playground.errors import (
    BadAnswer,
    BadRequest,
    Busy,
    PlaygroundError,
    Silent,
    Unauthorized,
    Unreachable,
    UpstreamFailed,
)
from playground.events import Event, Finished, Progress, TextDelta, Usage, collect
from playground.messages import user
from playground.params import Params
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.values import Value
from tests.backends.dialects import END, PAGE
from tests.contract import events_of, text_of, until_error
from tests.fakes import DONE, REPLY, Answer, FakeServer, HangUp, Step, chunk, until

KEY = "sk-planted-0123456789abcdef"


@pytest.fixture
async def backend(server: FakeServer) -> AsyncIterator[RemoteBackend]:
    made = RemoteBackend(Endpoint(name="Fake", base_url=server.url), KEY, silence_timeout=0.4)
    yield made
    await made.close()


def ask(base_url: str = "http://unused/v1", **params: Any) -> ChatRequest:
    endpoint = Endpoint(name="Fake", base_url=base_url)
    return ChatRequest(model=ModelRef(endpoint=endpoint, id="fake"), messages=(user("Hi"),), params=Params(**params))


async def said(backend: RemoteBackend) -> list[Event]:
    """The events of a run, but for the last, which holds timings."""
    *events, end = await events_of(backend.stream(ask()))
    assert isinstance(end, Finished)
    return events


def plain(values: Iterable[Value]) -> list[tuple[type, dict[str, Any]]]:
    """Values by their content: which of their fields were given does not count here."""
    return [(type(value), value.model_dump()) for value in values]


# --- what is sent --------------------------------------------------------------------------------


async def test_the_request_is_sent_as_it_is(server: FakeServer, backend: RemoteBackend) -> None:
    reply = await collect(backend.stream(ask(temperature=0, stop=["a"])))
    assert (server.last.method, server.last.path) == ("POST", "/v1/chat/completions")
    assert server.last.headers["authorization"] == f"Bearer {KEY}"
    assert server.last.headers["content-type"] == "application/json"
    assert server.last.json == {
        "model": "fake",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0,
        "stop": ["a"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert text_of(reply) == REPLY
    assert reply.usage is not None
    assert plain([reply.usage]) == plain([Usage(prompt_tokens=5, completion_tokens=4)])


async def test_without_a_key_no_authorization_is_sent(server: FakeServer) -> None:
    endpoint = Endpoint(name="Fake", base_url=server.url, headers=(("X-HF-Bill-To", "us"),))
    backend = RemoteBackend(endpoint, "  ")
    await collect(backend.stream(ask()))
    await backend.close()
    assert "authorization" not in server.last.headers
    assert server.last.headers["x-hf-bill-to"] == "us"


async def test_a_second_run_uses_the_same_connection(server: FakeServer, backend: RemoteBackend) -> None:
    await collect(backend.stream(ask()))
    await collect(backend.stream(ask()))
    assert [request.connection for request in server.requests] == [1, 1]


async def test_after_close_it_connects_anew(server: FakeServer, backend: RemoteBackend) -> None:
    await collect(backend.stream(ask()))
    await backend.close()
    await collect(backend.stream(ask()))
    assert [request.connection for request in server.requests] == [1, 2]


async def test_this_machine_is_not_asked_through_a_proxy(
    server: FakeServer, backend: RemoteBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert text_of(await collect(backend.stream(ask()))) == REPLY


async def test_elsewhere_the_proxy_of_the_environment_is_used(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.origin)
    backend = RemoteBackend(Endpoint(name="Far", base_url="http://far.example/v1"))
    assert text_of(await collect(backend.stream(ask()))) == REPLY
    await backend.close()
    assert server.last.path == "http://far.example/v1/chat/completions"


async def test_a_proxy_that_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "nonsense://x")
    _, error = await until_error(RemoteBackend(Endpoint(name="Far", base_url="http://far.example/v1")).stream(ask()))
    assert isinstance(error, Unreachable)
    assert "HTTP_PROXY" in error.advice


# --- as it comes ------------------------------------------------------------------------------------


async def test_events_come_as_they_happen(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.events(chunk("now"), 0.3, chunk("later", "stop"), DONE))
    async with aclosing(backend.stream(ask())) as stream:
        assert plain([await anext(stream)]) == plain([TextDelta(text="now")])
        assert server.playing == 1
        *_, end = [event async for event in stream]
    assert isinstance(end, Finished)
    assert end.timings.ttft is not None
    assert end.timings.total >= end.timings.ttft + 0.2


async def test_keep_alives_are_signs_of_life(server: FakeServer, backend: RemoteBackend) -> None:
    pings: list[Any] = [b": ping\n\n", 0.25] * 3
    server.play(Answer.events(*pings, chunk("at last", "stop"), DONE))
    assert plain(await said(backend)) == plain([TextDelta(text="at last")])


# --- what goes wrong -----------------------------------------------------------------------------


async def test_the_advice_names_the_base_url_that_was_meant(server: FakeServer) -> None:
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.origin))
    server.play(Answer.text("404 page not found", 404, "text/plain"))
    _, error = await until_error(backend.stream(ask()))
    await backend.close()
    assert f"Try {server.origin}/v1." in error.advice


async def test_nobody_listens(free_port: int) -> None:
    backend = RemoteBackend(Endpoint(name="Gone", base_url=f"http://127.0.0.1:{free_port}/v1"))
    start = time.perf_counter()
    seen, error = await until_error(backend.stream(ask()))
    await backend.close()
    assert (type(error), error.message) == (Unreachable, f"nobody answers at 127.0.0.1:{free_port}")
    assert len(seen) == 2
    assert all(isinstance(event, Progress) for event in seen)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "base_url",
    ["http://no-such-host.invalid/v1", f"http://{'a' * 70}.invalid/v1", "http://xn--/v1"],
)
async def test_no_such_host(base_url: str) -> None:
    backend = RemoteBackend(Endpoint(name="Gone", base_url=base_url))
    seen, error = await until_error(backend.stream(ask()))
    await backend.close()
    assert (seen, type(error)) == ([], Unreachable)


async def test_no_base_url() -> None:
    _, error = await until_error(RemoteBackend(Endpoint(name="Nowhere")).stream(ask()))
    assert (type(error), error.message) == (BadRequest, "Nowhere has no base URL")


async def test_https_where_http_is_spoken(server: FakeServer) -> None:
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url.replace("http:", "https:")))
    _, error = await until_error(backend.stream(ask()))
    await backend.close()
    assert isinstance(error, Unreachable)
    assert "http://" in error.advice
    assert any(isinstance(cause, ssl.SSLError) for cause in _chain(error))


def _chain(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *_chain(error.__cause__ or error.__context__)]


async def test_an_event_without_end_is_given_up() -> None:
    piece = b"x" * (1024 * 1024)
    with FakeServer() as server:
        server.play(Answer.events(chunk("Hel"), b"data: ", *[piece] * 20))
        backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url))
        seen, error = await until_error(backend.stream(ask()))
        await backend.close()
    assert (plain(seen), type(error), error.message) == (
        plain([TextDelta(text="Hel")]),
        BadAnswer,
        "the endpoint sent an event longer than 16 MB",
    )


async def test_many_events_may_be_long_together(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.events(*[chunk("x" * 1_000_000)] * 20, END, DONE))
    assert len(text_of(await collect(backend.stream(ask())))) == 20_000_000


async def test_an_error_page_is_read_to_a_limit(server: FakeServer, backend: RemoteBackend) -> None:
    drip: list[Step] = [b"x", 0.3] * 200
    server.play(Answer((b"<p>" + b"x" * 100_000, *drip), 500))
    start = time.perf_counter()
    _, error = await until_error(backend.stream(ask()))
    assert time.perf_counter() - start < 30
    assert isinstance(error, UpstreamFailed)
    assert error.body is not None
    assert len(error.body) == 4_000
    assert len(error.message) < 1_100


# --- trying again --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [Answer.json({"error": "busy"}, 429), Answer.text(PAGE, 502), Answer.json({"error": "loading"}, 503),
     Answer.text(PAGE, 504), Answer((HangUp(),), raw=True)],
    ids=["429", "502", "503", "504", "hung up"],
)  # fmt: skip
async def test_what_may_pass_is_tried_again(server: FakeServer, backend: RemoteBackend, first: Answer) -> None:
    server.play(first)
    events = await events_of(backend.stream(ask()))
    assert isinstance(events[0], Progress)
    assert events[0].message.endswith("; trying again")
    assert isinstance(events[-1], Finished)
    assert len(server.requests) == 2
    assert server.requests[0].body == server.requests[1].body


async def test_it_gives_up_after_two_more(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(*[Answer.json({"error": "busy"}, 429)] * 5)
    seen, error = await until_error(backend.stream(ask()))
    assert (len(seen), type(error), len(server.requests)) == (2, Busy, 3)


async def test_retry_after_is_kept(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.json({"error": "busy"}, 429, retry_after="1"))
    start = time.perf_counter()
    await collect(backend.stream(ask()))
    assert time.perf_counter() - start >= 1


async def test_a_long_retry_after_is_told_not_waited_for(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.json({"error": "busy"}, 429, retry_after="120"))
    _, error = await until_error(backend.stream(ask()))
    assert (error.retry_after, len(server.requests)) == (120.0, 1)


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), ("", None), ("3", 3.0), ("0.5", 0.5), ("soon", None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)]
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


async def test_an_endpoint_that_knows_no_stream_options_is_asked_without(
    server: FakeServer, backend: RemoteBackend
) -> None:
    refused = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}
    server.play(Answer.json(refused, 422), Answer.events(chunk("ok", "stop"), DONE))
    reply = await collect(backend.stream(ask(seed=1)))
    first, second = (request.json for request in server.requests)
    assert (text_of(reply), reply.usage) == ("ok", None)
    assert second == {key: value for key, value in first.items() if key != "stream_options"}


# --- leaving -------------------------------------------------------------------------------------


async def test_leaving_closes_the_connection_at_once(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.events(chunk("Hel"), 0.3, chunk("lo"), 30.0))
    async with aclosing(backend.stream(ask())) as stream:
        await anext(stream)
        left = time.monotonic()
    gone = until(lambda: server.disconnects)[0]
    assert gone - left < 5


async def test_leaving_while_it_waits_for_the_first_byte(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer((30.0,), raw=True))
    task = asyncio.create_task(collect(backend.stream(ask())))
    while not server.playing:
        await asyncio.sleep(0.002)
    left = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert until(lambda: server.disconnects)[0] - left < 5


async def test_leaving_between_two_tries_asks_no_more(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.json({"error": "busy"}, 503))
    async with aclosing(backend.stream(ask())) as stream:
        assert isinstance(await anext(stream), Progress)
    assert len(server.requests) == 1


# --- the key -------------------------------------------------------------------------------------

ECHOES = [
    Answer.json({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}, 401),
    Answer.json({"error": f"you sent Authorization: Bearer {KEY}", "hint": KEY}, 400),
    Answer.text(f"<html><title>{KEY}</title>{KEY}", 500),
    Answer.text(f"<html>{KEY}"),
    Answer.json({"hello": KEY}),
    Answer.events(f"not json {KEY}"),
    Answer.events({"error": {"message": "x" * 1990 + KEY}}),
    Answer.events(b'event: error\ndata: {"message": "' + KEY.encode() + b'"}\n\n'),
    Answer.json({"error": KEY}, 503),
]


@pytest.mark.parametrize("answer", ECHOES)
async def test_the_key_is_in_no_error_and_no_log(
    server: FakeServer, backend: RemoteBackend, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.play(answer, answer, answer)
    seen, error = await until_error(backend.stream(ask()))
    told = [seen, error.message, error.advice, error.body, str(error), repr(error), error.args, backend, vars(error)]
    assert "planted" not in f"{told} {_chain(error)} {caplog.text}"
    assert caplog.records


async def test_the_key_is_not_in_what_a_redirect_says(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer((), 302, {"location": f"https://elsewhere.example/?k={KEY}"}))
    _, error = await until_error(backend.stream(ask()))
    assert "redirects to https://elsewhere.example/?k=[redacted] (" in error.message


async def test_a_redirect_is_not_followed_with_the_key(server: FakeServer, backend: RemoteBackend) -> None:
    with FakeServer() as elsewhere:
        server.play(Answer((), 307, {"location": f"{elsewhere.url}/chat/completions"}))
        await until_error(backend.stream(ask()))
        assert elsewhere.requests == []


@pytest.mark.parametrize("key", ["sk-planted\nX-Evil: 1", "sk-plänted", "sk-planted two", "sk-planted\x00"])
async def test_a_key_that_is_none_is_refused_unseen(server: FakeServer, key: str) -> None:
    _, error = await until_error(RemoteBackend(Endpoint(name="Fake", base_url=server.url), key).stream(ask()))
    assert isinstance(error, Unauthorized)
    assert "pl" not in f"{error.message} {error.__cause__!r}"
    assert server.requests == []


async def test_a_header_of_the_endpoint_takes_the_place_of_the_apps_own(server: FakeServer) -> None:
    endpoint = Endpoint(
        name="Fake", base_url=server.url, headers=(("user-agent", "mine"), ("X-Two", "1"), ("x-two", " 2"))
    )
    backend = RemoteBackend(endpoint)
    await collect(backend.stream(ask()))
    await backend.close()
    assert (server.last.headers["user-agent"], server.last.headers["x-two"]) == ("mine", "1, 2")


# --- the list of models --------------------------------------------------------------------------

ROUTER = {
    "id": "org/model",
    "architecture": {"input_modalities": ["text", "image"]},
    "providers": [
        {"provider": "a", "status": "live", "context_length": 8_000, "supports_tools": False},
        {"provider": "b", "status": "live", "context_length": 32_000, "supports_tools": False, "supports_structured_output": True},
        {"provider": "c", "status": "error", "context_length": 99_000},
    ],
}  # fmt: skip
NO_TOOLS = tuple(
    (name, "no provider of this model takes tools") for name in ("tools", "tool_choice", "parallel_tool_calls")
)


@pytest.mark.parametrize(
    ("body", "models"),
    [
        ({"object": "list", "data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]}, (ModelInfo(id="b"), ModelInfo(id="a"))),
        ({"data": [{"id": "v", "max_model_len": 4096}]}, (ModelInfo(id="v", context_length=4096),)),
        ({"data": [{"id": "m", "max_context_length": 9, "capabilities": {"vision": True}}]}, (ModelInfo(id="m", context_length=9, sees_images=True),)),
        ({"data": [ROUTER]}, (ModelInfo(id="org/model", sees_images=True, context_length=32_000, refuses=NO_TOOLS),)),
        ({"data": [{"id": "x", "providers": [{"status": "error"}]}]}, (ModelInfo(id="x", unavailable="no provider serves it now"),)),
        ({"data": [{"id": "x", "providers": [], "context_length": "long", "architecture": None}]}, (ModelInfo(id="x"),)),
        ({"models": [{"name": "llama.gguf"}]}, (ModelInfo(id="llama.gguf"),)),
        ([{"id": "x"}, "y", 3, {"id": ""}, {"id": None}], (ModelInfo(id="x"), ModelInfo(id="y"))),
        ({"data": []}, ()),
    ],
)  # fmt: skip
async def test_lists_of_models(
    server: FakeServer, backend: RemoteBackend, body: Any, models: tuple[ModelInfo, ...]
) -> None:
    server.play(Answer.json(body))
    assert plain(await backend.models()) == plain(models)
    assert (server.last.method, server.last.path) == ("GET", "/v1/models")
    assert server.last.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer.json({"error": {"message": f"wrong key {KEY}"}}, 401), Unauthorized),
        (Answer.json({"detail": "Not Found"}, 404), BadAnswer),
        (Answer.text(PAGE), BadAnswer),
        (Answer.json({"data": {"id": "x"}}), BadAnswer),
        (Answer((b"[", HangUp())), BadAnswer),
        (Answer((b"\xff",)), BadAnswer),
        (Answer((3.0,)), Silent),
    ],
)
async def test_a_list_that_cannot_be_had(
    server: FakeServer, backend: RemoteBackend, answer: Answer, kind: type[PlaygroundError]
) -> None:
    server.play(answer)
    with pytest.raises(kind) as error:
        await backend.models()
    assert "planted" not in f"{error.value.message} {error.value.body}"
    assert len(server.requests) == 1
