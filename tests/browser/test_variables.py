"""{{variables}}: found as typed, filled in when run, one row of values or all of them."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer, Recorded, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


def echo(asked: Recorded) -> Answer:
    if asked.method == "GET":
        return Answer.json({"data": [{"id": "fake"}]})
    return Answer.events(chunk(asked.json["messages"][-1]["content"].upper()), chunk(reason="stop"), "[DONE]")


@pytest.fixture
def fake():
    with FakeServer(otherwise=echo) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    await tab.page.get_by_role("radio", name="Variables").click()
    return tab


async def test_variables_are_found_as_typed_and_filled_in_when_run(page: Playground, fake: FakeServer):
    await page.text(1).fill("Speak {{language}}.")
    await page.write("Greet {{ name }} in {{language}}")
    assert await page.page.locator(".cases label").all_inner_texts() == ["language", "name"]
    await page.page.get_by_label("language").fill("Latin")
    await page.page.get_by_label("name", exact=True).fill("Ann\n{{language}}")
    await page.run()
    await page.finished()
    assert [m["content"] for m in fake.last.json["messages"]] == ["Speak Latin.", "Greet Ann\n{{language}} in Latin"]
    assert (await page.said())[1] == ("user", "Greet {{ name }} in {{language}}")
    await page.page.get_by_label("language").fill("Greek")
    await expect(page.row(3)).to_contain_text("answers an earlier text")


async def test_missing_values_are_pointed_out_before_anything_is_sent(page: Playground, fake: FakeServer):
    await page.write("Hello {{name}} {{{{")
    await page.run()
    await expect(page.error()).to_contain_text("No value for {{name}}.")
    assert [r.method for r in fake.requests] == ["GET"] * len(fake.requests)
    await page.error().get_by_role("button", name="Fill in").click()
    await expect(page.page.get_by_label("name", exact=True)).to_be_focused()
    await page.page.keyboard.type("Ann")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][-1]["content"] == "Hello Ann {{{{"


async def test_a_name_in_braces_can_be_just_text(page: Playground, fake: FakeServer):
    await page.write("{{mustache}}")
    await page.run()
    await page.error().get_by_role("button", name="Keep as text and run").click()
    await page.finished()
    assert fake.last.json["messages"][-1]["content"] == "{{mustache}}"
    await page.page.get_by_role("button", name="Make it a variable").click()
    await expect(page.page.get_by_label("mustache")).to_be_visible()


async def test_all_rows_are_run_in_turn_in_every_pane_and_read_as_a_table(page: Playground, fake: FakeServer):
    await page.write("hi {{name}}")
    await page.page.get_by_label("name", exact=True).fill("ann")
    await page.page.get_by_role("button", name="Add a row").click()
    await page.page.get_by_label("name", exact=True).nth(1).fill("bob")
    await page.add_pane()
    await page.page.get_by_role("button", name="Run all 2 rows").click()
    await expect(page.row(3, pane=1)).to_contain_text("2/2")
    await expect(page.row(3, pane=2)).to_contain_text("2/2")
    await page.finished(1)
    await page.finished(2)
    sent = [r.json["messages"][-1]["content"] for r in fake.requests if r.method == "POST"]
    assert sorted(sent) == ["hi ann", "hi ann", "hi bob", "hi bob"]
    await expect(page.row(3)).to_contain_text("row 2")
    await page.page.get_by_role("button", name="Answers by row").click()
    dialog = page.page.get_by_role("dialog", name="Compare answers")
    await dialog.get_by_role("button", name="Copy as Markdown").click()
    assert await page.page.evaluate("navigator.clipboard.readText()") == (
        "| Row | name | Pane 1: fake | Pane 2: fake |\n"
        "| --- | --- | --- | --- |\n"
        "| 1 | ann | HI ANN | HI ANN |\n"
        "| 2 | bob | HI BOB | HI BOB |"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def three_rows(page: Playground) -> Playground:
    await page.write("hi {{name}}")
    for number, name in enumerate(("ann", "bob", "cid")):
        if number:
            await page.page.get_by_role("button", name="Add a row").click()
        await page.page.get_by_label("name", exact=True).nth(number).fill(name)
    return page


def asked(fake: FakeServer) -> list[str]:
    return [r.json["messages"][-1]["content"] for r in fake.requests if r.method == "POST"]


async def test_rows_that_a_failure_left_are_told_and_run_later_with_their_values_then(
    three_rows: Playground, fake: FakeServer
):
    page = three_rows
    fake.play(Answer.json({"error": {"message": "not today"}}, 400))
    await page.page.get_by_role("button", name="Run all 3 rows").click()
    await expect(page.error()).to_contain_text("2 more rows were not run.")
    await page.page.get_by_label("name", exact=True).nth(0).fill("ANN")
    await page.page.get_by_label("name", exact=True).nth(2).fill("CID")
    await page.error().get_by_role("button", name="Try again").click()
    await expect(page.row(3)).to_contain_text("3/3")
    assert asked(fake) == ["hi ann", "hi ANN", "hi bob", "hi CID"]


async def test_stop_ends_the_row_and_those_that_wait(three_rows: Playground, fake: FakeServer):
    page = three_rows
    fake.play(Answer.events(chunk("HI"), 30.0, "[DONE]"))
    await page.page.get_by_role("button", name="Run all 3 rows").click()
    await expect(page.row(3)).to_contain_text("HI")
    await expect(page.pane().locator(".stats")).to_contain_text("2 more to run")
    await page.page.keyboard.press("Escape")
    await page.finished(timeout=10_000)
    await page.page.wait_for_timeout(300)
    assert asked(fake) == ["hi ann"]
    await expect(page.row(3)).to_contain_text("stopped")


async def test_a_reload_in_the_middle_of_the_rows_leaves_no_empty_answer(three_rows: Playground, fake: FakeServer):
    page = three_rows
    fake.play(Answer.events(chunk("HI"), 30.0, "[DONE]"))
    await page.page.get_by_role("button", name="Run all 3 rows").click()
    await expect(page.row(3)).to_contain_text("HI")
    await page.reload()
    assert (await page.said())[-1] == ("assistant", "HI")
    await expect(page.row(3).locator(".variants")).to_have_count(0)


async def test_the_code_says_what_run_would_ask_for(page: Playground):
    await page.write("hi {{name}}")
    await page.page.get_by_role("radio", name="Code").click()
    await expect(page.pane().locator(".code")).to_contain_text("Run does not send this: No value for {{name}}.")
    await page.page.get_by_label("name", exact=True).fill("Ann")
    await expect(page.pane().locator("pre")).to_contain_text("hi Ann")
    await expect(page.pane().locator(".code")).not_to_contain_text("Run does not send this")
