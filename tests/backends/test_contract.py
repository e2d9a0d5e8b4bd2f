"""Every backend against the one contract."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from playground.backends.base import Backend
from playground.backends.local import LocalBackend
from playground.backends.remote import RemoteBackend
from playground.backends.scripted import ScriptedBackend
from playground.backends.scripts import Script, Step, spoken
from playground.errors import PlaygroundError
from playground.events import Event
from playground.request import ChatRequest, Endpoint
from playground.wire import DONE, ChunkWriter, error_body, read_request, sse
from tests.contract import BackendContract, Harness
from tests.fakes import Answer, FakeServer, Recorded
from tests.fakes import Step as Sent

SCRIPTED = Endpoint(name="Scripted", kind="scripted")


class Player:
    """A scripted model that answers by its prompt, and knows how many of its answers are under way."""

    def __init__(self) -> None:
        self.running = 0

    def __call__(self, request: ChatRequest) -> Iterator[Step]:
        self.running += 1
        try:
            asked = request.messages[-1].text
            told = "and then " * 10_000 if asked == Harness.long_prompt else f"You asked: {asked} " * 2
            yield from spoken(told.strip(), pause=0.001)
        finally:
            self.running -= 1


class ScriptedHarness(Harness):
    endpoint = SCRIPTED
    model = "player"
    refused = (
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"guided_regex": "a+"}, "guided_regex"),
    )

    def __init__(self) -> None:
        self._player = Player()
        scripts: dict[str, Script] = {"player": self._player}
        self.backend = ScriptedBackend(scripts)

    def running(self) -> int:
        return self._player.running


class TestScripted(BackendContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        made = ScriptedHarness()
        yield made
        await made.backend.close()


class RemoteHarness(Harness):
    """A remote backend that reaches the scripted one through real HTTP."""

    model = "player"
    refused = ScriptedHarness.refused
    wired = True

    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self.endpoint = Endpoint(name="Loopback", base_url=server.url)
        self.backend = RemoteBackend(self.endpoint)

    def running(self) -> int:
        return self._server.playing


class TestRemote(BackendContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        upstream = ScriptedHarness().backend
        with FakeServer(lambda request: serve(upstream, request)) as server:
            made = RemoteHarness(server)
            yield made
            await made.backend.close()


async def serve(backend: Backend, asked: Recorded) -> Answer:
    """As small a server of a backend as the contract needs."""
    if asked.method == "GET":
        return Answer.json({"data": [{"id": model.id} for model in await backend.models()]})
    try:
        request, delivery = read_request(asked.json, SCRIPTED)
        stream = backend.stream(request)
        first = await anext(stream)
    except PlaygroundError as error:
        return Answer.json(error_body(error), error.status)
    writer = ChunkWriter("1", 1, request.model.id, include_usage=delivery.wants_usage, n=request.params.n or 1)
    return Answer(_lines(first, stream, writer), headers={"content-type": "text/event-stream"})


async def _lines(first: Event, stream: AsyncGenerator[Event, None], writer: ChunkWriter) -> AsyncGenerator[Sent, None]:
    async with aclosing(stream):
        for chunk in writer.start() + writer.write(first):
            yield sse(chunk).encode()
        async for event in stream:
            for chunk in writer.write(event):
                yield sse(chunk).encode()
        yield DONE.encode()


class LocalHarness(Harness):
    endpoint = Endpoint(name="This machine", kind="local")
    model = "HuggingFaceTB/SmolLM2-135M-Instruct"
    refused = (
        ({"response_format": {"type": "regex", "value": "("}}, "response_format.value"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),
        ({"guided_regex": "a+"}, "guided_regex"),
    )

    def __init__(self, backend: LocalBackend) -> None:
        self.backend = self._local = backend

    def running(self) -> int:
        return self._local.running


@pytest.mark.model
class TestLocal(BackendContract):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[Harness]:
        from tests.models import default_model_data_dir

        backend = LocalBackend(data_dir=default_model_data_dir(), offline=True)
        yield LocalHarness(backend)
        await backend.close()
