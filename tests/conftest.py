"""What every test stands on: no internet, no leftovers, free ports, one browser, one running app."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.fakes import FakeServer
from tests.loopback import is_loopback, pick_port, quiet_environment

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.app_process import AppProcess

pytest.register_assert_rewrite("tests.contract")

os.environ.update(quiet_environment())
for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "SPACE_ID"):
    os.environ.pop(name, None)

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # so a shell starts what it puts in the background, and children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "here", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("here")


def _stay_home(event: str, args: tuple[Any, ...]) -> None:
    """Stops any connection out of this process that does not stay on this machine."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not is_loopback(args[1][0]):
        raise RuntimeError(f"a test reached for the network: {args[1]}")


sys.addaudithook(_stay_home)


# --- leftovers -----------------------------------------------------------------------------------

# Threads of pools and monitors that live as long as the process by design.
_LASTING = ("asyncio_", "AnyIO worker", "ThreadPoolExecutor", "tqdm", "pytest", "pymp-", "QueueFeederThread")
_GRACE_S = 3.0


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a thread or a task running fails."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)) and not _shares_a_loop(request.node):
        request.getfixturevalue("_no_task_left")
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + _GRACE_S
    while (left := _new_threads(before)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left, f"the test left threads behind: {sorted(thread.name for thread in left)}"


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [t for t in set(threading.enumerate()) - before if t.is_alive() and not t.name.startswith(_LASTING)]


def _shares_a_loop(node: pytest.Item) -> bool:
    marker = node.get_closest_marker("asyncio")
    return marker is not None and marker.kwargs.get("loop_scope", "function") != "function"


@pytest_asyncio.fixture
async def _no_task_left() -> AsyncIterator[None]:
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=_GRACE_S)
    left = {task for task in left if not task.done()}
    assert not left, f"the test left tasks behind: {sorted(str(task.get_coro()) for task in left)}"


# --- places to run -------------------------------------------------------------------------------


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens on."""
    return pick_port()


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """`python app.py` as a user starts it, ready for requests; with a data folder of its own."""
    from tests.browser.app_process import AppProcess

    with AppProcess.start(tmp_path_factory.mktemp("app"), "--demo") as app:
        yield app


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium, for tests whose `loop_scope` is "session" (all in tests/browser)."""
    from tests.browser.launch import open_browser

    async with open_browser() as opened:
        yield opened


_BROWSER_TESTS = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are marked, and run last, as they are the slowest."""
    for item in items:
        if _BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """An endpoint that plays what it is told and records what it is asked."""
    with FakeServer() as started:
        yield started
