"""The local backend over tiny models of random weights: turns, cancelling, models, images, errors."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from playground.backends.base import Residence
from playground.backends.local import LocalBackend
from playground.backends.local.model import load
from playground.backends.local.prompt import build_prompt
from playground.backends.local.weights import Weights
from playground.errors import BadRequest, ModelNotFound, ModelUnavailable
from playground.events import Finished, Progress, TextDelta
from playground.messages import Message, user
from tests.backends.local.asking import ENDPOINT, ask, events, picture, run, say
from tests.contract import BackendContract, Harness
from tests.models import CONTEXT, PLAIN, SEEING, TINY
from tests.serving import eventually


class LocalHarness(Harness):
    endpoint = ENDPOINT
    model = TINY
    long_prompt = "word " * 20
    refused = (
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),  # the model's template knows none
        ({"guided_regex": "a+"}, "guided_regex"),
        ({"logit_bias": {"999999": 1}}, "logit_bias"),
    )

    def __init__(self, backend: LocalBackend) -> None:
        self.backend = self._local = backend

    def running(self) -> int:
        return self._local.running


class TestContract(BackendContract):
    @pytest.fixture
    def harness(self, local: LocalBackend) -> LocalHarness:
        return LocalHarness(local)


def generated(weights: Weights, model_id: str, message: Message, tokens: int) -> str:
    """What plain transformers generates, greedily."""
    model, network = load(model_id, weights.folder(model_id, lambda progress: None), torch.device("cpu"))
    inputs = build_prompt((message,), model).inputs
    made = network.generate(**inputs, max_new_tokens=tokens, do_sample=False)
    fresh = made[0, inputs["input_ids"].shape[-1] :]
    return str(model.tokenizer.decode(fresh, skip_special_tokens=True)).rstrip("\ufffd")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (TINY, user("Tell me a story.")),
        (SEEING, user("Tell me a story.")),
        (SEEING, user("What is this?", picture("red"))),
        (SEEING, user(picture("blue", (20, 60)), picture("green"), "What are these?")),
    ],
)
async def test_greedy_answers_equal_those_of_transformers(
    local: LocalBackend, weights: Weights, model: str, message: Message
) -> None:
    assert await say(local, ask(message, model=model, max_tokens=24)) == generated(weights, model, message, 24)


async def test_a_model_that_sees_tells_pictures_apart(local: LocalBackend) -> None:
    red, blue = [
        await say(local, ask(user("What?", picture(colour)), model=SEEING, max_tokens=12)) for colour in ("red", "blue")
    ]
    assert red != blue


async def test_requests_for_one_model_run_together(local: LocalBackend) -> None:
    async with aclosing(local.stream(ask("One"))) as first, aclosing(local.stream(ask("Two"))) as second:
        for _ in range(5):
            for stream in (first, second):
                await until_text(stream)
        assert local.running == 2


async def test_what_cannot_be_computed_together_takes_turns_and_says_so(local: LocalBackend) -> None:
    async with aclosing(local.stream(ask("One", model=SEEING))) as first:
        await until_text(first)
        second = [event async for event in local.stream(ask("Two", model=SEEING, max_tokens=2))]
        assert second[0] == Progress(message="Taking turns with another request: it sees images")
        assert isinstance(second[-1], Finished)
        await until_text(first)


async def test_a_cancelled_answer_stops_within_two_tokens(local: LocalBackend) -> None:
    stream = local.stream(ask("Go on"))
    await until_text(stream)
    before = stepped(local)
    await stream.aclose()
    await eventually(lambda: local.running == 0)
    assert stepped(local) - before <= 2


async def test_an_answer_that_shows_nothing_is_cancelled_as_well(local: LocalBackend, tiny_tokenizer: Any) -> None:
    """Byte F0 begins a character of four bytes, and nothing is shown before it is whole."""
    half: int = tiny_tokenizer.convert_tokens_to_ids("ð")
    stream = local.stream(ask("Hi", logit_bias={str(half): 100}, stop="\ufffd" * 2000))
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    before = stepped(local)
    await eventually(lambda: local.running == 0, within_s=2)
    assert stepped(local) - before <= 2


@pytest.fixture(scope="module")
def tiny_tokenizer(weights: Weights) -> Any:
    return AutoTokenizer.from_pretrained(weights.folder(TINY, lambda progress: None), local_files_only=True)


async def test_greedy_answers_of_one_request_are_equal(local: LocalBackend) -> None:
    choices = (await run(local, ask("Hi", n=3, max_tokens=6))).choices
    assert [choice.message.text for choice in choices] == [await say(local, ask("Hi", max_tokens=6))] * 3


def stepped(backend: LocalBackend) -> int:
    """How many steps the tiny model has made."""
    return backend.steps(TINY)


async def in_memory(backend: LocalBackend) -> dict[str, Residence]:
    return {model.id: model.residence for model in await backend.models() if model.residence is not None}


async def test_two_models_stay_in_memory_and_answer_at_once(local: LocalBackend) -> None:
    alone = [await say(local, ask("Hi", model=model, max_tokens=6)) for model in (TINY, SEEING)]
    both = await asyncio.gather(*(say(local, ask("Hi", model=model, max_tokens=6)) for model in (TINY, SEEING)))
    assert list(both) == alone
    assert both[0] != both[1]
    assert set(await in_memory(local)) == {TINY, SEEING}


@pytest.fixture
async def fresh(weights: Weights) -> AsyncIterator[LocalBackend]:
    """A backend with nothing in memory yet."""
    backend = LocalBackend(data_dir=Path(), default_model=TINY, weights=weights, device="cpu")
    yield backend
    await backend.close()


async def test_the_first_request_says_what_it_waits_for(fresh: LocalBackend, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="playground"):
        said = [event async for event in fresh.stream(ask("x " * 600, max_tokens=1))]
    messages = [event.message for event in said if isinstance(event, Progress)]
    assert messages == ["Starting torch and transformers", f"Loading {TINY}", "Reading the conversation"]
    told = [record.message for record in caplog.records]
    assert [line for line in told if "in memory" not in line] == [
        "Starting torch and transformers", f"Loading {TINY}", "Reading the conversation: 80%",
    ]  # fmt: skip
    assert any(line.startswith(f"{TINY} is in memory: float32 weights on cpu") for line in told)


async def test_requests_that_come_while_the_model_loads_all_run(fresh: LocalBackend) -> None:
    replies = await asyncio.gather(*(run(fresh, ask(f"Number {number}", max_tokens=3)) for number in range(5)))
    assert all(reply.finished for reply in replies)


async def test_a_request_given_up_while_the_model_loads_never_runs(fresh: LocalBackend) -> None:
    async with aclosing(fresh.stream(ask("One", max_tokens=1))) as first:
        await anext(first)
        async with aclosing(fresh.stream(ask("Two"))) as second:
            assert await anext(second) == Progress(message="Waiting: another model is being loaded")
        assert isinstance([event async for event in first][-1], Finished)
    await eventually(lambda: fresh.running == 0)


async def test_a_model_can_be_loaded_before_it_is_asked(fresh: LocalBackend) -> None:
    said = [progress.message async for progress in fresh.load(SEEING)]
    assert said == ["Starting torch and transformers", f"Loading {SEEING}"]
    residence = (await in_memory(fresh))[SEEING]
    assert (residence.device, residence.weights, residence.running) == ("cpu", "float32", 0)
    assert residence.alone_because == "it sees images"
    with pytest.raises(ModelNotFound):
        _ = [progress async for progress in fresh.load("nobody/nothing")]


async def test_a_model_is_put_away_only_when_nothing_runs_on_it(fresh: LocalBackend) -> None:
    async with aclosing(fresh.stream(ask("Go on"))) as stream:
        await until_text(stream)
        assert not await fresh.unload(TINY)
    await eventually(lambda: fresh.running == 0)
    assert await fresh.unload(TINY)
    assert await in_memory(fresh) == {}
    assert (await run(fresh, ask("Hi", max_tokens=1))).finished


async def test_the_answer_ends_where_the_context_ends(local: LocalBackend) -> None:
    reply = await run(local, ask("x " * 960, logit_bias={"2": -100}))
    assert reply.usage is not None
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens == CONTEXT
    assert reply.choices[0].finish_reason == "length"


async def test_an_end_token_counts_and_is_not_shown(local: LocalBackend) -> None:
    reply = await run(local, ask("Hi", logit_bias={"2": 100}))
    assert reply.usage is not None
    assert (reply.choices[0].message.text, reply.usage.completion_tokens) == ("", 1)
    assert reply.choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        ("nobody/no-such-model", ModelNotFound, "no-such-model"),
        ("../secrets", ModelNotFound, "not the id of a model"),
        ("/etc/passwd", ModelNotFound, "not the id of a model"),
        (".", ModelNotFound, "not the id of a model"),
        (PLAIN, ModelUnavailable, "no chat template"),
    ],
)
async def test_models_that_cannot_run_say_why(
    local: LocalBackend, model: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await run(local, ask("Hi", model=model))


async def test_a_failure_leaves_the_backend_working(local: LocalBackend) -> None:
    with pytest.raises(BadRequest):
        await run(local, ask(user("Look", picture("red"))))
    assert (await run(local, ask("Hi", max_tokens=1))).finished


async def test_chat_models_of_the_cache_are_listed_after_the_default(local: LocalBackend) -> None:
    models = await local.models()
    assert [(model.id, model.sees_images, model.context_length) for model in models] == [
        (TINY, False, CONTEXT),
        (SEEING, True, CONTEXT),
    ]
    assert all(model.unavailable is None and "reasoning_effort" in dict(model.refuses) for model in models)


@pytest.fixture
async def without_torch(weights: Weights) -> AsyncIterator[LocalBackend]:
    backend = LocalBackend(
        data_dir=Path(), default_model=TINY, weights=weights, installed=lambda name: name == "transformers"
    )
    yield backend
    await backend.close()


async def test_without_torch_models_are_listed_with_the_reason_and_refuse_to_run(without_torch: LocalBackend) -> None:
    listed = await without_torch.models()
    assert {model.id: model.unavailable for model in listed}[TINY] == "Local models need torch, not installed here."
    with pytest.raises(ModelUnavailable, match="need torch") as error:
        await run(without_torch, ask("Hi"))
    assert "pip install torch transformers" in error.value.advice


def test_neither_importing_nor_listing_imports_torch() -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from playground.backends.local import LocalBackend\n"
        "backend = LocalBackend(data_dir=pathlib.Path('nowhere'), offline=True)\n"
        "print([model.id for model in asyncio.run(backend.models())])\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    first, heavy = done.stdout.splitlines()
    assert "HuggingFaceTB/SmolLM2-135M-Instruct" in first
    assert heavy == "[]"


async def test_closing_ends_what_runs(weights: Weights) -> None:
    backend = LocalBackend(data_dir=Path(), default_model=TINY, weights=weights, device="cpu")
    stream = backend.stream(ask("Go on"))
    await until_text(stream)
    await backend.close()
    assert backend.running == 0
    await stream.aclose()


async def test_seeds_repeat_and_differ(local: LocalBackend) -> None:
    one, same, other = [
        await events(local, ask("Hi", temperature=1, seed=seed, max_tokens=8)) for seed in (7, 7, 8)
    ]  # fmt: skip
    assert one[:-1] == same[:-1]
    assert one[:-1] != other[:-1]


async def until_text(stream: Any) -> None:
    async for event in stream:
        if isinstance(event, TextDelta):
            return
