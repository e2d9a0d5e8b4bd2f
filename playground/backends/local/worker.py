"""Work in threads: jobs of one thread run in order and can be cancelled; threads take turns at what they share."""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable


class Turns:
    """A lock that is given in the order in which it was asked for, so that nobody takes it twice in a row past others."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked = self._served = 0

    def __enter__(self) -> None:
        with self._changed:
            mine, self._asked = self._asked, self._asked + 1
            self._changed.wait_for(lambda: self._served == mine)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._served += 1
            self._changed.notify_all()


class Cancellable:
    """What can be told from any thread that nobody wants it any more."""

    def __init__(self) -> None:
        self._cancel = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()

    def cancel(self) -> None:
        self._cancel.set()


class Job(Cancellable):
    """A piece of work. `run` must look at `cancelled` often, and must not raise; `skipped` is called in its place if it was
    cancelled before."""

    def __init__(self, run: Callable[[], None], skipped: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.run, self.skipped = run, skipped


class Worker:
    """Runs jobs one at a time in a thread of its own, which starts with the first one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, job: Job) -> int:
        """Queue a job. Returns how many are before it, the running one included."""
        with self._changed:
            if self._closed:
                raise RuntimeError("the worker is closed")
            ahead = sum(not other.cancelled or place == 0 for place, other in enumerate(self._jobs))  # the first runs
            self._jobs.append(job)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self.close)
            return ahead

    @property
    def held(self) -> int:
        """How many jobs run or wait, cancelled ones included that have not left yet."""
        return len(self._jobs)

    def close(self, patience: float = 5.0) -> None:
        """Cancel everything and wait for the thread to end, `patience` seconds at most."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                job.cancel()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)
            atexit.unregister(self.close)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            (job.skipped if job.cancelled else job.run)()
            with self._changed:
                self._jobs.popleft()

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            return self._jobs[0] if self._jobs else None
