"""The very first run: nothing is on the machine yet, so the weights are fetched and converted, and that is seen."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")

COLLECT = """() => {
  window.notes = [];
  new MutationObserver(() => {
    const text = document.querySelector(".waiting")?.textContent;
    if (text && window.notes.at(-1) !== text) window.notes.push(text);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


async def test_a_fresh_machine_fetches_the_default_model_and_answers(browser: Browser, tmp_path: Path):
    with AppProcess.start(tmp_path, env={"HF_HOME": str(tmp_path / "hub")}) as app:
        tab = await Playground.open(browser, app.url)
        await tab.page.evaluate(COLLECT)
        await tab.give("max_tokens", "5")
        await tab.write("Say hello.")
        await tab.run()
        await expect(tab.row(3).locator("progress")).to_be_visible(timeout=60_000)
        await tab.picture("first-start")
        await tab.finished(timeout=300_000)
        await expect(tab.pane().locator(".stats")).to_contain_text("→ 5 tokens")
        notes = " | ".join(await tab.page.evaluate("window.notes"))
        for stage in (" MB of ", "Converting", "Loading"):
            assert stage in notes, notes
        for stage in ("Downloading", "100%", "Converting", "Loading"):
            assert stage in app.said, app.said
        await tab.close()
