"""Two panes side by side: each with its own model, settings, run, stop and error."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import DONE, REPLY, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.add_endpoint(fake.url, "fake endpoint")
    await tab.page.get_by_role("button", name="Compare").click()
    return tab


async def test_a_message_goes_to_both_panes_each_with_its_own_settings(page: Playground, fake: FakeServer):
    await page.give("temperature", "1.5")
    await page.write("Hello?")
    await page.run()
    await page.finished(1)
    await page.finished(2)
    assert (await page.said(1)) == (await page.said(2)) == [("system", ""), ("user", "Hello?"), ("assistant", REPLY)]
    sent = [request.json for request in fake.requests if request.method == "POST"]
    assert sorted(body.get("temperature", "default") for body in sent[-2:] if "temperature" in body) == [1.5]
    await expect(page.pane(2).locator(".chip.differs")).to_have_text("Temperature 1.5")
    await expect(page.pane(1).locator(".chip.differs")).to_have_text("Temperature default")


async def test_each_pane_stops_and_fails_alone(page: Playground, fake: FakeServer):
    await page.write("hi")
    fake.play(
        Answer.json({"error": {"message": "overloaded beyond repair", "type": "server_error"}}, 500),
        Answer.events(chunk("Still"), 1.0, chunk(" here."), chunk(reason="stop"), DONE),
    )
    await page.pane(1).get_by_role("button", name="Run").click()
    await expect(page.error(1)).to_contain_text("overloaded beyond repair")
    assert (await page.said(1))[-1] == ("user", "hi")
    await page.write("hi")
    await page.pane(2).get_by_role("button", name="Run").click()
    await expect(page.row(3, pane=2)).to_contain_text("Still")
    await page.pane(1).get_by_role("button", name="Try again").click()
    await page.finished(2)
    assert (await page.said(2))[-1] == ("assistant", "Still here.")


async def test_panes_are_copied_and_closed(page: Playground):
    await page.text(1, pane=1).fill("left")
    await page.pane(1).locator(".menu summary").click()
    await page.pane(1).get_by_role("button", name="Copy to the other pane").click()
    await expect(page.text(1, pane=2)).to_have_value("left")
    await page.text(1, pane=2).fill("right")
    await page.pane(1).locator(".menu summary").click()
    await page.pane(1).get_by_role("button", name="Close this pane").click()
    await expect(page.pane(2)).to_have_count(0)
    await expect(page.text(1, pane=1)).to_have_value("right")


async def test_two_tabs_do_not_see_each_other(page: Playground, running_app: AppProcess):
    await page.text(1).fill("first tab")
    other = await Playground.tab(page.page.context, running_app.url)
    await expect(other.text(1)).to_have_value("")
    await other.text(1).fill("second tab")
    await other.reload()
    await page.reload()
    await expect(page.text(1)).to_have_value("first tab")
    await expect(other.text(1)).to_have_value("second tab")


async def test_two_users_run_at_the_same_time(
    page: Playground, fake: FakeServer, browser: Browser, running_app: AppProcess
):
    other = await Playground.open(browser, running_app.url)
    await other.add_endpoint(fake.url, "mine")
    fake.play(Answer.events(chunk("slow"), 1.5, chunk(reason="stop"), DONE))
    await page.write("hi")
    await page.pane(1).get_by_role("button", name="Run").click()
    await expect(page.row(3)).to_contain_text("slow")
    await other.write("hi")
    await other.run()
    await other.finished(timeout=1000)
    assert (await other.said())[-1] == ("assistant", REPLY)
    await expect(page.pane(1)).to_have_attribute("data-running", "true")
    await page.finished(1)
    await other.close()
