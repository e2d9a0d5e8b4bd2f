"""Import: what is pasted, chosen or dropped becomes the pane it describes, and nothing gets lost on the way."""

import base64
import json

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.image_stage import file, png
from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "sk-pasted-0123456789abcdefghij"
DROP = """([files, selector]) => {
  const target = document.querySelector(selector);
  const data = new DataTransfer();
  for (const [name, type, content] of files)
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


async def leave(tab: Playground) -> None:
    await tab.page.keyboard.press("Escape")
    await expect(dialog(tab)).to_have_count(0)


async def drop(tab: Playground, *files: FilePayload, on: str = ".conversation") -> list[str | None]:
    """Drop files; what the page says while they are held over it, and after."""
    packed = [[file["name"], file["mimeType"], base64.b64encode(file["buffer"]).decode()] for file in files]
    signs: list[str | None] = await tab.page.evaluate(DROP, [packed, on])
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

    await leave(tab)
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
    await tab.use_endpoint(fake.url)
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
    assert await drop(tab, file("talk.json", messages, "application/json"), on=row) == ["Drop to import", None]
    await expect(tab.page.locator("#import-text")).to_have_value(messages.decode())
    await expect(dialog(tab)).to_contain_text("talk.json")
    assert (await drop(tab, file("other.txt", b"[]", "text/plain"), on="dialog"))[1] is None
    await button(tab, "Back to the text before").click()
    await button(tab, "Replace this pane").click()
    assert await tab.said() == [("user", "dropped")]


async def test_of_several_files_none_is_lost_unsaid(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)  # its model may see images
    await tab.row(1).get_by_label("Role").select_option("user")
    row, beside = "li[data-row] .body", ".pane-top"
    text, more = file("talk.json", b"[]", "application/json"), file("more.txt", b"[]", "text/plain")
    picture, other = file("green.png", png("green")), file("data.bin", b"\0", "application/octet-stream")
    notice, thumbs = tab.page.locator(".notice"), tab.row(1).locator(".thumbs .thumb")
    add, take = ["Drop to add", None], ["Drop to import", None]

    assert await drop(tab, picture, on=row) == add
    await expect(thumbs).to_have_count(1)
    assert await drop(tab, text, picture, on=row) == add
    await expect(dialog(tab).locator(".import-source small")).to_have_text("talk.json")
    await leave(tab)
    await expect(thumbs).to_have_count(2)
    for files, on, left in (
        ((text, picture), beside, "talk.json; left out: green.png"),
        ((picture, text, other), beside, "talk.json; left out: green.png, data.bin"),
        ((text, more), row, "talk.json; left out: more.txt"),
        ((other, text), row, "talk.json; left out: data.bin"),
    ):
        assert await drop(tab, *files, on=on) == take
        await expect(dialog(tab).locator(".import-source small")).to_have_text(left)
        await leave(tab)
    await expect(thumbs).to_have_count(2)
    await expect(notice).to_have_count(0)

    assert await drop(tab, picture, on=beside) == [None, None]
    await drop(tab, picture, other, on=beside)
    await expect(notice).to_contain_text("data.bin is no text that can be imported")
    await drop(tab, other, on=row)
    await expect(notice).to_contain_text("data.bin is not a picture")
    await expect(dialog(tab)).to_have_count(0)


async def test_what_was_run_before_an_import_is_not_told_of_the_imported(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.write("hi")
    await tab.run()
    await tab.finished()
    figures = tab.pane().locator(".stats")
    await expect(figures).to_contain_text("first token")
    await paste(tab, command(fake.url))
    await button(tab, "Replace this pane").click()
    await expect(figures).to_have_text("No run yet")
    await tab.page.get_by_role("radio", name="Raw").click()
    await expect(tab.pane().locator(".raw")).to_contain_text("This conversation has not been sent yet")
    await tab.page.get_by_role("radio", name="Chat").click()
    await tab.page.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(figures).to_contain_text("first token")

    fake.play(Answer.json({"error": {"message": "out of order"}}, 400))
    await tab.run()
    await expect(tab.error()).to_contain_text("out of order")
    await paste(tab, json.dumps([{"role": "user", "content": "a list"}]))
    await button(tab, "Replace this pane").click()
    await expect(tab.error()).to_have_count(0)
    await expect(figures).to_have_text("No run yet")


async def test_an_endpoint_imported_without_a_key_has_one_once_it_is_typed(tab: Playground, fake: FakeServer):
    await paste(tab, command(fake.url).replace(f"-H 'Authorization: Bearer {KEY}'", ""))
    await button(tab, "Replace this pane").click()
    await tab.page.get_by_role("radio", name="Code").click()
    code = tab.pane().locator(".listing > pre")
    await expect(code).to_contain_text("It's {{as}} written")
    await expect(code).not_to_contain_text("API_KEY")

    picker = tab.page.get_by_role("dialog", name="Choose a model")
    status = picker.locator(".key p")
    await tab.pane().locator(".model").click()
    await expect(status).to_contain_text("neither runs nor code send one")
    await picker.get_by_role("button", name="Change", exact=True).click()
    await picker.get_by_role("button", name="Save endpoint").click()
    await expect(status).to_contain_text("neither runs nor code send one")
    await picker.get_by_label("API key").fill("my-own-key")
    await picker.get_by_role("button", name="Use key").click()
    await expect(status).to_contain_text("kept in memory")
    await picker.get_by_role("button", name="Change", exact=True).click()
    await picker.get_by_role("button", name="Save endpoint").click()
    await expect(status).to_contain_text("kept in memory")
    await tab.page.keyboard.press("Escape")
    await expect(code).to_contain_text('os.environ["API_KEY"]')
    await tab.run()
    await tab.finished()
    assert fake.last.headers["authorization"] == "Bearer my-own-key"


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
    await expect(dialog(tab)).to_have_count(0)
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
