"""A typed key reaches its endpoint, and no other place."""

import json

import pytest
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLANTED = "sk-planted-0123456789abcdefghij"

STORAGE = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
  for (const { name } of await indexedDB.databases()) {
    const open = indexedDB.open(name);
    const db = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
    for (const store of db.objectStoreNames) {
      const all = db.transaction(store).objectStore(store).getAll();
      found.push(JSON.stringify(await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); })));
    }
  }
  return found.join("\\n");
}"""


async def test_a_planted_key_is_nowhere_but_at_its_endpoint(browser: Browser, tmp_path, fake: FakeServer):
    with AppProcess.start(tmp_path, "--log-level", "debug") as app:
        tab = await Playground.open(browser, app.url)
        await tab.add_endpoint(fake.url, "fake endpoint", key=PLANTED, key_name="MY_KEY")
        await tab.write("hi")
        await tab.run()
        await tab.finished()
        assert fake.last.headers["authorization"] == f"Bearer {PLANTED}"
        echo = {"error": {"message": f"Incorrect API key provided: {PLANTED}", "code": "invalid_api_key"}}
        fake.play(Answer.json(echo, 401))
        await tab.run()
        await expect(tab.error()).to_contain_text("Incorrect API key provided")
        places = {
            "the page with the error": await tab.page.content(),
            "the error's details": await tab.error().inner_text(),
        }
        await tab.page.get_by_role("radio", name="Code").click()
        for language in ("Python", "JavaScript", "Shell"):
            await tab.page.get_by_role("radio", name=language).click()
            await expect(tab.pane().locator("pre")).to_contain_text("MY_KEY")
            places[f"the {language} snippet"] = await tab.pane().locator("pre").inner_text()
        await tab.page.wait_for_timeout(500)
        places["browser storage"] = await tab.page.evaluate(STORAGE)
        await tab.reload()
        places["the page after a reload"] = await tab.page.content()
        places["browser storage after a reload"] = await tab.page.evaluate(STORAGE)
        await tab.close()
    places["the terminal"] = app.said
    for path in tmp_path.rglob("*"):
        if path.is_file():
            places[f"the file {path.name}"] = path.read_text("utf-8", "replace")
    assert [place for place, text in places.items() if PLANTED in text] == []
    assert "workspace" in places["browser storage"], "the search looked in the wrong place"
    assert json.dumps("fake endpoint")[1:-1] in places["browser storage"]


async def test_a_key_is_forgotten_by_a_reload(tab: Playground, fake: FakeServer):
    await tab.add_endpoint(fake.url, "fake endpoint", key=PLANTED)
    await tab.reload()
    await tab.write("hi")
    await tab.run()
    await tab.finished()
    assert "authorization" not in fake.last.headers
