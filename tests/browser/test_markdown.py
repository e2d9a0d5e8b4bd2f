"""Answers as Markdown in a real browser: what they look like, and that nothing an answer says does anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.app_process import AppProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A page of the app's address and styles with two boxes; the editor plays no part.
PATH = "/sheet"
BLANK = """<!doctype html><html lang="en"><title>sheet</title><link rel="stylesheet" href="/ui/css/app.css">
<body><div class="gradio-container"><div class="region" style="display: block; height: 100%; overflow-y: auto">
<div id="answer"></div><div id="marker"></div></div></div></body></html>"""
SET_UP = """async () => {
  const { html, render } = await import("/ui/js/dom.js");
  const { Markdown } = await import("/ui/js/markdown/markdown.js");
  const { Differences } = await import("/ui/js/views/worddiff.js");
  const box = (id) => document.getElementById(id);
  window.showAnswer = (text, id = "answer") => render(text === null ? null : html`<${Markdown} text=${text} />`, box(id));
  window.showDifferences = (before, after) => render(html`<${Differences} before=${before} after=${after} />`, box("answer"));
}"""

# Every element and attribute of the answer that could do something, and where its links lead.
ALIVE = """() => {
  const found = [];
  for (const element of document.querySelectorAll("#answer *")) {
    if (element.closest("button")) continue;
    const name = element.localName;
    if (/^(script|style|iframe|frame|object|embed|img|svg|form|input|base|meta|link|video|audio|h1|h2)$/.test(name)) found.push(name);
    for (const { name: attribute, value } of element.attributes) {
      const link = name === "a" && attribute === "href" && /^(https?:\\/\\/|mailto:)/i.test(value);
      if (!link && /^on|^(id|name|style|src|srcset|action|formaction|href|xlink:href|data-.*|aria-.*)$/.test(attribute)) {
        found.push(`${attribute}=${value}`);
      }
    }
    if (name === "a" && (element.target !== "_blank" || element.rel !== "noopener noreferrer nofollow")) found.push("a tame link");
  }
  return found;
}"""


@dataclass
class Sheet:
    """A page with one answer on it. `requests` are those made since it was set up, `dialogs` what popped up."""

    page: Page
    origin: str
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    shown: int = 0

    async def set_up(self) -> None:
        self.page.on("dialog", self._dismiss)
        await self.page.route(f"**{PATH}", lambda route: route.fulfill(content_type="text/html", body=BLANK))
        await self.page.goto(self.origin + PATH)
        self.page.context.on("request", self._note)
        await self.page.evaluate(SET_UP)

    async def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    @property
    def strange_requests(self) -> list[str]:
        """Those that an answer caused: to elsewhere, or to a path that hostile answers name."""
        return [url for url in self.requests if not url.startswith(self.origin) or "evil" in url]

    @property
    def libraries(self) -> set[str]:
        paths = (urlsplit(url).path for url in self.requests)
        return {path.removeprefix("/ui/js/vendor/") for path in paths if path.startswith("/ui/js/vendor/")}

    async def show(self, text: str) -> None:
        """Show an answer and wait until it is clear whether it is typeset: texts are taken in turn, so the next one's is."""
        self.shown += 1
        await self.page.evaluate("(text) => showAnswer(text)", text)
        await self.page.evaluate("(text) => showAnswer(text, 'marker')", f"marker *{self.shown}*")
        await expect(self.page.locator("#marker em")).to_have_text(str(self.shown), timeout=20_000)

    @property
    def answer(self) -> Any:
        return self.page.locator("#answer > .markdown")

    @property
    def plain(self) -> Any:
        return self.page.locator("#answer > .plain")


async def _open(browser: Browser, url: str) -> Sheet:
    context = await browser.new_context(
        viewport={"width": 600, "height": 700}, permissions=["clipboard-read", "clipboard-write"]
    )
    sheet = Sheet(await context.new_page(), url)
    await sheet.set_up()
    return sheet


@pytest_asyncio.fixture(loop_scope="session")
async def sheet(browser: Browser, running_app: AppProcess) -> AsyncIterator[Sheet]:
    opened = await _open(browser, running_app.url)
    yield opened
    await opened.page.context.close()


ANSWER = """# Title

A *slanted*, **bold**, ~~struck~~ `word` and [a link](https://example.com/x).

## Part

1. one
   - [x] inner
2. two

> quoted

```python
def f(x):
\treturn "<b>" * x
```

| left | right |
| :--- | ---: |
| 1 | 2 |

Inline $e^{i\\pi}$, and

\\[ \\int_0^1 x\\,dx = \\frac12 \\]
"""

ELEMENTS = {
    "h3": ["Title"],
    "h4": ["Part"],
    "em": ["slanted"],
    "strong": ["bold"],
    "s": ["struck"],
    "p > code": ["word"],
    "a[target=_blank][rel~=noopener]": ["a link"],
    "ol > li > ul > li": ["☑ inner"],
    "blockquote": ["quoted"],
    "figure figcaption span": ["python"],
    "figure pre code": ['def f(x):\n\treturn "<b>" * x'],
    "th": ["left", "right"],
    ".table-scroll td[align=right]": ["2"],
    "p > math msup mi": ["e", "i", "π"],
    ".formula > math[display=block] mfrac mn": ["1", "2"],
}


async def test_an_answer_is_typeset(sheet: Sheet):
    await sheet.show(ANSWER)
    found = {
        selector: [text.strip() for text in await sheet.answer.locator(selector).all_text_contents()]
        for selector in ELEMENTS
    }
    assert found == ELEMENTS
    assert await sheet.answer.locator("math").first.evaluate("(math) => math.namespaceURI.split('/').pop()") == "MathML"
    assert await sheet.answer.locator("math").last.evaluate("(math) => math.getBoundingClientRect().height > 20")
    assert await sheet.page.evaluate(ALIVE) == []


async def test_the_libraries_come_when_they_are_needed(sheet: Sheet):
    markdown = {"markdown-it.mjs", "dompurify.mjs"}
    assert not sheet.libraries & {*markdown, "katex.mjs"}
    await sheet.show("a *b* for $5 and $10")
    assert sheet.libraries >= markdown
    assert "katex.mjs" not in sheet.libraries
    await sheet.show("a $b$")
    assert "katex.mjs" in sheet.libraries


async def test_an_answer_that_comes_back_is_there_at_once(sheet: Sheet):
    await sheet.show("a *b*")
    again = (
        """() => { showAnswer(null); showAnswer("a *b*"); return document.querySelector("#answer em")?.textContent; }"""
    )
    assert await sheet.page.evaluate(again) == "b"


async def test_another_text_replaces_the_one_before(sheet: Sheet):
    await sheet.show("a *b*")
    both = """() => { showAnswer("c *d*"); return new Promise((done) => setTimeout(() => done(
      document.getElementById("answer").textContent), 0)); }"""
    assert await sheet.page.evaluate(both) == "c *d*"
    await expect(sheet.answer.locator("em")).to_have_text("d")


async def test_code_is_copied_as_it_stands(sheet: Sheet):
    code = 'def f():\n\treturn "<&>  "\n\n# é \u2028 end  '
    await sheet.show(f"```python\n{code}\n```\n\n    other")
    await sheet.answer.get_by_role("button", name="Copy").first.click()
    await expect(sheet.answer.get_by_role("button").first).to_have_text("Copied")
    assert await sheet.page.evaluate("navigator.clipboard.readText()") == code
    await expect(sheet.answer.get_by_role("button").first).to_have_text("Copy")


async def test_what_is_wide_scrolls_by_itself_and_by_keyboard(sheet: Sheet):
    row = "| " + " | ".join(["unbreakable_words"] * 12) + " |\n"
    wide = f"{row}{'|-' * 12}|\n{row}\n```\n{'x' * 300}\n```\n\n$${'+'.join(['x'] * 80)}$$\n\n{'y' * 300}"
    await sheet.show(wide + "\n\n```\nshort\n```")
    scrolling = "(element) => [element.scrollWidth > element.clientWidth, element.tabIndex]"
    for selector in (".table-scroll", "figure:first-of-type pre", ".formula"):
        await expect(sheet.answer.locator(selector)).to_have_attribute("tabindex", "0")
        assert await sheet.answer.locator(selector).evaluate(scrolling) == [True, 0]
    assert await sheet.answer.locator("figure:last-of-type pre").evaluate(scrolling) == [False, -1]
    assert await sheet.answer.evaluate(scrolling) == [False, -1]


PWN = "window.pwned=1;alert(1)"
HOSTILE = [
    f"<script>{PWN}</script>",
    f"a <img src=x onerror={PWN}> b",
    f"<svg onload={PWN}><style>*{{display:none}}</style></svg>",
    f"<iframe srcdoc='<script>parent.{PWN}</script>'></iframe>",
    "<form action=/evil><input name=attributes><button>x</button></form>",
    "<a id=showAnswer name=body href=#x>x</a>",
    "<base href=https://evil.test/><meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<link rel=stylesheet href=/evil.css><style>@import '/evil.css'</style>",
    f"[x](javascript:{PWN})",
    f"[x](JaVa&#x53;cript:{PWN}) [x](javascript&colon;{PWN}) [x](\\javascript:{PWN}) [x](<java\tscript:{PWN}>)",
    f"[x](vbscript:{PWN}) [x](data:text/html,<script>{PWN}</script>) [x](blob:x) [x](\x01javascript:{PWN})",
    f"<javascript:{PWN}>",
    f"[r]\n\n[r]: javascript:{PWN}",
    f"[x](https://a.test/'\"onmouseover=\"{PWN}\" 'a\"><img src=x onerror={PWN}>')",
    f'![a"onerror="{PWN}](https://evil.test/i.png "t\\"><script>{PWN}</script>")',
    "![x](/evil.png) ![x](//evil.test/i.png) ![x](http://evil.test/i.svg) ![x](data:image/svg+xml;base64,PHN2Zz4=)",
    f'```"><img/src=x/onerror={PWN}>\n</code></pre><script>{PWN}</script>\n```',
    f"``` \" onclick={PWN} id=x\ncode\n```",
    f"`<img src=x onerror={PWN}>` <!-- <script>{PWN}</script> --> <![CDATA[<script>{PWN}</script>]]>",
    f"$\\href{{javascript:{PWN}}}{{x}}$ $\\url{{javascript:{PWN}}}$ $\\includegraphics{{/evil.png}}$",
    "$\\htmlData{x=y}{z}\\htmlId{body}{z}\\htmlClass{c}{z}\\htmlStyle{background:url(/evil)}{z}$",
    f"$\\text{{<img src=x onerror={PWN}>}}$ $$</annotation></math><script>{PWN}</script>$$",
    f"$\\color{{red\"onclick=\"{PWN}}}x$ $\\unicode{{x3c}}script\\unicode{{x3e}}$",
    f"| a |\n|---|\n| <img src=x onerror={PWN}> |",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
]  # fmt: skip


async def test_nothing_that_an_answer_says_does_anything(sheet: Sheet):
    for text in HOSTILE:
        await sheet.show(text)
        assert await sheet.answer.count() == 1, text
        assert await sheet.page.evaluate(ALIVE) == [], text
        for link in await sheet.answer.locator("a").all():
            await link.hover()
    await sheet.show("\n\n".join(HOSTILE))
    assert await sheet.page.evaluate(ALIVE) == []
    assert await sheet.page.evaluate("window.pwned") is None
    assert (sheet.dialogs, sheet.strange_requests) == ([], [])


LET_THROUGH = f"""
<p id=body onclick="{PWN}" style="background:url(/evil)">kept <img src=/evil.png onerror="{PWN}"><script>{PWN}</script>
<a href="javascript:{PWN}">bad</a> <a href="java&#10;script:{PWN}">bad</a> <a href="/evil">bad</a>
<a href="https://a.test" target="_blank" rel="noopener noreferrer nofollow">good</a></p>
<svg><animate onbegin="{PWN}"/><style>*{{}}</style></svg><form action=/evil><input autofocus onfocus="{PWN}"></form>
<math><mtext><table><mglyph><style><img src=/evil.png onerror="{PWN}"></style></mglyph></table></mtext>
<annotation-xml encoding="text/html"><img src=/evil.png onerror="{PWN}"></annotation-xml>
<maction actiontype="statusline" href="javascript:{PWN}">x</maction></math>
<iframe src=/evil></iframe><object data=/evil></object><video src=/evil></video><input name=attributes>
"""


async def test_html_that_got_past_the_first_fence_is_stopped_by_the_second(sheet: Sheet):
    worker = "onmessage = ({ data }) => postMessage({ state: 'done', result: data.startsWith('marker') ? `<em>1</em>` : data })"
    await sheet.page.context.route(
        "**/markup-worker.js", lambda route: route.fulfill(content_type="text/javascript", body=worker)
    )
    await sheet.show(LET_THROUGH)
    await expect(sheet.answer).to_contain_text("kept")
    assert [
        await link.get_attribute("href") for link in await sheet.answer.locator("a[href]").all()
    ] == ["https://a.test"]  # fmt: skip
    alive = await sheet.page.evaluate(ALIVE)
    assert set(alive) <= {"a tame link"}  # those that lost their address
    assert await sheet.page.evaluate("window.pwned") is None
    assert (sheet.dialogs, sheet.strange_requests) == ([], [])


BOMBS = {
    "quotes": "> " * 10_000 + "x",
    "quotes without blanks": ">" * 50_000,
    "lists": "- " * 10_000 + "x",
    "indented lists": "\n".join("  " * level + "- x" for level in range(440)),
    "brackets": "[" * 50_000,
    "images": "![" * 40_000 + "](http://x.test)" * 5_000,
    "stars": "*" * 50_000,
    "emphasis": "*" * 25_000 + "a" + "*" * 25_000,
    "nested emphasis": "*a **b " * 20_000,
    "ticks": "`" * 50_000,
    "dollars": "$" * 50_000,
    "openers": "\\(" * 50_000,
    "displays": "\\[\n" * 20_000,
    "braces": "$" + "{" * 50_000,
    "definitions": "$\\def\\a{\\a\\a}\\a$ " * 2_000,
    "sizes": "$\\rule{99999em}{99999em} \\kern{99999em} x$",
    "formulas": "$\\frac{1}{2}$ " * 10_000,
    "cells": "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + ("|b" * 50 + "|\n") * 1_900,
    "columns": "|" * 60_000 + "\n" + "|-" * 60_000,
    "rules": "***\n" * 40_000,
    "one word": "a" * 190_000,
    "too long": "word " * 200_000,
    "entities": "&" * 100_000,
    "fences": "```\n" * 40_000,
}


async def test_texts_made_to_freeze_the_page_do_not(sheet: Sheet):
    for name, text in BOMBS.items():
        await sheet.show(text)
        assert await sheet.answer.or_(sheet.plain).count() == 1, name
        if await sheet.plain.count():
            assert await sheet.plain.text_content() == text, name
        else:
            assert await sheet.page.evaluate(ALIVE) == [], name


async def test_a_parser_that_never_ends_leaves_the_plain_text(sheet: Sheet):
    """The page answers all the while, and the next answer is typeset."""
    stuck = "onmessage = () => { postMessage({ state: 'working' }); for (;;); }"
    path = "**/markup-worker.js"
    await sheet.page.context.route(path, lambda route: route.fulfill(content_type="text/javascript", body=stuck))
    await sheet.page.evaluate("showAnswer('a *b*')")
    await expect(sheet.plain).to_have_text("a *b*")
    await sheet.page.context.unroute(path)
    await sheet.page.evaluate("showAnswer('c *d*', 'marker')")
    await expect(sheet.page.locator("#marker em")).to_have_text("d", timeout=20_000)
    await expect(sheet.plain).to_have_text("a *b*")


async def test_without_the_scripts_the_plain_text_stands(sheet: Sheet):
    await sheet.page.context.route("**/markdown-it.mjs", lambda route: route.abort())
    await sheet.page.evaluate("showAnswer('a *b*\\n  c')")
    await expect(sheet.plain).to_have_text("a *b*\n  c")
    await sheet.page.context.unroute("**/markdown-it.mjs")
    await sheet.show("d *e*")
    await expect(sheet.answer.locator("em")).to_have_text("e")


async def test_differences_are_marked_for_eyes_and_readers(sheet: Sheet):
    before, after = "The cat sat.\n  <b>old</b>", "The dog sat.\n  <b>new</b>\n"
    await sheet.page.evaluate("([before, after]) => showDifferences(before, after)", [before, after])
    shown = sheet.page.locator("#answer > .word-differences")
    assert [text.strip() for text in await shown.locator("del").all_text_contents()] == ["cat", "old"]
    assert [text.strip() for text in await shown.locator("ins").all_text_contents()] == ["dog", "new", ""]
    assert await shown.evaluate("(box) => getComputedStyle(box).whiteSpace") == "pre-wrap"
    assert await shown.locator("del").first.evaluate("(e) => getComputedStyle(e).textDecorationLine") == "line-through"
    assert await shown.locator("ins").first.evaluate("(e) => getComputedStyle(e).textDecorationLine") == "underline"
    side = "(box, other) => [...box.childNodes].filter((node) => node.localName !== other).map((node) => node.textContent).join('')"
    assert [await shown.evaluate(side, "ins"), await shown.evaluate(side, "del")] == [before, after]
