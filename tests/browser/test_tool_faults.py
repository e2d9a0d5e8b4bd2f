"""What gets in the way of somebody who uses tools for the first time: lost text, lost clicks, silent settings."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.browser.test_tools import PARAMS, USE_DEMO, add, ask, define, empty_tools, run_on, tools_of, with_builtins
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground) -> Playground:
    await tab.page.evaluate(USE_DEMO, "agent")
    return tab


async def params(page: Playground) -> dict[str, Any]:
    found: dict[str, Any] = await page.page.evaluate(PARAMS)
    return found


async def by_hand(page: Playground, row: int, text: str) -> Locator:
    """The box for a call's result, with this text typed."""
    await page.row(row).get_by_role("button", name="Answer by hand").click()
    box = page.row(row).get_by_label("Result of")
    await expect(box).to_be_focused()
    await page.page.keyboard.type(text)
    return box


async def with_mock(page: Playground, name: str, text: str) -> None:
    await page.param("tools").get_by_role("button", name=f"Edit the tool {name}").click()
    await page.page.get_by_role("dialog").get_by_label("Mock").fill(text)
    await page.page.get_by_role("dialog").get_by_role("button", name="Save").click()


# --- 1: what is typed as a result --------------------------------------------------------------------


async def test_the_run_key_gives_the_result_that_is_typed(page: Playground):
    await with_builtins(page)
    await ask(page)
    await by_hand(page, 3, "forty")
    await page.page.keyboard.press("Control+Enter")
    await expect(page.text(4)).to_have_value("forty")
    await expect(page.rows()).to_have_count(4)
    await expect(page.row(3).locator(".variants")).to_have_count(0)


@pytest.mark.parametrize("how", ["close", "run again", "reload"])
async def test_what_is_typed_as_a_result_is_not_lost(page: Playground, how: str):
    await with_builtins(page)
    await ask(page)
    box = await by_hand(page, 3, "forty")
    if how == "close":
        await page.page.keyboard.press("Escape")
        await expect(box).to_have_count(0)
        await page.row(3).get_by_role("button", name="Answer by hand").click()
    elif how == "run again":
        await page.run_pane()
        await page.finished()
        await expect(page.row(3).locator(".variants")).to_have_text("2/2")
    else:
        await page.page.wait_for_timeout(400)  # until it is stored
        await page.reload()
    await expect(box).to_have_value("forty")


# --- 2: clicks that go where they are aimed ------------------------------------------------------------


async def press(page: Playground, target: Locator) -> None:
    """A click at the place where the target is now, as a hand does it: down, and up a moment later."""
    box = await target.bounding_box()
    assert box
    await page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.page.mouse.down()
    await page.drawn()
    await page.page.mouse.up()


@pytest_asyncio.fixture(loop_scope="session")
async def touched(browser: Browser, running_app: AppProcess) -> AsyncIterator[Playground]:
    """A tall page on a screen to touch, where a row's toolbar comes with the focus alone."""
    context = await browser.new_context(viewport={"width": 1280, "height": 1600}, has_touch=True, is_mobile=True)
    opened = await Playground.tab(context, running_app.url)
    await opened.page.evaluate(USE_DEMO, "agent")
    yield opened
    await opened.close()
    assert opened.problems == []


@pytest.mark.parametrize("where", ["a call", "an answer that is edited"])
async def test_a_button_below_the_focused_row_is_hit_at_once(touched: Playground, where: str):
    page = touched
    await with_builtins(page)
    await ask(page)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await page.row(3).get_by_role("button", name="Run on").click()
    await page.finished()
    if where == "a call":
        await page.row(3).locator(".call textarea").focus()
    else:
        await page.row(3).locator(".shown").dblclick()
        await page.page.keyboard.insert_text("one\n\n\n\n\n\n\n\ntwo\n\n\n\n")
    await press(page, page.row(5).get_by_role("button", name="Answer by hand"))
    await expect(page.row(5).get_by_label("Result of current_time")).to_be_visible()


async def test_focus_moves_nothing(touched: Playground):
    page = touched
    await with_builtins(page)
    await ask(page)
    await expect(page.row(3)).to_contain_text("Arguments fit the schema")
    before = await page.row(3).bounding_box()
    for row in (2, 3):
        await page.text(row).first.focus()
        await page.drawn()
        assert await page.row(3).bounding_box() == before


# --- 3: tools as JSON ----------------------------------------------------------------------------------


async def test_json_that_is_no_list_of_tools_is_told_with_its_place_and_a_way_back(page: Playground):
    param = await empty_tools(page)
    await add(page, "Calculator")
    before = await tools_of(page)
    await param.get_by_role("button", name="JSON").click()
    for text, said in (
        ('[{"name": "x"}]', "Line 1, column 2: its type is missing"),
        ("{}", "Line 1, column 1: tools are a list"),
        ('[{"type": "retrieval"}]', "Line 1, column 11: only the type"),
    ):
        await param.locator("textarea").fill(text)
        await expect(param.locator(".problems")).to_contain_text(said)
        await expect(param.get_by_role("button", name="Add a tool")).to_be_disabled()
    await param.get_by_role("button", name="Back to the list").click()
    await expect(param.locator(".tool-card")).to_have_count(1)
    assert await tools_of(page) == before


async def test_a_list_says_what_is_wrong_with_a_schema(page: Playground):
    await define(page, "find", {"type": "strng"})
    param = page.param("tools")
    await expect(param.locator(".problems")).to_contain_text("must be one of array")
    await param.get_by_role("button", name="List").click()
    await expect(param.locator(".tool-card .problem")).to_contain_text("must be one of array")


# --- 4: mocks ------------------------------------------------------------------------------------------


async def test_a_result_of_a_mock_says_so_and_leads_to_it(page: Playground):
    await with_builtins(page)
    await with_mock(page, "calculator", "41")
    await run_on(page)
    await ask(page)
    mark = page.row(4).locator(".mocked")
    await expect(mark).to_contain_text("Answered by the mock of calculator.")
    await mark.get_by_role("button", name="Change it").click()
    await expect(page.page.get_by_role("dialog").get_by_label("Mock")).to_have_value("41")
    await page.page.keyboard.press("Escape")
    await mark.get_by_role("button", name="Remove it").click()
    await expect(mark.get_by_role("button")).to_have_count(0)
    await expect(page.param("tools").locator(".tool-card").first).not_to_contain_text("mock saved")
    await page.text(4).fill("42")
    await expect(mark).to_have_count(0)


async def test_a_reset_leaves_neither_mocks_nor_running_on(page: Playground):
    await with_builtins(page)
    await with_mock(page, "calculator", "41")
    await run_on(page)
    await page.page.get_by_role("button", name="Reset").click()
    await with_builtins(page)
    await expect(page.param("tools").locator(".tool-card").first).not_to_contain_text("mock saved")
    await expect(page.param("tools").get_by_label("Run on after the results")).not_to_be_checked()
    await ask(page)
    await expect(page.row(3).get_by_role("button", name="Use the mock")).to_have_count(0)


# --- 5 to 9: looks -------------------------------------------------------------------------------------

LONG = "look_up_the_weather_of_a_city_and_its_surroundings_for_the_week"


@pytest.mark.parametrize("width", [1280, 390])
async def test_long_names_and_words_stay_inside(page: Playground, width: int):
    tool = {"name": LONG, "description": "x" * 90, "parameters": {"type": "object"}}
    await page.page.evaluate(SET_TOOLS, json.dumps([{"type": "function", "function": tool}]))
    await page.page.set_viewport_size({"width": width, "height": 844})
    await ask(page)
    await page.row(3).get_by_role("button", name="Answer by hand").click()
    await page.page.keyboard.press("Control+Enter")
    await expect(page.row(4)).to_be_visible()
    wide = ".side, .call, .call-id, .conversation, .call .valid, .tool-card"
    over = await page.page.eval_on_selector_all(
        wide, "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"
    )
    assert over == []
    await expect(page.row(3).get_by_label("Function", exact=True)).to_have_attribute("title", LONG)


SET_TOOLS = """async (tools) => {
  const { update } = await import("/ui/js/session/store.js");
  const { setParam } = await import("/ui/js/document/workspace.js");
  update((now) => setParam(now, 0, "tools", tools), { silent: true });
}"""


async def test_cards_of_tools_are_cards_alone_and_stand_in_line(page: Playground):
    await with_builtins(page)
    await add(page, "A sample: get_weather")
    starts = (
        await page.param("tools")
        .locator(".tool-card b")
        .evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
    )
    assert len(set(starts)) == 1
    await ask(page)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await expect(page.row(4)).to_have_css("border-top-width", "0px")


async def test_adding_a_tool_is_one_button_with_plain_items(page: Playground):
    param = await empty_tools(page)
    button = param.get_by_role("button", name="Add a tool")
    await expect(button).to_have_text("Add a tool")
    await button.click()
    await expect(page.page.get_by_role("menuitem").first).to_have_css("font-weight", "400")


# --- 8: results ----------------------------------------------------------------------------------------


async def test_a_result_that_begins_as_json_and_is_none_gets_a_hint(page: Playground):
    await with_builtins(page)
    await ask(page)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await page.text(4).fill('{"a": 1')
    await expect(page.row(4).locator(".help")).to_have_text(
        "Not JSON: line 1, column 8: the text ends here: a comma or } is missing."
    )
    await page.text(4).fill("{}")
    await expect(page.row(4).locator(".help")).to_have_count(0)


# --- 10, 11: beginnings and ends of the list -------------------------------------------------------------


async def test_tools_begin_empty_and_end_with_what_was_chosen_among_them(page: Playground):
    await empty_tools(page)
    assert await params(page) == {"tools": ""}
    await add(page, "A sample: get_weather")
    assert [tool["function"]["name"] for tool in await tools_of(page)] == ["get_weather"]
    await page.param("tool_choice").locator(".default").click()
    assert set(await params(page)) == {"tools", "tool_choice"}
    await page.param("tools").get_by_role("button", name="Remove the tool get_weather").click()
    assert await params(page) == {"tools": ""}


async def test_what_cannot_be_sent_is_set_back_where_that_is_said(page: Playground):
    await with_builtins(page)
    await page.page.evaluate(USE_DEMO, "echo")
    await page.page.evaluate(FETCH)
    await ask(page)
    await expect(page.error()).to_contain_text("Tools cannot be sent")
    await page.error().get_by_role("button", name="Set it back and run").click()
    await page.finished()
    await expect(page.error()).to_have_count(0)
    assert (await page.said())[-1] == ("assistant", "Go")
    assert await params(page) == {}


FETCH = """async () => {
  const { getState } = await import("/ui/js/session/store.js");
  const { fetchModels } = await import("/ui/js/session/server.js");
  await fetchModels(getState().boot.endpoints.find((endpoint) => endpoint.kind === "scripted").name);
}"""


# --- 12, 13, 14, 15 ------------------------------------------------------------------------------------


async def test_panes_say_how_their_tools_differ(page: Playground):
    await with_builtins(page)
    await page.add_pane()
    await page.param("tools").get_by_role("button", name="Set Tools back").click()
    await expect(page.pane(1).locator(".differences")).to_have_text("Tools calculator, current_time")
    await expect(page.pane(2).locator(".differences")).to_have_text("Tools default")


async def test_an_error_of_several_lines_keeps_them(page: Playground):
    await page.page.evaluate(FAIL, "It can't be read:\n    (a\n    ^\nerror: unclosed")
    await expect(page.error().locator("b")).to_have_text("It can't be read:")
    lines = page.error().locator("pre")
    assert await lines.text_content() == "    (a\n    ^\nerror: unclosed"
    await expect(lines).to_have_css("white-space", "pre")


FAIL = """async (message) => {
  const { getState, patch } = await import("/ui/js/session/store.js");
  patch({ errors: { [getState().workspace.panes[0].id]: { message, advice: "Close it." } } });
}"""


@pytest.mark.parametrize("width", [1280, 390])
async def test_what_has_been_done_is_said_above_the_figures_and_whole(page: Playground, width: int):
    await with_builtins(page)
    await page.page.evaluate(SAVE_MOCK)
    await page.page.set_viewport_size({"width": width, "height": 844})
    await ask(page)
    await page.pane_menu("New conversation")
    said = page.page.locator(".undo")
    await expect(said).to_contain_text("the mocks of tools stay")
    box, figures = await said.bounding_box(), await page.pane().locator(".stats").bounding_box()
    assert box
    assert figures
    assert box["y"] + box["height"] <= figures["y"]
    button = await said.get_by_role("button", name="Undo").bounding_box()
    assert button
    assert button["x"] + button["width"] <= box["x"] + box["width"] <= width


SAVE_MOCK = """async () => {
  const { update } = await import("/ui/js/session/store.js");
  const { withMock } = await import("/ui/js/document/mocks.js");
  update((now) => withMock(now, "calculator", "41"));
}"""


async def test_an_answer_stopped_within_its_json_is_not_called_wrong(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(SET_FORMAT)
    fake.play(Answer.events(chunk('{"a": "b'), 30.0, DONE))
    await tab.write("Go")
    await tab.run()
    await expect(tab.row(3).locator(".live")).to_contain_text('{"a"')
    await tab.page.keyboard.press("Escape")
    await tab.finished()
    check = tab.row(3).locator(".reply-check")
    await expect(check).to_have_text("Stopped before the JSON was whole")
    await expect(check).to_have_attribute("data-verdict", "unchecked")


SET_FORMAT = """async () => {
  const { update } = await import("/ui/js/session/store.js");
  const { setParam } = await import("/ui/js/document/workspace.js");
  update((now) => setParam(now, 0, "response_format", '{"type": "json_object"}'), { silent: true });
}"""


async def test_a_call_that_the_conversation_has_passed_says_what_is_missing(page: Playground):
    await with_builtins(page)
    await ask(page)
    await expect(page.row(3)).not_to_contain_text("This call has no result yet")
    await ask(page)
    await expect(page.row(3)).to_contain_text("This call has no result yet: hosted APIs refuse the next message.")


async def test_each_call_of_a_demo_model_has_an_id_of_its_own(page: Playground):
    await with_builtins(page)
    await ask(page)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await page.row(3).get_by_role("button", name="Run on").click()
    await page.finished()
    first, second = page.row(3).get_by_label("Call id"), page.row(5).get_by_label("Call id")
    assert await first.input_value() != await second.input_value()
