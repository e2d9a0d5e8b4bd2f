"""The parameter panel: presets, marks, resets, refusals."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


async def sent(page: Playground, fake: FakeServer) -> dict[str, object]:
    await page.write("hi")
    await page.run()
    await page.finished()
    own = {"model", "messages", "stream", "stream_options"}
    return {name: value for name, value in fake.last.json.items() if name not in own}


async def test_a_preset_sets_what_it_names_and_leaves_the_rest(page: Playground, fake: FakeServer):
    await page.give("max_tokens", "20")
    preset = page.page.get_by_role("button", name="Creative")
    await preset.click()
    await expect(preset).to_have_attribute("aria-pressed", "true")
    assert await sent(page, fake) == {"max_tokens": 20, "temperature": 1.1, "top_p": 0.98}
    await page.page.get_by_role("button", name="Precise").click()
    await expect(preset).to_have_attribute("aria-pressed", "false")
    assert await sent(page, fake) == {"max_tokens": 20, "temperature": 0.2, "top_p": 0.9}


async def test_own_presets_are_kept_over_a_reload_and_deleted(page: Playground, fake: FakeServer):
    await page.give("temperature", "0.33")
    await page.page.get_by_label("Extra JSON").fill('{"user": "me"}')
    await page.param("thoughts").get_by_role("radio", name="sent back").click()
    await page.page.get_by_role("button", name="save").click()
    await page.page.keyboard.type("Mine")
    await page.page.keyboard.press("Enter")
    await page.page.get_by_role("button", name="Reset 3").click()
    await page.reload()
    await page.page.get_by_role("button", name="Mine", exact=True).click()
    await expect(page.param("thoughts").get_by_role("radio", name="sent back")).to_be_checked()
    assert await sent(page, fake) == {"temperature": 0.33, "user": "me"}
    await page.page.get_by_role("button", name="Delete the preset Mine").click()
    await expect(page.page.get_by_role("button", name="Mine", exact=True)).to_have_count(0)
    await page.page.keyboard.press("Control+z")
    await expect(page.page.get_by_role("button", name="Mine", exact=True)).to_be_visible()


async def test_undo_reaches_the_text_fields_of_parameters(page: Playground):
    await page.give("stop", "END")
    await page.page.wait_for_timeout(1100)
    await page.param("stop").locator("textarea").fill("END\nSTOP")
    await page.param("stop").locator("textarea").press("Control+z")
    await expect(page.param("stop").locator("textarea")).to_have_value("END")


async def test_values_out_of_range_and_reserved_fields_are_told_as_they_are_typed(page: Playground):
    await page.give("temperature", "3")
    await expect(page.param("temperature")).to_contain_text("At most 2")
    await page.page.get_by_label("Extra JSON").fill('{"temperature": 1, "messages": []}')
    await expect(page.page.get_by_role("complementary")).to_contain_text(
        "temperature, messages: use the control of that name"
    )
    await page.page.get_by_label("Extra JSON").fill('{"a": ')
    await expect(page.page.get_by_role("complementary")).to_contain_text("Not JSON yet")


async def test_what_the_model_refuses_is_disabled_with_its_reason(tab: Playground, fake: FakeServer):
    provider = {"provider": "p", "status": "live", "supports_tools": False, "supports_structured_output": False}
    fake.play(Answer.json({"data": [{"id": "fake", "providers": [provider]}]}))
    await tab.use_endpoint(fake.url)
    await expect(tab.param("tools").locator(".default")).to_be_disabled()
    await expect(tab.param("tools")).to_contain_text("no provider of this model takes tools")


async def test_a_parameter_whose_field_is_empty_is_not_sent(page: Playground, fake: FakeServer):
    await page.give("temperature", "0.5")
    await page.give("temperature", "")
    await page.param("stop").locator(".default").click()
    await expect(page.param("temperature")).to_contain_text("Not sent while empty.")
    assert await sent(page, fake) == {}
