"""The raw view of a run: what went over the wire, with its times, bounded, and without a secret."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from pydantic import SecretStr

from playground.backends.catalog import DEMO, Catalog
from playground.backends.remote import RemoteBackend
from playground.backends.scripted import ScriptedBackend
from playground.events import ReasoningDelta, TextDelta
from playground.params import BY_NAME
from playground.request import Endpoint, ModelRef
from playground.ui.context import Context
from playground.ui.handlers import Handlers
from playground.ui.keys import Keys
from playground.ui.raw import BODY_BYTES, RUN_BYTES, Exchange, Exchanges
from tests.fakes import DONE, Answer, FakeServer, chunk, written

KEY = "planted-0123456789abcdef"
LOCAL = Endpoint(name="This machine", kind="local", base_url="http://localhost:7860/v1", key_name="API_KEY")
MESSAGES = [{"role": "user", "content": "a <b>\u2028 é"}]
VISIT: Any = SimpleNamespace(session_hash="one tab")


@pytest.fixture
async def handlers(server: FakeServer) -> AsyncIterator[Handlers]:
    """A page with a remote endpoint that has secrets, a local model and the demos."""
    far = Endpoint(name="Far", base_url=server.url, key_name="FAR_KEY", headers=(("X-Team", "blue"),))
    here = ScriptedBackend({"m": [ReasoningDelta(text="hm"), TextDelta(text="\u2028 é")]})
    catalog = Catalog(local=lambda: here, remote=RemoteBackend)
    endpoints, default = (LOCAL, far, DEMO), ModelRef(endpoint=LOCAL, id="m")
    yield Handlers(Context(catalog, endpoints, default, {"Far": SecretStr(KEY)}, image_side=64))
    await catalog.close()


async def run(handlers: Handlers, endpoint: str = "Far", run: str = "r", **pane: Any) -> list[dict[str, Any]]:
    """Run a pane to its end: the raw view as it was at each snapshot, and after."""
    asked = {"endpoint": {"name": endpoint}, "model": "m", "messages": MESSAGES, **pane}
    event = gr.EventData(None, {"run": run, "pane": asked})
    views = [handlers.raw({"run": run}) async for _ in handlers.run(event, Keys(), VISIT)]
    return [*views, handlers.raw({"run": run})]


async def test_a_run_is_kept_as_it_went_over_the_wire(handlers: Handlers, server: FakeServer):
    said = written(chunk("Hel"), b": ping\n\n", chunk("lo", "stop"), DONE)
    server.play(Answer((said[:60], 0.05, said[60:]), headers={"content-type": "text/event-stream"}))
    view = (await run(handlers, params={"temperature": "0.70"}))[-1]
    (attempt,) = view.pop("attempts")
    assert attempt.pop("body").encode() == server.last.body
    lines = attempt.pop("lines")
    assert [text for _, text in lines] == said.decode().removesuffix("\n").split("\n")
    assert [at for at, _ in lines] == sorted(at for at, _ in lines)
    assert 0 <= attempt.pop("started") < 1
    assert ["Authorization", "Bearer [redacted]"] in attempt.pop("headers")
    assert ["content-type", "text/event-stream"] in attempt.pop("response_headers")
    assert attempt == {"method": "POST", "url": f"{server.url}/chat/completions", "status": 200, "body_cut": 0}
    times = view.pop("timings")
    assert sorted(times, key=times.__getitem__) == ["sent", "headers", "first_line", "total"]
    assert view == {"in_app": False, "running": False, "cut": False, "error": None}


TYPED = {
    "temperature": "0", "top_p": "1.0", "top_k": "-1", "min_p": "5e-2", "seed": "-9007199254740993", "max_tokens": "1",
    "max_completion_tokens": "2", "stop": '["\\n", "é"]', "n": "2", "frequency_penalty": "-2", "presence_penalty": "0.5",
    "repetition_penalty": "1", "logit_bias": '{"50256": -100, "7": 0.5}', "logprobs": "true", "top_logprobs": "20",
    "response_format": '{"type": "json_schema", "json_schema": {"name": "x", "schema": {"z": 1, "a": 2}, "strict": true}}',
    "reasoning_effort": '"high"', "tools": '[{"type": "function", "function": {"name": "f", "parameters": {}, "strict": null}}]',
    "tool_choice": '{"type": "function", "function": {"name": "f"}}', "parallel_tool_calls": "false",
}  # fmt: skip
EXTRA = '{"structured_outputs": {"choice": ["b", "a"]}, "logit_bias_exp": null, "chat_template_kwargs": {"enable_thinking": false}}'


@pytest.mark.parametrize("name", [*TYPED, "extra"])
async def test_what_was_typed_is_what_is_sent_and_shown(handlers: Handlers, server: FakeServer, name: str):
    typed = {"extra": EXTRA} if name == "extra" else {"params": {name: TYPED[name]} | BESIDE.get(name, {})}
    view = (await run(handlers, **typed))[-1]
    body = view["attempts"][0]["body"]
    assert body.encode() == server.last.body
    text = json.dumps(json.loads(TYPED.get(name, EXTRA)), ensure_ascii=False)
    assert (f'"{name}": {text}' if name in TYPED else text[1:-1]) in body


BESIDE = {"top_logprobs": {"logprobs": "true"}}


def test_each_parameter_is_typed_once():
    assert TYPED.keys() == BY_NAME.keys()


async def test_it_is_whole_when_the_page_is_told_that_the_run_is_done(handlers: Handlers):
    *before, done, after = await run(handlers)
    assert [view["running"] for view in before] == [True] * len(before)
    assert (done["running"], done) == (False, after)
    assert done["attempts"][0]["lines"][-2][1] == "data: [DONE]"


@pytest.mark.parametrize("endpoint", ["This machine", "Demo"])
async def test_a_model_in_this_app_is_shown_as_its_api_would_put_it(handlers: Handlers, endpoint: str):
    view = (await run(handlers, endpoint, model="m" if endpoint == "This machine" else "echo"))[-1]
    assert (view["in_app"], view["running"], view["error"]) == (True, False, None)
    (attempt,) = view["attempts"]
    assert json.loads(attempt["body"])["messages"] == MESSAGES
    assert (attempt["status"], attempt["response_headers"]) == (None, [])
    events = [line.removeprefix("data: ") for _, line in attempt["lines"] if line]
    assert events[-1] == DONE
    said = [json.loads(event)["choices"] for event in events[:-1]]
    assert "".join(choice["delta"].get("content", "") for choices in said for choice in choices).endswith("\u2028 é")
    assert said[-1] == []
    if endpoint == "This machine":
        assert attempt["url"] == "http://localhost:7860/v1/chat/completions"
        assert attempt["headers"] == [["Content-Type", "application/json"], ["Authorization", "Bearer [redacted]"]]
        assert [choices[0]["delta"].get("reasoning") for choices in said[:2]] == [None, "hm"]
    else:
        assert (attempt["url"], len(attempt["headers"])) == ("/chat/completions", 1)


async def test_a_run_that_fails_keeps_its_exchange(handlers: Handlers, server: FakeServer):
    server.play(Answer.json({"error": "busy"}, 503), Answer.json({"error": {"message": "no such seed"}}, 400))
    *_, failed, after = await run(handlers)
    assert failed == after
    assert [attempt["status"] for attempt in after["attempts"]] == [503, 400]
    assert [attempt["lines"][0][1] for attempt in after["attempts"]][1] == '{"error": {"message": "no such seed"}}'
    assert after["attempts"][0]["body"] == after["attempts"][1]["body"] == server.last.body.decode()
    assert after["attempts"][1]["started"] > after["attempts"][0]["started"]
    assert (after["error"]["message"], after["error"]["status"]) == ("No such seed.", 400)
    assert after["timings"]["sent"] == after["attempts"][1]["started"]


async def test_a_demo_that_breaks_off_keeps_what_it_said(handlers: Handlers):
    view = (await run(handlers, "Demo", model="failing"))[-1]
    assert view["error"]["message"] == "The scripted model failed, as it always does."
    assert len(view["attempts"][0]["lines"]) > 5


async def test_a_request_that_could_not_be_made_sent_nothing(handlers: Handlers):
    view = (await run(handlers, params={"seed": "1.5"}))[-1]
    assert (view["attempts"], view["error"]["param"], view["running"]) == ([], "seed", False)


async def test_a_stopped_run_keeps_what_had_come(handlers: Handlers, server: FakeServer):
    server.play(Answer.events(chunk("Hel"), 30.0))
    pane = {"endpoint": {"name": "Far"}, "model": "m", "messages": MESSAGES}
    async with aclosing(handlers.run(gr.EventData(None, {"run": "r", "pane": pane}), Keys(), VISIT)) as updates:
        async for update in updates:
            if update.props["live"]["phase"] == "streaming":
                assert handlers.raw({"run": "r"})["running"]
                await handlers.stop(gr.EventData(None, {"run": "r"}))
    view = handlers.raw({"run": "r"})
    assert (view["running"], view["error"]) == (False, None)
    assert [line for _, line in view["attempts"][0]["lines"]] == [f"data: {json.dumps(chunk('Hel'))}", ""]


@pytest.mark.parametrize("ask", [{"run": "another"}, {"run": None}, {}, None, "r", ["r"]])
async def test_what_is_not_kept_is_missing(handlers: Handlers, ask: Any):
    await run(handlers)
    assert handlers.raw(ask) == {"missing": True}


@pytest.mark.parametrize(
    "answer",
    [
        Answer.json({"error": {"message": f"Incorrect API key: {KEY}"}}, 401, x_echo=f"key={KEY}"),
        Answer.text(f"<html><title>{KEY}</title>", 500),
        Answer.events(chunk(f"your key is {KEY}", "stop"), DONE),
        Answer.events(f": {KEY[:9]}".encode(), 0.05, f"{KEY[9:]}\n\n".encode(), chunk("x", "stop"), DONE),
    ],
)
async def test_no_secret_is_in_it(handlers: Handlers, server: FakeServer, answer: Answer):
    server.play(answer)
    view = (await run(handlers))[-1]
    assert server.last.headers["authorization"] == f"Bearer {KEY}"
    assert server.last.headers["x-team"] == "blue"
    assert "planted" not in json.dumps(view)
    assert "[redacted]" in json.dumps(view["attempts"][0]["headers"])
    assert "[redacted]" in json.dumps(view["attempts"][0]["lines"])


# --- bounds --------------------------------------------------------------------------------------


def filled(exchanges: Exchanges, run: str, body: str = "", *pieces: str) -> Exchange:
    exchange = exchanges.open(run)
    exchange.sent("POST", "http://x/v1", (), body)
    for piece in pieces:
        exchange.received(piece)
    return exchange


def kept(exchanges: Exchanges, *runs: str) -> list[str]:
    return [run for run in runs if "missing" not in exchanges.view({"run": run})]


def test_the_latest_runs_are_kept():
    exchanges = Exchanges(runs=2)
    for run in ("a", "b", "a", "c"):
        filled(exchanges, run)
    assert kept(exchanges, "a", "b", "c") == ["a", "c"]


def test_a_session_that_is_over_leaves_nothing():
    exchanges = Exchanges()
    for run, session in (("a", "one"), ("b", "two"), ("c", "one")):
        exchanges.open(run, session).sent("POST", "http://x/v1", (), "{}")
    exchanges.close("one")
    assert kept(exchanges, "a", "b", "c") == ["b"]


def test_the_oldest_make_room_for_bytes_even_while_they_run():
    exchanges = Exchanges(size=10_000)
    first = filled(exchanges, "a", "x" * 4_000)
    filled(exchanges, "b", "x" * 4_000)
    assert kept(exchanges, "a", "b") == ["a", "b"]
    filled(exchanges, "c", "é" * 2_000)
    assert kept(exchanges, "a", "b", "c") == ["b", "c"]
    first.received("more")
    first.answered(200, ())
    first.sent("POST", "http://x/v1", (), "x" * 4_000)
    first.end()
    assert kept(exchanges, "a", "b", "c") == ["b", "c"]
    filled(exchanges, "d", "x" * 4_000)
    assert kept(exchanges, "b", "c", "d") == ["c", "d"]


def test_a_second_try_with_the_same_body_takes_no_more_room():
    exchanges = Exchanges(size=10_000)
    exchange = filled(exchanges, "a", "x" * 6_000)
    exchange.sent("POST", "http://x/v1", (), "x" * 6_000)
    assert [len(attempt["body"]) for attempt in exchanges.view({"run": "a"})["attempts"]] == [6_000, 6_000]


def test_one_run_is_cut_and_says_so():
    exchanges = Exchanges()
    filled(exchanges, "body", "é" * BODY_BYTES, "data: x\n\n")
    view = exchanges.view({"run": "body"})
    (attempt,) = view["attempts"]
    assert view["cut"]
    assert attempt["body_cut"] + len(attempt["body"].encode()) == 2 * BODY_BYTES
    assert [line for _, line in attempt["lines"]] == ["data: x", ""]
    filled(exchanges, "answer", "{}", *["x" * 99_999 + "\n"] * 60)
    view = exchanges.view({"run": "answer"})
    said = sum(len(line) + 1 for _, line in view["attempts"][0]["lines"])
    assert view["cut"]
    assert RUN_BYTES - 20_000 < said <= RUN_BYTES
    assert exchanges.open("small").view()["cut"] is False


def test_times_are_told_from_the_start_of_the_run_and_of_each_try():
    seconds = iter(range(100))
    exchanges = Exchanges(now=lambda: float(next(seconds)))
    exchange = filled(exchanges, "r", "{}", "no\n")
    exchange.sent("POST", "http://x/v1", (), "{}")
    exchange.answered(200, (("a", "b"),))
    exchange.received("x\ny\n")
    exchange.end()
    exchange.end({"message": "late"})
    view = exchange.view()
    assert view["timings"] == {"sent": 3.0, "headers": 4.0, "first_line": 5.0, "total": 6.0}
    assert [(attempt["started"], attempt["lines"]) for attempt in view["attempts"]] == [
        (1.0, [[1.0, "no"]]),
        (3.0, [[2.0, "x"], [2.0, "y"]]),
    ]
    assert view["error"] == {"message": "late"}
