"""One model's engine: a thread that runs many requests together, step by step.

In each step everybody who writes gets one more token, and prompts are read for as long as that may take
(schedule.py). A request leaves at the step after it was cancelled. What a request gets does not depend on who else is
there: the network computes each piece the same beside others (networks/pieces.py), and each answer draws for itself.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...errors import ModelUnavailable, PlaygroundError
from ...events import Event, Finished, Progress, Stopwatch, Usage
from .answer import Answer
from .model import free_memory
from .networks.pieces import Network, Piece
from .prefixes import Prefixes
from .schedule import Pace, Reader, shares
from .worker import Cancellable, Turns

log = logging.getLogger(__name__)
MOST_SEQUENCES = 32
LONG = 512  # tokens; reading a longer prompt is reported
Send = Callable[[Event | PlaygroundError], None]


class Task(Cancellable):
    """A request in an engine: its prompt, an Answer for each choice, and where its events go.

    `send` gets events, and a Finished or an error at the end; it is called in the engine's thread and must not wait.
    """

    def __init__(
        self, tokens: Sequence[int], answers: Sequence[Answer], send: Send, watch: Stopwatch, inputs: Any = None
    ) -> None:
        super().__init__()
        self.tokens = tuple(tokens)
        self.answers = tuple(answers)
        self.send = send
        self.watch = watch
        self.inputs = inputs
        self.cached = 0

    def finished(self) -> Finished:
        usage = Usage(
            prompt_tokens=len(self.tokens),
            completion_tokens=sum(answer.count for answer in self.answers),
            reasoning_tokens=sum(answer.thought for answer in self.answers) or None,
            cached_tokens=self.cached,
        )
        return Finished(
            reasons=tuple(answer.reason for answer in self.answers), timings=self.watch.timings(), usage=usage
        )


class _Sequence:
    """One answer of a task on its way: the prompt is read until `state` holds it, then tokens are written."""

    def __init__(self, task: Task, answer: Answer, state: Any) -> None:
        self.task, self.answer, self.state = task, answer, state
        self.begun = False

    @property
    def reading(self) -> bool:
        read: int = self.state.length
        return read < len(self.task.tokens)

    def piece(self, end: int) -> Piece:
        tokens, start = self.task.tokens, self.state.length
        if not self.reading:
            return Piece(self.state, (self.answer.token,), prompt=False, scores=True)
        return Piece(self.state, tokens[start:end], True, end == len(tokens), None if start else self.task.inputs)


class Engine:
    """Runs tasks on a network. Engines of one device share `turns`: a step waits for its turn.

    `steps` counts those made. `most` bounds the sequences that run at once; a task with more choices than that runs alone.
    Nobody is let in while those that run hold more than `state_bytes` of memory.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        *,
        prefix_bytes: int = 0,
        state_bytes: int | None = None,
        most: int = MOST_SEQUENCES,
        turns: Turns | None = None,
    ) -> None:
        self._network, self._name, self._most = network, name, most
        self._state_bytes = state_bytes
        self._turns = turns or Turns()
        self._prefixes = Prefixes(prefix_bytes if network.shares else 0)
        self._pace = Pace()
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._running: list[_Sequence] = []
        self._thread: threading.Thread | None = None
        self._closed = False
        self._full = False  # whether those that run hold too much; told by the engine's thread, which alone may look
        self._worked = time.monotonic()
        self.steps = 0

    @property
    def idle_for(self) -> float:
        """Seconds since the last step; 0 while something runs or waits."""
        return 0.0 if self.held else time.monotonic() - self._worked

    @property
    def held(self) -> int:
        """How many tasks run or wait, cancelled ones included that have not left yet."""
        with self._changed:
            return len(self._at_work()) + len(self._waiting)

    def submit(self, task: Task) -> None:
        """Run the task. It waits when enough others run, and says so."""
        with self._changed:
            if self._closed:
                raise RuntimeError("the engine is closed")
            self._waiting.append(task)
            if not self._fits(self._waiting):
                task.send(Progress(message="Waiting: as many answers run as there is room for, and others came before"))
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"engine {self._name}", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def close(self, patience: float = 5.0) -> None:
        """End everything that runs or waits, with an error, and wait for the thread: `patience` seconds at most."""
        with self._changed:
            self._closed = True
            for task in (*self._waiting, *self._at_work()):
                if not task.cancelled:
                    task.send(ModelUnavailable(f"{self._name} was put away while it answered.", advice="Run again."))
                    task.cancel()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)
            atexit.unregister(self.close)

    def _work(self) -> None:
        with torch.inference_mode():
            while self._ready():
                try:
                    self._step()
                except Exception as error:  # noqa: BLE001 - a fault of our own; who asked must hear of it, and others go on
                    self._out_of_room(error)
                    for task in self._at_work():
                        self._fail(task, error)
        self._prefixes.clear()

    def _at_work(self) -> list[Task]:
        """The tasks that run, each once."""
        return list({id(sequence.task): sequence.task for sequence in self._running}.values())

    def _ready(self) -> bool:
        """Wait for work, let the cancelled go and the next ones in. False once the engine is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._running or self._waiting or self._closed)
            self._running = [sequence for sequence in self._running if not sequence.task.cancelled]
            self._waiting = deque(task for task in self._waiting if not task.cancelled)
            self._full = self._hold_too_much()
            while self._waiting and self._fits([self._waiting[0]]):
                task = self._waiting.popleft()
                self._running.append(_Sequence(task, task.answers[0], self._network.new_state()))
            return bool(self._running) or not self._closed

    def _fits(self, tasks: Iterable[Task]) -> bool:
        running = sum(len(sequence.task.answers) if sequence.reading else 1 for sequence in self._running)
        asked = [len(task.answers) for task in tasks]
        return (running + sum(asked) <= self._most and not self._full) or (not running and len(asked) == 1)

    def _hold_too_much(self) -> bool:
        if self._state_bytes is None:
            return False
        held: int = sum(sequence.state.nbytes for sequence in self._running)
        return held > self._state_bytes

    def _begin(self, sequence: _Sequence) -> None:
        """Go on from the longest beginning of the prompt that was read before."""
        task = sequence.task
        sequence.begun = True
        blocks = [] if task.inputs is not None else self._prefixes.longest(task.tokens)
        if blocks:
            sequence.state.put(blocks, len(task.tokens))
            task.cached = sequence.state.length

    def _step(self) -> None:
        for sequence in [sequence for sequence in self._running if not sequence.begun]:
            try:
                self._begin(sequence)
            except Exception as error:  # noqa: BLE001 - as in a step: it costs this request only
                self._out_of_room(error)
                self._fail(sequence.task, error)
        if self._running:
            self._compute()

    def _compute(self) -> None:
        writers = [sequence for sequence in self._running if not sequence.reading]
        readers = [sequence for sequence in self._running if sequence.reading]
        stride = self._network.stride
        ends = shares(
            [
                Reader(reader.state.length, len(reader.task.tokens), stride if reader.task.inputs is None else None)
                for reader in readers
            ],
            self._pace.budget(len(writers)),
        )
        moved = [(reader, end) for reader, end in zip(readers, ends, strict=True) if end > reader.state.length]
        sequences = [*writers, *(reader for reader, _ in moved)]
        pieces = [*(writer.piece(0) for writer in writers), *(reader.piece(end) for reader, end in moved)]
        started = time.perf_counter()
        with self._turns:
            found = self._computed(pieces)
        read = sum(len(piece.tokens) for piece in pieces if piece.prompt)
        self.steps += 1
        self._pace.took(time.perf_counter() - started, len(writers), read)
        self._worked = time.monotonic()
        self._full = self._hold_too_much()
        for sequence, piece, scores in zip(sequences, pieces, found, strict=True):
            self._settle(sequence, piece, scores)

    def _computed(self, pieces: Sequence[Piece], *, again: bool = False) -> list[Tensor | Exception | None]:
        """The scores of each piece (None where it asks for none), or the exception that it alone ran into, twice."""
        if len(pieces) > 1 and not self._network.batches:
            return [self._computed([piece])[0] for piece in pieces]
        try:
            scores = iter(self._network.run(pieces))
            return [next(scores) if piece.scores else None for piece in pieces]
        except Exception as error:  # noqa: BLE001 - a step must not end the engine, whatever happens in a model
            self._out_of_room(error)
            if len(pieces) == 1 and again:
                return [error]
        return [self._computed([piece], again=True)[0] for piece in pieces]

    def _out_of_room(self, error: Exception) -> None:
        """Free what can be: the frames of the error hold tensors, and beginnings of prompts can be read again."""
        traceback.clear_frames(error.__traceback__)
        self._prefixes.clear()
        free_memory()

    def _settle(self, sequence: _Sequence, piece: Piece, scores: Tensor | Exception | None) -> None:
        """Take what a step brought for a sequence."""
        if isinstance(scores, Exception):
            return self._fail(sequence.task, scores)
        sequence.state.length += len(piece.tokens)
        if scores is None:
            self._report(sequence)
        else:
            try:
                branches = [sequence, *(self._branches(sequence) if piece.prompt else ())]
            except Exception as error:  # noqa: BLE001 - there is no room for the copies
                self._out_of_room(error)
                return self._fail(sequence.task, error)
            if piece.prompt:
                self._keep(sequence)
            for branch in branches:
                if not branch.task.cancelled:
                    self._take(branch, scores)
        return None

    def _keep(self, sequence: _Sequence) -> None:
        """Remember a prompt that was read; whether there is room for that is no concern of who asked."""
        if sequence.task.inputs is not None:
            return
        try:
            self._prefixes.keep(sequence.task.tokens, sequence.state)
        except Exception as error:  # noqa: BLE001 - as it says
            self._out_of_room(error)

    def _branches(self, sequence: _Sequence) -> list[_Sequence]:
        """The other choices of a task, which go on from the prompt just read."""
        task = sequence.task
        made = [_Sequence(task, answer, sequence.state.copy()) for answer in task.answers[1:]]
        for branch in made:
            branch.begun = True
        with self._changed:
            self._running.extend(made)
        return made

    def _report(self, sequence: _Sequence) -> None:
        total = len(sequence.task.tokens)
        if total - sequence.task.cached > LONG:
            sequence.task.send(Progress(message="Reading the conversation", done=sequence.state.length, total=total))

    def _take(self, sequence: _Sequence, scores: Tensor) -> None:
        task, answer = sequence.task, sequence.answer
        try:
            deltas = answer.take(scores)
        except Exception as error:  # noqa: BLE001 - one request's sampling must not end the engine
            return self._fail(task, error)
        for delta in deltas:
            task.watch.first()
            task.send(delta)
        if answer.reason is not None:
            self._leave([sequence])
            if all(other.reason is not None for other in task.answers):
                task.send(task.finished())
        return None

    def _fail(self, task: Task, error: Exception) -> None:
        self._leave([sequence for sequence in self._running if sequence.task is task])
        if not task.cancelled:
            log.error("%s failed", self._name, exc_info=error)
            task.send(failure(self._name, error))
        task.cancel()

    def _leave(self, sequences: Iterable[_Sequence]) -> None:
        gone = {id(sequence) for sequence in sequences}
        with self._changed:
            self._running = [sequence for sequence in self._running if id(sequence) not in gone]


def failure(model_id: str, error: Exception) -> PlaygroundError:
    """What a request is told of an exception while its model ran."""
    if isinstance(error, PlaygroundError):
        return error
    if _out_of_memory(error):
        told: PlaygroundError = ModelUnavailable(
            f"This machine ran out of memory while running {model_id}.",
            code="out_of_memory",
            advice="Shorten the conversation or lower max_tokens and n, choose a smaller model, or close other programs.",
        )
    else:
        told = PlaygroundError(f"Running {model_id} failed: {_first_line(error)}")
    told.__cause__ = error
    return told


def _out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        sign in words for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
