"""Whatever goes wrong at an endpoint is said in the pane, with what to do; nothing typed or streamed is lost."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.app_process import AppProcess
from tests.browser.playground import Playground
from tests.fakes import Answer, FakeServer, HangUp, chunk, until
from tests.loopback import pick_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = {
    "wrong key": (
        Answer.json({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401),
        "Incorrect API key provided",
        "key",
        None,
    ),
    "no such model": (
        Answer.json({"error": {"message": "The model fake does not exist", "code": "model_not_found"}}, 404),
        "does not exist",
        "model",
        None,
    ),
    "HTML instead of JSON": (
        Answer.text("<html><h1>Welcome to nginx</h1></html>"),
        "sent a web page",
        "base URL",
        None,
    ),
    "cut in the middle": (Answer.events(chunk("Half a"), HangUp()), "was cut off", "What had come is kept", "Half a"),
    "invalid UTF-8": (
        Answer.events(chunk("Good"), b'data: {"choices": "\xff\xfe"}\n\n'),
        "not UTF-8",
        "run again",
        "Good",
    ),
    "prompt too long": (
        Answer.json(
            {"error": {"message": "maximum context length is 512 tokens", "code": "context_length_exceeded"}}, 400
        ),
        "512 tokens",
        "Shorten",
        None,
    ),
    "an error in the stream": (
        Answer.events(chunk("So far"), {"error": {"message": "the GPU fell off", "http_status_code": 500}}),
        "the GPU fell off",
        "choose another model or provider",
        "So far",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_endpoint_that_fails_is_explained(tab: Playground, fake: FakeServer, case: str):
    answer, says, advises, kept = CASES[case]
    await tab.add_endpoint(fake.url, "fake endpoint")
    fake.play(answer)
    await tab.write("My careful prompt")
    await tab.run()
    await expect(tab.error()).to_be_visible()
    await expect(tab.error()).to_contain_text(says)
    await expect(tab.error()).to_contain_text(advises)
    said = await tab.said()
    assert said[1] == ("user", "My careful prompt")
    assert said[2:] == ([("assistant", kept)] if kept else [])
    await tab.error().get_by_role("button", name="Try again").click()
    await tab.finished()
    await expect(tab.error()).to_be_hidden()
    assert (await tab.said())[-1][0] == "assistant"


async def test_an_address_where_nobody_answers(tab: Playground):
    await tab.add_endpoint(f"http://127.0.0.1:{pick_port()}/v1", "nobody", listed=False)
    await tab.write("hi")
    await tab.run()
    await expect(tab.error()).to_contain_text("the endpoint's base URL", timeout=15_000)


async def test_a_prompt_for_a_model_of_this_machine_that_does_not_exist(tab: Playground):
    await tab.pane().locator(".model").click()
    await tab.page.get_by_role("searchbox").fill("nobody/no-such-model")
    await tab.page.get_by_role("searchbox").press("Enter")
    await tab.write("hi")
    await tab.run()
    await expect(tab.error()).to_be_visible(timeout=30_000)
    await expect(tab.error()).to_contain_text("nobody/no-such-model")
    assert (await tab.said())[1] == ("user", "hi")


async def test_an_endpoint_that_never_answers(browser: Browser, tmp_path: Path, fake: FakeServer):
    with AppProcess.start(tmp_path, "--silence", "1") as app:
        tab = await Playground.open(browser, app.url)
        await tab.add_endpoint(fake.url, "fake endpoint")
        fake.play(Answer.events(30.0), Answer.events(chunk("Half a"), 30.0))
        await tab.write("My careful prompt")
        await tab.run()
        await expect(tab.error()).to_contain_text("overloaded or down", timeout=15_000)
        await tab.error().get_by_role("button", name="Try again").click()
        await expect(tab.error()).to_contain_text("overloaded or down", timeout=15_000)
        assert await tab.said() == [("system", ""), ("user", "My careful prompt"), ("assistant", "Half a")]
        await tab.close()


async def test_an_app_that_goes_away_in_the_middle_of_a_run(browser: Browser, tmp_path: Path, fake: FakeServer):
    with AppProcess.start(tmp_path) as app:
        tab = await Playground.open(browser, app.url)
        await tab.add_endpoint(fake.url, "fake endpoint")
        fake.play(Answer.events(chunk("Half a"), 60.0))
        await tab.write("My careful prompt")
        await tab.run()
        await expect(tab.row(3)).to_contain_text("Half a")
        app.process.kill()
        await expect(tab.error()).to_contain_text("The app does not answer any more", timeout=30_000)
        assert await tab.said() == [("system", ""), ("user", "My careful prompt"), ("assistant", "Half a")]
        await tab.close()


async def test_a_tab_that_closes_lets_go_of_a_silent_endpoint(
    browser: Browser, running_app: AppProcess, fake: FakeServer
):
    tab = await Playground.open(browser, running_app.url)
    await tab.add_endpoint(fake.url, "fake endpoint")
    fake.play(Answer.events(60.0))
    await tab.write("hi")
    await tab.run()
    await asyncio.to_thread(until, lambda: fake.playing)
    await tab.close()
    await asyncio.to_thread(until, lambda: fake.disconnects, 15.0)


async def test_bad_controls_are_named(tab: Playground, fake: FakeServer):
    await tab.add_endpoint(fake.url, "fake endpoint")
    await tab.give("temperature", "9")
    await expect(tab.param("temperature")).to_contain_text("At most 2")
    await tab.write("hi")
    await tab.run()
    await expect(tab.error()).to_contain_text("temperature: must be from 0 to 2, not 9")
    assert fake.requests == [request for request in fake.requests if request.method == "GET"]


async def test_nothing_to_send_says_so(tab: Playground):
    await tab.run()
    await expect(tab.error()).to_contain_text("Write a message first")
    await expect(tab.composer).to_be_focused()
