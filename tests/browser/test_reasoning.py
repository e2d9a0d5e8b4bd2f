"""Reasoning on the page: live, timed and folded; switched where it can be; sent back or left out, and that is said."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.browser.test_tokens import USE_DEMO, ask
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


def thinks(thought: str, text: str) -> Answer:
    return Answer.events(chunk(reasoning_content=thought), chunk(text), chunk(reason="stop"), DONE)


async def choose(page: Playground, name: str, word: str) -> None:
    await page.param(name).get_by_role("radio", name=word, exact=True).click()


async def test_reasoning_is_live_and_timed_while_it_comes(page: Playground, fake: FakeServer):
    usage = {"prompt_tokens": 1, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 7}}
    end = {**chunk(reason="stop"), "usage": usage}
    fake.play(
        Answer.events(
            chunk(reasoning_content="One."), 0.3, chunk(reasoning_content=" Two."), 1.5, chunk("So."), 0.8, end, DONE
        )
    )
    await page.write("Why?")
    await page.run()
    live = page.row(3).locator(".live details.reasoning")
    await expect(live.locator("p")).to_have_text("One. Two.")
    await expect(live.locator("summary")).to_contain_text("Thinking for 0.")
    await expect(live.locator("summary")).to_contain_text("Thought for")
    await page.finished()
    folded = page.row(3).locator("details.reasoning")
    await expect(folded.locator("summary")).to_contain_text("7 tokens, not sent back")
    await expect(folded.locator("p")).to_be_hidden()


async def test_earlier_reasoning_is_left_out_or_sent_back_everywhere_alike(page: Playground, fake: FakeServer):
    fake.play(thinks("Hm, one.", "1"), thinks("Hm, two.", "2"), thinks("Hm, three.", "3"))
    await ask(page, "one")
    await ask(page, "two")
    assert fake.last.json["messages"][1] == {"role": "assistant", "content": "1"}
    await choose(page, "thoughts", "sent back")
    await expect(page.row(3).locator(".reasoning summary")).to_contain_text("sent back")
    await expect(page.row(3).locator(".reasoning summary")).not_to_contain_text("not sent back")
    await page.page.get_by_role("radio", name="Code").click()
    await expect(page.pane().locator("pre").first).to_contain_text("Hm, one.")
    await page.page.get_by_role("radio", name="Chat").click()
    await ask(page, "three")
    sent: list[dict[str, Any]] = fake.last.json["messages"]
    assert sent[1] == {"role": "assistant", "content": "1", "reasoning_content": "Hm, one."}
    assert sent[3] == {"role": "assistant", "content": "2", "reasoning_content": "Hm, two."}
    await page.row(7).get_by_role("button", name="Raw").click()
    await expect(page.pane()).to_contain_text("reasoning_content")


async def test_the_thinking_switch_writes_its_field_and_keeps_the_others(page: Playground, fake: FakeServer):
    extra = page.page.get_by_label("Extra JSON")
    await extra.fill('{"user": "me", "big": 12345678901234567890}')
    await choose(page, "thinking", "off")
    kept = '{"user": "me", "big": 12345678901234567890'
    await expect(extra).to_have_value(kept + ', "chat_template_kwargs": {"enable_thinking": false}}')
    await ask(page, "hi")
    assert fake.last.json["chat_template_kwargs"] == {"enable_thinking": False}
    await choose(page, "thinking", "default")
    await expect(extra).to_have_value(kept + "}")
    await extra.fill("{broken")
    await expect(page.param("thinking").locator(".reason")).to_contain_text("not a JSON object")


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("thinker", None, "this model always thinks"),
        ("echo", "does not reason", "this model does not think"),
    ],
)
async def test_switches_that_do_nothing_say_why(tab: Playground, model: str, effort: str | None, thinking: str):
    await tab.page.evaluate(USE_DEMO, model)
    await expect(tab.param("thinking").locator(".reason")).to_contain_text(thinking)
    await expect(tab.param("thinking").locator("button")).to_be_disabled()
    if effort is None:
        await expect(tab.param("reasoning_effort").locator(".default")).to_be_enabled()
    else:
        await expect(tab.param("reasoning_effort").locator(".reason")).to_contain_text(effort)


async def test_what_a_model_has_no_place_for_is_not_sent(tab: Playground):
    await tab.page.evaluate(USE_DEMO, "thinker")
    await ask(tab, "Why?")
    await tab.page.evaluate(SEND_BACK)
    await ask(tab, "And?")
    await expect(tab.error()).to_contain_text("Earlier reasoning cannot be sent")
    await tab.param("thoughts").get_by_role("button", name="set back").click()
    await tab.error().get_by_role("button", name="Try again").click()
    await tab.finished()
    await expect(tab.error()).to_have_count(0)


SEND_BACK = """async () => {
  const { update } = await import("/ui/js/session/store.js");
  update((now) => ({ ...now, panes: now.panes.map((pane) => ({ ...pane, thoughts: true })) }), { silent: true });
}"""
