"""The page at every width and in both themes: nothing is cut off, nothing overlaps the edge. Pictures in tests/output."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

OVERFLOWING = """() => [...document.querySelectorAll(".region *")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("pre, .stats, .chips, option, dialog nav"))
  .filter((element) => { const box = element.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1); })
  .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1920, 1280, 768, 390])
async def test_the_page_fits(browser: Browser, running_app: AppProcess, fake: FakeServer, width: int, theme: str):
    tab = await Playground.open(browser, running_app.url, width=width, theme=theme)
    await tab.picture(f"start-{width}-{theme}")
    assert await tab.page.evaluate(OVERFLOWING) == []
    await tab.add_endpoint(fake.url, "fake endpoint")
    await tab.page.get_by_role("button", name="Explain simply").click()
    await tab.run()
    await tab.finished()
    await tab.add_pane()
    await tab.picture(f"compare-{width}-{theme}")
    assert await tab.page.evaluate(OVERFLOWING) == []
    await tab.page.get_by_role("radio", name="Code").click()
    await expect(tab.page.locator(".code pre:visible").first).to_be_visible()
    await tab.picture(f"code-{width}-{theme}")
    assert await tab.page.evaluate(OVERFLOWING) == []
    if width < 1000:
        await tab.page.get_by_role("button", name="Parameters").click()
        await expect(tab.page.get_by_role("complementary")).to_have_attribute("data-open", "true")
        await tab.page.wait_for_timeout(300)
        await tab.picture(f"parameters-{width}-{theme}")
        assert await tab.page.evaluate(OVERFLOWING) == []
    await tab.close()
    assert tab.problems == []
