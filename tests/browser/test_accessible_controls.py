"""axe finds nothing in the controls of response formats, tools, reasoning and tokens, wide and narrow, light and dark."""

import json
import math

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.browser.test_tokens import SET, USE_DEMO, ask, scored
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCHEMA = {
    "type": "object",
    "properties": {
        "mood": {"type": "string", "enum": ["calm", "wild"]},
        "waves": {"type": "array", "items": {"type": "object", "properties": {"height": {"type": "integer"}}}},
        "stars": {"type": "integer", "enum": [1, 2]},
        "rest": {"anyOf": [{"type": "null"}]},
    },
    "required": ["mood"],
}
TOOL = {"type": "function", "function": {"name": "find", "description": "Finds it.", "parameters": SCHEMA}}
PARAMS = {
    "response_format": json.dumps({"type": "json_schema", "json_schema": {"name": "sea", "schema": SCHEMA}}),
    "tools": json.dumps([TOOL]),
    "tool_choice": '"auto"',
    "logprobs": "true",
}
CALL = {"index": 0, "id": "call_1", "function": {"name": "find", "arguments": '{"mood": "sad"}'}}
DRAWER = "async (drawer) => (await import('/ui/js/session/store.js')).patch({ drawer })"


async def answers(tab: Playground) -> None:
    await tab.row(3).locator(".reasoning summary").click()
    await expect(tab.row(3).locator(".reply-check")).to_have_text("Follows the schema")
    await expect(tab.row(5).locator(".json-tree [data-wrong=true]")).to_have_count(1)


async def tokens(tab: Playground) -> None:
    await tab.row(7).get_by_role("button", name="Tokens").click()
    await tab.row(7).locator("[data-piece]").nth(1).click()
    await expect(tab.page.get_by_role("dialog", name="Alternatives")).to_be_visible()


async def calls(tab: Playground) -> None:
    await expect(tab.row(9).locator(".call .problem")).to_contain_text("mood: must be one of")
    await tab.row(9).get_by_role("button", name="Answer by hand").click()


async def panel(tab: Playground) -> None:
    await tab.page.evaluate(DRAWER, True)
    await tab.param("tools").get_by_label("Run on after the results").check()


async def pattern(tab: Playground) -> None:
    await tab.page.evaluate(DRAWER, True)
    await tab.param("response_format").get_by_role("combobox").select_option("regex")
    await tab.param("response_format").locator("textarea").fill("(")
    await expect(tab.param("response_format").locator(".problem")).to_be_visible()


async def schema(tab: Playground) -> None:
    await tab.page.evaluate(SET, PARAMS)
    await tab.param("response_format").get_by_role("button", name="Edit schema").click()


async def broken_schema(tab: Playground) -> None:
    await tab.param("response_format").get_by_role("button", name="Edit schema").click()
    await tab.page.get_by_label("Schema, JSON").fill('{"type": "strin", "minLength": -1}')
    await expect(tab.page.get_by_role("status").locator(".problem")).to_have_count(2)


async def tool(tab: Playground) -> None:
    await tab.param("tools").get_by_role("button", name="Edit the tool find").click()


async def python(tab: Playground) -> None:
    await tab.param("tools").get_by_role("button", name="Add a tool").click()
    await tab.page.get_by_role("menuitem", name="From a Python function").click()
    await tab.page.get_by_role("dialog").get_by_role("textbox").fill("def f(x: Town): ...")
    await tab.page.get_by_role("button", name="Add as tools").click()
    await expect(tab.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()


async def refused(tab: Playground) -> None:
    await tab.page.evaluate(USE_DEMO, "echo")
    await tab.page.evaluate(DRAWER, True)
    await expect(tab.param("tools").locator(".reason")).to_be_visible()


# In this order in one tab; Escape leads back from each to the next.
STATES = (answers, tokens, calls, panel, pattern, schema, broken_schema, tool, python, refused)
SIZES = ((1280, 800), (390, 844))


async def conversation(tab: Playground, fake: FakeServer) -> None:
    """Four answers: one that follows its schema, one that does not, one with tokens, one with a call."""
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(SET, PARAMS)
    fake.play(
        Answer.events(chunk(reasoning_content="Hm."), chunk('{"mood": "calm", "waves": [{"height": 2}]}'), DONE),
        Answer.events(chunk('{"mood": "sad", "stars": 1}'), DONE),
        Answer.events(*(scored(word, math.log(odds)) for word, odds in WORDS), DONE),
        Answer.events(chunk(reasoning_content="Hm."), chunk(tool_calls=[CALL]), chunk(reason="tool_calls"), DONE),
    )
    for text in ("one", "two", "three", "four"):
        await ask(tab, text)


WORDS = (("The", 0.9), (" sea", 0.6), (" is", 0.3), (" quite", 0.1), (" black", 0.01))


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing(browser: Browser, running_app: AppProcess, fake: FakeServer, theme: str):
    tab = await Playground.open(browser, running_app.url, theme=theme)
    await conversation(tab, fake)
    found = {}
    for state in STATES:
        await state(tab)
        for width, height in reversed(SIZES):
            await tab.page.set_viewport_size({"width": width, "height": height})
            await tab.page.wait_for_timeout(250)  # until what moves has come to rest
            violations = (await Axe().run(tab.page)).response["violations"]
            found[f"{state.__name__} {width}"] = [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in violations]
        await tab.page.keyboard.press("Escape")
    await tab.close()
    assert found == {place: [] for place in found}
