"""The tap of the remote backend, over real HTTP: it hears all that goes over the wire, and no secret."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import pytest

from playground.backends.remote import RemoteBackend
from playground.backends.remote.wiretap import LONGEST
from playground.errors import PlaygroundError
from playground.events import collect
from playground.jsonvalue import dumps
from playground.messages import user
from playground.params import Params
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.wire import payload
from playground.wire.requests import STREAMED
from tests.contract import until_error
from tests.fakes import DONE, Answer, FakeServer, HangUp, Heard, chunk, until, written

KEY = "planted-0123456789abcdef"
TEAM = "planted.team.secret"


@pytest.fixture
async def backend(server: FakeServer) -> AsyncIterator[RemoteBackend]:
    headers = (("X-Token-Team", f"Token {TEAM}"), ("X-HF-Bill-To", "us"))
    made = RemoteBackend(Endpoint(name="Fake", base_url=server.url, headers=headers), KEY, silence_timeout=0.4)
    yield made
    await made.close()


def ask(**params: Any) -> ChatRequest:
    endpoint = Endpoint(name="Fake", base_url="http://unused/v1")
    content = "a <b>\u2028 é"
    return ChatRequest(model=ModelRef(endpoint=endpoint, id="fake"), messages=(user(content),), params=Params(**params))


async def heard_of(backend: RemoteBackend) -> Heard:
    """What a tap hears of a run, however it ends."""
    heard = Heard()
    with suppress(PlaygroundError):
        await collect(backend.stream(ask(), tap=heard))
    return heard


async def test_it_hears_what_the_server_got_and_what_it_said(server: FakeServer, backend: RemoteBackend) -> None:
    said = written(chunk("Hel"), b": ping\n\n", chunk("lo", "stop"), DONE)
    server.play(Answer((said[:50], said[50:]), headers={"content-type": "text/event-stream", "x-request-id": "r1"}))
    heard = await heard_of(backend)
    assert heard.names == ["sent", "answered", "received"]
    (_, method, url, headers, body), (_, status, back) = heard.calls[:2]
    assert (method, url) == ("POST", f"{server.url}/chat/completions")
    assert body.encode() == server.last.body == dumps(payload(ask(), STREAMED)).encode()
    hidden = {"authorization": "Bearer [redacted]", "x-token-team": "Token [redacted]"}
    assert {name.lower(): value for name, value in headers} == {**server.last.headers, **hidden}
    assert (status, dict(back)) == (
        200,
        {"transfer-encoding": "chunked", "content-type": "text/event-stream", "x-request-id": "r1"},
    )
    assert heard.text.encode() == said


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer((b'{"error":\n "no"}',), 400), '{"error":\n "no"}'),
        (Answer((b"data: a\r", b"\ndata: b\rdata: c\r\n",)), "data: a\ndata: b\ndata: c\n"),
        (Answer((b"caf\xc3", b"\xa9 \xff",)), "café \ufffd"),
        (Answer(("a\u2028b\x85c".encode(),)), "a\u2028b\x85c"),
        (Answer((gzip.compress(b"plain\n"),), headers={"content-encoding": "gzip"}), "plain\n"),
        (Answer((b'{"choices": [', HangUp())), '{"choices": ['),
        (Answer((b"x" * LONGEST, b"y\n", b"z\n")), "x" * LONGEST + "\nz\n"),
        (Answer(()), ""),
    ],
    ids=["an error", "line ends", "UTF-8 in pieces", "Unicode line ends", "gzip", "broken off", "a huge line", "empty"],
)  # fmt: skip
async def test_it_hears_an_answer_as_text(
    server: FakeServer, backend: RemoteBackend, answer: Answer, text: str
) -> None:
    server.play(answer)
    assert (await heard_of(backend)).text == text


async def test_lines_are_heard_whole_and_as_they_come(server: FakeServer, backend: RemoteBackend) -> None:
    line = written(chunk("Hello"))
    server.play(Answer((line[:9], 0.05, line[9:20], 0.05, line[20:] + line + b"data: ", 30.0)))
    heard = Heard()
    async with aclosing(backend.stream(ask(), tap=heard)) as stream:
        await anext(stream)
        told = [call[1] for call in heard.calls if call[0] == "received"]
        assert "".join(told) == (line + line).decode()
        assert all(text.endswith("\n") for text in told)
    assert heard.text == (line + line).decode() + "data: "


async def test_every_try_is_heard(server: FakeServer, backend: RemoteBackend) -> None:
    refused = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}
    server.play(Answer.json({"error": "busy"}, 503), Answer.json(refused, 422))
    heard = await heard_of(backend)
    assert heard.names == ["sent", "answered", "received"] * 3
    assert [call[1] for call in heard.calls if call[0] == "answered"] == [503, 422, 200]
    assert heard.bodies == [request.body.decode() for request in server.requests]
    assert "stream_options" not in json.loads(heard.bodies[-1])


async def test_a_connection_that_fails_was_tried(free_port: int) -> None:
    backend = RemoteBackend(Endpoint(name="Gone", base_url=f"http://127.0.0.1:{free_port}/v1"))
    heard = await heard_of(backend)
    await backend.close()
    assert heard.names == ["sent"] * 3


async def test_what_is_refused_here_is_not_sent() -> None:
    heard = await heard_of(RemoteBackend(Endpoint(name="Fake", base_url="http://unused/v1"), "no key at all"))
    assert heard.calls == []


async def test_a_tap_does_not_keep_a_run_from_being_left(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(Answer.events(chunk("Hel"), 30.0))
    async with aclosing(backend.stream(ask(), tap=Heard())) as stream:
        await anext(stream)
    assert until(lambda: server.disconnects)


# --- secrets -------------------------------------------------------------------------------------

HALF = KEY[: len(KEY) // 2]
ECHOES = {
    "an error": Answer.json({"error": {"message": f"Incorrect API key: {KEY}, team {TEAM}"}}, 401),
    "the authorization": Answer.json({"error": f"you sent Authorization: Bearer {KEY}"}, 400),
    "a page": Answer.text(f"<html><title>{KEY}</title>{TEAM}", 500),
    "an answer": Answer.events(chunk(f"your key is {KEY} and {TEAM}", "stop"), DONE),
    "a comment": Answer.events(f": {KEY}\n\n".encode(), chunk("x", "stop"), DONE),
    "in two pieces": Answer.events(f": {HALF}".encode(), 0.05, f"{KEY[len(HALF) :]}\n\n".encode(), chunk("x", "stop")),
    "in two pieces of the last line": Answer((f'{{"error": "{HALF}'.encode(), 0.05, KEY[len(HALF) :].encode()), 400),
    "half of it": Answer((f'{{"error": "{HALF}'.encode(), HangUp()), 400),
    "half of it in a line too long": Answer((b"x" * (LONGEST - len(HALF)) + KEY.encode() + b"\n",)),
    "headers": Answer.json({"error": "no"}, 400, x_echo=f"key={KEY}", set_cookie="session=planted-cookie"),
    "a redirect": Answer((), 307, {"location": f"https://elsewhere.example/?k={KEY}"}),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
async def test_no_secret_is_heard(server: FakeServer, backend: RemoteBackend, answer: Answer) -> None:
    server.play(answer)
    heard = await heard_of(backend)
    assert server.last.headers["x-token-team"] == f"Token {TEAM}"
    assert "planted" not in str(heard.calls)
    assert "[redacted]" in str(heard.calls[1:])


async def test_a_secret_of_a_header_is_in_no_error(server: FakeServer, backend: RemoteBackend) -> None:
    server.play(ECHOES["an error"])
    _, error = await until_error(backend.stream(ask()))
    assert "planted" not in f"{error.message} {error.body}"
