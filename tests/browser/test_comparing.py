"""Two panes side by side: each with its own model, settings, run, stop and error."""

from threading import Event

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import DONE, REPLY, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    await tab.add_pane()
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
    await page.run_pane(1)
    await expect(page.error(1)).to_contain_text("overloaded beyond repair")
    assert (await page.said(1))[-1] == ("user", "hi")
    await page.run_pane(2)
    await expect(page.row(3, pane=2)).to_contain_text("Still")
    await page.pane(1).get_by_role("button", name="Try again").click()
    await page.finished(2)
    assert (await page.said(2))[-1] == ("assistant", "Still here.")


async def test_panes_are_copied_and_closed(page: Playground):
    await page.text(1, pane=1).fill("left")
    await page.pane_menu("Copy to pane 2")
    await expect(page.text(1, pane=2)).to_have_value("left")
    await page.text(1, pane=2).fill("right")
    await page.pane_menu("Close this pane")
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
    told = Event()
    fake.play(Answer.events(chunk("slow"), told, chunk(reason="stop"), DONE))
    await page.write("hi")
    await page.run_pane(1)
    await expect(page.row(3)).to_contain_text("slow")
    await other.write("hi")
    await other.run()
    await other.finished()
    assert (await other.said())[-1] == ("assistant", REPLY)
    await expect(page.pane(1)).to_have_attribute("data-running", "true")
    told.set()
    await page.finished(1)
    await other.close()


async def test_four_panes_run_each_at_its_own_pace(page: Playground, fake: FakeServer):
    await page.add_pane()
    await page.add_pane()
    await expect(page.page.get_by_role("button", name="Compare", exact=True)).to_have_count(0)
    fake.play(Answer.events(chunk("slow"), 60.0, chunk(" at last", "stop"), DONE))
    await page.write("hi")
    await page.run()
    quick = [number for number in (1, 2, 3, 4) if not await _is_slow(page, number)]
    assert len(quick) == 3
    for number in quick:
        await page.finished(number)
    await page.page.keyboard.press("Escape")
    for number in (1, 2, 3, 4):
        await page.finished(number, timeout=10_000)
        assert (await page.said(number))[-1][0] == "assistant"


async def _is_slow(page: Playground, number: int) -> bool:
    """Whether the pane got the slow answer; it shows its beginning by then."""
    said = page.row(3, pane=number).locator(".body")
    await page.page.wait_for_function(
        "number => { const text = document.querySelector(`#pane-${number - 1} li:nth-child(3) .body`)?.innerText ?? '';"
        " return text.includes('slow') || text.includes('Hello') }",
        arg=number,
    )
    return "slow" in await said.inner_text()


async def test_messages_reach_all_panes_as_long_as_they_are_synced(page: Playground):
    await page.text(1, pane=1).fill("Be brief.")
    await expect(page.text(1, pane=2)).to_have_value("Be brief.")
    await page.write("one")
    await page.run()
    await page.finished(1)
    await page.finished(2)
    await page.text(2, pane=2).fill("uno")
    await expect(page.text(2, pane=1)).to_have_value("uno")
    await page.edit_answer(3, "my own words", pane=1)
    assert (await page.said(2))[-1] == ("assistant", REPLY)
    await page.page.get_by_role("button", name="messages", exact=True).click()
    await page.text(2, pane=2).fill("dos")
    await expect(page.text(2, pane=1)).to_have_value("uno")
    await page.write("only here")
    await page.run()
    await page.finished(2)
    assert len(await page.said(1)) == 3
    await page.page.get_by_role("button", name="prompt", exact=True).click()
    await page.text(1, pane=2).fill("Be verbose.")
    await expect(page.text(1, pane=1)).to_have_value("Be brief.")
    await expect(page.pane(1).locator(".differences")).to_contain_text("System prompt differs")
    await page.page.get_by_role("button", name="prompt", exact=True).click()
    await expect(page.text(1, pane=1)).to_have_value("Be verbose.")
    await page.page.locator(".undo").get_by_role("button", name="Undo").click()
    await expect(page.text(1, pane=1)).to_have_value("Be brief.")


async def test_settings_are_each_panes_own_unless_they_are_synced(page: Playground):
    await page.give("temperature", "0.1")
    await expect(page.pane(1).locator(".differences")).to_contain_text("Temperature default")
    await page.page.get_by_role("button", name="settings", exact=True).click()
    await expect(page.pane(1).locator(".differences")).to_have_count(0)
    await page.give("temperature", "0.9")
    await page.text(1, pane=1).focus()
    await expect(page.param("temperature").locator("#param-temperature")).to_have_value("0.9")


async def test_panes_are_swapped(page: Playground):
    await page.page.get_by_role("button", name="prompt", exact=True).click()
    await page.text(1, pane=1).fill("left")
    await page.text(1, pane=2).fill("right")
    await page.pane_menu("Swap with pane 2")
    await expect(page.text(1, pane=1)).to_have_value("right")
    await expect(page.text(1, pane=2)).to_have_value("left")


async def test_a_pane_that_is_swapped_while_it_runs_keeps_its_answer(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("Going"), 0.8, chunk(" on.", "stop"), DONE))
    await page.page.get_by_role("button", name="messages", exact=True).click()
    await page.text(1, pane=1).focus()
    await page.write("hi")
    await page.run_pane(1)
    await expect(page.row(3, pane=1)).to_contain_text("Going")
    await page.pane_menu("Swap with pane 2")
    await page.finished(2)
    assert (await page.said(2))[-1] == ("assistant", "Going on.")


async def test_the_answers_of_two_panes_are_compared_in_words_and_figures(page: Playground, fake: FakeServer):
    fake.play(*(Answer.events(chunk(f"The sky is {colour}.", "stop"), DONE) for colour in ("blue", "grey")))
    await page.write("Colour?")
    await page.run_pane(1)
    await page.finished(1)
    await page.run_pane(2)
    await page.finished(2)
    await page.page.get_by_role("button", name="Summary").click()
    dialog = page.page.get_by_role("dialog", name="Compare answers")
    await dialog.get_by_role("button", name="Copy as Markdown").click()
    table = await page.page.evaluate("navigator.clipboard.readText()")
    assert table.splitlines()[0] == (
        "| Pane | Model | First token | Tokens/s | Total | Tokens in | Tokens out | Reasoning | Finish reason | Cost |"
    )
    assert [line.split(" | ")[1] for line in table.splitlines()[2:]] == ["fake", "fake"]
    await dialog.get_by_role("radio", name="Word diff").click()
    assert {await dialog.locator("del").inner_text(), await dialog.locator("ins").inner_text()} == {"blue", "grey"}


async def test_a_pane_that_comes_in_line_stops_first_and_undo_brings_its_words_back(page: Playground, fake: FakeServer):
    await page.page.get_by_role("button", name="messages", exact=True).click()
    await page.text(1, pane=2).focus()
    fake.play(Answer.events(chunk("Partial text"), 30.0, DONE))
    await page.write("only here")
    await page.run_pane(2)
    await expect(page.row(3, pane=2)).to_contain_text("Partial text")
    await page.text(1, pane=1).focus()
    await page.page.get_by_role("button", name="messages", exact=True).click()
    await page.finished(2, timeout=10_000)
    await expect(page.rows(2)).to_have_count(1)
    await page.page.locator(".undo").get_by_role("button", name="Undo").click()
    assert (await page.said(2))[-1] == ("assistant", "Partial text")
    await expect(page.row(3, pane=2)).to_contain_text("stopped")


async def test_deleting_below_the_prompt_stays_in_the_pane_where_messages_are_its_own(page: Playground):
    await page.write("hi")
    await page.run()
    await page.finished(1)
    await page.finished(2)
    await page.page.get_by_role("button", name="messages", exact=True).click()
    await page.more(1, "Delete everything below", pane=1)
    await expect(page.rows(1)).to_have_count(1)
    await expect(page.rows(2)).to_have_count(3)


async def test_stop_and_run_stand_side_by_side_while_some_panes_run(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("Still"), 30.0, DONE))
    await page.write("hi")
    await page.run_pane(1)
    await expect(page.row(3, pane=1)).to_contain_text("Still")
    composer = page.page.locator("#composer")
    await composer.get_by_role("button", name="Run all").click()
    await page.finished(2)
    await composer.get_by_role("button", name="Stop all").click()
    await page.finished(1, timeout=10_000)
    await page.page.get_by_role("button", name="Summary").click()
    table = page.page.get_by_role("dialog", name="Compare answers").locator("tbody tr")
    await expect(table.nth(0)).to_contain_text("stopped")
    await expect(table.nth(1)).to_contain_text("stop")
