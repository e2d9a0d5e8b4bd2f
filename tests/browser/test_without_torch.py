"""Without torch and transformers the app starts and runs remote models; local ones say why they can't run."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import REPLY, FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLIND = '''
"""Makes Python see a machine on which torch and transformers were never installed."""
import sys
from importlib.machinery import PathFinder


class Blind(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.partition(".")[0] in ("torch", "transformers"):
            return None
        return PathFinder.find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Blind
'''


async def test_remote_models_run_and_local_ones_say_what_is_missing(browser: Browser, tmp_path: Path, fake: FakeServer):
    (tmp_path / "blind").mkdir()
    (tmp_path / "blind" / "sitecustomize.py").write_text(BLIND, "utf-8")
    with AppProcess.start(tmp_path, env={"PYTHONPATH": str(tmp_path / "blind")}) as app:
        tab = await Playground.open(browser, app.url)
        await tab.pane().locator(".model").click()
        await expect(tab.page.get_by_role("dialog")).to_contain_text("Local models need torch and transformers")
        await tab.page.keyboard.press("Escape")
        await tab.write("hi")
        await tab.run()
        await expect(tab.error()).to_contain_text("pip install torch transformers")
        assert await tab.said() == [("system", ""), ("user", "hi")]
        await tab.use_endpoint(fake.url)
        await tab.run()
        await tab.finished()
        assert (await tab.said())[-1] == ("assistant", REPLY)
        await tab.close()
