"""Import: what is pasted, chosen or dropped becomes the pane it describes, and nothing gets lost on the way."""

import base64
import json

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.image_stage import png
from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "sk-pasted-0123456789abcdefghij"
DROP = """([name, type, content, selector]) => {
  const target = document.querySelector(selector);
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type }));
  const signs = ["dragenter", "dragover", "drop"].map((kind) => {
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
    return document.querySelector("[data-drop]")?.dataset.drop ?? null;
  });
  return signs.slice(1);
}"""


def command(url: str, **fields: object) -> str:
    body = {"model": "fake", "messages": [{"role": "user", "content": "It's {{as}} written"}], **fields}
    data = json.dumps(body).replace("'", "'\\''")
    return f"curl {url}/chat/completions -H 'Authorization: Bearer {KEY}' -H 'X-HF-Bill-To: my-org' -d '{data}'"


def dialog(tab: Playground) -> Locator:
    return tab.page.get_by_role("dialog", name="Import")


def button(tab: Playground, name: str) -> Locator:
    return dialog(tab).get_by_role("button", name=name, exact=True)


async def paste(tab: Playground, text: str) -> None:
    """Open the dialog by its key and paste."""
    await tab.page.keyboard.press("Control+o")
    await expect(tab.page.locator("#import-text")).to_be_focused()
    await tab.page.locator("#import-text").fill(text)


async def drop(
    tab: Playground, name: str, content: bytes, kind: str = "", on: str = ".conversation"
) -> list[str | None]:
    """Drop a file; what the page says while it is held over it, and after."""
    file = [name, kind, base64.b64encode(content).decode(), on]
    signs: list[str | None] = await tab.page.evaluate(DROP, file)
    return signs


async def test_a_curl_command_becomes_the_pane_and_runs_as_it_stood(tab: Playground, fake: FakeServer):
    await tab.text(1).fill("The system prompt from before.")
    await tab.write("half a thought")
    await paste(tab, command(fake.url, temperature=0.25, seed=9007199254740993, top_a=1, stream=False))
    found = dialog(tab).get_by_role("region", name="Found", exact=True)
    await expect(found).to_contain_text("temperature 0.25")
    await expect(found).to_contain_text("X-HF-Bill-To: my-org")
    await expect(found).to_contain_text("not kept")
    await expect(found).to_contain_text("{{as}} stays as it is written")

    await tab.page.keyboard.press("Escape")
    await expect(dialog(tab)).to_have_count(0)
    await tab.page.get_by_role("button", name="More", exact=True).click()
    await tab.page.get_by_role("menuitem", name="Import").click()
    await expect(found).to_contain_text("temperature 0.25")
    await button(tab, "Replace this pane").click()
    await expect(dialog(tab)).to_have_count(0)
    await expect(tab.text(1)).to_be_focused()
    assert await tab.said() == [("user", "It's {{as}} written")]
    await expect(tab.composer).to_have_value("half a thought")
    assert KEY not in await tab.page.content()

    await tab.write("")
    await tab.run()
    await tab.finished()
    sent = fake.last.json
    assert sent["messages"] == [{"role": "user", "content": "It's {{as}} written"}]
    assert (sent["temperature"], sent["seed"], sent["top_a"]) == (0.25, 9007199254740993, 1)
    assert fake.last.headers["x-hf-bill-to"] == "my-org"
    assert "authorization" not in fake.last.headers
    await tab.page.get_by_role("radio", name="Code").click()
    await expect(tab.page.get_by_role("radio", name="One answer")).to_be_checked()
    await expect(tab.pane().locator(".listing > pre")).to_contain_text('"X-HF-Bill-To": "my-org"')


async def test_an_import_is_one_step_that_can_be_taken_back(tab: Playground, fake: FakeServer):
    await tab.text(1).fill("From before.")
    await tab.give("top_p", "0.5")
    await paste(tab, command(fake.url, stream=False))
    await button(tab, "Replace this pane").click()
    assert await tab.said() == [("user", "It's {{as}} written")]
    await tab.page.get_by_role("status").get_by_role("button", name="Undo").click()
    assert await tab.said() == [("system", "From before.")]
    await expect(tab.param("top_p").locator("#param-top_p")).to_have_value("0.5")
    await expect(tab.pane().locator(".model")).not_to_contain_text("fake")
    await tab.page.get_by_role("radio", name="Code").click()
    await expect(tab.page.get_by_role("radio", name="Streaming")).to_be_checked()
    await tab.page.get_by_role("radio", name="Chat").click()

    await paste(tab, json.dumps([{"role": "user", "content": "a list"}]))
    await button(tab, "Open in a new pane").click()
    assert await tab.said(2) == [("user", "a list")]
    assert await tab.said(1) == [("system", "From before.")]
    for _ in range(2):
        await tab.add_pane()
    await paste(tab, json.dumps([{"role": "user", "content": "one too many"}]))
    new = button(tab, "Open in a new pane")
    await expect(new).to_have_attribute("aria-disabled", "true")
    await expect(dialog(tab)).to_contain_text("4 panes are the most")
    await new.press("Enter")
    await button(tab, "Replace pane 4").click()
    assert await tab.said(4) == [("user", "one too many")]


async def test_a_response_is_added_to_the_conversation_as_its_answer(tab: Playground):
    await tab.write("Why?")
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}} for index, text in enumerate(["A", "B"])
    ]
    response = {"object": "chat.completion", "id": "x", "model": "org/model", "choices": choices}
    await paste(tab, json.dumps(response))
    await button(tab, "Add to this conversation").click()
    assert (await tab.said())[-1] == ("assistant", "A")
    await expect(tab.rows().last).to_contain_text("1/2")


async def test_files_are_chosen_and_dropped_and_searched(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)  # its model may see images
    lines = [json.dumps({"messages": [{"role": "user", "content": f"Example {n}"}]}) for n in range(1, 31)]
    await tab.page.keyboard.press("Control+o")
    async with tab.page.expect_file_chooser() as choosing:
        await button(tab, "Choose a file").click()
    lines_file = FilePayload(name="tune.jsonl", mimeType="", buffer="\n".join(lines).encode())
    await (await choosing.value).set_files([lines_file])
    await expect(dialog(tab)).to_contain_text("30 found")
    await dialog(tab).get_by_label("Search what was found").fill("example 17")
    await dialog(tab).get_by_role("list", name="What was found").get_by_role("button").click()
    await button(tab, "Replace this pane").click()
    assert await tab.said() == [("user", "Example 17")]

    messages = json.dumps([{"role": "user", "content": "dropped"}]).encode()
    row = "li[data-row] .body"
    assert await drop(tab, "talk.json", messages, "application/json", on=row) == ["Drop to import", None]
    await expect(tab.page.locator("#import-text")).to_have_value(messages.decode())
    await expect(dialog(tab)).to_contain_text("talk.json")
    assert (await drop(tab, "other.txt", b"[]", "text/plain", on="dialog"))[1] is None
    await button(tab, "Back to the text before").click()
    await button(tab, "Replace this pane").click()
    assert await tab.said() == [("user", "dropped")]

    assert await drop(tab, "picture.png", png("green"), "image/png", on=row) == ["Drop to add", None]
    await expect(tab.row(1).locator(".thumbs .thumb")).to_have_count(1)
    await drop(tab, "data.bin", b"\0", "application/octet-stream")
    await expect(tab.page.locator(".notice")).to_contain_text("data.bin is no text that can be imported")


async def test_what_cannot_be_read_is_said_with_its_line(tab: Playground):
    await paste(tab, '[\n  {"role": "user", "content": "a"},\n  {"role": ]\n')
    field = tab.page.locator("#import-text")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(dialog(tab).locator(".problem")).to_contain_text("line 3")
    await expect(tab.page.locator("p.unseen[role=status]")).to_contain_text("line 3")
    await expect(button(tab, "Replace this pane")).to_be_disabled()
    await field.fill("")
    await expect(dialog(tab).locator(".problem")).to_have_count(0)
    await expect(field).not_to_have_attribute("aria-invalid", "true")
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("radio", name="Chat").focus()
    await tab.page.keyboard.press("?")
    await expect(tab.page.get_by_role("dialog", name="Keys")).to_contain_text("Import: code, JSON or a file")


@pytest.mark.parametrize("stream", ["Streaming", "One answer"])
async def test_what_the_code_view_shows_comes_back_as_the_same_pane(tab: Playground, fake: FakeServer, stream: str):
    await tab.use_endpoint(fake.url)
    await tab.text(1).fill("You are \"brief\".\n\n  'Quotes', `ticks`, ${x}, {{y}} & \\ stay.")
    await tab.page.get_by_role("radio", name="Variables").click()
    await tab.page.get_by_label("y", exact=True).fill("{{y}}")
    await tab.page.get_by_role("radio", name="Parameters").click()
    await tab.give("seed", "9007199254740991")
    await tab.give("stop", "END")
    await tab.page.get_by_label("Extra JSON").fill('{"top_a": [0.10, null]}')
    await tab.page.get_by_role("button", name="Add message").click()
    await tab.text(2).fill("It's\nnew")
    await tab.page.get_by_role("radio", name="Code").click()
    await tab.page.get_by_role("radio", name=stream).click()
    languages = await tab.page.get_by_role("radiogroup", name="Language").get_by_role("radio").all_inner_texts()
    for language in languages:
        await tab.page.get_by_role("radio", name=language, exact=True).click()
        await expect(tab.page.locator(".code-bar")).to_have_attribute("aria-busy", "false")
        code = await tab.pane().locator(".listing > pre").text_content() or ""
        await paste(tab, code)
        await button(tab, "Open in a new pane").click()
        await expect(tab.page.locator(".code-bar")).to_have_attribute("aria-busy", "false")
        await expect(tab.pane(2).locator(".listing")).to_contain_text("The same in all panes.")
        await tab.page.keyboard.press("Control+z")
        await expect(tab.pane(2)).to_have_count(0)
