"""The app as its users run it: `python app.py` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.loopback import pick_port, quiet_environment

ROOT = Path(__file__).resolve().parents[2]
_SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "SPACE_ID")


@dataclass(frozen=True)
class AppProcess:
    """A running app. `log` is the file that holds all it has written to the terminal."""

    url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, folder: Path, *flags: str, env: Mapping[str, str] | None = None, ready_within_s: float = 90
    ) -> AppProcess:
        """Start it with its data and log in `folder`, and wait until it answers. Raises RuntimeError if it doesn't."""
        port = pick_port()
        data_dir, log = folder / "data", folder / "terminal.log"
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(data_dir), *flags]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=_environment(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        app = cls(f"http://127.0.0.1:{port}", data_dir, log, process)
        try:
            app._wait(ready_within_s)
        except BaseException:
            app.stop()
            raise
        return app

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End it: politely, then not."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> AppProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not _healthy(f"{self.url}/health"):
            if self.process.poll() is not None:
                raise RuntimeError(f"the app ended with status {self.process.returncode}:\n{self.said[-4000:]}")
            if time.monotonic() > until:
                raise RuntimeError(f"the app was not ready within {seconds:g} s:\n{self.said[-4000:]}")
            time.sleep(0.1)


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without its secrets; the package index stays within reach, for the weights."""
    kept = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    return {**kept, **quiet_environment(), "PLAYGROUND_OFFLINE": "0", "PYTHONUNBUFFERED": "1", **(more or {})}


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
