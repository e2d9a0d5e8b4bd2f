"""The response format: picked, built, sent as it is shown, and the answer held to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from playground.backends.advice import CARRIED
from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer, chunk
from tests.models import default_model_data_dir

pytestmark = pytest.mark.asyncio(loop_scope="session")


def format_param(tab: Playground) -> Locator:
    return tab.param("response_format")


async def pick(tab: Playground, kind: str) -> None:
    await format_param(tab).get_by_label("Response format", exact=True).select_option(kind)


async def open_schema(tab: Playground) -> Locator:
    await format_param(tab).get_by_role("button", name="Edit schema").click()
    return tab.page.get_by_role("dialog", name="Schema of the answer")


def check(tab: Playground, row: int = 3) -> Locator:
    return tab.row(row).get_by_role("group", name="Response format")


def answering(text: str) -> Answer:
    return Answer.events(chunk(text), chunk(reason="stop"), "[DONE]")


async def ask(tab: Playground, text: str = "hi") -> None:
    await tab.write(text)
    await tab.run()
    await tab.finished()


async def choose_demo(tab: Playground, model: str) -> None:
    await tab.pane().locator(".model").click()
    dialog = tab.page.get_by_role("dialog", name="Choose a model")
    await dialog.get_by_role("button", name="Demo").click()
    await dialog.get_by_role("button", name=model, exact=True).click()


async def test_a_schema_is_built_by_its_fields_and_the_answer_follows_it(tab: Playground):
    await choose_demo(tab, "json-writer")
    await pick(tab, "schema")
    sheet = await open_schema(tab)
    await sheet.get_by_label("Name of field 1").fill("city")
    await sheet.get_by_role("button", name="Add a field to the answer").click()
    await sheet.get_by_label("Name of field 2").fill("size")
    await sheet.get_by_label("Type of size").select_option("enum")
    await sheet.get_by_label("Option 1 of size").fill("small")
    await sheet.get_by_label("Description of city").fill("Where it is")
    await sheet.get_by_role("button", name="Add a field to the answer").click()
    await sheet.get_by_label("Type of field_3").select_option("object")
    await sheet.get_by_role("button", name="Add a field to field_3").click()
    await sheet.get_by_label("field_3 is required").uncheck()
    written = json.loads(await sheet.get_by_label("Schema, JSON").input_value())
    assert written == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where it is"},
            "size": {"type": "string", "enum": ["small", "other"]},
            "field_3": {
                "type": "object",
                "properties": {"field_1": {"type": "string"}},
                "required": ["field_1"],
                "additionalProperties": False,
            },
        },
        "required": ["city", "size"],
        "additionalProperties": False,
    }
    await tab.page.keyboard.press("Escape")
    await expect(format_param(tab).get_by_role("list")).to_contain_text("city")
    await ask(tab)
    await expect(check(tab)).to_have_text("Follows the schema")
    await expect(tab.row(3).locator(".json-tree li")).to_have_text(['city: "example"', 'size: "small"'])
    await tab.picture("response-format")


async def test_a_name_that_another_field_has_is_not_written_and_kinds_keep_what_they_said(tab: Playground):
    await pick(tab, "schema")
    sheet = await open_schema(tab)
    await sheet.get_by_label("Name of field 1").fill("a")
    await sheet.get_by_label("a is required").uncheck()
    await sheet.get_by_role("button", name="Add a field to the answer").click()
    second = sheet.get_by_label("Name of field 2")
    await second.fill("a")
    await expect(sheet.get_by_text("Another field is named a.")).to_be_visible()
    await second.press_sequentially("b")
    await expect(sheet.get_by_text("Another field is named a.")).to_have_count(0)
    written = json.loads(await sheet.get_by_label("Schema, JSON").input_value())
    assert (list(written["properties"]), written["required"]) == (["a", "ab"], ["ab"])
    await sheet.get_by_label("Name", exact=True).fill("zwölf")
    await expect(sheet.get_by_text("A name has letters A to Z")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await pick(tab, "json")
    await pick(tab, "schema")
    await expect(format_param(tab).get_by_role("list")).to_contain_text("ab")


async def test_the_fields_follow_the_json_and_keep_what_they_cannot_show(tab: Playground):
    await pick(tab, "schema")
    sheet = await open_schema(tab)
    source = sheet.get_by_label("Schema, JSON")
    await source.fill('{"type": "object", "properties": {"a": {"anyOf": [{"minimum": 1.0}]}, "b": {"type": "nul"')
    await expect(sheet.get_by_role("status")).to_have_text(
        "Line 1, column 90: the text ends here: a comma or } is missing"
    )
    await expect(sheet.get_by_role("region", name="Fields")).to_contain_text("as soon as the JSON is whole")
    await source.press_sequentially("}}}")
    await expect(sheet.get_by_role("status")).to_contain_text("properties.b.type: must be one of array, boolean")
    await expect(sheet.get_by_label("Type of a")).to_have_value("custom")
    await sheet.get_by_label("Type of b").select_option("boolean")
    await expect(sheet.get_by_role("status")).to_contain_text("A valid JSON schema.")
    assert '"a": {"anyOf": [{"minimum": 1.0}]}' in await source.input_value()
    await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("Control+z")
    await expect(format_param(tab)).to_contain_text("must be one of")


SENT = [
    ("none", {}),
    ("json", {"response_format": {"type": "json_object"}}),
    ("regex", {"response_format": {"type": "regex", "value": "[a-z]+\n"}}),
    ("grammar", {"structured_outputs": {"grammar": "[a-z]+\n"}}),
    ("choice", {"structured_outputs": {"choice": ["[a-z]+"]}}),
]


@pytest.mark.parametrize(("kind", "sent"), SENT)
async def test_each_kind_is_sent_in_its_form_beside_the_other_extra_fields(
    tab: Playground, fake: FakeServer, kind: str, sent: dict[str, object]
):
    await tab.use_endpoint(fake.url)
    await tab.page.get_by_label("Extra JSON").fill('{"user": "me"}')
    await pick(tab, "choice")
    await pick(tab, kind)
    if kind in {"regex", "grammar", "choice"}:
        await format_param(tab).locator("textarea").fill("[a-z]+\n")
    await ask(tab)
    fields = ("response_format", "structured_outputs", "user")
    body = fake.last.json
    assert {name: body[name] for name in fields if name in body} == {"user": "me", **sent}


async def test_a_form_that_is_not_known_is_shown_and_sent_as_it_is(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    form = {"type": "json", "value": {"type": "object"}}
    await tab.page.evaluate(
        """async (text) => {
          const { update } = await import("/ui/js/session/store.js");
          const { setParam } = await import("/ui/js/document/workspace.js");
          update((now) => setParam(now, 0, "response_format", text));
        }""",
        json.dumps(form),
    )
    await expect(format_param(tab).get_by_role("combobox")).to_have_value("custom")
    await expect(format_param(tab).locator("textarea")).to_have_value(json.dumps(form))
    fake.play(answering("{}"))
    await ask(tab)
    assert fake.last.json["response_format"] == form
    await expect(check(tab)).to_have_text("Follows the schema")


async def test_a_wrong_answer_shows_its_paths_and_keeps_the_format_it_was_asked_with(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await pick(tab, "schema")
    sheet = await open_schema(tab)
    await sheet.get_by_label("Start from a sample").select_option(label="Task list")
    await tab.page.keyboard.press("Escape")
    fake.play(answering('{"tasks": [{"title": "x", "priority": "huge", "done": 1e2}]}'))
    await ask(tab)
    await expect(check(tab)).to_contain_text("Does not follow the schema: 2 places")
    await expect(check(tab).get_by_role("listitem").first).to_contain_text("tasks[0].priority must be one of")
    await expect(tab.row(3).locator(".json-tree [data-wrong=true]")).to_have_count(2)
    await expect(tab.row(3).locator(".json-number")).to_have_text("1e2")
    await pick(tab, "none")
    await tab.reload()
    await expect(check(tab)).to_contain_text("Does not follow the schema: 2 places")
    fake.play(answering("plain"))
    await tab.run()
    await tab.finished()
    await expect(check(tab)).to_have_count(0)
    await tab.row(3).get_by_role("button", name="Previous answer").click()
    await expect(check(tab)).to_contain_text("2 places")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("json", '{"a": 1', "Not JSON: line 1, column 8: the text ends here: a comma or } is missing"),
        ("regex", "2026-11-23", "Matches the pattern"),
        ("regex", "today", "Does not match the pattern"),
        ("choice", "yes", "One of the choices"),
        ("choice", "Yes!", "None of the choices"),
        ("grammar", "yes", "Grammars are not checked here"),
    ],
)
async def test_other_formats_are_checked_too(tab: Playground, fake: FakeServer, kind: str, text: str, said: str):
    await tab.use_endpoint(fake.url)
    await pick(tab, kind)
    fake.play(answering(text))
    await ask(tab)
    await expect(check(tab)).to_have_text(said)


async def test_a_pattern_that_takes_for_ever_leaves_the_page_alive(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await pick(tab, "regex")
    await format_param(tab).locator("textarea").fill("(a+)+$")
    fake.play(answering("a" * 60 + "b"), answering("aaa"))
    await ask(tab)
    await expect(check(tab)).to_have_text("Checking…")
    await tab.write("The page takes a text meanwhile.")
    await expect(check(tab)).to_have_text("Took too long to check")
    await tab.run()
    await tab.finished()
    await expect(check(tab, 5)).to_have_text("Matches the pattern")


async def test_a_schema_is_inferred_from_the_last_answer(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    fake.play(answering('```json\n{"name": "Ada", "born": 1815}\n```'))
    await ask(tab)
    await pick(tab, "schema")
    sheet = await open_schema(tab)
    await sheet.get_by_role("button", name="Infer from the last answer").click()
    await expect(sheet.get_by_label("Name of field 2")).to_have_value("born")
    await expect(sheet.get_by_label("Type of born")).to_have_value("integer")


async def test_a_schema_is_inferred_from_an_answer_of_ones_choice(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    fake.play(answering('{"name": "Ada"}'), answering('{"other": 1}'), answering('{"name": "Alan"}'))
    await ask(tab)
    await ask(tab)
    await pick(tab, "choice")
    await tab.more(3, "Ask for answers like this")
    sheet = tab.page.get_by_role("dialog", name="Schema of the answer")
    await expect(sheet.get_by_label("Name of field 1")).to_have_value("name")
    await tab.page.keyboard.press("Escape")
    await ask(tab)
    assert fake.last.json["response_format"]["json_schema"]["schema"]["required"] == ["name"]
    assert "structured_outputs" not in fake.last.json
    await expect(check(tab, 7)).to_have_text("Follows the schema")


@pytest.mark.model
async def test_the_default_model_is_held_to_what_is_picked(browser: Browser, tmp_path: Path):
    (tmp_path / "data").symlink_to(default_model_data_dir(), target_is_directory=True)
    with AppProcess.start(tmp_path) as app:
        tab = await Playground.open(browser, app.url)
        await expect(tab.pane().locator(".model")).to_contain_text(CARRIED.split("/")[-1])
        await tab.give("temperature", "2")
        await pick(tab, "schema")
        sheet = await open_schema(tab)
        await sheet.get_by_label("Type of answer").select_option("enum")
        await sheet.get_by_role("button", name="Add a field to the answer").click()
        await sheet.get_by_label("Type of field_2").select_option("boolean")
        await tab.page.keyboard.press("Escape")
        await tab.write("Is water wet?")
        await tab.run()
        await tab.finished(timeout=120_000)
        await expect(check(tab)).to_have_text("Follows the schema")
        await pick(tab, "choice")
        await tab.run()
        await tab.finished()
        await expect(check(tab)).to_have_text("One of the choices")
        await pick(tab, "grammar")
        await tab.run()
        await tab.finished()
        await expect(check(tab)).to_have_text("Grammars are not checked here")
        await tab.close()
        assert tab.problems == []
