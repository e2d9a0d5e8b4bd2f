"""The code view: from an edit to the code that has it, painted in every pane."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from tests.benchmarks.editor.bench import Bench
from tests.benchmarks.editor.documents import conversation, renamed, reworded
from tests.benchmarks.editor.figures import Figure, times
from tests.browser.playground import Playground

ROWS = 20
UNDER = 100
LANGUAGES = ("Python", "JavaScript", "Shell", "Data")

# A character at the end of the composer's draft, and the time until the code of all panes ends in that draft.
_EDIT = """
async ([character, draft]) => {
  const codes = [...document.querySelectorAll(".listing > pre")];
  const field = document.querySelector("#composer textarea");
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  const start = performance.now();
  const shown = new Promise((resolve) => {
    const look = () => codes.every((code) => code.textContent.includes(draft)) && resolve(watch.disconnect());
    const watch = new MutationObserver(look);
    for (const code of codes) watch.observe(code, { subtree: true, childList: true, characterData: true });
  });
  document.execCommand("insertText", false, character);
  await shown;
  return (await probe.painted()) - start;
}
"""


async def measure(bench: Bench, rounds: int) -> list[Figure]:
    """`rounds` edits in each language, of one pane, of two, and of two whose answers differ."""
    rows = conversation(ROWS)
    figures = []
    for what, *panes in (
        ("1 pane", rows),
        ("2 panes", rows, renamed("second", rows)),
        ("2 panes that differ", rows, reworded("second", rows)),
    ):
        async with bench.tab(*panes) as tab:
            await tab.page.get_by_role("radio", name="Code").click()
            await asyncio.sleep(1)
            for language in LANGUAGES:
                found = await _follow(tab, language, rounds)
                figures.append(times(f"{ROWS} rows, {what}: edit to {language}", found, under=UNDER))
    return figures


async def _follow(tab: Playground, language: str, rounds: int) -> list[float]:
    await tab.page.get_by_role("radio", name=language).click()
    await expect(tab.page.locator(".code-bar")).to_have_attribute("aria-busy", "false")
    draft = f"Now {language} "
    await tab.write(draft)
    await expect(tab.page.locator(".listing > pre").first).to_contain_text(draft.strip())
    found = []
    for number in range(rounds):
        character = "abcdefghij"[number % 10]
        draft += character
        await asyncio.sleep(0.15)
        found.append(float(await tab.page.evaluate(_EDIT, [character, draft])))
    return found
