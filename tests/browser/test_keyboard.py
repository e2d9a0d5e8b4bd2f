"""The page without a mouse and without eyes: keys, focus, what is announced."""

import pytest
import pytest_asyncio
from playwright.async_api import TimeoutError as TooLong
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


async def test_the_keys_are_listed_and_the_list_is_left_again(page: Playground):
    await page.composer.focus()
    await page.page.keyboard.type("why?")
    await expect(page.composer).to_have_value("why?")
    await page.page.get_by_role("radio", name="Chat").focus()
    await page.page.keyboard.press("?")
    dialog = page.page.get_by_role("dialog", name="Keys")
    await expect(dialog).to_contain_text("Run this pane alone")
    await page.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.page.get_by_role("radio", name="Chat")).to_be_focused()
    await page.page.keyboard.press("/")
    await expect(page.composer).to_be_focused()


async def test_panes_and_views_are_reached_by_keys(page: Playground, fake: FakeServer):
    await page.add_pane()
    await page.page.keyboard.press("F6")
    await expect(page.pane(1)).to_have_attribute("data-active", "true")
    await page.page.keyboard.press("Shift+F6")
    await expect(page.pane(2)).to_have_attribute("data-active", "true")
    await page.composer.fill("only this pane")
    await page.page.keyboard.press("Control+Shift+Enter")
    await page.finished(2)
    assert [role for role, _ in await page.said(1)] == ["system", "user"]
    assert [role for role, _ in await page.said(2)] == ["system", "user", "assistant"]
    await page.page.keyboard.press("Control+.")
    await expect(page.page.get_by_role("radio", name="Code")).to_have_attribute("aria-checked", "true")
    await page.page.keyboard.press("Control+.")
    await expect(page.page.get_by_role("radio", name="Raw")).to_have_attribute("aria-checked", "true")


async def test_a_whole_conversation_without_a_mouse(page: Playground, fake: FakeServer):
    keys = page.page.keyboard
    await page.text(1).focus()
    await keys.type("Be brief.")
    await keys.press("Alt+Shift+ArrowDown")
    await keys.type("hi")
    await keys.press("Control+Enter")
    await page.finished()
    assert [m["content"] for m in fake.last.json["messages"]] == ["Be brief.", "hi"]
    await expect(page.text(2)).to_be_focused()
    for _ in range(5):
        await keys.press("Tab")
    await keys.press("Enter")  # the row's menu
    await expect(page.page.get_by_role("menu")).to_be_visible()
    await keys.press("Escape")
    await expect(page.page.get_by_role("menu")).to_have_count(0)
    await expect(page.row(2).get_by_role("button", name="More Message 2")).to_be_focused()


async def test_menus_are_walked_by_arrows(page: Playground):
    await page.pane().get_by_role("button", name="More for this pane").focus()
    await page.page.keyboard.press("Enter")
    await expect(page.page.get_by_role("menuitem", name="Add a pane")).to_be_focused()
    await page.page.keyboard.press("ArrowUp")
    await expect(page.page.get_by_role("menuitem", name="New conversation")).to_be_focused()
    await page.page.keyboard.press("ArrowDown")
    await page.page.keyboard.press("Enter")
    await expect(page.pane(2)).to_be_visible()


async def is_kept(page: Playground, after: str) -> None:
    """The focus is somewhere, once the browser has taken it from what went away: a few frames, more under load."""
    await page.page.wait_for_timeout(150)
    held = "document.activeElement !== document.body"
    try:
        await page.page.wait_for_function(held, timeout=2_000)
    except TooLong:
        pytest.fail(f"The focus is lost after: {after}")


async def test_the_focus_is_never_lost(page: Playground):
    await page.write("one")
    await page.run()
    await page.finished()
    steps = {
        "Answer again": lambda: page.tool(3, "Answer again"),
        "Previous": lambda: page.row(3).get_by_role("button", name="Previous answer").click(),
        "Run to here": lambda: page.tool(2, "Run to here"),
        "Duplicate": lambda: page.tool(2, "Duplicate"),
        "Delete": lambda: page.tool(3, "Delete"),
        "Undo": lambda: page.page.keyboard.press("Control+z"),
        "Redo": lambda: page.page.keyboard.press("Control+y"),
        "Compare": page.add_pane,
        "Close": lambda: page.pane_menu("Close this pane", pane=2),
        "New": lambda: page.pane_menu("New conversation"),
    }
    for name, act in steps.items():
        await act()
        await page.finished()
        await is_kept(page, name)


async def test_the_focus_is_kept_while_an_answer_streams(page: Playground, fake: FakeServer):
    stream = [step for _ in range(150) for step in (chunk("word "), 0.02)]
    fake.play(Answer.events(chunk("Hi"), chunk(reason="stop"), DONE), Answer.events(*stream, DONE))
    await page.write("one")
    await page.run()
    await page.finished()
    await page.tool(3, "Answer again")
    await expect(page.row(3)).to_contain_text("word word")
    # Both arrows end where they lead to: pressing one disables it.
    for label in ["Previous answer", "Next answer"] * 4:
        arrow = page.row(3).get_by_role("button", name=label)
        await arrow.click()
        await expect(arrow).to_be_disabled()
        await is_kept(page, label)
    await page.page.keyboard.press("Escape")
    await page.finished()


async def test_runs_are_announced(page: Playground, fake: FakeServer):
    await page.page.evaluate(
        """() => { window.heard = []; new MutationObserver(() => heard.push(document.querySelector(".unseen").textContent))
          .observe(document.querySelector(".unseen"), { childList: true, characterData: true, subtree: true }); }"""
    )
    fake.play(
        Answer.events(chunk("Hi"), 0.3, chunk(reason="stop"), DONE),
        Answer.json({"error": {"message": "no"}}, 400),
        Answer.events(chunk("So"), 30.0, DONE),
    )
    for _ in range(2):
        await page.write("hi")
        await page.run()
        await page.finished()
    await page.write("hi")
    await page.run()
    await expect(page.rows().last).to_contain_text("So")
    await page.page.keyboard.press("Escape")
    await page.finished()
    heard = [text for text in await page.page.evaluate("heard") if text]
    running = "The model is running."
    assert heard[0] == running
    assert heard[1].startswith("The model has finished")
    assert heard[2:] == [running, "The model has failed.", running, "The model was stopped."]


async def test_motion_is_reduced_when_asked(page: Playground, fake: FakeServer):
    await page.page.emulate_media(reduced_motion="reduce")
    fake.play(Answer.events(chunk("Hi"), 2.0, chunk(reason="stop"), DONE))
    await page.write("hi")
    await page.run()
    await expect(page.rows().last).to_contain_text("Hi")
    moving = """() => document.getAnimations().filter((animation) => animation.playState === "running").length"""
    assert await page.page.evaluate(moving) == 0
    await page.page.keyboard.press("Escape")
