"""The local backend: chat models run by transformers in this process."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ModelUnavailable
from ...events import Event, Progress
from ...request import ChatRequest
from ..advice import CARRIED
from ..base import ModelInfo, Residence, Tap
from .folders import Facts, read_facts
from .hub import Hub
from .processors import plan, usable_cores
from .run import Run
from .settings import EFFORT, Settings, read_settings
from .weights import Weights
from .worker import Worker

if TYPE_CHECKING:
    from .manager import Manager

log = logging.getLogger(__name__)
DEFAULT_MODEL = CARRIED
KNOWN = Facts(
    whole=True,
    chats=True,
    sees_images=False,
    context_length=8192,
    thinks=False,
    thinking_fields=(),
    places_tools=False,
)  # of DEFAULT_MODEL, not here yet
NEEDED = ("torch", "transformers")
NO_EFFORT = "its chat template knows no reasoning effort"
OTHER_LOADS = "Waiting: another model is being loaded"


class LocalBackend:
    """Runs requests on models in this process: those for one model together, on its engine.

    `data_dir` is where converted weights are kept, `models_dir` holds models of the operator's own (shelf.py). With
    `offline` nothing is fetched. `device` is torch's
    name of one ("cpu", "cuda:0"); the best there is by default. `signed_in` says whether the operator's Hub token
    may be used for whoever asks. On the CPU, models get 8-bit weights with `eight_bit`; by default the embedded one and
    GGUF files do.
    A model that was not used for `idle_seconds` is put away. `weights` and `installed` are given in tests.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        models_dir: Path | None = None,
        default_model: str = DEFAULT_MODEL,
        offline: bool = False,
        device: str | None = None,
        signed_in: bool = True,
        eight_bit: bool | None = None,
        idle_seconds: float | None = None,
        weights: Weights | None = None,
        installed: Callable[[str], bool] = lambda name: find_spec(name) is not None,
    ) -> None:
        self._default = default_model
        self._device, self._eight_bit, self._idle_seconds = device, eight_bit, idle_seconds
        self._weights = weights or Weights(data_dir, offline=offline, own=models_dir, hub=Hub(signed_in=signed_in))
        self._installed = installed
        self._loader = Worker("local-models")
        self._reader = Worker("local-prompts")
        self._manager: Manager | None = None
        self._loading: str | None = None

    async def stream(self, request: ChatRequest, *, tap: Tap | None = None) -> AsyncGenerator[Event, None]:
        """See backends/base.py. There is no wire, so that a tap hears nothing."""
        settings = read_settings(request)
        run = self._admitted(request.model.id)
        try:
            self._prepare(run, lambda: self._begin(run, request, settings))
            async for item in run.heard():
                yield item
        finally:
            run.cancel()

    async def models(self) -> tuple[ModelInfo, ...]:
        """The default model, then the others on this disk and those in memory. Imports no torch."""
        return await asyncio.to_thread(self._models)

    def load(self, model_id: str) -> AsyncGenerator[Progress, None]:
        """See backends/base.py."""
        return self._in_line(model_id, self._load)

    def fetch(self, model_id: str) -> AsyncGenerator[Progress, None]:
        """Have a model's files on this disk, saying how far it is. Raises PlaygroundError. Closing it gives up."""
        return self._in_line(model_id, lambda run: self._weights.folder(model_id, run.report))

    async def unload(self, model_id: str) -> bool:
        """See backends/base.py."""
        return self._manager is not None and await asyncio.to_thread(self._manager.unload, model_id)

    @property
    def running(self) -> int:
        """How many requests run or wait."""
        return self._loader.held + self._reader.held + (self._manager.held if self._manager else 0)

    async def close(self) -> None:
        for worker in (self._loader, self._reader):
            await asyncio.to_thread(worker.close)
        if self._manager is not None:
            await asyncio.to_thread(self._manager.close)

    async def _in_line(self, model_id: str, work: Callable[[Run], object]) -> AsyncGenerator[Progress, None]:
        """Do the work when what others load is loaded."""
        run = self._admitted(model_id)

        def do() -> None:
            work(run)
            run.end()

        try:
            if self._loader.submit(run.job(do)) > 0:
                run.send(Progress(message=OTHER_LOADS))
            async for item in run.heard():
                if isinstance(item, Progress):
                    yield item
        finally:
            run.cancel()

    def _admitted(self, model_id: str) -> Run:
        self._weights.check_id(model_id)
        if (missing := self._missing()) is not None:
            raise ModelUnavailable(missing, advice=f"Install them: pip install {' '.join(NEEDED)}")
        return Run(model_id)

    def _prepare(self, run: Run, begin: Callable[[], None]) -> None:
        """Have the request's prompt made, and its model loaded before that if it is not in memory."""
        if self._manager is not None and self._manager.has(run.model_id):
            self._reader.submit(run.job(begin))
        elif self._loader.submit(run.job(lambda: self._fetch(run, begin))) > 0:
            run.send(Progress(message=OTHER_LOADS))

    def _fetch(self, run: Run, then: Callable[[], None]) -> None:
        self._load(run)
        then()

    def _load(self, run: Run) -> None:
        """Bring the model into memory. The loader does one thing at a time, so that there is one such model at most."""
        self._loading = run.model_id
        try:
            self._ready_manager(run).load(run.model_id, run.report)
        finally:
            self._loading = None

    def _begin(self, run: Run, request: ChatRequest, settings: Settings) -> None:
        """Hand the request to its model's engine."""
        from .requests import task_of

        assert self._manager is not None
        with self._manager.using(run.model_id) as found:
            if found is None:  # it was put away meanwhile
                self._loader.submit(run.job(lambda: self._fetch(run, lambda: self._begin(run, request, settings))))
                return
            if found.chosen.alone_because is not None and found.engine.held:
                run.send(Progress(message=f"Taking turns with another request: {found.chosen.alone_because}"))
            task = task_of(request, settings, found.model, run.send, run.watch)
            run.started(task)
            found.engine.submit(task)

    def _ready_manager(self, run: Run) -> Manager:
        if self._manager is None:
            run.report(Progress(message="Starting torch and transformers"))
            computing = plan(usable_cores())
            if not computing.spin:
                os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported
            os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # large pages for weights, likewise
            try:
                from .manager import Manager
            except (ImportError, OSError) as error:
                raise ModelUnavailable(
                    f"torch or transformers can't be imported: {error}",
                    advice=f"Install them again: pip install --force-reinstall {' '.join(NEEDED)}",
                ) from error
            self._manager = Manager(
                self._weights,
                self._device,
                plan=computing,
                eight_bit=self._eight_bit,
                idle_seconds=self._idle_seconds,
            )
        return self._manager

    def _missing(self) -> str | None:
        missing = [name for name in NEEDED if not self._installed(name)]
        return f"Local models need {' and '.join(missing)}, not installed here." if missing else None

    def steps(self, model_id: str) -> int:
        """How many steps the engine of a model in memory has made."""
        return self._manager.steps(model_id) if self._manager else 0

    def _models(self) -> tuple[ModelInfo, ...]:
        found = dict(self._weights.listed())
        residences = self._manager.residences() if self._manager else {}
        loading = self._loading
        ids = dict.fromkeys((self._default, *found, *residences, *([loading] if loading else ())))
        return tuple(self._info(model_id, found.get(model_id), residences.get(model_id)) for model_id in ids)

    def _info(self, model_id: str, folder: Path | None, residence: Residence | None) -> ModelInfo:
        facts = read_facts(folder) if folder is not None else KNOWN if model_id == DEFAULT_MODEL else None
        fields = None if facts is None else facts.thinking_fields
        no_effort = () if fields is None or EFFORT in fields else ((EFFORT, NO_EFFORT),)
        useless = None if folder is None or facts is None else facts.lacks
        return ModelInfo(
            id=model_id,
            sees_images=None if facts is None else facts.sees_images,
            thinks=None if facts is None else facts.thinks,
            context_length=None if facts is None else facts.context_length,
            unavailable=self._missing() or useless,
            residence=residence,
            loading=residence is None and model_id == self._loading,
            refuses=no_effort,
            thinking_fields=fields,
            own_tool_markup=_own_tool_markup(facts, residence),
            continues=True,
        )


def _own_tool_markup(facts: Facts | None, residence: Residence | None) -> bool | None:
    """As in ModelInfo: known for sure once the model was loaded; a template without the word has no place for tools."""
    if residence is not None:
        return residence.own_tool_markup
    return False if facts is not None and facts.places_tools is False else None
