"""Takes the README's pictures anew, on the default model: python -m tests.browser.pictures"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.launch import open_browser
from tests.browser.playground import Playground
from tests.models import default_model_data_dir

OUT = Path(__file__).parents[2] / "assets" / "screenshots"
SYSTEM = "You explain things to curious twelve-year-olds, in three short sentences."
PROMPT = "Why is the sky blue?"
COMMAND = """curl https://router.huggingface.co/v1/chat/completions \\
  -H "Authorization: Bearer $HF_TOKEN" \\
  -d '{"model": "Qwen/Qwen3-30B-A3B-Instruct-2507", "temperature": 0.2, "stream": true,
       "messages": [{"role": "system", "content": "You answer in one sentence."},
                    {"role": "user", "content": "Why is the sky blue?"}]}'"""


async def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        AppProcess.start(Path(folder), "--data-dir", str(default_model_data_dir())) as app,
    ):
        async with open_browser() as browser:
            for theme in ("dark", "light"):  # the first run loads the model; the README shows more light ones
                await _take(browser, app, theme)


async def _take(browser: Browser, app: AppProcess, theme: str) -> None:
    tab = await Playground.open(browser, app.url, theme=theme)
    await _shoot(tab, f"start-{theme}")
    await _take_import(tab, theme)
    await tab.text(1).fill(SYSTEM)
    await tab.give("temperature", "0")
    await tab.give("max_tokens", "160")
    await tab.add_pane()
    await tab.give("temperature", "0.7")
    await tab.give("seed", "7")
    await tab.write(PROMPT)
    await tab.run()
    await tab.finished(1, timeout=180_000)
    await tab.finished(2, timeout=180_000)
    await tab.page.mouse.move(1200, 780)
    await tab.page.evaluate("document.activeElement.blur()")
    await tab.pane(1).locator(".conversation").evaluate("element => element.scrollTo(0, 0)")
    await tab.pane(2).locator(".conversation").evaluate("element => element.scrollTo(0, 0)")
    await _shoot(tab, f"compare-{theme}")
    await tab.page.get_by_role("radio", name="Code").click()
    await tab.page.wait_for_timeout(800)
    await _shoot(tab, f"code-{theme}")
    await tab.page.get_by_role("radio", name="Raw").click()
    await tab.page.wait_for_timeout(800)
    await _shoot(tab, f"raw-{theme}")
    await tab.page.get_by_role("radio", name="Chat").click()
    await tab.page.get_by_role("button", name="Summary").click()
    await tab.page.get_by_role("radio", name="Word diff").click()
    await tab.page.wait_for_timeout(300)
    await _shoot(tab, f"diff-{theme}")
    await tab.page.keyboard.press("Escape")
    await tab.page.set_viewport_size({"width": 390, "height": 844})
    await tab.page.wait_for_timeout(500)
    await _shoot(tab, f"narrow-{theme}")
    await tab.page.set_viewport_size({"width": 1280, "height": 800})
    await _take_variables(tab, theme)
    await tab.close()


async def _take_import(tab: Playground, theme: str) -> None:
    await tab.page.keyboard.press("Control+o")
    dialog = tab.page.get_by_role("dialog", name="Import")
    await dialog.get_by_label("Paste a request").fill(COMMAND)
    await expect(dialog.get_by_role("region", name="Found", exact=True)).to_be_visible()
    await dialog.get_by_label("Paste a request").evaluate("field => field.scrollTo(0, 0)")
    await dialog.screenshot(path=OUT / f"import-{theme}.png")
    await dialog.get_by_role("button", name="Clear").click()
    await tab.page.keyboard.press("Escape")


async def _take_variables(tab: Playground, theme: str) -> None:
    await tab.pane_menu("Close this pane", pane=2)
    await tab.pane_menu("New conversation")
    await tab.write("Name three things that are {{colour}}.")
    await tab.page.get_by_role("radio", name="Variables").click()
    for number, colour in enumerate(("red", "green", "yellow")):
        if number:
            await tab.page.get_by_role("button", name="Add a row").click()
        await tab.page.get_by_label("colour").nth(number).fill(colour)
    await tab.page.get_by_role("button", name="Run all 3 rows").click()
    await expect(tab.row(3)).to_contain_text("3/3", timeout=180_000)
    await tab.finished(timeout=180_000)
    await tab.page.mouse.move(640, 600)
    await tab.page.locator(".undo").get_by_role("button", name="Close").click()
    await _shoot(tab, f"variables-{theme}")


async def _shoot(tab: Playground, name: str) -> None:
    await tab.page.screenshot(path=OUT / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
