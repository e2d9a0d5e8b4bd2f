"""The same answers from a CUDA device, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from playground.backends.local import LocalBackend
from playground.backends.local.weights import Weights
from playground.events import LogprobsDelta
from playground.messages import user
from tests.backends.local.asking import ask, events, picture, run, say, started
from tests.backends.local.test_backend import LocalHarness
from tests.contract import BackendContract
from tests.models import SEEING, TINY

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and this machine has none"),
]


@pytest.fixture(scope="module")
def on_gpu(weights: Weights) -> Iterator[LocalBackend]:
    yield from started(LocalBackend(data_dir=Path(), default_model=TINY, weights=weights), TINY, SEEING)


class TestContractOnGpu(BackendContract):
    @pytest.fixture
    def harness(self, on_gpu: LocalBackend) -> LocalHarness:
        return LocalHarness(on_gpu)


async def test_the_gpu_is_chosen_without_asking(on_gpu: LocalBackend) -> None:
    await run(on_gpu, ask("Hi", max_tokens=1))
    found = [model.residence.device for model in await on_gpu.models() if model.residence]
    assert {device.partition(":")[0] for device in found} == {"cuda"}


async def test_first_scores_agree_with_those_of_the_processor(on_gpu: LocalBackend, local: LocalBackend) -> None:
    asked = ask("Hi", logprobs=True, top_logprobs=5, max_tokens=1)
    both = [[e for e in await events(backend, asked) if isinstance(e, LogprobsDelta)] for backend in (on_gpu, local)]
    gpu, cpu = (found[0].tokens[0] for found in both)
    assert gpu.token == cpu.token
    assert [rival.logprob for rival in gpu.top] == pytest.approx([rival.logprob for rival in cpu.top], abs=0.02)


async def test_pictures_are_told_apart(on_gpu: LocalBackend) -> None:
    asked = [ask(user("What?", picture(colour)), model=SEEING, max_tokens=12) for colour in ("red", "blue")]
    red, blue = [await say(on_gpu, request) for request in asked]
    assert red != blue


async def test_memory_is_given_back(on_gpu: LocalBackend) -> None:
    await run(on_gpu, ask("Hi", max_tokens=1))
    before = torch.cuda.memory_allocated()
    for _ in range(3):
        await run(on_gpu, ask("x " * 600, max_tokens=20, n=2))
    assert torch.cuda.memory_allocated() <= before + 2**20
