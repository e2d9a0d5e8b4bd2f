"""Editing rows: every kind of edit, its undo and redo, by mouse and by keys, and not a character lost."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


async def write_rows(page: Playground, *texts: str) -> None:
    """A conversation of user messages, written with the button below."""
    for number, text in enumerate(texts, start=2):
        await page.pane().get_by_role("button", name="Add message").click()
        await page.text(number).fill(text)
        await page.row(number).get_by_label("Role").select_option("user")


async def texts(page: Playground) -> list[str]:
    return [text for _, text in await page.said()][1:]


async def test_a_hundred_edits_are_undone_and_redone(page: Playground):
    await write_rows(page, "start")
    for number in range(100):
        if number % 2:
            await page.tool(2, "Duplicate")
        else:
            await page.row(2).get_by_label("Role").select_option("user" if number % 4 else "assistant")
    after = await page.said()
    assert len(after) == 52
    for _ in range(100):
        await page.page.keyboard.press("Control+z")
    assert await page.said() == [("system", ""), ("user", "start")]
    for _ in range(100):
        await page.page.keyboard.press("Control+Shift+z")
    assert await page.said() == after


async def test_undo_takes_back_typing_parameters_panes_and_the_message_that_was_sent(page: Playground):
    keys = page.page.keyboard
    await page.text(1).press_sequentially("Be brief.")
    await page.page.wait_for_timeout(1100)
    await page.text(1).press_sequentially(" Be kind.")
    await keys.press("Control+z")
    await expect(page.text(1)).to_have_value("Be brief.")
    await expect(page.text(1)).to_be_focused()
    await keys.press("Control+y")
    await expect(page.text(1)).to_have_value("Be brief. Be kind.")
    await page.give("temperature", "0.5")
    await page.add_pane()
    await page.write("hi")
    await page.run()
    await page.finished(1)
    await page.finished(2)
    for _ in range(3):  # two answers, and the message, which goes back where it was written
        await keys.press("Control+z")
    await expect(page.composer).to_have_value("hi")
    await expect(page.rows()).to_have_count(1)
    for _ in range(2):  # the message's typing, the pane
        await keys.press("Control+z")
    await expect(page.pane(2)).to_have_count(0)
    while await page.param("temperature").locator("#param-temperature").count():
        await page.page.locator(".top").get_by_role("button", name="Undo").click()
    for _ in range(40):
        if await page.page.locator(".top").get_by_role("button", name="Redo").is_disabled():
            break
        await page.page.locator(".top").get_by_role("button", name="Redo").click()
    await expect(page.rows(2)).to_have_count(3)


async def test_the_caret_stays_where_the_undone_change_was(page: Playground):
    await page.text(1).fill("one three")
    await page.page.wait_for_timeout(1100)
    await page.text(1).evaluate("field => field.setSelectionRange(4, 4)")
    await page.page.keyboard.type("two ")
    await page.page.keyboard.press("Control+z")
    await page.page.keyboard.type("2 ")
    await expect(page.text(1)).to_have_value("one 2 three")


async def test_what_is_pasted_is_sent_character_by_character(page: Playground, fake: FakeServer):
    pasted = "def f():\r\n\treturn 1\u2028  two\u00a0blanks\r\n\r\n👩‍👩‍👧 \u05e9\u05dc\u05d5\u05dd \u202eabc\u202c a\u0301 \ufeff end  \r\n"
    await page.text(1).fill("sys")
    await _paste(page, "#pane-0 li:nth-child(1) textarea", pasted)
    await expect(page.row(1)).to_contain_text("Lines end in CRLF")
    await _paste(page, "#composer textarea", pasted)
    await page.run()
    await page.finished()
    assert [m["content"] for m in fake.last.json["messages"]] == ["sys" + pasted, pasted]
    await page.row(1).get_by_role("button", name="Make them LF").click()
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][0]["content"] == "sys" + pasted.replace("\r\n", "\n")


async def _paste(page: Playground, selector: str, text: str) -> None:
    """Paste as the browser does: the clipboard's own text in the event, its line ends made \\n in the field."""
    await page.page.evaluate(
        """([selector, text]) => {
          const field = document.querySelector(selector);
          field.focus();
          field.setSelectionRange(field.value.length, field.value.length);
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          if (!field.dispatchEvent(paste)) return;
          field.setRangeText(text.replace(/\\r\\n?/g, "\\n"), field.value.length, field.value.length, "end");
          field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
        }""",
        [selector, text],
    )


async def test_rows_are_dragged_by_their_handle(page: Playground):
    await write_rows(page, "one", "two", "three")
    await _drag(page, 4, 2)
    assert await texts(page) == ["three", "one", "two"]
    await _drag(page, 2, 4, after=True)
    assert await texts(page) == ["one", "two", "three"]
    await _drag(page, 4, 2, leave=True)
    assert await texts(page) == ["one", "two", "three"]


async def _drag(page: Playground, number: int, to: int, *, after: bool = False, leave: bool = False) -> None:
    await page.row(number).hover()
    handle = await page.row(number).locator(".handle").bounding_box()
    target = await page.row(to).bounding_box()
    assert handle
    assert target
    mouse = page.page.mouse
    await mouse.move(handle["x"] + 5, handle["y"] + 10)
    await mouse.down()
    y = target["y"] + (target["height"] - 2 if after else 2)
    await mouse.move(handle["x"] + 5, y, steps=6)
    await expect(page.page.locator(".drop-line")).to_be_visible()
    if leave:
        await page.page.keyboard.press("Escape")
    await mouse.up()
    await expect(page.page.locator(".drop-line")).to_have_count(0)


async def test_rows_are_moved_and_inserted_by_keys_and_the_focus_goes_along(page: Playground):
    await write_rows(page, "one", "two")
    await page.text(3).focus()
    await page.page.keyboard.press("Alt+ArrowUp")
    assert await texts(page) == ["two", "one"]
    await expect(page.text(2)).to_be_focused()
    await page.page.keyboard.press("Alt+Shift+ArrowDown")
    await page.page.keyboard.type("below")
    await page.text(2).focus()
    await page.page.keyboard.press("Alt+Shift+ArrowUp")
    await page.page.keyboard.type("above")
    assert await texts(page) == ["above", "two", "below", "one"]


async def test_everything_below_a_message_is_deleted_and_comes_back(page: Playground):
    await write_rows(page, "one", "two", "three")
    await page.more(2, "Delete everything below")
    assert await texts(page) == ["one"]
    await expect(page.page.locator(".undo")).to_contain_text("2 messages deleted.")
    await page.page.locator(".undo").get_by_role("button", name="Undo").click()
    assert await texts(page) == ["one", "two", "three"]


async def test_a_message_goes_above_the_first_one(page: Playground):
    await page.row(1).get_by_role("button", name="Insert a message above message 1").click()
    await page.page.keyboard.type("first")
    assert await page.said() == [("user", "first"), ("system", "")]


async def test_long_messages_are_collapsed(page: Playground, fake: FakeServer):
    await write_rows(page, "line\n" * 40)
    await page.more(2, "Collapse")
    await expect(page.row(2)).to_contain_text("200 characters. Show all")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][0]["content"] == "line\n" * 40
    await page.row(2).locator(".collapsed").click()
    await expect(page.text(2)).to_be_focused()
    await page.pane_menu("Collapse long messages")
    await expect(page.row(2).locator(".collapsed")).to_be_visible()


async def test_a_participant_has_a_name(page: Playground, fake: FakeServer):
    await write_rows(page, "hi")
    await page.more(2, "Give the participant a name")
    await page.page.keyboard.type("Ann")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"] == [{"role": "user", "content": "hi", "name": "Ann"}]
    await page.row(2).get_by_label("Name of the participant").fill("")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"] == [{"role": "user", "content": "hi"}]


async def test_a_tool_call_is_written_by_hand_and_answered(page: Playground, fake: FakeServer):
    await write_rows(page, "weather?", "")
    await page.row(3).get_by_label("Role").select_option("assistant")
    await page.more(3, "Add a tool call")
    await page.row(3).get_by_label("Function", exact=True).fill("get_weather")
    await page.row(3).get_by_label("Call id").fill("call_w")
    await page.row(3).get_by_label("Arguments of get_weather, JSON").fill('{"city": "Rome"}')
    await page.pane().get_by_role("button", name="Add message").click()
    await page.page.keyboard.type("sunny")
    await expect(page.row(4).get_by_label("Role")).to_have_value("tool")
    await expect(page.row(4).get_by_label("answers")).to_have_value("call_w")
    await page.row(4).get_by_label("answers").select_option(label="another call")
    await expect(page.row(4)).to_contain_text("No call above has this id")
    await page.row(4).get_by_label("answers").select_option("call_w")
    await page.run()
    await page.finished()
    call = {
        "id": "call_w",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
    }
    assert fake.last.json["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "sunny", "tool_call_id": "call_w"},
    ]


async def test_no_edit_asks_the_server(page: Playground):
    await write_rows(page, "one", "two")
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    await page.text(2).press_sequentially("typed")
    await page.tool(2, "Duplicate")
    await page.more(2, "Move down")
    await page.row(2).get_by_label("Role").select_option("system")
    await page.tool(2, "Delete")
    await page.page.keyboard.press("Control+z")
    await page.page.wait_for_timeout(500)
    assert asked == []
