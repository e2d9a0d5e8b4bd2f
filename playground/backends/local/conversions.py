"""Folders that are made of GGUF files, each once.

A folder is written under another name first and renamed when whole, so that an interrupted run leaves nothing that
looks finished, and a lock lets one process at a time prepare a model.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from glob import escape
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import ModelUnavailable
from ...events import Progress
from .reports import Report

NUMBER = "2"  # a change of convert.py that changes its output needs the next one

Convert = Callable[[Path, Path, Report], None]


class Conversions:
    """The folders under `home`. `convert` writes one from a file."""

    def __init__(self, home: Path, convert: Convert | None = None) -> None:
        self.home = home
        self._convert = convert or _convert

    def of(self, key: str) -> Path | None:
        """The folder of this key, if it was made."""
        folder = self._place(key)
        return folder if folder.is_dir() else None

    def make(self, key: str, source: Callable[[], Path], report: Report) -> Path:
        """The folder of this key, made of the file that `source` fetches if it is not there.

        Raises ModelUnavailable where it can't be written, and whatever `source` and the conversion raise.
        """
        target = self._place(key)
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with _lock(target.with_name(f"{target.name}.lock"), report):
                if not target.is_dir():
                    self._prepare(target, source, report)
        except OSError as error:
            raise ModelUnavailable(
                f"The weights could not be written to {self.home}: {error}.",
                advice="Make room on the disk (most models take two bytes a parameter there), or start the app with "
                "another data folder.",
            ) from error
        return target

    def drop_others(self, key: str, pattern: str) -> None:
        """Delete the folders whose keys fit the pattern, but for that of `key`."""
        for folder in self.home.glob(f"{pattern}--from-gguf-*"):
            if folder.is_dir() and folder != self._place(key):
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, key: str) -> Path:
        return self.home / f"{key}--from-gguf-{NUMBER}"

    def _prepare(self, target: Path, source: Callable[[], Path], report: Report) -> None:
        gguf = source()
        for leftover in self.home.glob(f"{escape(target.name)}.partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.partial-", dir=self.home))
        try:
            self._convert(gguf, partial, report)
            partial.chmod(0o755)
            partial.replace(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def key_of(gguf: Path) -> tuple[str, str]:
    """A key for a file as it is now, and the pattern of the keys it has had: a changed file is another model."""
    stat = gguf.stat()
    place = f"{gguf.stem}--{_digest(str(gguf.resolve()))}"
    return f"{place}--{_digest(f'{stat.st_size} {stat.st_mtime_ns}')}", f"{escape(place)}--*"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _convert(gguf: Path, folder: Path, report: Report) -> None:
    try:
        from .convert import convert
    except ImportError as error:
        raise ModelUnavailable(
            f"Converting the weights needs a package that is not installed: {error.name}.",
            advice="Install the app's requirements: pip install -r requirements.txt",
        ) from error
    convert(gguf, folder, report)


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
