"""Tabs on the running app, and a fake endpoint for them to talk to."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import FakeServer


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, running_app: AppProcess) -> AsyncIterator[Playground]:
    """A fresh tab; its test fails if the page's console complained."""
    opened = await Playground.open(browser, running_app.url)
    yield opened
    await opened.close()
    assert opened.problems == []


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server
