"""The page as a user handles it: what tests say instead of selectors."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

PICTURES = Path(__file__).parents[1] / "output"
QUIET = ("AbortError", "ERR_ABORTED", "Connection errored out")
"""What Gradio's own script reports when the page is left while an event stream is open."""

USE_ENDPOINT = """async ([name, base_url]) => {
  const { update } = await import("/ui/js/session/store.js");
  const { fetchModels } = await import("/ui/js/session/server.js");
  const endpoint = { name, kind: "remote", base_url, key_name: "API_KEY" };
  const moved = (pane) => ({ ...pane, endpoint: name, model: "fake" });
  const change = (now) => ({ ...now, endpoints: [...now.endpoints, endpoint], panes: now.panes.map(moved) });
  update(change, { silent: true });
  await fetchModels(name);
}"""


class Playground:
    """One tab. `problems` collects what the page's console and scripts complain about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)

    @classmethod
    async def open(cls, browser: Browser, url: str, *, width: int = 1280, theme: str = "light") -> Playground:
        """A tab in a browser profile of its own."""
        context = await browser.new_context(
            viewport={"width": width, "height": 844 if width < 700 else 800},
            color_scheme="dark" if theme == "dark" else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        return await cls.tab(context, url)

    @classmethod
    async def tab(cls, context: BrowserContext, url: str) -> Playground:
        tab = cls(await context.new_page(), url)
        await tab.page.goto(url)
        await tab.ready()
        return tab

    async def ready(self) -> None:
        await expect(self.composer).to_be_visible(timeout=30_000)

    async def reload(self) -> None:
        await self.page.reload()
        await self.ready()

    async def close(self) -> None:
        await self.page.context.close()

    def _note(self, said: str) -> None:
        if not any(mark in said for mark in QUIET):
            self.problems.append(said)

    # --- where things are ------------------------------------------------------------------------

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("Next user message")

    def pane(self, number: int = 1) -> Locator:
        return self.page.locator(f"#pane-{number - 1} .pane")

    def rows(self, number: int = 1) -> Locator:
        return self.pane(number).locator("li[data-row]")

    def row(self, number: int, pane: int = 1) -> Locator:
        return self.rows(pane).nth(number - 1)

    def text(self, number: int, pane: int = 1) -> Locator:
        return self.row(number, pane).locator("textarea")

    def param(self, name: str) -> Locator:
        return self.page.locator(f".param[data-param={name}]")

    def error(self, pane: int = 1) -> Locator:
        return self.pane(pane).get_by_role("alert")

    async def said(self, pane: int = 1) -> list[tuple[str, str]]:
        """The conversation: (role, text) of every row, an answer's Markdown as it reads."""
        return [
            (await row.get_attribute("data-role") or "", await self._text_of(row))
            for row in await self.rows(pane).all()
        ]

    async def _text_of(self, row: Locator) -> str:
        field = row.locator(".body > textarea, .body > div > textarea")
        if await field.count():
            return await field.input_value()
        shown = row.locator(".shown")
        return await shown.inner_text() if await shown.count() else ""

    # --- what a user does ------------------------------------------------------------------------

    async def write(self, text: str) -> None:
        await self.composer.fill(text)

    async def run(self) -> None:
        await self.page.keyboard.press("Control+Enter")
        await self.drawn()

    async def run_pane(self, pane: int = 1) -> None:
        await self.pane(pane).locator(".pane-top").get_by_role("button", name="Run").click()
        await self.drawn()

    async def drawn(self) -> None:
        """Wait until the page shows what was done last: without it, a run about to begin looks like one that is over."""
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    async def finished(self, pane: int = 1, timeout: float = 60_000) -> None:
        """Wait until the pane has come to an end, good or bad."""
        await expect(self.pane(pane)).to_have_attribute("data-running", "false", timeout=timeout)

    async def running(self, pane: int = 1) -> None:
        await expect(self.pane(pane)).to_have_attribute("data-running", "true")

    async def tool(self, number: int, label: str, pane: int = 1) -> None:
        """Press a button of a row's toolbar."""
        await self.row(number, pane).hover()
        await self.row(number, pane).get_by_role("button", name=label).click()

    async def more(self, number: int, item: str, pane: int = 1) -> None:
        """Choose from a row's menu."""
        await self.tool(number, f"More Message {number}", pane)
        await self.page.get_by_role("menuitem", name=item).click()

    async def pane_menu(self, item: str, pane: int = 1) -> None:
        await self.pane(pane).get_by_role("button", name="More for this pane").click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def edit_answer(self, number: int, text: str, pane: int = 1) -> None:
        """Change an answer that is shown as Markdown."""
        await self.row(number, pane).locator(".shown").dblclick()
        await self.text(number, pane).fill(text)
        await self.text(number, pane).press("Escape")

    async def add_pane(self) -> None:
        await self.page.get_by_role("button", name="Compare", exact=True).click()

    async def give(self, name: str, value: str) -> None:
        """Give a parameter a value through its text field."""
        param = self.param(name)
        if await param.locator(".default").count():
            await param.locator(".default").click()
        await param.locator(f"#param-{name}").fill(value)

    async def add_endpoint(self, url: str, name: str, key: str = "", key_name: str = "", listed: bool = True) -> None:
        """Add an endpoint in the model dialog of pane 1, and choose the model `fake`: from its list, or typed."""
        await self.pane().locator(".model").click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Add an endpoint").click()
        await dialog.get_by_label("Base URL").fill(url)
        await dialog.get_by_label("Name", exact=True).fill(name)
        await dialog.get_by_label("API key").fill(key)
        await dialog.get_by_label("Environment variable in code").fill(key_name)
        await dialog.get_by_role("button", name="Add endpoint", exact=True).click()
        if listed:
            await dialog.get_by_role("button", name="fake", exact=True).click()
        else:
            await expect(dialog.get_by_role("alert")).to_be_visible(timeout=15_000)
            await dialog.get_by_role("searchbox").fill("fake")
            await dialog.get_by_role("searchbox").press("Enter")
        await expect(dialog).to_be_hidden()

    async def use_endpoint(self, url: str, name: str = "fake endpoint") -> None:
        """Have pane 1 on the model `fake` of an endpoint, as add_endpoint does, without the dialog."""
        await self.page.evaluate(USE_ENDPOINT, [name, url])

    async def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")
