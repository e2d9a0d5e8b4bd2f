"""An ASGI app on a real port of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve the app from a thread; gives its URL, without a slash at the end, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _server(app)
        thread = threading.Thread(target=server.run, args=([listener],), name="serving")
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@asynccontextmanager
async def serving_here(app: ASGIApp, lifespan: Literal["on", "off"] = "off") -> AsyncIterator[str]:
    """Like `serving`, in the event loop of the test: for what may be used in one loop only."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _server(app, lifespan)
        running = asyncio.create_task(server.serve([listener]))
        try:
            await eventually(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def _server(app: ASGIApp, lifespan: Literal["on", "off"] = "off") -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(app, lifespan=lifespan, ws="none", log_config=None, timeout_graceful_shutdown=5)
    )


def wait_until(holds: Callable[[], bool], *, within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


async def eventually(holds: Callable[[], bool], *, within_s: float = 10) -> None:
    """Like `wait_until`, in a test that has an event loop to keep turning."""
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.002)
