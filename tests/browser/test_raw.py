"""The raw view: what was sent and what came back, as it went over the wire, without a secret."""

import json
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY = "sk-planted-in-the-raw-view-0123456789"


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.add_endpoint(fake.url, "fake endpoint", key=KEY)
    return tab


async def test_the_exchange_is_shown_as_it_was_and_can_be_taken_along(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("Hello"), 0.2, chunk(" there"), chunk(reason="stop"), DONE))
    await page.write("hi")
    await page.run()
    await page.finished()
    await page.row(3).get_by_role("button", name="Raw").click()
    raw = page.pane().locator(".raw")
    await expect(raw.get_by_label("Request", exact=True)).to_contain_text(f"POST {fake.url}/chat/completions")
    await page.page.get_by_role("radio", name="As sent").click()
    assert (await raw.get_by_label("Request", exact=True).inner_text()).endswith(fake.last.body.decode())
    await expect(raw.get_by_label("Response", exact=True)).to_contain_text("HTTP 200")
    lines = await raw.locator(".raw-lines code").all_inner_texts()
    assert lines == [
        f"data: {json.dumps(event)}" for event in (chunk("Hello"), chunk(" there"), chunk(reason="stop"))
    ] + ["data: [DONE]"]
    times = [float(text) for text in await raw.locator(".raw-lines time").all_inner_texts()]
    assert times == sorted(times)
    assert times[1] - times[0] >= 0.1
    await raw.get_by_role("button", name="Copy").click()
    copied = await page.page.evaluate("navigator.clipboard.readText()")
    async with page.page.expect_download() as saved:
        await raw.get_by_role("button", name="Download").click()
    assert _text(await (await saved.value).path()) == copied
    assert fake.last.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in copied + await page.page.content()


async def test_an_error_is_shown_as_the_endpoint_sent_it(page: Playground, fake: FakeServer):
    fake.play(Answer.json({"error": {"message": f"no such thing, {KEY}"}}, 400))
    await page.write("hi")
    await page.run()
    await page.error().get_by_role("button", name="Raw exchange").click()
    raw = page.pane().locator(".raw")
    await expect(raw.get_by_label("Response", exact=True)).to_contain_text("HTTP 400")
    await expect(raw.locator(".raw-lines")).to_contain_text("no such thing")
    assert KEY not in await page.page.content()


async def test_a_model_in_the_app_says_that_nothing_went_over_a_wire(tab: Playground):
    await tab.pane().locator(".model").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Demo").click()
    await dialog.get_by_role("listitem").first.get_by_role("button").click()
    await tab.write("hi")
    await tab.run()
    await tab.finished()
    await tab.page.get_by_role("radio", name="Raw").click()
    await expect(tab.pane().locator(".raw")).to_contain_text("nothing went over a wire")
    await expect(tab.pane().locator(".raw-lines code").last).to_have_text("data: [DONE]")


async def test_a_pane_that_never_ran_says_so(tab: Playground):
    await tab.page.get_by_role("radio", name="Raw").click()
    await expect(tab.pane().locator(".raw")).to_contain_text("This conversation has not been sent yet")


def _text(path: Path) -> str:
    return Path(path).read_text("utf-8")
