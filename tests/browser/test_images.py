"""Images on their way in: every way that a user can add one, and what is kept of it.

Most tests draw the components on a stage of their own over the running page; the last ones use the page's composer.
"""

import base64
import io
import json

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import expect

from tests.browser.image_stage import Stage, clear, data_url, decoded, encoded, file, near, png, serve, turned_photo
from tests.browser.playground import Playground
from tests.fakes import FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tab: Playground) -> Stage:
    return await Stage.open(tab)


@pytest_asyncio.fixture(loop_scope="session")
async def blind_stage(tab: Playground) -> Stage:
    return await Stage.open(tab, "tiny-model cannot see images")


# --- what is kept of a picture -------------------------------------------------------------------


async def test_a_photo_is_turned_upright_capped_and_loses_where_it_was_taken(stage: Stage):
    photo = turned_photo()
    assert b"Exif" in photo
    await stage.choose(file("photo.jpg", photo))
    await expect(stage.box.locator(".thumbs small")).to_have_text("1045×1568 · " + "11 KB", timeout=15_000)
    [image] = await stage.images()
    assert (image.format, image.size) == ("JPEG", (1045, 1568))
    assert near(image, (1035, 10), "red")  # the top left corner as taken, turned a quarter to the right
    assert near(image, (10, 10), "blue")
    assert (dict(image.getexif()), "exif" in image.info) == ({}, False)


async def test_what_is_seen_through_stays_so(stage: Stage):
    files = [file(f"clear.{kind}", clear(kind), f"image/{kind}") for kind in ("png", "webp", "gif", "avif")]
    await stage.choose(*files)
    await expect(stage.thumbs).to_have_count(4)
    images = await stage.images()
    assert [image.format for image in images] == ["PNG", "WEBP", "PNG", "PNG"]
    for image in images:
        alpha = image.convert("RGBA").getchannel("A")
        assert (alpha.getpixel((2, 2)), alpha.getpixel((30, 30))) == (0, 255)
        assert near(image, (30, 30), "red")


async def test_a_plain_jpeg_keeps_every_pixel_and_loses_its_comment(stage: Stage):
    plain = encoded(Image.effect_noise((300, 200), 80).convert("RGB"), "JPEG", quality=70, comment=b"taken at home")
    await stage.choose(file("plain.jpg", plain + b"and a second picture"))
    await expect(stage.thumbs).to_have_count(1)
    [part] = await stage.parts()
    kept = base64.b64decode(part["image_url"]["url"].split(",")[1])
    assert b"home" not in kept
    assert b"second" not in kept
    assert decoded(part["image_url"]["url"]).tobytes() == Image.open(io.BytesIO(plain)).tobytes()


async def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(stage: Stage):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("green", "yellow", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    await stage.choose(file("moving.gif", moving, "image/gif"))
    await stage.says("moving.gif is animated: only its first frame is added.")
    [image] = await stage.images()
    assert near(image, (10, 10), "green")


async def test_a_very_large_picture_is_taken(stage: Stage):
    large = encoded(Image.new("L", (12_000, 9_000), 200), "JPEG")
    await stage.choose(file("large.jpg", large))
    await expect(stage.box.locator(".thumbs small")).to_contain_text("1568×1176", timeout=30_000)


async def test_files_that_are_no_pictures_are_named_and_the_others_are_added(stage: Stage):
    await stage.choose(
        file("no.png", b"not one"),
        file("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "image/svg+xml"),
        file("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        file("empty.png", b""),
        file("good.png", png("red")),
    )
    await stage.says(
        "no.png is not a picture this browser can read", "drawing.svg is an SVG drawing", "phone.heic is a HEIC picture"
    )
    await stage.says("And 1 more like these.")
    await expect(stage.thumbs).to_have_count(1)


async def test_the_longest_side_is_chosen_and_remembered(stage: Stage, tab: Playground):
    side = stage.panel.get_by_label("Longest side")
    await stage.button.click()
    await expect(side).to_have_value("1568")
    await side.select_option("512 px")
    await stage.page.keyboard.press("Escape")
    await stage.choose(file("wide.png", png("red", 2400, 30)))
    await expect(stage.box.locator(".thumbs small")).to_contain_text("512×6")
    await tab.page.wait_for_timeout(500)  # stored soon after
    await tab.reload()
    await Stage.open(tab)
    await stage.button.click()
    await expect(side).to_have_value("512")
    await side.select_option("full size")
    await stage.page.keyboard.press("Escape")
    await stage.choose(file("wide.png", png("red", 2400, 30)))
    await expect(stage.box.locator(".thumbs small")).to_contain_text("2400×30")


# --- ways in -------------------------------------------------------------------------------------


async def test_a_url_is_checked_and_added(stage: Stage):
    await serve(stage.page, "https://pictures.example/a.png", lambda: png("red", 40, 30))
    await stage.button.click()
    field = stage.panel.get_by_label("Picture URL")
    for typed, said in {
        "": "Type or paste the address",
        "pictures.example/a.png": "starts with https://",
        "javascript:alert(1)": "starts with https://",
        "data:text/html;base64,aGVsbG8=": "this one is not",
        "data:image/png;base64,!!!": "this one is not",
        "data:image/png;base64,aGVsbG8=": "is not a picture",
    }.items():
        await field.fill(typed)
        await field.press("Enter")
        await expect(stage.panel.get_by_role("alert")).to_contain_text(said)
    await field.fill("  HTTPS://pictures.example/a.png ")
    await field.press("Enter")
    await expect(stage.panel).to_be_hidden()
    await expect(stage.button).to_be_focused()
    assert await stage.parts() == [{"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}]
    await expect(stage.box.locator(".thumbs small")).to_have_text("40×30 · pictures.example")


async def test_a_data_url_is_made_ready_like_a_file(stage: Stage):
    await stage.button.click()
    await stage.panel.get_by_label("Picture URL").fill(data_url(turned_photo(), "jpeg"))
    await stage.panel.get_by_role("button", name="Add", exact=True).click()
    await expect(stage.thumbs).to_have_count(1, timeout=15_000)
    [image] = await stage.images()
    assert (image.size, dict(image.getexif())) == ((1045, 1568), {})


async def test_the_panel_is_used_by_keys_alone(stage: Stage):
    await stage.button.focus()
    await stage.page.keyboard.press("Enter")
    await expect(stage.panel.get_by_role("button", name="Choose files")).to_be_focused()
    await stage.page.keyboard.press("Tab")
    await expect(stage.panel.get_by_label("Picture URL")).to_be_focused()
    await stage.page.keyboard.press("Escape")
    await expect(stage.panel).to_be_hidden()
    await expect(stage.button).to_be_focused()


async def test_pictures_are_dropped(stage: Stage):
    red, blue = file("red.png", png("red")), file("blue.png", png("blue"))
    assert await stage.give("dragover", red)
    await expect(stage.box).to_have_attribute("data-drop", "Drop to add")
    await stage.give("dragleave", red, on=stage.box)
    await expect(stage.box).not_to_have_attribute("data-drop", "Drop to add")
    await stage.give("dragover", red)
    assert await stage.give("drop", red, blue)
    await expect(stage.box).not_to_have_attribute("data-drop", "Drop to add")
    await expect(stage.thumbs).to_have_count(2)
    assert [near(image, (5, 5), colour) for image, colour in zip(await stage.images(), ("red", "blue"), strict=True)]
    assert await stage.give("drop", file("report.pdf", b"%PDF-1.7", "application/pdf"))
    await stage.says("report.pdf is not a picture")


async def test_a_picture_of_another_page_is_dropped_and_a_link_is_left_to_the_text(stage: Stage):
    for name in ("a", "b.png"):
        await serve(stage.page, f"https://pictures.example/{name}", lambda: png("red"))
    link = "https://pictures.example/page"
    tag = '<a href="x"><img src="https://pictures.example/a" onerror="stage.pwned = 1"></a>'
    assert await stage.give("drop", texts={"text/uri-list": link, "text/html": tag})
    assert await stage.give("drop", texts={"text/uri-list": "https://pictures.example/b.png"})
    assert not await stage.give("drop", texts={"text/uri-list": link, "text/html": f"<a href='{link}'>a page</a>"})
    assert not await stage.give("drop", texts={"text/plain": "words"})
    await expect(stage.thumbs).to_have_count(2)
    assert [part["image_url"]["url"] for part in await stage.parts()] == [
        "https://pictures.example/a",
        "https://pictures.example/b.png",
    ]


@pytest.mark.parametrize(
    ("texts", "taken"),
    [
        ({}, True),
        ({"text/html": "<img src='https://pictures.example/a.png'>"}, True),
        ({"text/plain": "red.png"}, True),
        ({"text/plain": "/home/me/red.png"}, True),
        ({"text/plain": "https://pictures.example/a.png", "text/html": "<img src='...'>"}, True),
        ({"text/plain": "A paragraph", "text/html": "<p>A paragraph</p>"}, False),
        ({"text/plain": "A1\tB1\nA2\tB2"}, False),
    ],
)
async def test_a_picture_is_pasted_unless_it_is_one_of_a_text(stage: Stage, texts: dict[str, str], taken: bool):
    assert await stage.give("paste", file("red.png", png("red")), texts=texts) is taken
    assert await stage.page.evaluate("stage.pasted") == [taken]
    await expect(stage.thumbs).to_have_count(1 if taken else 0)


async def test_a_paste_without_a_picture_is_left_alone(stage: Stage):
    assert not await stage.give("paste", texts={"text/plain": "words"})
    assert not await stage.give("paste", file("report.pdf", b"%PDF-1.7", "application/pdf"))


async def test_a_model_that_cannot_see_takes_none_and_says_so(blind_stage: Stage):
    stage = blind_stage
    await expect(stage.button).to_be_disabled()
    await expect(stage.button).to_have_attribute("title", "Add images: tiny-model cannot see images")
    assert await stage.give("dragover", file("red.png", png("red")))
    await expect(stage.box).to_have_attribute("data-drop", "tiny-model cannot see images")
    for kind in ("drop", "paste"):
        await stage.page.evaluate("import('/ui/js/session/store.js').then(({ patch }) => patch({ notice: null }))")
        assert await stage.give(kind, file("red.png", png("red")))
        await stage.says("No picture was added: tiny-model cannot see images.")
    await expect(stage.thumbs).to_have_count(0)


# --- on the page ---------------------------------------------------------------------------------


async def test_pictures_reach_the_request_in_the_order_and_with_the_detail_shown(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    composer = tab.page.locator("#composer")
    await composer.get_by_role("button", name="Add images").click()
    async with tab.page.expect_file_chooser() as chooser:
        await tab.page.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files([file("photo.jpg", turned_photo()), file("red.png", png("red"))])
    await expect(composer.locator(".thumbs img")).to_have_count(2, timeout=15_000)
    await composer.locator(".thumb").nth(1).press("Alt+ArrowLeft")
    await composer.locator(".thumb").nth(0).click()
    await tab.page.get_by_label("Detail").select_option("high")
    await tab.page.keyboard.press("Escape")
    await tab.write("What are they?")
    await tab.run()
    await tab.finished()
    text, first, second = fake.last.json["messages"][-1]["content"]
    assert text == {"type": "text", "text": "What are they?"}
    assert (first["image_url"]["detail"], decoded(first["image_url"]["url"]).format) == ("high", "PNG")
    assert decoded(second["image_url"]["url"]).size == (1045, 1568)
    assert "detail" not in json.dumps(second)


async def test_a_copied_picture_is_pasted_into_the_composer(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.page.evaluate(
        """async (url) => navigator.clipboard.write([
          new ClipboardItem({ "image/png": (await fetch(url)).blob() })])""",
        data_url(png("red", 40, 30), "png"),
    )
    await tab.composer.focus()
    await tab.page.keyboard.press("Control+V")
    await expect(tab.page.locator("#composer .thumbs small")).to_contain_text("40×30")


async def test_a_row_takes_images_as_the_composer_does(tab: Playground, fake: FakeServer):
    await tab.use_endpoint(fake.url)
    await tab.write("What is it?")
    await tab.run()
    await tab.finished()
    await Stage(tab.page).give("drop", file("wide.png", png("red", 2400, 30)), on=tab.text(2))
    await expect(tab.row(2).locator(".thumbs small")).to_contain_text("1568×20")
    await Stage(tab.page).give("paste", file("dot.png", png("blue")), on=tab.text(2))
    await expect(tab.row(2).locator(".thumbs .thumb")).to_have_count(2)
    await tab.tool(2, "Add images")
    await tab.page.get_by_label("Picture URL").fill(data_url(png("green", 9, 9), "png"))
    await tab.page.keyboard.press("Enter")
    await expect(tab.row(2).locator(".thumbs .thumb")).to_have_count(3)
    await tab.run()
    await tab.finished()
    _, *images = fake.last.json["messages"][0]["content"]
    assert [decoded(part["image_url"]["url"]).size for part in images] == [(1568, 20), (20, 20), (9, 9)]
