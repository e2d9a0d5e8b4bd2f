"""A tab on the running app with a conversation put into its storage, and the probe in the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import Browser, Page

from tests.benchmarks.editor.documents import Row
from tests.benchmarks.editor.pacer import Pacer
from tests.browser.playground import Playground

PROBE = Path(__file__).with_name("probe.js")
TYPED = "Please answer in one short sentence and say where you have it from; "
KEY_PAUSE, WORD_PAUSE = 0.04, 0.3
"""Seconds between two keys, and after every twelfth: as long as the page waits before it stores an edit."""

# The page stores its workspace when it is left, so this runs on another page of the same origin.
_PLACE = """
async (panes) => {
  const { fingerprint, messagesOf } = await import("/ui/js/document/answers.js");
  const { nameOf, openImages } = await import("/ui/js/session/imagestore.js");
  const key = `playground.workspace.${sessionStorage.getItem("playground.tab")}`;
  const stored = JSON.parse(localStorage.getItem(key));
  const asked = (row, index, rows) =>
    row.generated ? { ...row, asked: fingerprint(messagesOf(rows.slice(0, index))) } : row;
  stored.document.panes.forEach((pane, place) => (pane.rows = panes[place].map(asked)));
  const images = new Map();
  const text = JSON.stringify(stored, (_, value) => {
    if (typeof value !== "string" || !value.startsWith("data:image/")) return value;
    images.set(nameOf(value), value);
    return nameOf(value);
  });
  await openImages().put([...images]);
  localStorage.setItem(key, text);
}
"""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Bench:
    """What the measurements share: the browser, the app's address, the fake endpoint."""

    browser: Browser
    url: str
    pacer: Pacer

    @asynccontextmanager
    async def tab(self, *panes: Sequence[Row]) -> AsyncIterator[Playground]:
        """A tab in a profile of its own, with these conversations in as many panes, on the fake endpoint."""
        context = await self.browser.new_context(viewport={"width": 1280, "height": 800})
        await context.add_init_script(path=PROBE)
        tab = await Playground.tab(context, self.url)
        await tab.add_endpoint(self.pacer.url, "paced")
        for _ in panes[1:]:
            await tab.add_pane()
        await tab.page.goto(f"{self.url}/health")
        await tab.page.evaluate(_PLACE, list(panes))
        await tab.page.goto(self.url)
        await drawn(tab.page, sum(map(len, panes)))
        await asyncio.sleep(1)  # the endpoints' lists of models arrive
        yield tab
        await context.close()


async def drawn(page: Page, rows: int) -> float:
    """Wait for the composer and so many rows; milliseconds from the navigation to their paint."""
    milliseconds: float = await page.evaluate("(rows) => probe.rowsDrawn(rows)", rows)
    return milliseconds


async def type_into(tab: Playground, row: int, text: str, pane: int = 1) -> bool:
    """Type into the middle of a row, key by key; whether every character and the caret are where they should be."""
    field = tab.text(row, pane)
    await field.focus()
    before = await field.input_value()
    middle = len(before) // 2
    await field.evaluate("(field, at) => field.setSelectionRange(at, at)", middle)
    for number, character in enumerate(text, 1):
        await tab.page.keyboard.type(character)
        await asyncio.sleep(WORD_PAUSE if number % 12 == 0 else KEY_PAUSE)
    caret = await field.evaluate("(field) => [field.selectionStart, field.selectionEnd]")
    kept = await field.input_value() == before[:middle] + text + before[middle:]
    return kept and caret == [middle + len(text)] * 2


async def typed(page: Page) -> list[float]:
    """Milliseconds from key to paint of what was typed since the last call."""
    await asyncio.sleep(0.1)
    found: list[float] = await page.evaluate("probe.typed.splice(0)")
    return found


async def long_tasks(page: Page) -> list[float]:
    """Milliseconds of the main thread's tasks of more than 50 ms since the last call."""
    found: list[float] = await page.evaluate("probe.tasks.splice(0)")
    return found


async def until(look: Callable[[], Found], seconds: float = 10) -> Found:
    """The first truthy thing that `look` sees; the last thing that it saw when the time is over."""
    for _ in range(int(seconds * 100)):
        if found := look():
            return found
        await asyncio.sleep(0.01)
    return look()


def positions(rows: Sequence[Row], **wanted: Any) -> list[int]:
    """Numbers (from 1) of the rows with this role and a text of fewer characters."""
    return [
        number
        for number, row in enumerate(rows, 1)
        if row["message"]["role"] == wanted["role"] and len(row["message"]["content"] or "") < wanted["shorter"]
    ]


def spread(found: Sequence[int], count: int) -> list[int]:
    """So many of these, from the first to the last at even distances."""
    return [found[round(number * (len(found) - 1) / max(1, count - 1))] for number in range(count)]
