"""A conversation of 1 MB of text and 20 images: it loads, is edited, runs whole, and survives a reload."""

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


def _digest(fake: FakeServer) -> str:
    return hashlib.sha256(json.dumps(fake.last.json["messages"]).encode()).hexdigest()
