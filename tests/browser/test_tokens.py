"""Log probabilities on the page: a heat map, alternatives, branches, figures; kept with their variant."""

import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import DONE, Answer, FakeServer, chunk
from tests.models import default_model_data_dir

pytestmark = pytest.mark.asyncio(loop_scope="session")

USE_DEMO = """async (model) => {
  const { getState, update } = await import("/ui/js/session/store.js");
  const { fetchModels } = await import("/ui/js/session/server.js");
  const { name } = getState().boot.endpoints.find((endpoint) => endpoint.kind === "scripted");
  update((now) => ({ ...now, panes: now.panes.map((pane) => ({ ...pane, endpoint: name, model })) }), { silent: true });
  await fetchModels(name);
}"""
SET = """async (params) => {
  const { update } = await import("/ui/js/session/store.js");
  update((now) => ({ ...now, panes: now.panes.map((pane) => ({ ...pane, params })) }), { silent: true });
}"""
LOGPROBS = {"logprobs": "true", "top_logprobs": "5"}


async def ask(tab: Playground, text: str) -> None:
    await tab.write(text)
    await tab.run()
    await tab.finished()


def token(tab: Playground, number: int) -> Locator:
    return tab.row(3).locator("[data-piece]").nth(number - 1)


def card(tab: Playground) -> Locator:
    return tab.page.get_by_role("dialog", name="Alternatives")


@pytest_asyncio.fixture(loop_scope="session")
async def guesser(tab: Playground) -> Playground:
    """An answer of the demo model that knows alternatives, shown as tokens."""
    await tab.page.evaluate(USE_DEMO, "guesser")
    await tab.page.evaluate(SET, LOGPROBS)
    await ask(tab, "How is it?")
    await tab.row(3).get_by_role("button", name="Tokens").click()
    return tab


async def test_an_answer_is_shown_token_by_token(guesser: Playground):
    pieces = guesser.row(3).locator("[data-piece]")
    shown = ["The", " sea", " at", " night", " is", " black", " 🌊", " and", " very", " quiet."]
    assert [await piece.text_content() for piece in await pieces.all()] == shown
    assert [await piece.get_attribute("data-level") for piece in await pieces.all()] == list("1200043030")
    await expect(token(guesser, 6)).to_have_attribute("title", "␣black: 6.00 %")
    await expect(guesser.row(3).locator(".token-legend")).to_contain_text("perplexity")
    await expect(guesser.row(3).locator(".token-legend")).to_contain_text("≥")
    await expect(guesser.pane().locator(".stats")).to_contain_text("perplexity")


async def test_keys_move_between_tokens_and_open_the_alternatives(guesser: Playground):
    keyboard = guesser.page.keyboard
    await token(guesser, 1).focus()
    for key, number in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 10), ("Home", 1)):
        await keyboard.press(key)
        await expect(token(guesser, number)).to_be_focused()
    await keyboard.press("ArrowRight")
    await keyboard.press("Enter")
    await expect(card(guesser).locator("li code")).to_have_text(["␣sea", "␣ocean", "␣moon", "␣sun"])
    await expect(card(guesser).locator(".token-percent")).to_have_text(["41.0 %", "38.0 %", "12.0 %", "1.00 %"])
    await expect(card(guesser).get_by_role("button", name="Branch from ␣ocean")).to_be_focused()
    await keyboard.press("Escape")
    await expect(card(guesser)).to_have_count(0)
    await expect(token(guesser, 2)).to_be_focused()


async def test_a_branch_is_a_variant_that_goes_on_from_the_alternative(guesser: Playground):
    await token(guesser, 6).click()
    await expect(card(guesser).get_by_role("button", name="Branch from <|end|>")).to_be_disabled()
    await card(guesser).get_by_role("button", name="Branch from ␣dark").click()
    await guesser.finished()
    await expect(guesser.row(3).locator(".variants")).to_have_text("2/2")
    await expect(guesser.row(3).locator(".token-map")).to_have_text("The sea at night is dark 🌊 and very quiet.")
    await expect(token(guesser, 6)).to_have_attribute("title", "␣dark: 55.0 %")
    told = guesser.pane().locator('.token-figure[title*="mean negative"] b')
    figure = guesser.pane().locator('.stats [title*="mean negative"] b')
    await expect(figure).to_have_text(await told.text_content() or "")
    await guesser.row(3).get_by_role("button", name="Raw").click()
    await expect(guesser.pane()).to_contain_text("The sea at night is dark")
    await guesser.page.get_by_role("radio", name="Chat").click()
    await guesser.row(3).get_by_role("button", name="Previous answer").click()
    await expect(token(guesser, 6)).to_have_attribute("title", "␣black: 6.00 %")
    await guesser.page.wait_for_timeout(400)  # until it is stored
    await guesser.reload()
    await expect(token(guesser, 6)).to_have_attribute("title", "␣black: 6.00 %")
    await guesser.row(3).get_by_role("button", name="Next answer").click()
    await expect(token(guesser, 6)).to_have_attribute("title", "␣dark: 55.0 %")


async def test_a_character_of_several_tokens_is_one_piece(guesser: Playground):
    await token(guesser, 7).click()
    await expect(card(guesser).locator("h3 code")).to_have_text(["␣<F0><9F>", "<8C>", "<8A>"])
    await expect(token(guesser, 7)).to_have_accessible_name("␣🌊: 15.8 %")
    assert "\ufffd" not in await guesser.page.content()


async def test_a_model_that_continues_no_text_says_so(guesser: Playground):
    await guesser.page.evaluate(USE_DEMO, "echo")
    await token(guesser, 6).click()
    await expect(card(guesser).get_by_role("button", name="Branch from ␣dark")).to_be_disabled()
    await expect(card(guesser)).to_contain_text("This model does not continue a text.")


def scored(text: str, logprob: float, reason: str | None = None) -> dict[str, object]:
    top = [{"token": text, "logprob": logprob}, {"token": "<b>x</b>", "logprob": -3.0}]
    content = [{"token": text, "logprob": logprob, "bytes": None, "top_logprobs": top}]
    choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": content}, "finish_reason": reason}
    return {**chunk(), "choices": [choice]}


async def test_thousands_of_tokens_stay_usable_and_are_kept_up_to_a_bound(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(SET, LOGPROBS)
    words = [f" w{number}" for number in range(4000)]
    fake.play(Answer.events(*(scored(word, math.log(0.4)) for word in words), chunk(reason="stop"), DONE))
    await ask(tab, "Much, please.")
    await tab.row(3).get_by_role("button", name="Tokens").click()
    await expect(tab.row(3).locator("[data-piece]")).to_have_count(4000)
    await token(tab, 3000).click()
    await expect(card(tab).locator("li code")).to_have_text(["␣w2999", "<b>x</b>"])
    fake.play(Answer.events(chunk(" on", "stop"), DONE))
    await card(tab).get_by_role("button", name="Branch from <b>x</b>").click()
    await tab.finished()
    sent = fake.last.json["messages"][-1]
    assert sent == {"role": "assistant", "content": "".join(words[:2999]) + "<b>x</b>"}


async def test_an_answer_that_was_stopped_has_the_tokens_that_had_come(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(SET, LOGPROBS)
    fake.play(Answer.events(scored("Wait", -0.1), scored(" for", -0.2), 30.0, DONE))
    await tab.write("Go")
    await tab.run()
    await expect(tab.row(3).locator(".live")).to_contain_text("Wait for")
    await tab.page.keyboard.press("Escape")
    await tab.finished()
    await tab.row(3).get_by_role("button", name="Tokens").click()
    await expect(tab.row(3).locator("[data-piece]")).to_have_text(["Wait", " for"])


async def test_the_map_and_the_card_are_accessible(guesser: Playground):
    await token(guesser, 6).click()
    found = await Axe().run(guesser.page, context={"include": [["#pane-0"], ["[data-param=thinking]"]]})
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.model
async def test_the_default_model_branches_from_a_token(local: Playground):
    await local.page.evaluate(SET, {**LOGPROBS, "max_tokens": "12", "temperature": "0"})
    await ask(local, "What is the capital of France?")
    await local.row(3).get_by_role("button", name="Tokens").click()
    pieces = local.row(3).locator("[data-piece]")
    before = [await piece.text_content() or "" for piece in await pieces.all()]
    assert len(before) >= 6
    await pieces.nth(3).click()
    await expect(card(local).locator("li")).to_have_count(5)
    button = card(local).locator("li:not([data-said]) button:enabled").first
    chosen = (await button.get_attribute("aria-label") or "").removeprefix("Branch from ").replace("␣", " ")
    await button.click()
    await local.finished()
    await expect(local.row(3).locator(".variants")).to_have_text("2/2")
    text = await local.row(3).locator(".token-map").text_content() or ""
    assert text.startswith("".join(before[:3]) + chosen)
    assert len(text) > len("".join(before[:3]) + chosen)


@pytest_asyncio.fixture(loop_scope="session")
async def local(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Playground]:
    """A tab on an app that has the default model's weights at hand."""
    folder = tmp_path_factory.mktemp("tokens")
    with AppProcess.start(folder, "--data-dir", str(default_model_data_dir())) as app:
        opened = await Playground.open(browser, app.url)
        yield opened
        await opened.close()
        assert opened.problems == []
