"""Tools: put together by form, JSON and Python, called, answered by hand, mock and built-in, and run on."""

import asyncio
import json
import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Route, expect

from tests.browser.playground import Playground
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")

USE_DEMO = """async (model) => {
  const { getState, update } = await import("/ui/js/session/store.js");
  const demo = getState().boot.endpoints.find((endpoint) => endpoint.kind === "scripted").name;
  update((now) => ({ ...now, panes: now.panes.map((pane) => ({ ...pane, endpoint: demo, model })) }), { silent: true });
}"""
PARAMS = "async () => (await import('/ui/js/session/store.js')).getState().workspace.panes[0].params"


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Playground) -> Playground:
    await tab.page.evaluate(USE_DEMO, "agent")
    return tab


async def tools_of(page: Playground) -> Any:
    return json.loads((await page.page.evaluate(PARAMS))["tools"])


async def empty_tools(page: Playground) -> Locator:
    """The tools editor with nothing in it."""
    param = page.param("tools")
    await param.locator(".default").click()
    await expect(param).to_contain_text("No tools yet.")
    return param


async def add(page: Playground, item: str) -> None:
    await page.param("tools").get_by_role("button", name="Add a tool").click()
    await page.page.get_by_role("menuitem", name=item).click()


async def with_builtins(page: Playground) -> None:
    await empty_tools(page)
    await add(page, "Calculator")
    await add(page, "Current time")


async def define(page: Playground, name: str, parameters: dict[str, Any]) -> None:
    """Have this tool alone."""
    wire = json.dumps([{"type": "function", "function": {"name": name, "parameters": parameters}}])
    param = page.param("tools")
    await param.locator(".default").click()
    await param.get_by_role("button", name="JSON").click()
    await param.locator("textarea").fill(wire)


async def run_on(page: Playground, steps: int = 5) -> None:
    await page.param("tools").get_by_label("Run on after the results").check()
    if steps != 5:
        await page.param("tools").get_by_label("Steps in a row").fill(str(steps))
        await page.param("tools").get_by_label("Steps in a row").press("Tab")


async def ask(page: Playground) -> None:
    await page.write("Go")
    await page.run()
    await page.finished()


async def test_a_tool_by_form_stands_on_the_wire_and_keys_unknown_to_the_form_stay(page: Playground):
    param = await empty_tools(page)
    await add(page, "With a form")
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("find")
    await dialog.get_by_label("Description", exact=True).fill("Finds it.")
    await dialog.get_by_role("button", name="Add a parameter").click()
    await dialog.get_by_label("Name of parameter 1").fill("size")
    await dialog.get_by_label("Type of size").select_option("enum")
    await dialog.get_by_label("Type of the options of size").select_option("integer")
    await expect(dialog.get_by_label("Option 2 of size")).to_have_value("2")
    await dialog.get_by_role("button", name="Add the tool").click()
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"size": {"type": "integer", "enum": [1, 2]}},
        "required": ["size"],
    }
    function = {"name": "find", "description": "Finds it.", "parameters": schema}
    assert await tools_of(page) == [{"type": "function", "function": function}]

    await param.get_by_role("button", name="JSON").click()
    schema["additionalProperties"] = False
    wire = json.dumps([{"type": "function", "function": {**function, "strict": True}, "own": 12345678901234567890}])
    await param.locator("textarea").fill(wire)
    await param.get_by_role("button", name="List").click()
    await param.get_by_role("button", name="Edit the tool find").click()
    await dialog.get_by_label("Description of size").fill("How large.")
    await dialog.get_by_role("button", name="Save").click()
    await add(page, "As JSON")
    await expect(param.locator("textarea")).to_have_value(re.compile("How large"))
    schema["properties"]["size"]["description"] = "How large."
    assert await tools_of(page) == [
        {"type": "function", "function": {**function, "strict": True}, "own": 12345678901234567890}
    ]


async def test_the_form_and_the_json_of_a_tool_follow_each_other(page: Playground):
    await empty_tools(page)
    await add(page, "With a form")
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a parameter").click()
    await dialog.get_by_label("Type of parameter_1").select_option("array")
    await dialog.get_by_label("Type of what is in parameter_1").select_option("object")
    await dialog.get_by_role("button", name="Add a field to what is in parameter_1").click()
    await dialog.get_by_label("field_1 is required").uncheck()
    source = dialog.get_by_label("Tool, JSON")
    tool = json.loads(await source.input_value())
    items = {
        "type": "object",
        "properties": {"field_1": {"type": "string"}},
        "required": [],
        "additionalProperties": False,
    }
    assert tool["function"]["parameters"] == {
        "type": "object",
        "properties": {"parameter_1": {"type": "array", "items": items}},
        "required": ["parameter_1"],
    }
    await source.fill('{"type": "function", "function": {"name": "find", "parameters": {"type": "strin"')
    await expect(dialog.get_by_role("status")).to_contain_text("Line 1, column 81: the text ends here")
    await expect(dialog.get_by_role("button", name="Add the tool")).to_be_disabled()
    await source.press_sequentially("}}}")
    await expect(dialog.get_by_role("status")).to_contain_text("Line 1, column 74, type: must be one of array")
    await source.fill('{"function": {"name": "find", "parameters": {"properties": {"words": {"type": "string"}}}}}')
    await expect(dialog.get_by_label("Name", exact=True)).to_have_value("find")
    await expect(dialog.get_by_label("Name of parameter 1")).to_have_value("words")
    await expect(dialog.get_by_role("status")).to_have_text("A tool as it is sent.")
    await dialog.get_by_role("button", name="Add the tool").click()
    assert [tool["function"]["name"] for tool in await tools_of(page)] == ["find"]


async def test_a_tool_from_python_and_an_error_with_its_line(page: Playground):
    param = await empty_tools(page)
    await add(page, "From a Python function")
    dialog = page.page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("def weather(\n    city: Town,\n): ...")
    await dialog.get_by_role("button", name="Add as tools").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Line 2: the type Town is not known here")
    await dialog.get_by_role("textbox").fill('def weather(city: str, days: int = 1):\n    """The weather."""')
    await dialog.get_by_role("button", name="Add as tools").click()
    await expect(dialog).to_be_hidden()
    await expect(param.locator(".tool-card")).to_contain_text("2 parameters")
    assert (await tools_of(page))[0]["function"]["parameters"]["required"] == ["city"]


async def test_tool_choice_is_chosen_by_name(page: Playground):
    await empty_tools(page)
    await add(page, "A sample: get_weather")
    await page.param("tool_choice").locator(".default").click()
    choice = page.param("tool_choice").locator("select")
    await choice.select_option(label="only get_weather")
    text = (await page.page.evaluate(PARAMS))["tool_choice"]
    assert json.loads(text) == {"type": "function", "function": {"name": "get_weather"}}
    await choice.select_option(label="default")
    assert "tool_choice" not in await page.page.evaluate(PARAMS)


async def test_arguments_are_checked_against_the_schema(page: Playground):
    await with_builtins(page)
    await ask(page)
    call = page.row(3).locator(".call")
    await expect(call).to_contain_text("Arguments fit the schema of calculator")
    await call.locator("textarea").first.fill('{"expression": 5}')
    await expect(call.locator(".problem")).to_contain_text("expression: is number, must be string")
    await call.locator("textarea").first.fill('{"expression"')
    await expect(call.locator(".problem")).to_contain_text("Not JSON yet")


async def test_a_pattern_of_a_tool_that_takes_for_ever_leaves_the_page_alive(page: Playground):
    word = {"type": "string", "pattern": "^(a+)+$", "examples": ["a" * 60 + "b"]}
    await define(page, "find", {"type": "object", "properties": {"word": word}, "required": ["word"]})
    await ask(page)
    call = page.row(3).locator(".call")
    await expect(call).to_contain_text("The arguments took too long to check")
    await call.locator("textarea").first.fill('{"word": "aaa"}')
    await expect(call).to_contain_text("Arguments fit the schema of find")


async def test_a_builtin_asks_first_and_each_round_is_a_row_that_can_be_undone(page: Playground):
    await with_builtins(page)
    await ask(page)
    await expect(page.rows()).to_have_count(3)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await expect(page.text(4)).to_have_value("20")
    await page.row(3).get_by_role("button", name="Run on").click()
    await page.finished()
    await expect(page.row(5).locator(".function")).to_have_value("current_time")
    await page.page.keyboard.press("Control+z")
    await expect(page.rows()).to_have_count(4)
    await page.page.keyboard.press("Control+z")
    await expect(page.rows()).to_have_count(3)


async def test_what_is_allowed_and_mocked_runs_on_by_itself(page: Playground):
    await with_builtins(page)
    await run_on(page)
    await ask(page)
    await expect(page.rows()).to_have_count(3)
    await page.row(3).get_by_role("button", name="Always in this conversation").click()
    await expect(page.row(5).locator(".function")).to_have_value("current_time")
    await page.row(5).get_by_role("button", name="Answer by hand").click()
    await page.row(5).get_by_label("Result of current_time").fill("noon")
    await page.row(5).get_by_label("Keep as the mock").check()
    await page.row(5).get_by_role("button", name="Answer", exact=True).click()
    await expect(page.row(7)).to_contain_text("The tools answered: 20; noon")
    await page.finished()
    await page.write("Again")
    await page.run()
    await expect(page.row(13)).to_contain_text("The tools answered: 20; noon")
    roles = [role for role, _ in await page.said()]
    assert roles == ["system"] + ["user", "assistant", "tool", "assistant", "tool", "assistant"] * 2


async def test_a_new_conversation_asks_again(page: Playground):
    await with_builtins(page)
    await ask(page)
    await page.row(3).get_by_role("button", name="Always in this conversation").click()
    await expect(page.rows()).to_have_count(4)
    await page.pane_menu("New conversation")
    await ask(page)
    await expect(page.row(3).get_by_role("button", name="Run calculator")).to_be_visible()
    await expect(page.rows()).to_have_count(3)


async def test_the_step_limit_ends_a_chain_with_a_note(page: Playground):
    await with_builtins(page)
    await run_on(page, steps=1)
    await ask(page)
    await page.row(3).get_by_role("button", name="Always in this conversation").click()
    await expect(page.row(5)).to_contain_text("Stopped: the limit of 1 step in a row is reached.")
    await page.row(5).get_by_role("button", name="Run current time").click()
    await expect(page.row(7)).to_contain_text("The tools answered: 20")


# --- chains that do not come to their end by themselves ----------------------------------------------


def calling(number: int, *before: str | float) -> Answer:
    call = {"index": 0, "id": f"call_{number}", "function": {"name": "find", "arguments": "{}"}}
    parts = (chunk(part) if isinstance(part, str) else part for part in before)
    return Answer.events(*parts, chunk(tool_calls=[call]), chunk(reason="tool_calls"), DONE)


@pytest_asyncio.fixture(loop_scope="session")
async def chain(tab: Playground, fake: FakeServer) -> Playground:
    """A pane that runs on with the tool `find`, whose calls a mock answers."""
    await tab.use_endpoint(fake.url)
    await define(tab, "find", {"type": "object"})
    await tab.param("tools").get_by_role("button", name="List").click()
    await tab.param("tools").get_by_role("button", name="Edit the tool find").click()
    await tab.page.get_by_role("dialog").get_by_label("Mock").fill("found")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await run_on(tab)
    return tab


async def begin(chain: Playground, fake: FakeServer, *before: str) -> None:
    """One round by itself, then a run that streams."""
    fake.play(calling(1), calling(2, *before, 30.0))
    await chain.write("Go")
    await chain.run()
    await expect(chain.row(3)).to_contain_text("Running on by itself: step 1 of 5.")
    await expect(chain.row(5).locator(".live")).to_contain_text(" ".join(before))


@pytest.mark.parametrize("by", ["the key", "the button"])
async def test_a_chain_is_stopped_midway(chain: Playground, fake: FakeServer, by: str):
    await begin(chain, fake, "Half")
    asked = len(fake.requests)
    if by == "the key":
        await chain.page.keyboard.press("Escape")
    else:
        await chain.pane().locator(".pane-top").get_by_role("button", name="Stop").click()
    await chain.finished()
    await expect(chain.row(5)).to_contain_text("stopped")
    await expect(chain.row(3)).not_to_contain_text("Running on")
    assert await chain.said() == [
        ("system", ""),
        ("user", "Go"),
        ("assistant", ""),
        ("tool", "found"),
        ("assistant", "Half"),
    ]
    assert len(fake.requests) == asked


async def test_a_chain_stopped_before_its_answer_can_be_run_on(chain: Playground, fake: FakeServer):
    await begin(chain, fake)
    await chain.page.keyboard.press("Escape")
    await expect(chain.rows()).to_have_count(4)
    fake.play(Answer.events(chunk("Done"), chunk(reason="stop"), DONE))
    await chain.row(3).get_by_role("button", name="Run on").click()
    await expect(chain.row(5)).to_contain_text("Done")


async def test_undo_while_a_chain_streams_ends_it(chain: Playground, fake: FakeServer):
    await begin(chain, fake, "Half")
    asked = len(fake.requests)
    await chain.page.keyboard.press("Control+z")
    await expect(chain.rows()).to_have_count(3)
    await chain.finished()
    await expect(chain.row(3)).not_to_contain_text("Running on")
    await expect(chain.row(3).get_by_role("button", name="Use the mock")).to_be_visible()
    await chain.drawn()
    assert (await chain.rows().count(), len(fake.requests)) == (3, asked)


async def test_a_chain_goes_on_after_its_limit(chain: Playground, fake: FakeServer):
    await run_on(chain, steps=1)
    fake.play(*(calling(number) for number in (1, 2, 3)), Answer.events(chunk("Done"), chunk(reason="stop"), DONE))
    await chain.write("Go")
    await chain.run()
    for row in (5, 7):
        await expect(chain.row(row)).to_contain_text("Stopped: the limit of 1 step in a row is reached.")
        await expect(chain.row(row).get_by_role("button", name="Go on")).to_be_in_viewport()
        await chain.row(row).get_by_role("button", name="Go on").click()
    await expect(chain.row(9)).to_contain_text("Done")
    await expect(chain.pane().get_by_role("button", name="Go on")).to_have_count(0)


async def test_a_builtin_at_work_is_stopped(page: Playground):
    await with_builtins(page)
    await ask(page)
    release = asyncio.Event()

    async def held(route: Route) -> None:
        await release.wait()
        await route.continue_()

    await page.page.route("**/component_server/", held)
    await page.row(3).get_by_role("button", name="Run calculator").click()
    await expect(page.row(3)).to_contain_text("calculator is at work…")
    await page.page.keyboard.press("Escape")
    await expect(page.row(3)).not_to_contain_text("at work")
    async with page.page.expect_response("**/component_server/"):
        release.set()
    await page.drawn()
    await expect(page.row(3).get_by_role("button", name="Run calculator")).to_be_visible()
    await expect(page.rows()).to_have_count(3)


async def test_each_pane_goes_its_own_way(page: Playground):
    await with_builtins(page)
    await page.add_pane()
    await page.write("Go")
    await page.run()
    await page.finished(1)
    await page.finished(2)
    await page.row(3, 2).get_by_role("button", name="Run calculator").click()
    await expect(page.rows(2)).to_have_count(4)
    await expect(page.rows(1)).to_have_count(3)


async def test_mocks_are_kept_over_a_reload(page: Playground):
    await with_builtins(page)
    await page.param("tools").get_by_role("button", name="Edit the tool calculator").click()
    await page.page.get_by_role("dialog").get_by_label("Mock").fill("41")
    await page.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.reload()
    await expect(page.param("tools").locator(".tool-card").first).to_contain_text("mock saved")
    await ask(page)
    await page.row(3).get_by_role("button", name="Use the mock").click()
    await expect(page.text(4)).to_have_value("41")


async def test_tools_of_a_model_without_a_place_for_them_say_how_they_are_written(tab: Playground):
    """The default model's chat template has none."""
    param = tab.param("tools")
    await param.locator(".default").click()
    await expect(param.locator(".tool-markup")).to_have_count(0)
    await add(tab, "Calculator")
    await expect(param.locator(".tool-markup")).to_contain_text("no place for tools")
    await tab.page.evaluate(USE_DEMO, "agent")
    await expect(param.locator(".tool-markup")).to_have_count(0)
