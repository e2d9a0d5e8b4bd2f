"""Large things: a conversation of 1 MB of text and 20 images, and a line of 3 MB. They load, are edited, run whole."""

import hashlib
import json

import pytest
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILL = """async () => {
  const { update } = await import("/ui/js/session/store.js");
  const { makeRow } = await import("/ui/js/document/conversation.js");
  const { withImages } = await import("/ui/js/document/message.js");
  const canvas = new OffscreenCanvas(400, 400);
  const draw = canvas.getContext("2d");
  const picture = async (number) => {
    const noise = draw.createImageData(400, 400);
    for (let at = 0; at < noise.data.length; at += 1) noise.data[at] = (at * (number + 7) * 2654435761) >>> 24;
    draw.putImageData(noise, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve({ type: "image_url", image_url: { url: reader.result } });
      reader.readAsDataURL(blob);
    });
  };
  const rows = [];
  for (let number = 0; number < 200; number += 1) {
    const row = makeRow(number % 2 ? "assistant" : "user", `${number} ` + "Lorem ipsum, größer als zuvor.\\n".repeat(165));
    rows.push(number % 20 ? row : { ...row, message: withImages(row.message, [await picture(number), await picture(number + 1)]) });
  }
  rows.push(makeRow("user", "Last question"));
  update((workspace) => ({ ...workspace, panes: workspace.panes.map((pane) => ({ ...pane, rows: [...pane.rows, ...rows] })) }));
}"""

LINE = 3_000_000
DIRECTION = "(field) => getComputedStyle(field).unicodeBidi"
WATCH = """async (length) => {
  window.seen = []; // how the field is when a text comes in, before anybody is told of it
  addEventListener("beforeinput", ({ target }) => seen.push(getComputedStyle(target).unicodeBidi));
  await navigator.clipboard.writeText("a".repeat(length));
}"""

SELECTED = """(element) => {
  getSelection().selectAllChildren(element);
  return getSelection().toString();
}"""


async def test_a_large_conversation_is_edited_run_and_reloaded(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(FILL)
    await expect(tab.rows()).to_have_count(202)
    await tab.text(202).fill("An edited question")
    await tab.run()
    await tab.finished()
    first = _digest(fake)
    messages = fake.last.json["messages"]
    assert len(messages) == 201
    assert sum(len(json.dumps(m["content"])) for m in messages if isinstance(m["content"], str)) > 900_000
    assert sum(len(m["content"]) - 1 for m in messages if isinstance(m["content"], list)) == 20
    assert messages[-1] == {"role": "user", "content": "An edited question"}
    await tab.page.wait_for_timeout(1500)
    await tab.reload()
    await expect(tab.rows()).to_have_count(203)
    await tab.run()
    await tab.finished()
    assert _digest(fake) == first


async def test_of_an_endless_line_the_browser_does_not_look_for_the_direction(tab: Playground, fake: FakeServer):
    """It takes Chromium 20 seconds for 3 MB, each time that the field is laid out; the page is told after the first."""
    await tab.use_endpoint(fake.url)
    assert await tab.composer.evaluate(DIRECTION) == "plaintext"
    await tab.page.evaluate(WATCH, LINE)
    await tab.composer.press("Control+v")
    await expect(tab.composer).to_have_js_property("value", "a" * LINE)
    assert await tab.page.evaluate("seen") == ["normal"]
    assert await tab.composer.evaluate(DIRECTION) == "normal"
    await tab.run()
    await tab.finished()
    assert fake.last.json["messages"][-1]["content"] == "a" * LINE
    assert await tab.text(2).evaluate(DIRECTION) == "normal"
    assert await tab.composer.evaluate(DIRECTION) == "plaintext"

    await tab.page.keyboard.press("Control+o")
    field = tab.page.locator("#import-text")
    await expect(field).to_be_focused()
    await field.press("Control+v")
    await expect(field).to_have_js_property("value", "a" * LINE)
    assert await tab.page.evaluate("seen") == ["normal", "normal"]
    assert await field.evaluate(DIRECTION) == "normal"
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("radio", name="Code").click()
    code = tab.pane().locator(".listing > pre")
    await expect(code).to_contain_text("a" * LINE)
    assert await code.evaluate(SELECTED) == (await code.text_content() or "").removesuffix("\n")


async def test_of_very_many_lines_the_differences_are_not_looked_for(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate("navigator.clipboard.writeText('one\\n'.repeat(30_000))")
    await tab.composer.press("Control+v")
    await tab.page.get_by_role("radio", name="Code").click()
    await tab.add_pane()
    for pane in (1, 2):
        await expect(tab.pane(pane).locator(".listing")).to_contain_text("Too long to mark what differs")
        assert "one\n" * 30_000 in (await tab.pane(pane).locator(".listing > pre").text_content() or "")


def _digest(fake: FakeServer) -> str:
    return hashlib.sha256(json.dumps(fake.last.json["messages"]).encode()).hexdigest()
