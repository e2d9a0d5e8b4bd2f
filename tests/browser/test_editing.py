"""Writing a conversation: every edit a user makes reaches the request as it stands on the page, and a reload keeps it."""

import asyncio
import io
import json

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.browser.playground import Playground
from tests.fakes import DONE, REPLY, Answer, FakeServer, chunk, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


async def test_a_conversation_is_written_run_edited_and_run_again(page: Playground, fake: FakeServer):
    await page.text(1).fill("Answer in one word.")
    await page.write("Which colour has the sky?")
    await page.run()
    await page.finished()
    assert await page.said() == [
        ("system", "Answer in one word."),
        ("user", "Which colour has the sky?"),
        ("assistant", REPLY),
    ]
    await expect(page.composer).to_have_value("")
    await expect(page.pane().locator(".stats")).to_contain_text("first token")
    await expect(page.pane().locator(".stats")).to_contain_text("5 → 4 tokens")

    await page.text(2).fill("Which colour has grass?")
    await expect(page.row(3)).to_contain_text("answers an earlier text")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"] == [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "Which colour has grass?"},
    ]
    await expect(page.row(3)).to_contain_text("2/2")


async def test_an_answer_is_edited_without_losing_it_and_a_delete_is_taken_back(page: Playground, fake: FakeServer):
    await page.write("hi")
    await page.run()
    await page.finished()
    await page.edit_answer(3, "My own answer")
    await expect(page.row(3)).to_contain_text("edited")
    await page.row(3).get_by_role("button", name="Previous answer").click()
    assert (await page.said())[-1] == ("assistant", REPLY)
    await page.tool(3, "Delete")
    assert (await page.said())[-1] == ("user", "hi")
    await page.page.locator(".undo").get_by_role("button", name="Undo").click()
    await expect(page.row(3)).to_contain_text("1/2")
    await page.pane_menu("New conversation")
    await expect(page.rows()).to_have_count(1)
    await page.page.locator(".undo").get_by_role("button", name="Undo").click()
    await expect(page.rows()).to_have_count(3)


async def test_a_parameter_takes_the_focus_when_it_is_switched_on(page: Playground):
    await page.param("max_tokens").locator(".default").press("Enter")
    await page.page.keyboard.type("12")
    await expect(page.param("max_tokens").locator("#param-max_tokens")).to_have_value("12")
    await page.param("max_tokens").get_by_role("button", name="Set Max tokens back").click()
    await expect(page.param("max_tokens").locator(".default")).to_be_focused()


async def test_an_endpoint_is_corrected_in_place(page: Playground, fake: FakeServer):
    await page.pane().locator(".model").click()
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Change").click()
    await dialog.get_by_label("Base URL").fill(fake.origin + "/v2/")
    await dialog.get_by_role("button", name="Save endpoint").click()
    await expect(dialog.get_by_role("button", name="Change")).to_be_visible()
    await asyncio.to_thread(until, lambda: fake.last.path == "/v2/models")
    await page.page.keyboard.press("Escape")
    await page.write("hi")
    await page.run()
    await page.finished()
    assert fake.last.path == "/v2/chat/completions"
    await expect(page.pane().locator(".chips")).to_have_text("fake endpoint")


async def test_insert_move_switch_role_duplicate_delete(page: Playground, fake: FakeServer):
    await page.write("one")
    await page.run()
    await page.finished()
    await page.tool(3, "Delete")
    await page.row(2).get_by_role("button", name="Insert a message below message 2").click()
    await page.page.keyboard.type("two")
    assert (await page.said())[-1] == ("assistant", "two")
    await page.row(3).get_by_label("Role").select_option("user")
    await page.more(3, "Move up")
    await page.tool(2, "Duplicate")
    await page.row(3).get_by_label("Role").select_option("developer")
    assert await page.said() == [("system", ""), ("user", "two"), ("developer", "two"), ("user", "one")]
    await page.run()
    await page.finished()
    assert [(m["role"], m["content"]) for m in fake.last.json["messages"]] == [
        ("user", "two"),
        ("developer", "two"),
        ("user", "one"),
    ]


async def test_every_parameter_shown_is_sent_and_no_other(page: Playground, fake: FakeServer):
    await page.give("temperature", "0.25")
    await page.give("seed", "12345678901234567890")
    await page.give("stop", "END\\n\nstop")
    await page.param("top_p").locator(".default").click()
    await page.param("top_p").get_by_label("slider").fill("0.5")
    await page.page.get_by_label("Extra JSON").fill('{"provider": {"big": 9007199254740993}}')
    await page.write("hi")
    await page.run()
    await page.finished()
    body = fake.last.json
    sent = {key: body[key] for key in body.keys() - {"model", "messages", "stream", "stream_options"}}
    assert sent == {
        "temperature": 0.25,
        "seed": 12345678901234567890,
        "stop": ["END\n", "stop"],
        "top_p": 0.5,
        "provider": {"big": 9007199254740993},
    }


async def test_the_code_is_what_run_sends_the_draft_included(page: Playground, fake: FakeServer):
    await page.write("Not sent yet")
    await page.page.get_by_role("radio", name="Code").click()
    await page.page.get_by_role("radio", name="Shell").click()
    await expect(page.pane().locator("pre")).to_contain_text("curl")
    code = await page.pane().locator("pre").inner_text()
    await page.run()
    await page.finished()
    _, _, body = code.partition("<<'JSON'")
    assert json.loads(body[body.index("\n") :].split("\nJSON\n")[0]) == fake.last.json


async def test_stop_and_run_at_once_are_two_runs(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("first"), 30.0), Answer.events(chunk("second"), 0.5, chunk(" whole", "stop"), DONE))
    await page.write("Tell me")
    await page.run()
    await expect(page.row(3)).to_contain_text("first")
    await page.page.keyboard.press("Escape")
    await page.run()
    await expect(page.row(3)).to_contain_text("second whole")
    await page.finished()
    assert (await page.said())[-1] == ("assistant", "second whole")


async def test_stop_keeps_what_had_streamed_and_closes_upstream(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("", role="assistant"), chunk("So far"), 30.0, DONE))
    await page.write("Tell me")
    await page.run()
    await expect(page.row(3)).to_contain_text("So far")
    await page.pane().get_by_role("button", name="Stop").click()
    await page.finished(timeout=10_000)
    assert (await page.said())[-1] == ("assistant", "So far")
    await expect(page.row(3)).to_contain_text("stopped")
    await page.page.wait_for_timeout(300)
    assert len(fake.disconnects) == 1


async def test_a_reload_keeps_the_conversation_and_the_settings(page: Playground, fake: FakeServer):
    await page.text(1).fill("System\twith a tab\n\n  and   spaces 🎈")
    await page.write("hi")
    await page.run()
    await page.finished()
    await page.write("a draft")
    await page.give("temperature", "0.5")
    before = await page.said()
    await page.reload()
    assert await page.said() == before
    await expect(page.composer).to_have_value("a draft")
    await expect(page.param("temperature").locator("#param-temperature")).to_have_value("0.5")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][-1] == {"role": "user", "content": "a draft"}


async def test_a_reload_in_the_middle_of_a_run_keeps_what_had_streamed(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("Half an answer"), 30.0, DONE))
    await page.write("Tell me")
    await page.run()
    await expect(page.row(3)).to_contain_text("Half an answer")
    await page.reload()
    await page.finished()
    assert (await page.said())[-1] == ("assistant", "Half an answer")


async def test_images_are_sent_as_they_are_shown_and_survive_a_reload(page: Playground, fake: FakeServer):
    await page.page.locator("#composer").get_by_role("button", name="Add images").click()
    async with page.page.expect_file_chooser() as chooser:
        await page.page.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files(FilePayload(name="dot.png", mimeType="image/png", buffer=_png(2400, 30)))
    await expect(page.page.locator("#composer .thumbs img")).to_have_count(1)
    await page.write("What is it?")
    await page.run()
    await page.finished()
    text, image = fake.last.json["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    await page.reload()
    await expect(page.row(2).locator(".thumbs img")).to_have_count(1)
    natural = await page.row(2).locator(".thumbs img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert natural == [1568, 20]


async def test_a_file_that_is_no_picture_is_refused_in_words(page: Playground):
    await page.page.locator("#composer").get_by_role("button", name="Add images").click()
    async with page.page.expect_file_chooser() as chooser:
        await page.page.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files(FilePayload(name="no.png", mimeType="image/png", buffer=b"not one"))
    await expect(page.page.locator(".notice")).to_contain_text("no.png is not a picture")


async def test_reasoning_is_folded_above_the_answer_and_not_sent_back(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk(reasoning_content="Let me think."), chunk("Blue."), chunk(reason="stop"), DONE))
    await page.write("Colour?")
    await page.run()
    await page.finished()
    await expect(page.row(3).locator("details.reasoning")).to_contain_text("Let me think.")
    await page.write("Sure?")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][1] == {"role": "assistant", "content": "Blue."}


async def test_tool_calls_are_changed_and_answered_by_a_tool_message(page: Playground, fake: FakeServer):
    call = {"index": 0, "id": "call_7", "type": "function", "function": {"name": "clock", "arguments": '{"zone": 1}'}}
    fake.play(Answer.events(chunk(tool_calls=[call]), chunk(reason="tool_calls"), DONE))
    await page.write("What time is it?")
    await page.run()
    await page.finished()
    row = page.row(3)
    await expect(row.get_by_label("Function", exact=True)).to_have_value("clock")
    await row.get_by_label("Arguments of clock, JSON").fill('{"zone": ')
    await expect(row).to_contain_text("Not JSON yet")
    await row.get_by_label("Arguments of clock, JSON").fill('{"zone": 2}')
    await expect(row).to_contain_text("valid JSON")
    await expect(row).to_contain_text("2/2")
    await page.pane().get_by_role("button", name="Add message").click()
    await page.page.keyboard.type("12:00")
    assert (await page.said())[-1] == ("tool", "12:00")
    await page.row(4).get_by_label("answers").select_option("call_7")
    await page.run()
    await page.finished()
    assert fake.last.json["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_7", "type": "function", "function": {"name": "clock", "arguments": '{"zone": 2}'}}
            ],
        },
        {"role": "tool", "content": "12:00", "tool_call_id": "call_7"},
    ]


async def test_hostile_text_is_only_text(page: Playground, fake: FakeServer):
    hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{value}}${alert(1)}'
    fake.play(Answer.events(chunk(hostile, reasoning_content=hostile), 0.3, chunk(reason="stop"), DONE))
    await page.write(hostile)
    await page.run()
    await page.error().get_by_role("button", name="Keep as text and run").click()
    await page.finished()
    await page.tool(3, "Show as plain text")
    assert [text for _, text in await page.said()] == ["", hostile, hostile]
    assert await page.page.evaluate("window.pwned") is None


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()
