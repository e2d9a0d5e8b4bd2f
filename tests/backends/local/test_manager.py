"""Models in memory: what fits stays, what does not fit beside others takes their place or says why not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from playground.backends.local.manager import Manager
from playground.backends.local.memory import needed, readable
from playground.backends.local.processors import Plan
from playground.backends.local.reports import Abandoned
from playground.backends.local.weights import Weights
from playground.errors import ModelNotFound, ModelUnavailable
from playground.events import Progress
from tests.models import SEEING, TINY
from tests.serving import wait_until


class Memory:
    """A device with room for so many bytes of models."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.manager: Manager | None = None

    def free(self, device: torch.device) -> int:
        taken = sum(self.of(model) for model in self.manager.residences()) if self.manager else 0
        return self.size - taken

    def of(self, model_id: str) -> int:
        return self.sizes[model_id]

    sizes: dict[str, int] = {}


@pytest.fixture
def sizes(weights: Weights) -> dict[str, int]:
    return {model: needed(weights.folder(model, quiet), eight_bit=False) for model in (TINY, SEEING)}


@pytest.fixture
def memory(sizes: dict[str, int]) -> Memory:
    made = Memory(0)
    made.sizes = sizes
    return made


@pytest.fixture
def manager(weights: Weights, memory: Memory) -> Iterator[Manager]:
    made = Manager(weights, "cpu", plan=Plan(2, 1, spin=False), free=memory.free)
    memory.manager = made
    yield made
    made.close()


def quiet(progress: Progress) -> None:
    pass


def ids(manager: Manager) -> list[str]:
    return list(manager.residences())


def test_two_models_that_fit_are_both_in_memory(manager: Manager, memory: Memory, sizes: dict[str, int]) -> None:
    memory.size = sum(sizes.values())
    for model in (TINY, SEEING, TINY):
        manager.load(model, quiet)
    assert ids(manager) == [TINY, SEEING]
    about = manager.residences()[TINY]
    assert (about.device, about.weights, about.alone_because, about.running) == ("cpu", "float32", None, 0)
    assert manager.residences()[SEEING].alone_because == "it sees images"


def test_an_idle_model_makes_room(manager: Manager, memory: Memory, sizes: dict[str, int]) -> None:
    memory.size = max(sizes.values())
    for model in (TINY, SEEING, TINY):
        manager.load(model, quiet)
        assert ids(manager) == [model]


def test_a_model_that_does_not_fit_is_refused_with_both_numbers(
    manager: Manager, memory: Memory, sizes: dict[str, int]
) -> None:
    memory.size = sizes[TINY] // 2
    with pytest.raises(
        ModelUnavailable, match=f"needs about {readable(sizes[TINY])} .* {readable(memory.size)} are free"
    ):
        manager.load(TINY, quiet)
    memory.size = sizes[TINY]
    manager.load(TINY, quiet)
    assert ids(manager) == [TINY]


def test_for_a_model_that_never_fits_nobody_is_put_away(
    manager: Manager, memory: Memory, sizes: dict[str, int]
) -> None:
    small, large = sorted((TINY, SEEING), key=lambda model: sizes[model])
    memory.size = (sizes[small] + sizes[large]) // 2
    manager.load(small, quiet)
    with manager.using(small), pytest.raises(ModelUnavailable, match="needs about"):
        manager.load(large, quiet)
    assert ids(manager) == [small]


def test_a_busy_model_is_waited_for(manager: Manager, memory: Memory, sizes: dict[str, int]) -> None:
    memory.size = max(sizes.values())
    manager.load(TINY, quiet)
    said: list[str] = []
    loading = threading.Thread(target=manager.load, args=(SEEING, lambda progress: said.append(progress.message)))
    with manager.using(TINY) as held:
        assert held is not None
        loading.start()
        wait_until(lambda: bool(said))
        assert ids(manager) == [TINY]
    loading.join()
    assert ids(manager) == [SEEING]
    assert said[0].startswith(f"Waiting for {TINY} to finish: {SEEING} does not fit beside it")


def test_who_waits_for_room_may_give_up(manager: Manager, memory: Memory, sizes: dict[str, int]) -> None:
    memory.size = max(sizes.values())
    manager.load(TINY, quiet)

    def given_up(progress: Progress) -> None:
        raise Abandoned

    with manager.using(TINY), pytest.raises(Abandoned):
        manager.load(SEEING, given_up)
    assert ids(manager) == [TINY]


def test_a_model_that_cannot_be_loaded_leaves_nothing_behind(
    manager: Manager, memory: Memory, sizes: dict[str, int]
) -> None:
    memory.size = sum(sizes.values())
    with pytest.raises(ModelNotFound):
        manager.load("nobody/nothing", quiet)
    assert ids(manager) == []


def test_using_a_model_that_is_not_there_gives_none(manager: Manager) -> None:
    with manager.using(TINY) as found:
        assert found is None
    assert not manager.unload(TINY)


def test_a_model_unused_for_long_is_put_away(weights: Weights) -> None:
    manager = Manager(weights, "cpu", plan=Plan(2, 1, spin=False), idle_seconds=0.2)
    try:
        manager.load(TINY, quiet)
        with manager.using(TINY):
            threading.Event().wait(0.4)
            assert ids(manager) == [TINY]
        wait_until(lambda: not ids(manager), within_s=5)
    finally:
        manager.close()


@pytest.mark.parametrize(("size", "text"), [(1.25e9, "1.2 GB"), (340e6, "340 MB"), (12, "1 MB"), (0, "0 MB")])
def test_sizes_read_as_people_write_them(size: float, text: str) -> None:
    assert readable(size) == text
