"""The images of a message: put in order, removed, enlarged, and those that cannot be shown."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.image_stage import Stage, data_url, near, png, serve
from tests.browser.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tab: Playground) -> Stage:
    return await Stage.open(tab)


async def _colours(stage: Stage) -> list[str]:
    names = ("red", "green", "blue")
    return [next(name for name in names if near(image, (5, 5), name)) for image in await stage.images()]


async def _three(stage: Stage) -> None:
    await stage.show(*[data_url(png(colour, 40, 30), "png") for colour in ("red", "green", "blue")])
    await expect(stage.box.locator(".thumbs small")).to_have_text(["40×30 · 98 B", "40×30 · 99 B", "40×30 · 99 B"])


async def test_pictures_are_put_in_order_by_keys(stage: Stage):
    await _three(stage)
    await stage.thumbs.nth(0).focus()
    await stage.page.keyboard.press("Alt+ArrowRight")
    await expect(stage.thumbs.nth(1)).to_be_focused()
    await stage.page.keyboard.press("Alt+ArrowRight")
    await stage.page.keyboard.press("Alt+ArrowRight")  # already the last
    await expect(stage.thumbs.nth(2)).to_be_focused()
    assert await _colours(stage) == ["green", "blue", "red"]
    await stage.page.keyboard.press("Alt+ArrowLeft")
    await expect(stage.thumbs.nth(1)).to_be_focused()
    assert await _colours(stage) == ["green", "red", "blue"]


async def test_pictures_are_dragged_into_order_and_a_drag_opens_nothing(stage: Stage):
    await _three(stage)
    first, last = [await stage.thumbs.nth(place).bounding_box() for place in (0, 2)]
    assert first
    assert last
    mouse = stage.page.mouse
    await mouse.move(first["x"] + 60, first["y"] + 40)
    await mouse.down()
    await mouse.move(last["x"] + 70, last["y"] + 40, steps=5)
    await expect(stage.box.locator(".thumbs li").nth(2)).to_have_attribute("data-place", "after")
    await mouse.up()
    assert await _colours(stage) == ["green", "blue", "red"]
    await expect(stage.page.locator("dialog.viewer")).to_have_count(0)
    await mouse.move(first["x"] + 60, first["y"] + 40)
    await mouse.down()
    await mouse.move(last["x"] + 70, last["y"] + 40, steps=5)
    await stage.page.keyboard.press("Escape")
    await mouse.up()
    assert await _colours(stage) == ["green", "blue", "red"]
    await expect(stage.page.locator("dialog.viewer")).to_have_count(0)
    await stage.thumbs.nth(0).click()
    await expect(stage.page.locator("dialog.viewer")).to_be_visible()


async def test_pictures_are_removed_and_the_focus_stays_near(stage: Stage):
    await _three(stage)
    await stage.box.get_by_role("button", name="Remove image 2").click()
    assert await _colours(stage) == ["red", "blue"]
    await expect(stage.box.get_by_role("button", name="Remove image 2")).to_be_focused()
    await stage.thumbs.nth(1).focus()
    await stage.page.keyboard.press("Delete")
    await expect(stage.thumbs.nth(0)).to_be_focused()
    await stage.page.keyboard.press("Delete")
    await expect(stage.thumbs).to_have_count(0)
    await expect(stage.text).to_be_focused()


async def test_a_picture_is_enlarged_with_its_facts_its_neighbours_and_a_detail(stage: Stage):
    await _three(stage)
    await stage.thumbs.nth(1).press("Enter")
    viewer = stage.page.locator("dialog.viewer")
    await expect(viewer).to_contain_text("Image 2 of 3")
    await expect(viewer.locator(".facts")).to_have_text("40×30 · 99 B")
    await viewer.get_by_label("Detail").select_option("low")
    await viewer.get_by_role("button", name="Next image").click()
    await expect(viewer).to_contain_text("Image 3 of 3")
    await stage.page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("Image 1 of 3")
    await viewer.get_by_label("Detail").select_option("high")
    await viewer.get_by_label("Detail").select_option("default")
    await stage.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(stage.thumbs.nth(0)).to_be_focused()
    assert [part["image_url"].get("detail", "none") for part in await stage.parts()] == ["none", "low", "none"]
    await stage.thumbs.nth(2).click()
    await stage.page.mouse.click(5, 5)
    await expect(viewer).to_have_count(0)


async def test_a_picture_that_cannot_be_loaded_keeps_its_place_and_its_url(stage: Stage):
    await serve(stage.page, "https://pictures.example/gone.png", lambda: b"gone")
    await stage.show("https://pictures.example/gone.png", "data:image/png;base64,aGVsbG8=")
    await expect(stage.thumbs.nth(0)).to_contain_text("https://pictures.example/gone.png")
    await expect(stage.thumbs.nth(1)).to_contain_text("Cannot be shown here")
    await stage.thumbs.nth(0).click()
    await expect(stage.page.locator("dialog.viewer .lost")).to_contain_text("https://pictures.example/gone.png")


async def test_the_host_of_a_picture_is_not_told_where_it_is_shown(stage: Stage):
    asked: list[dict[str, str]] = []
    await serve(stage.page, "https://pictures.example/a.png", lambda: png("red"), asked)
    await stage.show("https://pictures.example/a.png")
    await expect(stage.box.locator(".thumbs small")).to_contain_text("pictures.example")
    await stage.thumbs.nth(0).click()
    await expect(stage.page.locator("dialog.viewer .facts")).to_contain_text("×")
    assert asked
    assert [headers for headers in asked if "referer" in headers] == []
