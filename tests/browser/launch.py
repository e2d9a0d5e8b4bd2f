"""Finds a Chromium on this machine, else installs one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import FileLock
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A headless browser. Raises RuntimeError where none is found and none can be installed."""
    async with async_playwright() as playwright:
        path = await asyncio.to_thread(find_or_install, Path(playwright.chromium.executable_path))
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGS))
        try:
            yield browser
        finally:
            await browser.close()


def find_or_install(own: Path) -> Path:
    """The browser to drive; `own` is where Playwright would put its copy. CHROMIUM names another. One process at a time
    looks, so that tests side by side don't install it twice.
    """
    with FileLock(Path(tempfile.gettempdir()) / "chat-playground-browser.lock"):
        return _find_or_install(own)


def _find_or_install(own: Path) -> Path:
    tried = []
    for install in (_nothing, _by_playwright, _by_apt):
        said = install()
        if found := _find(own):
            return found
        tried.append(said)
    raise RuntimeError("no Chromium here, and none could be installed:\n" + "\n".join(filter(None, tried)))


def _find(own: Path) -> Path | None:
    named = os.environ.get("CHROMIUM")
    paths = [shutil.which(name) for name in ((named,) if named else NAMES)]
    found = next((Path(path) for path in paths if path), None)
    return found or (own if own.exists() else None)


def _nothing() -> str:
    return ""


def _by_playwright() -> str:
    return _run(sys.executable, "-m", "playwright", "install", "chromium")


def _by_apt() -> str:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return "apt-get: needs Debian or Ubuntu, and root"
    return _run("apt-get", "update") or _run("apt-get", "install", "--yes", "--no-install-recommends", "chromium")


def _run(*command: str) -> str:
    """Runs a command; what it said if it failed, else ""."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {error}"
    return "" if done.returncode == 0 else f"{' '.join(command)}: {done.stderr[-500:]}"
