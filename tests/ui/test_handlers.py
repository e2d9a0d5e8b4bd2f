"""The page's events: what each yields to its component, and that a visitor's keys stay where they belong."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from pydantic import SecretStr

from playground.backends.base import ModelInfo, Price, PriceRange, Residence, Tap
from playground.backends.catalog import DEMO, Catalog
from playground.backends.scripted import ScriptedBackend
from playground.backends.scripts import Pause, Step
from playground.errors import Unreachable
from playground.events import Event, Progress, TextDelta
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.ui.context import Context
from playground.ui.handlers import Handlers
from playground.ui.keys import Keys

LOCAL = Endpoint(name="This machine", kind="local", base_url="http://localhost:7860/v1")
ROUTER = Endpoint(name="Router", base_url="https://router.example/v1", key_name="HF_TOKEN")
PANE = {"endpoint": {"name": "Router"}, "model": "m", "messages": [{"role": "user", "content": "hi"}]}


class Fake:
    """A backend that says one word, then breaks if told to; it remembers the key it was made with."""

    made_with: list[str | None] = []

    def __init__(self, endpoint: Endpoint, key: str | None) -> None:
        Fake.made_with.append(key)
        self.breaks: Exception | None = None
        self.closed = asyncio.Event()

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        try:
            yield TextDelta(text="word")
            if self.breaks:
                raise self.breaks
            await asyncio.sleep(60)
        finally:
            self.closed.set()

    async def models(self) -> tuple[ModelInfo, ...]:
        low, high = Price(input=0.1, output=0.2), Price(input=0.3, output=0.4)
        known = ModelInfo(
            id="m",
            sees_images=True,
            refuses=(("tools", "has no tools"),),
            price=PriceRange(least=low, most=None),
            routes=(("a", PriceRange(least=low, most=high)), ("b", PriceRange(least=high, most=high))),
        )
        return known, ModelInfo(id="n")

    async def close(self) -> None: ...


@pytest.fixture
def handlers() -> Handlers:
    Fake.made_with.clear()
    catalog = Catalog(local=Shelf, remote=Fake)
    default = ModelRef(endpoint=LOCAL, id="m")
    environment = {"Router": SecretStr("from-the-environment")}
    return Handlers(Context(catalog, (LOCAL, ROUTER), default, environment, image_side=1568))


VISIT: Any = SimpleNamespace(session_hash="one tab")
ELSEWHERE: Any = SimpleNamespace(session_hash="another tab")


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def backend_of(handlers: Handlers) -> Fake:
    shared: Any = handlers._context.catalog.backend(ROUTER, "from-the-environment")
    inner: Fake = shared._backend
    return inner


async def snapshots(handlers: Handlers) -> list[dict[str, Any]]:
    return [update.props["live"] async for update in handlers.run(event(run="r", pane=PANE), Keys(), VISIT)]


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (Unreachable("nobody there"), "Nobody there."),
        (RuntimeError("hf_abcdefghijklmnopqrstuvwxyz012345 leaked"), "Something went wrong in the app: RuntimeError"),
    ],
)
async def test_a_run_that_breaks_keeps_its_text_and_says_why(handlers: Handlers, breaks: Exception, says: str):
    backend_of(handlers).breaks = breaks
    told = await snapshots(handlers)
    assert [snapshot["phase"] for snapshot in told] == ["waiting", "streaming", "failed"]
    assert told[-1]["choices"][0]["text"] == "word"
    assert says in told[-1]["error"]["message"]
    assert "hf_abc" not in str(told[-1])


async def test_leaving_a_run_closes_the_backends_stream(handlers: Handlers):
    run = handlers.run(event(run="r", pane=PANE), Keys(), VISIT)
    async for update in run:
        if update.props["live"]["phase"] == "streaming":
            break
    await run.aclose()
    assert backend_of(handlers).closed.is_set()


async def test_stop_ends_its_own_run_and_no_other(handlers: Handlers):
    async def run(name: str) -> str:
        async with aclosing(handlers.run(event(run=name, pane=PANE), Keys(), VISIT)) as updates:
            async for update in updates:
                phase: str = update.props["live"]["phase"]
                if phase == "streaming" and name == "first":
                    await handlers.stop(event(run="first"))
                elif phase == "streaming" and not first.done():
                    await first
                    break
        return phase

    first = asyncio.create_task(run("first"))
    assert await run("second") == "streaming"
    assert await first == "stopped"


async def test_four_panes_go_each_at_its_own_pace():
    stuck: list[Step] = [TextDelta(text="first"), Pause(3600)]
    scripted = ScriptedBackend({"stuck": stuck, "quick": [TextDelta(text="word ")] * 40})
    catalog = Catalog(local=lambda: scripted, scripted=lambda: scripted)
    handlers = Handlers(Context(catalog, (DEMO,), ModelRef(endpoint=DEMO, id="quick"), {}, image_side=1568))
    waiting = asyncio.Event()

    async def run(name: str, model: str) -> str:
        pane = {"endpoint": {"name": "Demo"}, "model": model, "messages": [{"role": "user", "content": "hi"}]}
        async for update in handlers.run(event(run=name, pane=pane), Keys(), VISIT):
            phase: str = update.props["live"]["phase"]
            if phase == "streaming" and model == "stuck":
                waiting.set()
        return phase

    slow = asyncio.create_task(run("slow", "stuck"))
    await waiting.wait()
    assert await asyncio.gather(*(run(name, "quick") for name in "abc")) == ["done"] * 3
    assert not slow.done()
    await handlers.stop(event(run="slow"))
    assert await slow == "stopped"


async def test_a_stop_that_overtakes_its_run_holds(handlers: Handlers):
    await handlers.stop(event(run="r"))
    assert [snapshot["phase"] for snapshot in await snapshots(handlers)][-1] == "stopped"


async def test_a_closed_tab_stops_what_it_runs_and_nothing_else(handlers: Handlers):
    async def run() -> str:
        async with aclosing(handlers.run(event(run="r", pane=PANE), Keys(), VISIT)) as updates:
            async for update in updates:
                phase: str = update.props["live"]["phase"]
                if phase == "streaming":
                    await handlers.left(ELSEWHERE)
                    asyncio.get_running_loop().call_later(0.05, asyncio.ensure_future, handlers.left(VISIT))
        return phase

    assert await run() == "stopped"
    assert not handlers._sessions
    assert not handlers._running


async def test_the_models_of_an_endpoint(handlers: Handlers):
    answer = (await handlers.models(event(id="q", endpoint={"name": "Router"}), Keys())).props["answer"]
    model = {
        "id": "m",
        "sees_images": True,
        "context_length": None,
        "unavailable": None,
        "residence": None,
        "kept": False,
    }
    price = {"input": [0.1, 0.1], "output": [0.2, 0.2], "at_least": True}
    routes = {
        "a": {"input": [0.1, 0.3], "output": [0.2, 0.4], "at_least": False},
        "b": {"input": [0.3, 0.3], "output": [0.4, 0.4], "at_least": False},
    }
    unknown: dict[str, Any] = {"id": "n", "sees_images": None, "refuses": {}, "price": None, "routes": {}}
    thinking = dict.fromkeys(("thinks", "thinking_fields", "own_tool_markup", "continues"))
    assert answer == {
        "id": "q",
        "models": [
            {**model, **thinking, "refuses": {"tools": "has no tools"}, "price": price, "routes": routes},
            {**model, **thinking, **unknown},
        ],
    }
    bad = (await handlers.models(event(id="q", endpoint={"name": "x"}), Keys())).props["answer"]
    assert bad["error"]["param"] == "base_url"


class Shelf(Fake):
    """A backend that keeps models in memory; those in `busy` can't be put away."""

    def __init__(self) -> None:
        super().__init__(LOCAL, None)
        self.kept: list[str] = []
        self.busy: set[str] = set()

    async def load(self, model_id: str) -> AsyncGenerator[Progress, None]:
        yield Progress(message=f"Loading {model_id}", done=1, total=2)
        self.kept.append(model_id)

    async def unload(self, model_id: str) -> bool:
        if model_id in self.busy or model_id not in self.kept:
            return False
        self.kept.remove(model_id)
        return True

    async def models(self) -> tuple[ModelInfo, ...]:
        place = Residence(device="cpu", weights="8-bit", nbytes=12)
        return tuple(ModelInfo(id=model_id, residence=place if model_id in self.kept else None) for model_id in "ab")


@pytest.fixture
def shelf(handlers: Handlers) -> Shelf:
    """What stands behind the local endpoint."""
    found = handlers._context.catalog.backend(LOCAL)
    assert isinstance(found, Shelf)
    return found


async def kept(handlers: Handlers, model: str, wanted: bool, endpoint: str = "This machine") -> list[dict[str, Any]]:
    asked = event(id="q", endpoint={"name": endpoint}, model=model, wanted=wanted)
    return [update.props["answer"] async for update in handlers.keep_model(asked, Keys())]


async def test_a_local_model_is_brought_into_memory_and_put_away(handlers: Handlers, shelf: Shelf):
    progress, loaded = await kept(handlers, "b", True)
    assert progress == {"id": "q", "progress": {"message": "Loading b", "done": 1, "total": 2}}
    residence = {"device": "cpu", "weights": "8-bit", "nbytes": 12, "alone_because": None, "running": 0}
    assert [model["residence"] for model in loaded["models"]] == [None, residence]
    assert [model["kept"] for model in loaded["models"]] == [True, True]
    shelf.busy.add("b")
    (refused,) = await kept(handlers, "b", False)
    assert refused["error"]["message"] == "Still in use: b."
    shelf.busy.clear()
    (put_away,) = await kept(handlers, "b", False)
    assert [model["residence"] for model in put_away["models"]] == [None, None]


async def test_models_of_other_machines_are_not_kept_in_memory(handlers: Handlers):
    (refused,) = await kept(handlers, "m", True, endpoint="Router")
    assert "Only models of this machine" in refused["error"]["message"]


async def test_a_typed_key_is_used_and_never_sent_back(handlers: Handlers):
    update, keys = handlers.keep_key(event(id="q", endpoint={"name": "Router"}, key="typed-secret"), Keys())
    assert update.props["answer"] == {"id": "q", "kept": True}
    assert "typed-secret" not in str(update.props) + repr(keys)
    await handlers.models(event(id="q", endpoint={"name": "Router"}), keys)
    assert Fake.made_with == ["typed-secret"]
    update, keys = handlers.keep_key(event(id="q", endpoint={"name": "Router"}, key=""), keys)
    assert update.props["answer"] == {"id": "q", "kept": False}
