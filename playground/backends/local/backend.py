"""The local backend: chat models run by transformers in this process."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ModelUnavailable, PlaygroundError
from ...events import Event, Finished, Progress, Stopwatch
from ...request import ChatRequest
from ..base import ModelInfo, Tap
from .folders import Facts, read_facts
from .hub import Hub, check_id
from .processors import plan, usable_cores
from .reports import Abandoned, Narrator, Report
from .settings import REFUSES, Settings, read_settings
from .weights import Weights
from .worker import Job, Worker

if TYPE_CHECKING:
    from .runner import Runner

log = logging.getLogger(__name__)
DEFAULT_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
KNOWN = Facts(whole=True, chats=True, sees_images=False, context_length=8192)  # of DEFAULT_MODEL, not here yet
NEEDED = ("torch", "transformers")
_Item = Event | BaseException


class LocalBackend:
    """Runs one request at a time on one model in memory; another request waits, and says so.

    `data_dir` is where converted weights are kept. With `offline` nothing is fetched. `device` is torch's
    name of one ("cpu", "cuda:0"); the best there is by default. `signed_in` says whether the operator's Hub token
    may be used for whoever asks. `weights` and `installed` are given in tests.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        default_model: str = DEFAULT_MODEL,
        offline: bool = False,
        device: str | None = None,
        signed_in: bool = True,
        weights: Weights | None = None,
        installed: Callable[[str], bool] = lambda name: find_spec(name) is not None,
    ) -> None:
        self._default = default_model
        self._device = device
        self._weights = weights or Weights(data_dir, offline=offline, hub=Hub(signed_in=signed_in))
        self._installed = installed
        self._worker = Worker("local-models")
        self._runner: Runner | None = None

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        """See backends/base.py. There is no wire, so that a tap hears nothing."""
        watch = Stopwatch()
        settings = read_settings(request)
        check_id(request.model.id)
        if (missing := self._missing()) is not None:
            raise ModelUnavailable(missing, advice=f"Install them: pip install {' '.join(NEEDED)}")
        inbox: asyncio.Queue[_Item] = asyncio.Queue()
        job = self._job(request, settings, watch, inbox)
        try:
            if self._worker.submit(job) > 0:
                yield Progress(message="Waiting: another request is running on this machine")
            while True:
                item = await inbox.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
                if isinstance(item, Finished):
                    return
        finally:
            job.cancel()

    async def models(self) -> tuple[ModelInfo, ...]:
        """The default model, then the chat models in the Hugging Face cache. Imports no torch."""
        return await asyncio.to_thread(self._models)

    @property
    def running(self) -> int:
        """How many requests run or wait."""
        return self._worker.held

    async def close(self) -> None:
        await asyncio.to_thread(self._worker.close)
        if self._runner is not None:
            self._runner.unload()

    def _job(self, request: ChatRequest, settings: Settings, watch: Stopwatch, inbox: asyncio.Queue[_Item]) -> Job:
        """The request as work for the worker's thread; what it has to say goes into the inbox."""
        loop = asyncio.get_running_loop()
        narrator = Narrator()

        def send(item: _Item) -> None:
            try:
                loop.call_soon_threadsafe(inbox.put_nowait, item)
            except RuntimeError:  # the loop is closed, so nobody reads any more
                job.cancel()

        def check() -> None:
            if job.cancelled:
                raise Abandoned

        def emit(event: Event) -> None:
            check()
            if isinstance(event, Progress):
                narrator.tell(event)
            send(event)

        def run() -> None:
            try:
                self._ready_runner(emit).run(request, settings, watch, emit, check)
            except Abandoned:
                log.debug("cancelled: %s", request.model.id)
            except PlaygroundError as error:
                send(error)
            except Exception as error:  # the reader waits for an answer, whatever happens here
                log.exception("running %s failed", request.model.id)
                failed = PlaygroundError(f"Running {request.model.id} failed: {error}")
                failed.__cause__ = error
                send(failed)

        job = Job(run)
        return job

    def _ready_runner(self, report: Report) -> Runner:
        if self._runner is None:
            report(Progress(message="Starting torch and transformers"))
            computing = plan(usable_cores())
            if not computing.spin:
                os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported
            try:
                from .runner import Runner
            except (ImportError, OSError) as error:
                raise ModelUnavailable(
                    f"torch or transformers can't be imported: {error}",
                    advice=f"Install them again: pip install --force-reinstall {' '.join(NEEDED)}",
                ) from error
            self._runner = Runner(self._weights, self._device, computing.threads)
        return self._runner

    def _missing(self) -> str | None:
        missing = [name for name in NEEDED if not self._installed(name)]
        return f"Local models need {' and '.join(missing)}, not installed here." if missing else None

    def _models(self) -> tuple[ModelInfo, ...]:
        found = dict(self._weights.listed())
        ids = [self._default, *(model_id for model_id in found if model_id != self._default)]
        return tuple(self._info(model_id, found.get(model_id)) for model_id in ids)

    def _info(self, model_id: str, folder: Path | None) -> ModelInfo:
        facts = read_facts(folder) if folder is not None else KNOWN if model_id == DEFAULT_MODEL else None
        return ModelInfo(
            id=model_id,
            sees_images=None if facts is None else facts.sees_images,
            context_length=None if facts is None else facts.context_length,
            unavailable=self._missing(),
            refuses=REFUSES,
        )
