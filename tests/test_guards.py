"""The guards of conftest.py catch what they are for: each test below is one that must not pass."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SUITE = """
import asyncio, socket, threading, urllib.request, warnings
import pytest

def test_leaves_a_thread(request):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=(8,), daemon=True)
    thread.start()

async def test_leaves_a_task():
    asyncio.get_running_loop().leftover = asyncio.create_task(asyncio.sleep(60))

def test_reaches_for_the_network():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

async def test_reaches_for_the_network_asynchronously():
    await asyncio.open_connection("192.0.2.1", 80)

def test_warns():
    warnings.warn("old", DeprecationWarning)

async def test_cleans_up(free_port):
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", free_port)
    thread = threading.Thread(target=asyncio.run, args=(asyncio.sleep(0.1),))
    thread.start()
    task = asyncio.create_task(asyncio.sleep(0))
    reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
    writer.close()
    server.close()
    await server.wait_closed()
"""


def outcomes(folder: Path, suite: str) -> dict[str, bool]:
    """Whether each test of a suite passes, under this project's conftest and settings."""
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), f"--junitxml={report}", str(folder / "test_suite.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    passed: dict[str, bool] = {}
    for case in ET.parse(report).iter("testcase"):  # a test that fails while it is taken down is reported twice
        name = case.get("name") or ""
        passed[name] = passed.get(name, True) and case.find("failure") is None and case.find("error") is None
    return passed


def test_what_must_not_pass_does_not(tmp_path: Path) -> None:
    assert outcomes(tmp_path, SUITE) == {
        "test_leaves_a_thread": False,
        "test_leaves_a_task": False,
        "test_reaches_for_the_network": False,
        "test_reaches_for_the_network_asynchronously": False,
        "test_warns": False,
        "test_cleans_up": True,
    }


def test_an_unknown_marker_stops_the_run(tmp_path: Path) -> None:
    suite = "import pytest\n\n@pytest.mark.misspelt\ndef test_nothing():\n    pass\n"
    assert not any(outcomes(tmp_path, suite).values())
