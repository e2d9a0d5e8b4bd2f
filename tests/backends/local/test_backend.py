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
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),
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
    model = load(model_id, weights.folder(model_id, lambda progress: None), torch.device("cpu"))
    inputs = build_prompt((message,), model).inputs
    made = model.network.generate(**inputs, max_new_tokens=tokens, do_sample=False)
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


async def test_a_second_request_waits_and_says_so(local: LocalBackend) -> None:
    async with aclosing(local.stream(ask("One"))) as first:
        await until_text(first)
        second = local.stream(ask("Two", max_tokens=2))
        waiting = await anext(second)
        assert isinstance(waiting, Progress)
        assert "Waiting" in waiting.message
        following = asyncio.ensure_future(anext(second))
        await asyncio.sleep(0.1)
        assert not following.done()
    assert isinstance(await following, TextDelta)
    assert isinstance([event async for event in second][-1], Finished)


async def test_a_request_that_gives_up_waiting_never_runs(local: LocalBackend) -> None:
    async with aclosing(local.stream(ask("One", max_tokens=200))) as first:
        await until_text(first)
        async with aclosing(local.stream(ask("Two"))) as second:
            await anext(second)
            assert local.running == 2
        third = asyncio.ensure_future(run(local, ask("Three", max_tokens=1)))
    assert (await third).finished
    await eventually(lambda: local.running == 0)


async def test_a_cancelled_answer_stops_within_two_tokens(local: LocalBackend) -> None:
    stream = local.stream(ask("Go on"))
    await until_text(stream)
    before = stepped(local)
    await stream.aclose()
    await eventually(lambda: local.running == 0)
    assert stepped(local) - before <= 2


async def test_an_answer_that_shows_nothing_is_cancelled_as_well(local: LocalBackend) -> None:
    """Byte F0 begins a character of four bytes, and nothing is shown before it is whole."""
    await run(local, ask("Hi", max_tokens=1))
    half: int = local._runner._model.tokenizer.convert_tokens_to_ids("ð")  # type: ignore[union-attr]
    stream = local.stream(ask("Hi", logit_bias={str(half): 100}, stop="\ufffd" * 2000))
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    before = stepped(local)
    await eventually(lambda: local.running == 0, within_s=2)
    assert stepped(local) - before <= 2


async def test_greedy_answers_of_one_request_are_equal(local: LocalBackend) -> None:
    choices = (await run(local, ask("Hi", n=3, max_tokens=6))).choices
    assert [choice.message.text for choice in choices] == [await say(local, ask("Hi", max_tokens=6))] * 3


def stepped(backend: LocalBackend) -> int:
    """How many forward passes the loaded model has made, counted from the first call of this function."""
    network: Any = backend._runner._model.network  # type: ignore[union-attr]
    if not hasattr(network, "steps_seen"):
        network.steps_seen = 0

        def count(*_: object) -> None:
            network.steps_seen += 1

        network.register_forward_pre_hook(count)
    return int(network.steps_seen)


async def test_models_take_turns_in_memory(local: LocalBackend) -> None:
    both = [await say(local, ask("Hi", model=model, max_tokens=6)) for model in (TINY, SEEING)]
    again = [await say(local, ask("Hi", model=model, max_tokens=6)) for model in (TINY, SEEING)]
    assert both == again
    assert both[0] != both[1]


async def test_switching_says_which_model_loads(local: LocalBackend) -> None:
    await run(local, ask("Hi", model=TINY, max_tokens=1))
    said = [event async for event in local.stream(ask("Hi", model=SEEING, max_tokens=1))]
    assert Progress(message=f"Loading {SEEING}") in said


async def test_the_terminal_tells_what_happens_before_the_first_token(
    local: LocalBackend, caplog: pytest.LogCaptureFixture
) -> None:
    await run(local, ask("Hi", model=SEEING, max_tokens=1))
    with caplog.at_level("INFO", logger="playground"):
        await run(local, ask("x " * 600, model=TINY, max_tokens=1))
    assert [record.message for record in caplog.records] == [
        f"Loading {TINY}", "Reading the conversation", "Reading the conversation: 80%",
    ]  # fmt: skip


async def test_the_answer_ends_where_the_context_ends(local: LocalBackend) -> None:
    reply = await run(local, ask("x " * 960, logit_bias={"2": -100}))
    assert reply.usage is not None
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens == CONTEXT
    assert reply.choices[0].finish_reason == "length"


async def test_a_long_prompt_is_read_in_pieces_and_says_how_far(local: LocalBackend) -> None:
    said = [event async for event in local.stream(ask("x " * 600, max_tokens=1)) if isinstance(event, Progress)]
    total = said[-1].total
    assert [event.done for event in said] == [0, 512]
    assert total is not None
    assert total > 600


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


async def test_memory_that_runs_out_is_said_and_freed(local: LocalBackend) -> None:
    await run(local, ask("Hi", max_tokens=1))
    network: Any = local._runner._model.network  # type: ignore[union-attr]

    def exhausted(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    hook = network.register_forward_pre_hook(exhausted)
    with pytest.raises(ModelUnavailable, match="ran out of memory") as error:
        await run(local, ask("Hi", max_tokens=1))
    hook.remove()
    assert "Shorten" in error.value.advice
    assert (await run(local, ask("Hi", max_tokens=1))).finished


async def test_a_defect_ends_in_one_of_our_errors(local: LocalBackend, caplog: pytest.LogCaptureFixture) -> None:
    await run(local, ask("Hi", max_tokens=1))
    network: Any = local._runner._model.network  # type: ignore[union-attr]

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    hook = network.register_forward_pre_hook(broken)
    with pytest.raises(Exception, match="a defect") as error:
        await run(local, ask("Hi", max_tokens=1))
    hook.remove()
    assert type(error.value).__name__ == "PlaygroundError"
    assert "Traceback" in caplog.text


async def test_chat_models_of_the_cache_are_listed_after_the_default(local: LocalBackend) -> None:
    models = await local.models()
    assert [(model.id, model.sees_images, model.context_length) for model in models] == [
        (TINY, False, CONTEXT),
        (SEEING, True, CONTEXT),
    ]
    assert all(model.unavailable is None and "tools" in dict(model.refuses) for model in models)


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
