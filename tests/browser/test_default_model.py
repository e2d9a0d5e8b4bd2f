"""Tools and reasoning in the page with the default model's own weights: no script stands behind the answers."""

import re
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.browser.test_tools import add, empty_tools
from tests.models import default_model_data_dir, default_model_folder

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.model]

THINKER = "thinker"
"""The default model with a chat template that opens its answers with thinking, unless it is told not to."""
TEMPLATE = """
{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}
{%- if enable_thinking is defined and not enable_thinking %}{{ '\\n</think>\\n\\n' }}{% endif %}{% endif %}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppProcess]:
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(default_model_folder(), models / THINKER)
    (models / THINKER / "chat_template.jinja").write_text(TEMPLATE)
    data = str(default_model_data_dir())
    with AppProcess.start(tmp_path_factory.mktemp("app"), "--data-dir", data, "--models-dir", str(models)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, app: AppProcess) -> AsyncIterator[Playground]:
    opened = await Playground.open(browser, app.url)
    await opened.give("temperature", "0")
    yield opened
    await opened.close()
    assert opened.problems == []


async def test_a_tool_is_called_run_and_answered(tab: Playground):
    await empty_tools(tab)
    await add(tab, "Calculator")
    await tab.param("tool_choice").locator(".default").click()
    await tab.param("tool_choice").locator("select").select_option(label="only calculator")
    await tab.write("What is 2 + 3?")
    await tab.run()
    await tab.finished(timeout=120_000)
    call = tab.row(3).locator(".call")
    await expect(call.locator(".function")).to_have_value("calculator")
    await expect(call).to_contain_text("Arguments fit the schema of calculator")
    await call.locator("textarea").first.fill('{"expression": "2 + 3"}')
    await tab.row(3).get_by_role("button", name="Run calculator").click()
    await expect(tab.text(4)).to_have_value("5")
    await tab.param("tool_choice").locator("select").select_option(label="none")
    await tab.give("max_tokens", "16")
    await tab.row(3).get_by_role("button", name="Run on").click()
    await tab.finished()
    role, text = (await tab.said())[-1]
    assert (role, "<tool_call>" in text) == ("assistant", False)
    assert text


async def test_thinking_is_shown_and_switched_off(tab: Playground):
    await tab.pane().locator(".model").click()
    await tab.page.get_by_role("dialog").get_by_role("button", name=THINKER).first.click()
    await tab.give("max_tokens", "24")
    await tab.write("What is the capital of France?")
    await tab.run()
    await tab.finished(timeout=120_000)
    thought = tab.row(3).locator("details.reasoning")
    await expect(thought.locator("summary")).to_contain_text(re.compile(r"Thought for [\d.]+ s · \d+ tokens"))
    await thought.locator("summary").click()
    await expect(thought.locator("p")).not_to_be_empty()
    await tab.param("thinking").get_by_role("radio", name="off", exact=True).click()
    await tab.run()
    await tab.finished()
    assert "Paris" in (await tab.said())[-1][1]
    await expect(thought).to_have_count(0)
