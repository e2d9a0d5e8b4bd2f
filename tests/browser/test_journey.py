"""A newcomer's first minutes, on the default model: from the first start to code that gives the same answer."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from playground.backends.local.backend import DEFAULT_MODEL
from playground.snippets import CLIENTS, Client
from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.loopback import quiet_environment
from tests.models import default_model_data_dir, default_model_folder, link_in_hub
from tests.snippets.machines import installed_packages, node_and_npm

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppProcess]:
    """The app with the default model's weights at hand."""
    folder = tmp_path_factory.mktemp("journey")
    with AppProcess.start(folder, "--data-dir", str(default_model_data_dir())) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, app: AppProcess) -> AsyncIterator[Playground]:
    opened = await Playground.open(browser, app.url)
    yield opened
    await opened.close()
    assert opened.problems == []


async def test_from_the_first_message_to_two_panes(tab: Playground):
    await tab.text(1).fill("You answer in one short sentence.")
    await tab.write("What is the capital of France?")
    await tab.give("temperature", "0")
    await tab.give("max_tokens", "24")
    await tab.run()
    await expect(tab.row(3).locator(".live")).to_be_visible()
    await tab.picture("journey-1-running")
    await tab.finished()
    assert "Paris" in (await tab.said())[-1][1]
    await expect(tab.pane().locator(".stats")).to_contain_text("tok/s")

    await tab.text(2).fill("What is the capital of Italy?")
    await tab.run()
    await tab.finished()
    assert "Rome" in (await tab.said())[-1][1]
    await tab.row(3).get_by_role("button", name="Previous answer").click()
    assert "Paris" in (await tab.said())[-1][1]
    await tab.row(3).get_by_role("button", name="Next answer").click()

    await tab.row(2).get_by_role("button", name="Insert a message below message 2").click()
    await tab.page.keyboard.type("The capital of Italy is, as everybody knows,")
    assert (await tab.said())[2] == ("assistant", "The capital of Italy is, as everybody knows,")
    await tab.tool(4, "Delete")
    await tab.run()
    await tab.finished()
    role, continued = (await tab.said())[-1]
    assert role == "assistant"
    assert continued.startswith("The capital of Italy is, as everybody knows,")
    assert len(continued) > len("The capital of Italy is, as everybody knows,")
    await tab.tool(3, "Delete")

    await tab.add_pane()
    await tab.give("max_tokens", "3")
    await tab.page.get_by_role("button", name="Run all").click()
    await tab.finished(1)
    await tab.finished(2)
    assert "Rome" in (await tab.said(1))[-1][1]
    await expect(tab.pane(2).locator(".stats")).to_contain_text("→ 3 tokens")
    await expect(tab.pane(2).locator(".stats")).to_contain_text("length")
    await tab.picture("journey-2-compared")
    before = await tab.said(1), await tab.said(2)
    await tab.reload()
    assert (await tab.said(1), await tab.said(2)) == before


async def test_stop_ends_a_local_answer_and_the_next_run_works(tab: Playground):
    await tab.give("logit_bias", '{"2": -100}')  # the token that ends an answer, so that this one never does
    await tab.write("Count from one to one hundred in words.")
    await tab.run()
    await expect(tab.row(3).locator(".live .text")).not_to_be_empty()
    await tab.page.wait_for_timeout(500)
    await tab.page.keyboard.press("Escape")
    await tab.finished(timeout=10_000)
    await expect(tab.row(3)).to_contain_text("stopped")
    await tab.give("max_tokens", "4")
    await tab.run()
    await tab.finished()
    await expect(tab.pane().locator(".stats")).to_contain_text("→ 4 tokens")


async def test_the_code_gives_the_same_answer(tab: Playground, tmp_path: Path):
    """Copied from the page, pasted in a terminal, run against the app itself (or, with transformers, alone).

    The answer is one that the model's full weights, which plain transformers computes, and the app's 8-bit ones share.
    """
    await tab.text(1).fill('You answer briefly. Don\'t say "$(hello)" or `hi`.')
    await tab.write("What is the capital of France?\nAnswer in one line.")
    await tab.give("temperature", "0")
    await tab.give("max_tokens", "8")
    await tab.run()
    await tab.finished()
    answer = (await tab.said())[-1][1].strip()
    (tmp_path / "node_modules").symlink_to(installed_packages())
    link_in_hub(tmp_path / "home" / "hub", DEFAULT_MODEL, default_model_folder())
    await tab.page.get_by_role("radio", name="Code").click()
    said = {}
    for client in CLIENTS:
        await tab.page.get_by_role("radio", name=client.language, exact=True).click()
        if sum(other.language == client.language for other in CLIENTS) > 1:
            await tab.page.get_by_role("radio", name=client.label, exact=True).click()
        for delivery in ("Streaming", "One answer") if client.label in ("openai", "curl") else ("Streaming",):
            await tab.page.get_by_role("radio", name=delivery).click()
            code = await _copied(tab)
            assert "What is the capital of France?" in code
            printed = await asyncio.to_thread(_paste_in_a_terminal, code, client, tmp_path)
            said[client.id, delivery] = printed.strip()
    raw = json.loads(said["sh-curl", "One answer"])  # curl prints a whole answer as it came
    said["sh-curl", "One answer"] = raw["choices"][0]["message"]["content"].strip()
    assert said == dict.fromkeys(said, answer)


async def _copied(tab: Playground) -> str:
    await expect(tab.page.locator(".code-bar")).to_have_attribute("aria-busy", "false")
    await tab.page.evaluate("navigator.clipboard.writeText('')")
    await tab.pane().get_by_role("button", name=re.compile("^Cop(y|ied)$")).click()
    await tab.page.wait_for_function("navigator.clipboard.readText().then(Boolean)")
    return str(await tab.page.evaluate("navigator.clipboard.readText()"))


def _paste_in_a_terminal(code: str, client: Client, folder: Path) -> str:
    """The Hub's client makes no call at all when it is told to be offline, so only transformers is."""
    command = {".py": sys.executable, ".mjs": str(node_and_npm()[0]), ".sh": "bash"}[client.suffix]
    (folder / f"chat{client.suffix}").write_text(code, "utf-8")
    offline = {"HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "0" if client.calls else "1"}
    environment = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **quiet_environment(), **offline}
    done = subprocess.run(
        [command, f"chat{client.suffix}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
