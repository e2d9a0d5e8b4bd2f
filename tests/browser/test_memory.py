"""Local models in memory, as the list of models shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from playground.backends.advice import CARRIED
from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.models import default_model_data_dir

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.model]


async def test_a_model_is_loaded_used_and_unloaded_from_the_list(browser: Browser, tmp_path: Path):
    (tmp_path / "data").symlink_to(default_model_data_dir(), target_is_directory=True)
    with AppProcess.start(tmp_path) as app:
        tab = await Playground.open(browser, app.url)
        await tab.pane().locator(".model").click()
        picker = tab.page.get_by_role("dialog", name="Choose a model")
        entry = picker.locator(".models li").filter(has_text=CARRIED)
        await expect(entry.get_by_role("status")).to_have_text("Not in memory.")
        await entry.get_by_role("button", name=f"Load {CARRIED}", exact=True).click()
        in_memory = "In memory: 8-bit weights on cpu"
        await expect(entry.get_by_role("status")).to_contain_text(in_memory, timeout=60_000)
        await tab.picture("memory")
        await tab.page.keyboard.press("Escape")
        await tab.give("max_tokens", "400")
        await tab.write("Write a long story.")
        await tab.run()
        await expect(tab.row(3)).to_contain_text(" ")
        await tab.pane().locator(".model").click()
        await expect(entry.get_by_role("status")).to_contain_text("1 run")
        await entry.get_by_role("button", name=f"Unload {CARRIED}").click()
        await expect(entry.get_by_role("alert")).to_contain_text("Still in use")
        await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("Escape")
        await tab.finished()
        await tab.pane().locator(".model").click()
        await entry.get_by_role("button", name=f"Unload {CARRIED}").click()
        await expect(entry.get_by_role("status")).to_have_text("Not in memory.")
        await tab.close()
