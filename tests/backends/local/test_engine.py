"""The engine over a scripted network: who gets what, when, and what a fault costs."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.backends.local.answer import Answer
from playground.backends.local.engine import Engine, Task
from playground.backends.local.networks.pieces import BLOCK, Cache, Piece
from playground.backends.local.settings import Sampling, Settings
from playground.backends.local.worker import Turns
from playground.errors import ModelUnavailable, PlaygroundError
from playground.events import Event, Finished, Progress, Stopwatch, TextDelta

SIZE = 64
END = 0
ENDLESS = Sampling(temperature=0, logit_bias=((END, -100.0),))


class Letters:
    """A vocabulary of letters: token 1 is "a", 2 is "b" and so on, 0 ends."""

    size = SIZE

    def is_special(self, token: int) -> bool:
        return token == END

    def bytes_of(self, token: int) -> bytes:
        return chr(ord("a") + token - 1).encode()

    first_bytes_of = bytes_of


class Counting:
    """A network whose next token is the last one plus one, so that a prompt (3,) goes on "def...".

    `steps` are the pieces of each step. `before` is called at each step, and may raise or wait.
    """

    def __init__(self, *, batches: bool = True, stride: int | None = BLOCK) -> None:
        self.stride, self.batches, self.shares = stride, batches, batches
        self.steps: list[tuple[Piece, ...]] = []
        self.starts: list[list[int]] = []
        self.before: Callable[[Sequence[Piece]], None] = lambda pieces: None

    def new_state(self) -> Cache:
        return Cache()

    def run(self, pieces: Sequence[Piece]) -> list[Tensor]:
        assert [piece.prompt for piece in pieces] == sorted(piece.prompt for piece in pieces)
        self.steps.append(tuple(pieces))
        self.starts.append([piece.start for piece in pieces])
        self.before(pieces)
        for piece in pieces:
            ids = torch.tensor(piece.tokens, dtype=torch.float32).view(-1, 1, 1)
            piece.state.write(0, ids, ids, -(-(piece.start + len(piece.tokens)) // BLOCK) * BLOCK)
        return [self._scores(piece.tokens[-1]) for piece in pieces if piece.scores]

    def _scores(self, token: int) -> Tensor:
        scores = torch.zeros(SIZE)
        scores[(token + 1) % SIZE] = 10.0
        return scores

    @property
    def widths(self) -> list[int]:
        return [len(step) for step in self.steps]


class Listener:
    """Collects what a task says."""

    def __init__(self) -> None:
        self.said: list[Event | PlaygroundError] = []
        self.ended = threading.Event()
        self.begun = threading.Event()

    def __call__(self, event: Event | PlaygroundError) -> None:
        self.said.append(event)
        if isinstance(event, TextDelta):
            self.begun.set()
        if isinstance(event, (Finished, PlaygroundError)):
            self.ended.set()

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.said if isinstance(event, TextDelta))

    @property
    def end(self) -> Any:
        assert self.ended.wait(10)
        return self.said[-1]


def task(*prompt: int, tokens: int = 5, n: int = 1, sampling: Sampling | None = None, inputs: Any = None) -> Task:
    settings = Settings((), tokens, (), n, 7, None)
    answers = [
        Answer(
            choice, settings, sampling or Sampling(temperature=0), Letters(), frozenset({END}), list(prompt), tokens,  # type: ignore[arg-type]
            continuing=False,
        )
        for choice in range(n)
    ]  # fmt: skip
    return Task(prompt, answers, Listener(), Stopwatch(), inputs)


def heard(task: Task) -> Listener:
    assert isinstance(task.send, Listener)
    return task.send


@pytest.fixture
def network() -> Counting:
    return Counting()


@pytest.fixture
def made() -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def make(network: Any, **how: Any) -> Engine:
        engines.append(Engine(network, "tests/counting", **how))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(network: Counting, made: Callable[..., Engine]) -> Engine:
    return made(network)


class Gate:
    """Holds a network's steps back until it is opened."""

    def __init__(self, network: Counting) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()
        network.before = self._wait

    def _wait(self, pieces: Sequence[Piece]) -> None:
        self.reached.set()
        assert self._open.wait(10)

    def open(self) -> None:
        self._open.set()


def test_a_task_gets_its_tokens_and_then_its_end(engine: Engine) -> None:
    one = task(1, 2, 3)
    engine.submit(one)
    end = heard(one).end
    assert isinstance(end, Finished)
    assert heard(one).text == "defgh"
    assert end.reasons == ("length",)
    assert end.usage is not None
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == (3, 5)
    assert end.timings.ttft is not None


def test_tasks_that_come_together_run_together(network: Counting, engine: Engine) -> None:
    gate = Gate(network)
    tasks = [task(number, tokens=4) for number in (1, 5, 9)]
    engine.submit(tasks[0])
    assert gate.reached.wait(10)
    for other in tasks[1:]:
        engine.submit(other)
    gate.open()
    assert [heard(one).end.reasons for one in tasks] == [("length",)] * 3
    assert [heard(one).text for one in tasks] == ["bcde", "fghi", "jklm"]
    assert network.widths[0] == 1
    assert max(network.widths) == 3
    assert sum(network.widths) == 12


def test_a_prompt_is_read_in_pieces_while_others_write(network: Counting, engine: Engine) -> None:
    network.before = lambda pieces: time.sleep(0.001 * sum(len(piece.tokens) for piece in pieces))
    writer = task(1, tokens=60)
    engine.submit(writer)
    assert heard(writer).begun.wait(10)
    time.sleep(0.02)
    reader = task(*([5] * 600), tokens=1)
    engine.submit(reader)
    assert isinstance(heard(reader).end, Finished)
    assert isinstance(heard(writer).end, Finished)
    reads = [
        piece
        for step in network.steps
        for piece in step
        if piece.prompt and piece.state is not network.steps[0][0].state
    ]
    assert len(reads) > 10
    assert all(
        len(step) == 2 or not step[0].prompt for step in network.steps[1:] if any(piece.prompt for piece in step)
    )
    assert all(piece.tokens.__len__() % BLOCK == 0 for piece in reads[:-1])


def test_reading_for_long_is_reported(engine: Engine) -> None:
    one = task(*([5] * 1300), tokens=1)
    engine.submit(one)
    assert isinstance(heard(one).end, Finished)
    told = [event for event in heard(one).said if isinstance(event, Progress)]
    assert [(event.done, event.total) for event in told] == [(512, 1300), (1024, 1300)]


def test_choices_share_the_reading(network: Counting, engine: Engine) -> None:
    one = task(1, 2, 3, tokens=4, n=3)
    engine.submit(one)
    end = heard(one).end
    assert end.reasons == ("length",) * 3
    assert end.usage.completion_tokens == 12
    assert network.widths == [1, 3, 3, 3]  # one step reads for all
    texts = [
        "".join(event.text for event in heard(one).said if isinstance(event, TextDelta) and event.choice == choice)
        for choice in range(3)
    ]
    assert texts == ["defg"] * 3


def test_a_cancelled_task_leaves_at_the_next_step(network: Counting, engine: Engine) -> None:
    one, other = (task(first, tokens=10_000, sampling=ENDLESS) for first in (1, 5))
    for each in (one, other):
        engine.submit(each)
        assert heard(each).begun.wait(10)
    one.cancel()
    at = len(network.steps)
    wait_for(lambda: engine.held == 1 and len(network.steps) > at + 3)
    left = next(number for number, step in enumerate(network.steps) if number >= at and len(step) == 1)
    assert left - at <= 2
    other.cancel()
    wait_for(lambda: engine.held == 0)
    assert not heard(one).ended.is_set()


def test_only_so_many_run_at_once_and_the_rest_wait_and_say_so(network: Counting, made: Callable[..., Engine]) -> None:
    engine, gate = made(network, most=2), Gate(network)
    tasks = [task(number, tokens=3) for number in (1, 5, 9, 13)]
    for one in tasks:
        engine.submit(one)
    gate.open()
    assert [heard(one).end.reasons for one in tasks] == [("length",)] * 4
    assert max(network.widths) == 2
    waited = [[event.message for event in heard(one).said if isinstance(event, Progress)] for one in tasks]
    assert [len(messages) for messages in waited] == [0, 0, 1, 1]
    assert "Waiting" in waited[2][0]


def test_a_task_with_more_choices_than_fit_runs_alone(network: Counting, made: Callable[..., Engine]) -> None:
    engine = made(network, most=2)
    many, one = task(1, tokens=2, n=4), task(5, tokens=2)
    engine.submit(many)
    engine.submit(one)
    assert len(heard(many).end.reasons) == 4
    assert isinstance(heard(one).end, Finished)


def test_a_prompt_that_begins_like_an_earlier_one_is_read_from_there(
    network: Counting, made: Callable[..., Engine]
) -> None:
    engine = made(network, prefix_bytes=10**6)
    first, second = task(*range(1, 60), *[9] * 41), task(*range(1, 60), *[8] * 41)
    for one in (first, second):
        engine.submit(one)
        assert isinstance(heard(one).end, Finished)
    assert heard(first).end.usage.cached_tokens == 0
    assert heard(second).end.usage.cached_tokens == BLOCK
    assert heard(second).text == "ijklm"
    starts = [starts[0] for starts, step in zip(network.starts, network.steps, strict=True) if step[0].prompt]
    assert starts == [0, BLOCK]


def test_a_fault_in_a_step_costs_only_the_request_that_has_it(network: Counting, engine: Engine) -> None:
    def fail(pieces: Sequence[Piece]) -> None:
        if any(piece.tokens[-1] == 20 for piece in pieces):
            raise ZeroDivisionError("a defect")

    network.before = fail
    good, bad = task(30, tokens=25), task(16, tokens=40)
    for one in (good, bad):
        engine.submit(one)
    end = heard(bad).end
    assert type(end) is PlaygroundError
    assert "a defect" in end.message
    assert heard(bad).text == "qrst"
    assert isinstance(heard(good).end, Finished)
    assert heard(good).text == "".join(chr(ord("a") + place) for place in range(30, 55))
    wait_for(lambda: engine.held == 0)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_memory_that_runs_out_says_what_to_change_and_the_next_request_works(
    network: Counting, engine: Engine, error: Exception
) -> None:
    def exhausted(pieces: Sequence[Piece]) -> None:
        if pieces[-1].tokens[-1] == 40:
            raise error

    network.before = exhausted
    bad = task(40)
    engine.submit(bad)
    assert isinstance(heard(bad).end, ModelUnavailable)
    assert "Shorten" in heard(bad).end.advice
    good = task(1)
    engine.submit(good)
    assert isinstance(heard(good).end, Finished)


def test_a_fault_in_choosing_a_token_costs_only_its_request(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = task(1, sampling=Sampling(temperature=1, logit_bias=((SIZE + 5, 1.0),))), task(5)
    for one in (bad, good):
        engine.submit(one)
    assert type(heard(bad).end) is PlaygroundError
    assert isinstance(heard(good).end, Finished)
    assert "Traceback" in caplog.text


def test_pieces_of_a_network_that_cannot_batch_run_one_by_one(made: Callable[..., Engine]) -> None:
    network = Counting(batches=False)
    engine, gate = made(network), Gate(network)
    tasks = [task(number, tokens=4) for number in (1, 5)]
    for one in tasks:
        engine.submit(one)
    gate.open()
    assert [heard(one).end.reasons for one in tasks] == [("length",)] * 2
    assert set(network.widths) == {1}
    writers = [step[0].tokens[0] for step in network.steps if not step[0].prompt]
    assert writers != sorted(writers)  # they take turns


def test_a_prompt_with_images_is_read_whole_with_what_the_processor_made(network: Counting, engine: Engine) -> None:
    inputs = {"pixel_values": torch.zeros(1)}
    one = task(*([5] * 700), tokens=2, inputs=inputs)
    engine.submit(one)
    assert isinstance(heard(one).end, Finished)
    assert [(len(step[0].tokens), step[0].inputs) for step in network.steps] == [(700, inputs), (1, None)]


def test_two_hundred_requests_and_half_of_them_cancelled_leave_nothing_behind(
    network: Counting, engine: Engine
) -> None:
    chance = random.Random(0)
    threads = threading.active_count()
    tasks = [task(*([chance.randint(1, 30)] * chance.randint(1, 90)), tokens=chance.randint(1, 30)) for _ in range(200)]
    cancelled = chance.sample(tasks, 100)
    for one in tasks:
        engine.submit(one)
        if chance.random() < 0.3:
            time.sleep(0.0005)
            chance.choice(cancelled).cancel()
    for one in cancelled:
        one.cancel()
    for one in tasks:
        if one not in cancelled:
            assert isinstance(heard(one).end, Finished)
    wait_for(lambda: engine.held == 0)
    assert threading.active_count() == threads + 1
    engine.close()
    assert threading.active_count() == threads


def test_closing_ends_what_runs_and_refuses_more(network: Counting, engine: Engine) -> None:
    one = task(1, tokens=10**6)
    engine.submit(one)
    assert heard(one).begun.wait(10)
    engine.close()
    assert engine.held == 0
    with pytest.raises(RuntimeError, match="closed"):
        engine.submit(task(1))


def test_engines_of_one_device_take_turns(made: Callable[..., Engine]) -> None:
    turns, inside = Turns(), SimpleNamespace(now=0, most=0, order=[])

    tasks = []
    for name in "ab":
        network = Counting()

        def enter(pieces: Sequence[Piece], name: str = name) -> None:
            inside.now += 1
            inside.most = max(inside.most, inside.now)
            inside.order.append(name)
            time.sleep(0.002)
            inside.now -= 1

        network.before = enter
        tasks.append(task(1, tokens=30))
        made(network, turns=turns).submit(tasks[-1])
    assert all(isinstance(heard(one).end, Finished) for one in tasks)
    assert inside.most == 1
    assert "ababababab" in "".join(inside.order)


def wait_for(condition: Callable[[], bool], within_s: float = 10) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


class Broken(Cache):
    """A cache whose copies find no memory, in one place once."""

    fault = ""

    def _fail(self, where: str) -> None:
        if Broken.fault == where:
            Broken.fault = ""
            raise RuntimeError("can't allocate memory")

    def put(self, blocks: Any, room: int) -> None:
        self._fail("put")
        super().put(blocks, room)

    def copy(self) -> Cache:
        self._fail("copy")
        return super().copy()

    def taken(self, start: int, end: int) -> Any:
        self._fail("taken")
        return super().taken(start, end)


@pytest.mark.parametrize(("where", "fails"), [("put", True), ("copy", True), ("taken", False)])
def test_no_memory_for_a_copy_costs_one_request_at_most(
    network: Counting, where: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "new_state", Broken)
    engine = Engine(network, "model", prefix_bytes=10**6)
    prompt = [5] * (BLOCK + 3)
    engine.submit(first := task(*prompt, 6))
    assert isinstance(heard(first).end, Finished)
    Broken.fault = where
    engine.submit(second := task(*([7] * (BLOCK + 3) if where == "taken" else prompt), 8, n=2))
    if fails:
        assert isinstance(heard(second).end, ModelUnavailable)
        assert heard(second).end.code == "out_of_memory"
    else:
        assert isinstance(heard(second).end, Finished)
    assert Broken.fault == ""
    engine.submit(third := task(*prompt, 9))
    assert isinstance(heard(third).end, Finished)
    wait_for(lambda: engine.held == 0)
    engine.close()


def test_a_step_without_memory_is_tried_once_more_without_what_was_remembered(
    network: Counting, engine: Engine
) -> None:
    faults = iter([RuntimeError("out of memory")])

    def short_once(pieces: Sequence[Piece]) -> None:
        for fault in faults:
            raise fault

    network.before = short_once
    engine.submit(one := task(1))
    assert isinstance(heard(one).end, Finished)


def test_closing_tells_those_who_run_or_wait(network: Counting, engine: Engine) -> None:
    tasks = [task(1, tokens=10_000, n=20, sampling=ENDLESS), task(2, n=20)]
    for each in tasks:
        engine.submit(each)
    assert heard(tasks[0]).begun.wait(10)
    engine.close()
    for each in tasks:
        assert heard(each).ended.wait(10)
        assert sum(isinstance(said, ModelUnavailable) for said in heard(each).said) == 1


class Own(Cache):
    """A state that only the thread that writes it may look at: it changes while a step runs."""

    @property
    def nbytes(self) -> int:
        assert threading.current_thread().name.startswith("engine")
        return super().nbytes


def test_nobody_is_let_in_while_those_that_run_hold_too_much(
    network: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "new_state", Own)
    engine = Engine(network, "model", state_bytes=1)
    first, second = task(1, tokens=10_000, sampling=ENDLESS), task(5)
    engine.submit(first)
    assert heard(first).begun.wait(10)
    engine.submit(second)
    at = len(network.steps)
    wait_for(lambda: len(network.steps) > at + 5)
    assert max(network.widths) == 1
    assert isinstance(heard(second).said[0], Progress)
    first.cancel()
    assert isinstance(heard(second).end, Finished)
    engine.close()
