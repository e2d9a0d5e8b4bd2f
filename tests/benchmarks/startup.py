"""How soon the page is there, from the start of the process to the first byte of an answer, and how soon its model.

python -m tests.benchmarks.startup [--rounds 3]
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.loopback import pick_port, quiet_environment

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds from the start of app.py to the first byte of its page.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"python app.py --help            {best(options.rounds, help_text):7.2f} s")
    for path in ("/health", "/v1/models", "/"):
        print(f"first byte of {path:18}{best(options.rounds, partial(first_byte, path)):7.2f} s")
    print(f"load the default model again    {best(options.rounds + 1, loading()):7.2f} s")


def best(rounds: int, measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(rounds))


def help_text() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def loading() -> Callable[[], float]:
    """Seconds to read the default model's weights; the first time also imports transformers' modules for it."""
    import torch

    from playground.backends.advice import CARRIED
    from playground.backends.local.model import load
    from tests.models import default_model_folder

    folder = default_model_folder()

    def once() -> float:
        start = time.perf_counter()
        load(CARRIED, folder, torch.device("cpu"))
        return time.perf_counter() - start

    return once


def first_byte(path: str) -> float:
    """Seconds until a GET of this path on a newly started app has its first byte."""
    port = pick_port()
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), "--data-dir", data],
            cwd=ROOT,
            env=os.environ | quiet_environment(),
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(port, path):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE_S:
                    said.seek(0)
                    raise SystemExit(f"the app did not come up:\n{said.read().decode(errors='replace')}")
                time.sleep(0.01)
            return time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status == 200 and bool(answer.read(1))
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
