"""A stage for the components that show and add images, drawn over the running page; and images to put on it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from PIL import Image, TiffImagePlugin
from playwright.async_api import FilePayload, Locator, Page, Route

from tests.browser.playground import Playground

_STAGE = """async (blind) => {
  const load = (name) => import(new URL(`ui/js/${name}`, document.baseURI).href);
  const { html, render } = await load("dom.js");
  const { AddImages, dropImages, pastedImages, Thumbs } = await load("images/pictures.js");
  const { store } = await load("session/store.js");
  const place = document.createElement("div");
  place.className = "region";
  place.style = "position: fixed; inset: 80px 16px auto; z-index: 50; background: var(--panel); padding: 16px;";
  document.querySelector(".gradio-container").append(place);
  const stage = (window.stage = { images: [], pasted: [], notice: () => store.state.notice });
  const show = (images) => {
    stage.images = images;
    const onAdd = (parts) => show([...stage.images, ...parts]);
    const onPaste = (event) => stage.pasted.push(pastedImages(event, { blind, onAdd }));
    render(html`<section aria-label="Stage" ...${dropImages({ blind, onAdd })}>
      <${Thumbs} images=${images} onChange=${show} label="Images of the stage" />
      <textarea aria-label="Stage text" onPaste=${onPaste}></textarea>
      <${AddImages} blind=${blind} onAdd=${onAdd} />
    </section>`, place);
  };
  stage.show = show;
  show([]);
}"""

_GIVE = """(target, [kind, files, texts]) => {
  const data = new DataTransfer();
  for (const [name, type, content] of files)
    data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type }));
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const how = { bubbles: true, cancelable: true };
  return !target.dispatchEvent(kind === "paste"
    ? new ClipboardEvent(kind, { ...how, clipboardData: data })
    : new DragEvent(kind, { ...how, dataTransfer: data }));
}"""


class Stage:
    """The components, with what they hand on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("region", name="Stage")
        self.text = page.get_by_label("Stage text")
        self.thumbs = self.box.locator(".thumbs .thumb")
        self.button = self.box.get_by_role("button", name="Add images")
        self.panel = page.get_by_role("dialog", name="Add images").filter(visible=True)

    @classmethod
    async def open(cls, tab: Playground, blind: str | None = None) -> Stage:
        await tab.page.evaluate(_STAGE, blind)
        return cls(tab.page)

    async def images(self) -> list[Image.Image]:
        return [decoded(part["image_url"]["url"]) for part in await self.parts()]

    async def parts(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = await self.page.evaluate("stage.images")
        return parts

    async def show(self, *urls: str) -> None:
        parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        await self.page.evaluate("parts => stage.show(parts)", parts)

    async def choose(self, *files: FilePayload) -> None:
        await self.button.click()
        async with self.page.expect_file_chooser() as chooser:
            await self.panel.get_by_role("button", name="Choose files").click()
        await (await chooser.value).set_files(files)

    async def give(
        self, kind: str, *files: FilePayload, on: Locator | None = None, texts: dict[str, str] | None = None
    ) -> bool:
        """Dispatch a drag or paste event with these files and texts; whether the page took it."""
        packed = [[file["name"], file["mimeType"], base64.b64encode(file["buffer"]).decode()] for file in files]
        taken: bool = await (on or self.text).evaluate(_GIVE, [kind, packed, texts or {}])
        return taken

    async def says(self, *words: str) -> None:
        for word in words:
            await self.page.wait_for_function("word => stage.notice()?.includes(word)", arg=word)


# --- images ----------------------------------------------------------------------------------------


def turned_photo() -> bytes:
    """3000x2000 as stored, to be turned a quarter to the right; red in its top left corner, with a place in its EXIF."""
    image = Image.new("RGB", (3000, 2000), "blue")
    image.paste("red", (0, 0, 300, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    degrees = tuple(TiffImagePlugin.IFDRational(part) for part in (52, 31, 12))
    exif.get_ifd(0x8825).update({1: "N", 2: degrees, 3: "E", 4: degrees})
    return encoded(image, "JPEG", exif=exif)


def clear(kind: str) -> bytes:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste("red", (20, 20, 40, 40))
    return encoded(image, kind.upper())


def png(colour: str, width: int = 20, height: int = 20) -> bytes:
    return encoded(Image.new("RGB", (width, height), colour), "PNG")


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def file(name: str, content: bytes, kind: str = "image/png") -> FilePayload:
    return FilePayload(name=name, mimeType=kind, buffer=content)


def data_url(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def decoded(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))


def near(image: Image.Image, at: tuple[int, int], colour: str) -> bool:
    """Whether a pixel has this colour, but for what JPEG and WebP lose."""
    found = image.convert("RGB").getpixel(at)
    meant = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    assert isinstance(found, tuple)
    assert isinstance(meant, tuple)
    return all(abs(one - other) < 12 for one, other in zip(found, meant, strict=True))


async def serve(page: Page, url: str, content: Callable[[], bytes], asked: list[dict[str, str]] | None = None) -> None:
    async def answer(route: Route) -> None:
        if asked is not None:
            asked.append(await route.request.all_headers())
        await route.fulfill(body=content(), content_type="image/png")

    await page.route(url, answer)
