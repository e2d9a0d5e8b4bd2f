"""axe finds nothing serious in any state of the page, light or dark; role colours stay apart for every eye."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import DONE, Answer, FakeServer, chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")
STYLES = Path(__file__).parents[2] / "assets" / "css" / "app.css"

TEXT = "## Title\n\n`code` [link](https://example.org)\n\n```js\nlet x\n```\n\n| a |\n| - |\n| 1 |\n\n$x$"

CURL = """curl https://api.example.com/v1/chat/completions -H "Authorization: Bearer sk-0123456789abcdef0123" \\
  -d '{"model": "org/model", "messages": [{"role": "user", "content": "hi {{x}}"}], "temperature": 0.5}'"""


async def chat(tab: Playground) -> None:
    await expect(tab.row(3).locator("math")).to_have_count(1)
    await tab.row(2).hover()


async def menu(tab: Playground) -> None:
    await tab.tool(3, "More Message 3")


async def keys(tab: Playground) -> None:
    await tab.page.locator(".top").get_by_role("button", name="More").click()
    await tab.page.get_by_role("menuitem", name="Keys").click()


async def picker(tab: Playground) -> None:
    await tab.pane().locator(".model").click()


async def compare(tab: Playground) -> None:
    await tab.give("temperature", "0.7")
    await tab.add_pane()
    await tab.give("temperature", "0.5")
    await tab.give("top_p", "0.5")


async def figures(tab: Playground) -> None:
    await tab.page.get_by_role("button", name="Summary").click()


async def word_diff(tab: Playground) -> None:
    await figures(tab)
    await tab.page.get_by_role("radio", name="Word diff").click()


async def variables(tab: Playground) -> None:
    await tab.write("{{name}}")
    await tab.page.get_by_role("radio", name="Variables").click()
    await tab.page.get_by_role("button", name="Add a row").click()


async def code_of_two_panes(tab: Playground) -> None:
    await tab.page.get_by_role("radio", name="Code").click()
    await tab.page.get_by_role("radio", name="Full").click()
    await expect(tab.page.locator(".listing mark .tok-comment").first).to_be_visible()
    await expect(tab.page.locator(".listing mark .apart").first).to_be_visible()
    await tab.page.get_by_role("button", name="How to run").first.click()


async def data(tab: Playground) -> None:
    await tab.page.get_by_role("radio", name="Data").click()
    await tab.page.get_by_role("radio", name="Markdown").click()
    await expect(tab.page.locator(".listing .wraps").first).to_be_visible()


async def import_dialog(tab: Playground) -> None:
    await tab.page.keyboard.press("Control+o")
    await tab.page.get_by_label("Paste a request").fill(CURL)
    await expect(tab.page.locator(".import-one")).to_contain_text("org/model")


async def raw(tab: Playground) -> None:
    await tab.page.get_by_role("radio", name="Raw").click()
    await expect(tab.page.locator(".raw-lines").first).to_be_visible()


async def failed(tab: Playground) -> None:
    await tab.page.get_by_role("radio", name="Chat").click()
    await tab.write("fail")
    await tab.run_pane(1)
    await expect(tab.error()).to_be_visible()


async def code_on_a_phone(tab: Playground) -> None:
    await tab.page.set_viewport_size({"width": 390, "height": 844})
    await tab.page.get_by_role("radio", name="Code").click()
    await tab.page.get_by_role("radio", name="Python").click()
    await expect(tab.page.get_by_role("combobox", name="Client")).to_be_visible()
    await expect(tab.page.locator(".listing mark .apart").first).to_be_visible()


async def import_on_a_phone(tab: Playground) -> None:
    await import_dialog(tab)


# In this order in one tab; Escape leads back from each to the next.
STATES = (
    *(chat, menu, keys, picker, compare, figures, word_diff, variables),
    *(code_of_two_panes, data, import_dialog, raw, failed, code_on_a_phone, import_on_a_phone),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing(browser: Browser, running_app: AppProcess, fake: FakeServer, theme: str):
    tab = await Playground.open(browser, running_app.url, theme=theme)
    await tab.use_endpoint(fake.url)
    fake.play(
        Answer.events(chunk(reasoning_content="Hm."), chunk(TEXT), chunk(reason="length"), DONE),
        Answer.json({"error": {"message": "out of order"}}, 400),
    )
    await tab.write("hi")
    await tab.run()
    await tab.finished()
    found = {}
    for state in STATES:
        await state(tab)
        await tab.page.wait_for_timeout(250)
        violations = (await Axe().run(tab.page)).response["violations"]
        found[state.__name__] = [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in violations]
        await tab.page.keyboard.press("Escape")
    await tab.close()
    assert found == {state.__name__: [] for state in STATES}


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_role_colours_stay_apart_for_every_eye(theme: str):
    """CIE76 distance of each two role colours of at least 8, as seen with each kind of colour blindness; what stays
    close has another shape beside it. Simulation: Machado, Oliveira, Fernandes 2009, severity 1.0."""
    colours = _role_colours(theme)
    for name, matrix in MACHADO.items():
        seen = {role: _lab(_applied(matrix, _linear(colour))) for role, colour in colours.items()}
        for one in seen:
            for other in seen:
                if one < other:
                    distance = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
                    assert distance >= 8, f"{one} and {other} with {name}: {distance:.1f}"


MACHADO = {
    "normal sight": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
Triple = tuple[float, float, float]


def _role_colours(theme: str) -> dict[str, str]:
    text = STYLES.read_text("utf-8")
    block = text.split("body.dark {")[1 if theme == "dark" else 0]
    return {
        role: found.group(1)
        for role in ("sys", "dev", "user", "asst", "tool")
        if (found := re.search(rf"--{role}: (#[0-9a-f]{{6}})", block))
    }


def _linear(colour: str) -> Triple:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue))
    return r, g, b


def _applied(matrix: tuple[tuple[float, ...], ...], colour: Triple) -> Triple:
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, colour, strict=True)))) for row in matrix)
    return r, g, b


def _lab(linear: Triple) -> Triple:
    r, g, b = linear
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
