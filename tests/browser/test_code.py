"""The code view: it follows the pane, and what it shows can be taken along, as code and as data."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from playground.snippets import CLIENTS
from tests.browser.image_stage import data_url, png
from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD_IMAGES = """async (urls) => {
  const { update } = await import("/ui/js/session/store.js");
  const draftImages = urls.map((url) => ({ type: "image_url", image_url: { url } }));
  update((now) => ({ ...now, draftImages }));
}"""
SIDEWAYS = "(element) => element.scrollWidth - element.clientWidth"
OUT_OF_SIGHT = """() => [...document.querySelectorAll(".code-bar *, .take *, .terminal *, .pane-top *")]
  .filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width && (left < 0 || right > innerWidth);
  })
  .map((element) => element.outerHTML)"""
SELECTED = """(element) => {
  getSelection().selectAllChildren(element);
  const text = getSelection().toString();
  getSelection().removeAllRanges();
  return text;
}"""


def code(tab: Playground, pane: int = 1) -> Locator:
    return tab.pane(pane).locator(".listing > pre")


async def shown(tab: Playground, pane: int = 1) -> str:
    """The pane's code, once it is that of the request as it is now."""
    await expect(tab.page.locator(".code-bar")).to_have_attribute("aria-busy", "false")
    return await code(tab, pane).text_content() or ""


async def switch(tab: Playground, *names: str) -> None:
    for name in names:
        await tab.page.get_by_role("radio", name=name, exact=True).click()


async def clipboard(tab: Playground) -> str:
    return str(await tab.page.evaluate("navigator.clipboard.readText()"))


async def saved(tab: Playground, button: Locator) -> tuple[str, bytes]:
    """Name and content of what the button downloads."""
    async with tab.page.expect_download() as download:
        await button.click()
    file = await download.value
    path = Path(await file.path())
    return file.suggested_filename, await asyncio.to_thread(path.read_bytes)


async def test_the_code_follows_every_edit_and_runs_elsewhere(tab: Playground, fake: FakeServer, tmp_path: Path):
    await tab.use_endpoint(fake.url)
    await tab.write("What is\nnew?")
    await switch(tab, "Code")
    assert "What is\nnew?" in await shown(tab)
    await tab.give("temperature", "0.25")
    assert "temperature=0.25" in await shown(tab)
    assert "top_p" not in await shown(tab)
    await switch(tab, "Full")
    assert "# top_p=" in await shown(tab)
    await switch(tab, "Minimal", "One answer")
    whole = await shown(tab)
    assert "stream" not in whole

    pane = tab.pane()
    await pane.get_by_role("button", name="Copy", exact=True).click()
    assert await clipboard(tab) == whole
    assert await saved(tab, pane.get_by_role("button", name="Download")) == ("chat.py", whole.encode())
    await pane.get_by_role("button", name="Copy the install line").click()
    assert await clipboard(tab) == "pip install openai"
    await pane.get_by_role("button", name="How to run").click()
    await pane.get_by_role("button", name="Copy these lines").click()
    assert await clipboard(tab) == 'pip install openai\nexport API_KEY="your key"\npython chat.py'

    (tmp_path / "chat.py").write_text(whole, "utf-8")
    environment = {"PATH": os.environ["PATH"], "API_KEY": "my-own-key"}
    command = [sys.executable, "chat.py"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("Hello from the fake.\n", "")
    assert fake.last.headers["authorization"] == "Bearer my-own-key"
    from_code = fake.last.json
    await tab.run()
    await tab.finished()
    assert from_code == {key: value for key, value in fake.last.json.items() if key not in ("stream", "stream_options")}


async def test_the_clients_are_remembered_each_language_its_own(tab: Playground):
    last = [client for client in CLIENTS if client.language == "Python"][-1]
    await tab.write("hi")
    await switch(tab, "Code", last.label, "Shell", "One answer")
    assert (await shown(tab)).startswith("curl ")
    await switch(tab, "Python")
    await expect(tab.page.get_by_role("radio", name=last.label, exact=True)).to_be_checked()
    await tab.page.wait_for_timeout(400)
    await tab.reload()
    for name in ("Code", "Python", last.label, "One answer"):
        await expect(tab.page.get_by_role("radio", name=name, exact=True)).to_be_checked()


async def test_the_codes_of_two_panes_stand_side_by_side_and_differences_are_marked(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.write("hi")
    await switch(tab, "Code")
    await tab.add_pane()
    await expect(tab.page.get_by_role("radiogroup", name="Language")).to_have_count(1)
    assert await shown(tab, 1) == await shown(tab, 2)
    await expect(tab.pane(1).locator(".listing")).to_contain_text("The same in all panes.")
    await tab.give("seed", "7")
    whole = await shown(tab, 2)
    marks = tab.page.locator(".listing mark")
    assert await marks.all_text_contents() == ["    seed=7,"]
    sign = await marks.evaluate("(mark) => getComputedStyle(mark, '::before').content")
    assert "≠" in sign
    await expect(tab.pane(2).locator(".listing")).to_contain_text("1 line differs between panes")
    assert await code(tab, 2).evaluate(SELECTED) == whole.removesuffix("\n")

    await tab.page.get_by_role("button", name="Next difference").last.click()
    await tab.give("seed", "nine")
    await expect(tab.error(2)).to_contain_text("Seed must be a number")
    assert "from openai" in await shown(tab, 1)
    await expect(marks).to_have_count(0)
    await tab.give("seed", "9")

    await tab.page.set_viewport_size({"width": 390, "height": 844})
    await expect(code(tab, 1)).to_be_visible()
    boxes = [await code(tab, pane).bounding_box() for pane in (1, 2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]


async def test_in_a_line_that_differs_the_words_are_marked(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.write("hi")
    await switch(tab, "Code", "Full")
    await tab.add_pane()
    await tab.give("seed", "7")
    await tab.give("stop", "END")
    await tab.pane(1).click(position={"x": 5, "y": 5})
    await tab.give("seed", "8")
    codes = [await shown(tab, pane) for pane in (1, 2)]
    assert "    seed=8," in codes[0]
    marks, words = tab.page.locator(".listing mark"), tab.page.locator(".listing mark .apart")
    lines = [text for text in await marks.all_text_contents() if "stop" not in text]
    assert lines == ["    seed=8,", "    seed=7,"]
    assert await words.all_text_contents() == ["8", "7"]
    assert [await code(tab, pane).text_content() for pane in (1, 2)] == codes
    grey = [
        await comment.first.evaluate("(comment) => getComputedStyle(comment).color")
        for comment in (marks.locator(".tok-comment"), tab.page.locator(".listing span.line .tok-comment"))
    ]
    assert grey[0] == grey[1]
    await tab.give("seed", "7")
    await expect(words).to_have_count(0)


async def test_on_a_phone_the_code_and_all_that_belongs_to_it_is_in_reach(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.write("A line that is far too long for so narrow a page, and goes on below. " * 3)
    await switch(tab, "Code")
    wrap = tab.page.get_by_role("button", name="Wrap", exact=True)
    await expect(wrap).to_have_attribute("aria-pressed", "false")
    assert await code(tab).evaluate(SIDEWAYS) > 0
    whole = await shown(tab)
    await tab.page.set_viewport_size({"width": 390, "height": 844})
    await expect(wrap).to_have_attribute("aria-pressed", "true")
    assert await code(tab).evaluate(SIDEWAYS) == 0
    assert await code(tab).evaluate(SELECTED) == whole.removesuffix("\n")
    await tab.pane().get_by_role("button", name="How to run").click()
    assert await tab.page.evaluate(OUT_OF_SIGHT) == []
    assert await tab.page.evaluate("document.documentElement.scrollWidth") == 390

    await wrap.click()
    assert await code(tab).evaluate(SIDEWAYS) > 0
    await tab.page.get_by_role("combobox", name="Client").select_option("requests")
    assert "import requests" in await shown(tab)
    await tab.page.wait_for_timeout(400)
    await tab.reload()
    await expect(wrap).to_have_attribute("aria-pressed", "false")
    await expect(tab.page.get_by_role("combobox", name="Client")).to_have_value("python-requests")


async def test_the_conversation_is_exported_as_data(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    picture = png("green", 64, 64)
    url = data_url(picture, "png")
    await tab.write("What is this?")
    await tab.page.evaluate(ADD_IMAGES, [url])
    await tab.run()
    await tab.finished()
    sent = fake.last.json
    await tab.page.get_by_role("button", name="More", exact=True).click()
    await tab.page.get_by_role("menuitem", name="Export").click()
    assert json.loads(await shown(tab)) == sent
    await switch(tab, "Messages JSON")
    answer: dict[str, Any] = {"role": "assistant", "content": "Hello from the fake."}
    assert json.loads(await shown(tab)) == [*sent["messages"], answer]
    await switch(tab, "Markdown")
    text = await shown(tab)
    assert "## User\n\nWhat is this?\n\n![image](image.png)\n\n## Assistant\n\nHello from the fake.\n" in text
    assert await saved(tab, tab.pane().get_by_role("button", name="image.png")) == ("image.png", picture)
    await switch(tab, "Images inline")
    assert f"![image]({url})" in await shown(tab)
    await switch(tab, "Python", "From file")
    assert url not in await shown(tab)
    await expect(tab.pane().get_by_role("button", name="image.png")).to_be_visible()

    await tab.add_pane()
    await switch(tab, "Data", "JSONL")
    lines = [await shown(tab, 1), await shown(tab, 2)]
    assert [json.loads(line)["messages"][-1] for line in lines] == [answer, answer]
    name, content = await saved(tab, tab.page.get_by_role("button", name="Download all panes"))
    assert (name, content.decode()) == ("chat.jsonl", "".join(lines))


async def test_extra_headers_of_an_endpoint_are_sent_and_stand_in_the_code(tab: Playground, fake: FakeServer):
    await tab.add_endpoint(fake.url, "mine")
    await tab.pane().locator(".model").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Change", exact=True).click()
    headers = dialog.get_by_label("Extra headers")
    for typed, problem in (
        ("no colon", "Line 1 of the headers"),
        ("Authorization: Bearer x", "enter the key as a key"),
    ):
        await headers.fill(typed)
        await dialog.get_by_role("button", name="Save endpoint").click()
        await expect(dialog.get_by_role("alert")).to_contain_text(problem)
    await headers.fill("X-HF-Bill-To: my-org\nX-Empty:")
    await dialog.get_by_role("button", name="Save endpoint").click()
    await dialog.get_by_role("button", name="Change", exact=True).click()
    await expect(headers).to_have_value("X-HF-Bill-To: my-org\nX-Empty: ")
    await tab.page.keyboard.press("Escape")
    await tab.page.wait_for_timeout(400)
    await tab.reload()
    await tab.write("hi")
    await tab.run()
    await tab.finished()
    assert (fake.last.headers["x-hf-bill-to"], fake.last.headers["x-empty"]) == ("my-org", "")
    await switch(tab, "Code")
    assert '"X-HF-Bill-To": "my-org"' in await shown(tab)
