"""A request from the moment it is asked until its last event: what any thread has to say, heard in its loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from ...errors import ModelUnavailable, PlaygroundError
from ...events import Event, Finished, Progress, Stopwatch
from .reports import Abandoned, Narrator
from .worker import Job

if TYPE_CHECKING:
    from .engine import Task

log = logging.getLogger(__name__)
_Item = Event | BaseException | None


class Run:
    """One request for `model_id`. Made in the event loop in which it is heard."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self.watch = Stopwatch()
        self._inbox: asyncio.Queue[_Item] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._narrator = Narrator()
        self._job: Job | None = None
        self._task: Task | None = None
        self._cancelled = False

    async def heard(self) -> AsyncGenerator[Event, None]:
        """What is said, to the end. Raises the error that is said."""
        while (item := await self._inbox.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Finished):
                return

    def end(self) -> None:
        """There is nothing more to say."""
        self.send(None)

    def send(self, item: _Item) -> None:
        """Say something, from any thread."""
        if isinstance(item, Progress):
            self._narrator.tell(item)
        try:
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, item)
        except RuntimeError:  # the loop is closed, so nobody reads any more
            self.cancel()

    def report(self, progress: Progress) -> None:
        """Say how far it is. Raises Abandoned when nobody listens any more."""
        if self._cancelled:
            raise Abandoned
        self.send(progress)

    def job(self, work: Callable[[], None]) -> Job:
        """The work as a job, whose errors are said."""

        def do() -> None:
            try:
                work()
            except Abandoned:
                log.debug("cancelled: %s", self.model_id)
            except PlaygroundError as error:
                self.send(error)
            except Exception as error:  # the reader waits for an answer, whatever happens here
                from .engine import failure

                log.exception("running %s failed", self.model_id)
                self.send(failure(self.model_id, error))

        self._job = Job(
            do, skipped=lambda: self.send(ModelUnavailable("The app is being closed.", advice="Start it again."))
        )
        return self._job

    def started(self, task: Task) -> None:
        """The request is in its engine from now on."""
        self._task = task
        if self._cancelled:
            task.cancel()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        self._cancelled = True
        for work in (self._job, self._task):
            if work is not None:
                work.cancel()
