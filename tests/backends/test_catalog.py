"""The catalog: each backend made once, remote ones bounded, lists of models remembered for a while."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from playground.backends.base import Backend, ModelInfo, Tap
from playground.backends.catalog import HF_ROUTER, LOCAL_NAME, Catalog, local_endpoint
from playground.errors import Busy
from playground.events import Event, Finished, TextDelta, Timings, collect
from playground.messages import user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.fakes import Heard


class Fake:
    """A backend that says who it is, and remembers what was done to it."""

    def __init__(self, endpoint: Endpoint | None = None, key: str | None = None) -> None:
        self.made_for = (endpoint and endpoint.name, key)
        self.listed = 0
        self.closed = 0
        self.busy = False

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        if tap is not None:
            tap.received(str(self.made_for))
        yield TextDelta(text=str(self.made_for))
        yield Finished(reasons=("stop",), timings=Timings(ttft=0.0, total=0.0))

    async def models(self) -> tuple[ModelInfo, ...]:
        self.listed += 1
        if self.busy:
            raise Busy("not now")
        return (ModelInfo(id=f"model {self.listed}"),)

    async def close(self) -> None:
        self.closed += 1


class Shelf:
    """A catalog of fakes, its clock, and every backend that it made."""

    def __init__(self, most: int = 2) -> None:
        self.made: list[Fake] = []
        self.seconds = 0.0
        self.catalog = Catalog(
            local=self._make, remote=self._make, scripted=self._make, most_remotes=most, now=lambda: self.seconds
        )

    def _make(self, endpoint: Endpoint | None = None, key: str | None = None) -> Backend:
        self.made.append(Fake(endpoint, key))
        return self.made[-1]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def remote(name: str) -> Endpoint:
    return Endpoint(name=name, base_url=f"http://{name}.example/v1")


LOCAL = local_endpoint("http://127.0.0.1:7860/v1", key_required=False)
SCRIPTED = Endpoint(name="Demos", kind="scripted")


def ask() -> ChatRequest:
    return ChatRequest(model=ModelRef(endpoint=SCRIPTED, id="m"), messages=(user("Hi"),))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((remote("a"), "k"), (remote("a"), "k"), True),
        ((remote("a"), None), (remote("a"), ""), True),
        ((remote("a"), "k"), (remote("a"), "l"), False),
        ((remote("a"), "k"), (remote("b"), "k"), False),
        ((LOCAL, None), (local_endpoint("http://else:1/v1", key_required=True), "k"), True),
        ((SCRIPTED, None), (Endpoint(name="Other", kind="scripted"), None), True),
        ((SCRIPTED, None), (LOCAL, None), False),
    ],
)
def test_one_backend_for_an_endpoint_and_key(
    shelf: Shelf, first: tuple[Endpoint, str | None], second: tuple[Endpoint, str | None], same: bool
) -> None:
    assert (shelf.catalog.backend(*first) is shelf.catalog.backend(*second)) is same
    assert len(shelf.made) == (1 if same else 2)


def test_nothing_is_made_before_it_is_asked_for(shelf: Shelf) -> None:
    assert shelf.made == []


async def test_the_backend_gets_the_endpoint_and_the_key(shelf: Shelf) -> None:
    reply = await collect(shelf.catalog.backend(remote("a"), "k").stream(ask()))
    assert reply.choices[0].message.text == "('a', 'k')"


async def test_a_tap_is_passed_on(shelf: Shelf) -> None:
    heard = Heard()
    await collect(shelf.catalog.backend(remote("a"), "k").stream(ask(), tap=heard))
    assert heard.text == "('a', 'k')"


async def test_the_remote_longest_unused_is_closed(shelf: Shelf) -> None:
    for name in ("a", "b", "a", "c"):
        shelf.catalog.backend(remote(name))
    await shelf.catalog.models(remote("a"))
    assert [(fake.made_for[0], fake.closed) for fake in shelf.made] == [("a", 0), ("b", 1), ("c", 0)]


async def test_one_that_runs_is_closed_when_it_is_done(shelf: Shelf) -> None:
    async with aclosing(shelf.catalog.backend(remote("a")).stream(ask())) as stream:
        await anext(stream)
        for name in ("b", "c"):
            await shelf.catalog.models(remote(name))
        assert shelf.made[0].closed == 0
    assert shelf.made[0].closed == 1


async def test_local_and_scripted_are_never_put_away(shelf: Shelf) -> None:
    for endpoint in (LOCAL, SCRIPTED, remote("a"), remote("b"), remote("c")):
        await shelf.catalog.models(endpoint)
    assert [fake.closed for fake in shelf.made] == [0, 0, 1, 0, 0]


async def test_a_list_of_models_is_remembered_for_half_a_minute(shelf: Shelf) -> None:
    seen = []
    for seconds in (0, 29, 31, 60):
        shelf.seconds = seconds
        seen += [model.id for model in await shelf.catalog.models(remote("a"))]
    assert seen == ["model 1", "model 1", "model 2", "model 2"]


async def test_an_error_is_not_remembered(shelf: Shelf) -> None:
    shelf.catalog.backend(remote("a"))
    shelf.made[0].busy = True
    with pytest.raises(Busy):
        await shelf.catalog.models(remote("a"))
    shelf.made[0].busy = False
    assert [model.id for model in await shelf.catalog.models(remote("a"))] == ["model 2"]


async def test_what_this_machine_has_is_always_looked_up(shelf: Shelf) -> None:
    assert [(await shelf.catalog.models(LOCAL))[0].id for _ in range(2)] == ["model 1", "model 2"]


async def test_close_closes_everything_once(shelf: Shelf) -> None:
    for endpoint in (LOCAL, SCRIPTED, remote("a"), remote("b"), remote("c")):
        shelf.catalog.backend(endpoint)
    await shelf.catalog.close()
    await shelf.catalog.close()
    assert [fake.closed for fake in shelf.made] == [1] * 5


def test_the_key_shows_nowhere() -> None:
    catalog = Catalog(local=Fake)
    backend = catalog.backend(remote("a"), "sk-planted-123456")
    assert "planted" not in f"{catalog!r} {backend!r}"


def test_well_known_endpoints() -> None:
    assert (HF_ROUTER.kind, HF_ROUTER.base_url, HF_ROUTER.key_name) == (
        "remote",
        "https://router.huggingface.co/v1",
        "HF_TOKEN",
    )
    assert (LOCAL.name, LOCAL.kind, LOCAL.key_name) == (LOCAL_NAME, "local", None)
    assert local_endpoint("http://x/v1/", key_required=True).key_name == "API_KEY"
