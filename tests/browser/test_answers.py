"""Answers: run to here, again, with another model, continued; their variants, how they read, how they differ."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.playground import Playground
from tests.fakes import DONE, REPLY, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground, fake: FakeServer) -> Playground:
    await tab.use_endpoint(fake.url)
    return tab


def says(text: str, reason: str = "stop") -> Answer:
    return Answer.events(chunk(text), chunk(reason=reason), DONE)


async def ask(page: Playground, text: str) -> None:
    await page.write(text)
    await page.run()
    await page.finished()


async def test_run_to_here_answers_that_message_and_keeps_the_rest(page: Playground, fake: FakeServer):
    await ask(page, "one")
    await ask(page, "two")
    await page.text(2).fill("uno")
    await expect(page.row(3)).to_contain_text("answers an earlier text")
    await expect(page.row(5)).to_contain_text("answers an earlier text")
    await page.tool(2, "Run to here")
    await page.finished()
    assert fake.last.json["messages"] == [{"role": "user", "content": "uno"}]
    assert [text for _, text in await page.said()] == ["", "uno", REPLY, "two", REPLY]
    await expect(page.row(3)).to_contain_text("2/2")
    await expect(page.row(3)).not_to_contain_text("answers an earlier text")
    await page.text(4).focus()
    await page.page.keyboard.press("Alt+Enter")
    await page.finished()
    assert [m["content"] for m in fake.last.json["messages"]] == ["uno", REPLY, "two"]


async def test_an_answer_is_made_again_with_the_other_panes_model(page: Playground, fake: FakeServer):
    await ask(page, "hi")
    await page.add_pane()
    await page.pane(2).locator(".model").click()
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill("fake-two")
    await dialog.get_by_role("searchbox").press("Enter")
    await expect(page.pane(1).locator(".model")).to_have_attribute("data-differs", "true")
    fake.play(says("Another voice."))
    await page.more(3, "Answer again with fake-two", pane=1)
    await page.finished(1)
    assert fake.last.json["model"] == "fake-two"
    assert (await page.said(1))[-1] == ("assistant", "Another voice.")
    await expect(page.row(3)).to_contain_text("2/2")
    await expect(page.row(3).locator(".meta")).to_contain_text("fake-two")


async def test_an_unfinished_answer_is_continued_where_it_stands(page: Playground, fake: FakeServer):
    fake.play(says("The sky is", "length"), says(" blue."))
    await ask(page, "Colour?")
    await expect(page.row(3)).to_contain_text("cut at max tokens")
    await page.row(3).get_by_role("button", name="Continue").click()
    await page.finished()
    assert fake.last.json["messages"][-1] == {"role": "assistant", "content": "The sky is"}
    assert (await page.said())[-1] == ("assistant", "The sky is blue.")
    await page.row(3).get_by_role("button", name="Previous answer").click()
    assert (await page.said())[-1] == ("assistant", "The sky is")


async def test_several_answers_at_once_are_variants_and_agree_or_not(page: Playground, fake: FakeServer):
    def part(index: int, text: str) -> dict[str, object]:
        return {**chunk(), "choices": [{"index": index, "delta": {"content": text}, "finish_reason": "stop"}]}

    fake.play(Answer.events(part(0, "42"), part(1, "41"), part(2, "42"), DONE))
    await page.give("n", "3")
    await ask(page, "6 times 7?")
    assert fake.last.json["n"] == 3
    await expect(page.row(3).locator(".variants")).to_have_text("1/3")
    await expect(page.row(3)).to_contain_text("2 of 3 agree")
    await page.row(3).get_by_role("button", name="Next answer").click()
    assert (await page.said())[-1] == ("assistant", "41")


async def test_two_answers_differ_word_by_word(page: Playground, fake: FakeServer):
    fake.play(says("The sky is blue today."), says("The sky was blue today, my friend."))
    await ask(page, "Colour?")
    await page.tool(3, "Answer again")
    await page.finished()
    await page.row(3).get_by_role("button", name="Diff").click()
    dialog = page.page.get_by_role("dialog", name="Compare answers")
    assert [text.strip() for text in await dialog.locator("del").all_inner_texts()] == ["is"]
    assert [text.strip() for text in await dialog.locator("ins").all_inner_texts()] == ["was", ", my friend"]
    await page.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_an_answer_reads_as_markdown_or_as_it_was_written(page: Playground, fake: FakeServer):
    text = "# Title\n\nSome **bold** text.\n\n```python\nprint('hi')\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n$x^2$"
    fake.play(says(text))
    await ask(page, "Show me")
    row = page.row(3)
    await expect(row.locator("strong")).to_have_text("bold")
    await expect(row.locator("table td").first).to_have_text("1")
    await expect(row.locator("math")).to_have_count(1)
    await row.locator(".shown").get_by_role("button", name="Copy").click()
    assert await page.page.evaluate("navigator.clipboard.readText()") == "print('hi')"
    await page.tool(3, "Show as plain text")
    await expect(page.text(3)).to_have_value(text)
    await page.tool(3, "Show as Markdown")
    await page.row(3).locator(".shown").press("Enter")
    await expect(page.text(3)).to_be_focused()
    await page.page.keyboard.press("Escape")
    await expect(row.locator("strong")).to_have_text("bold")
    await page.page.locator(".top").get_by_role("button", name="More").click()
    await page.page.get_by_role("menuitemcheckbox", name="Answers as Markdown").click()
    await expect(page.text(3)).to_have_value(text)


async def test_reasoning_is_timed_and_folded(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk(reasoning_content="Hm."), 0.4, chunk("Blue."), chunk(reason="stop"), DONE))
    await ask(page, "Colour?")
    summary = page.row(3).locator("details.reasoning summary")
    await expect(summary).to_contain_text("Thought for 0.")
    await expect(page.row(3).locator("details.reasoning p")).to_be_hidden()
    await summary.click()
    await expect(page.row(3).locator("details.reasoning p")).to_have_text("Hm.")


HOSTILE = (
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 2">',
    "[click](javascript:window.pwned=3) [data](data:text/html,<script>window.pwned=4</script>) [ok](https://example.org)",
    "[x](<JaVa\tScRiPt:window.pwned=5>) ![i](https://example.invalid/track.png) <https://example.org>",
    "\"'><svg onload=window.pwned=6> &lt;b&gt; **bold**",
    "> " * 10_000 + "deep",
)


@pytest.mark.parametrize("shown_as", ["Markdown", "plain text"])
async def test_hostile_answers_are_inert(page: Playground, fake: FakeServer, shown_as: str):
    elsewhere: list[str] = []
    page.page.on("request", lambda asked: None if "127.0.0.1" in asked.url else elsewhere.append(asked.url))
    for number, text in enumerate(HOSTILE):
        fake.play(says(text))
        await ask(page, f"Attack {number}")
    await expect(page.rows().locator(".shown strong")).to_have_text("bold")
    if shown_as == "plain text":
        await page.page.locator(".top").get_by_role("button", name="More").click()
        await page.page.get_by_role("menuitemcheckbox", name="Answers as Markdown").click()
        assert [text for role, text in await page.said() if role == "assistant"] == list(HOSTILE)
    links = page.rows().locator(".shown a")
    assert await links.count() == (0 if shown_as == "plain text" else 3)
    for link in await links.all():
        assert (await link.get_attribute("href") or "").startswith("https://example.")
    await expect(page.rows().locator("script, img, svg[onload], iframe")).to_have_count(0)
    await page.write("still here")
    await expect(page.composer).to_have_value("still here")
    assert await page.page.evaluate("window.pwned") is None
    assert elsewhere == []


async def test_a_beginning_written_by_hand_is_continued_live_and_stays_as_it_was(page: Playground, fake: FakeServer):
    await page.pane().get_by_role("button", name="Add message").click()
    await page.page.keyboard.type("Colour?")
    await page.page.keyboard.press("Alt+Shift+ArrowDown")
    await page.page.keyboard.type("It is")
    await page.row(3).get_by_label("Role").select_option("assistant")
    await page.more(3, "Give the participant a name")
    await page.page.keyboard.type("Bob")
    fake.play(Answer.events(chunk(" very"), 0.6, chunk(" blue.", "stop"), DONE))
    await page.more(3, "Continue this text")
    await expect(page.row(3).locator(".live")).to_contain_text("It is very")
    await page.finished()
    assert fake.last.json["messages"][-1] == {"role": "assistant", "content": "It is", "name": "Bob"}
    assert (await page.said())[-1] == ("assistant", "It is very blue.")
    await expect(page.row(3)).to_contain_text("2/2")
    fake.play(says(" Indeed."))
    await page.row(3).get_by_role("button", name="Continue").click()
    await page.finished()
    assert fake.last.json["messages"][-1] == {"role": "assistant", "content": "It is very blue.", "name": "Bob"}
    await page.row(3).get_by_role("button", name="Previous answer").click()
    await page.row(3).get_by_role("button", name="Previous answer").click()
    assert (await page.said())[-1] == ("assistant", "It is")


async def test_what_a_model_said_is_no_template_even_when_it_is_continued(page: Playground, fake: FakeServer):
    fake.play(says("Use {{ name }}", "length"), says(" here."), says("Yes."))
    await ask(page, "How?")
    await page.row(3).get_by_role("button", name="Continue").click()
    await page.finished()
    await ask(page, "Sure?")
    assert fake.last.json["messages"][1]["content"] == "Use {{ name }} here."


async def test_undo_while_an_answer_streams_keeps_the_order(page: Playground, fake: FakeServer):
    fake.play(Answer.events(chunk("So"), 1.2, chunk(" it is.", "stop"), DONE))
    await page.write("hi")
    await page.run()
    await expect(page.row(3)).to_contain_text("So")
    await page.page.keyboard.press("Control+z")
    await expect(page.composer).to_have_value("hi")
    await page.page.keyboard.press("Control+Shift+z")
    await page.finished()
    assert await page.said() == [("system", ""), ("user", "hi"), ("assistant", "So it is.")]


async def test_an_answer_has_its_price_where_the_provider_tells_it(tab: Playground, fake: FakeServer):
    providers = [
        {"provider": "a", "status": "live", "pricing": {"input": 2, "output": 10}},
        {"provider": "b", "status": "live", "pricing": {"input": 4, "output": 10}},
    ]
    fake.play(Answer.json({"data": [{"id": "fake", "providers": providers}]}))
    await tab.use_endpoint(fake.url)
    used = {**chunk(), "choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}
    fake.play(Answer.events(chunk("Hi", "stop"), used, DONE))
    await ask(tab, "hi")
    await expect(tab.pane().locator(".stats")).to_contain_text("$0.003 to $0.005")
    await expect(tab.pane().locator(".stats")).to_contain_text("1000 → 100 tokens")
