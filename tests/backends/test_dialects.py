"""Every case of the table of dialects, over real HTTP: what a server sends, and what the user sees of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from playground.backends.remote import RemoteBackend
from playground.errors import PlaygroundError
from playground.events import Event, Finished, collect
from playground.request import ChatRequest, Endpoint
from playground.values import Value
from playground.wire import read_request
from tests.backends.dialects import ASKED, CASES, Asked, Case, Fails
from tests.fakes import FakeServer

MESSAGES = [{"role": "user", "content": "Hi"}]


def request(server: FakeServer, **fields: Any) -> ChatRequest:
    return read_request({"model": "m", "messages": MESSAGES, **fields}, Endpoint(name="Fake", base_url=server.url))[0]


def plain(values: Iterable[Value]) -> list[tuple[type, dict[str, Any]]]:
    """Values by their content: which of their fields were given does not count here."""
    return [(type(value), value.model_dump()) for value in values]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_what_the_user_sees(server: FakeServer, case: Case) -> None:
    server.play(case.sends)
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url), silence_timeout=case.patience)
    seen: list[Event] = []
    failed: PlaygroundError | None = None
    try:
        async for event in backend.stream(request(server)):
            seen.append(event)
    except PlaygroundError as error:
        failed = error
    finally:
        await backend.close()
    end = seen.pop() if failed is None else None
    assert plain(seen) == plain(case.sees.deltas())
    assert len(server.requests) == 1
    if case.sees.error is not None:
        told(failed, case.sees.error)
    else:
        assert failed is None
        assert isinstance(end, Finished)
        assert end.reason == case.sees.reason
        assert plain([end.usage] if end.usage else []) == plain([case.sees.usage] if case.sees.usage else [])


def told(error: PlaygroundError | None, expected: Fails) -> None:
    """The error is the one that the case expects, and says what to do."""
    assert error is not None
    assert (type(error), error.upstream_status) == (expected.kind, expected.status)
    assert expected.says in error.message
    assert error.advice.endswith(".")


@pytest.mark.parametrize("asked", ASKED, ids=[asked.name for asked in ASKED])
async def test_what_goes_out_is_what_was_written(server: FakeServer, asked: Asked) -> None:
    backend = RemoteBackend(Endpoint(name="Fake", base_url=server.url))
    await collect(backend.stream(request(server, **asked.fields)))
    await backend.close()
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert server.last.json == {"model": "m", "messages": MESSAGES, **asked.fields, **streamed}


CONTRACT = {
    "error": ("OpenAI", "TGI", "vLLM", "llama.cpp", "SGLang", "wild"),
    "too long": ("OpenAI", "TGI", "vLLM", "llama.cpp", "SGLang"),
    "finish": ("OpenAI", "TGI", "vLLM", "SGLang"),
    "constraints": ("OpenAI", "TGI", "vLLM", "llama.cpp", "SGLang"),
    "stop": ("OpenAI", "TGI", "vLLM", "llama.cpp", "SGLang"),
    "stream": ("OpenAI", "TGI", "vLLM", "llama.cpp", "SGLang", "wild"),
}


@pytest.mark.parametrize(("cell", "by"), [(cell, by) for cell, speakers in CONTRACT.items() for by in speakers])
def test_each_cell_of_the_contract_has_a_case(cell: str, by: str) -> None:
    filled = {(case.by, case.cell) for case in CASES} | {(asked.by, asked.cell) for asked in ASKED}
    assert (by, cell) in filled


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
