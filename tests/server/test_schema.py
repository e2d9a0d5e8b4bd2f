"""The API's description holds: what is made from it is answered as it says, and what it forbids is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from playground.params import PARAMS
from playground.server.schema import openapi
from tests.server.running import ASK, HELLO, Fake, api, events, post
from tests.strategies import payloads

DOCUMENT = openapi(key_required=False, server="/v1")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [("/chat/completions", "POST"), ("/models", "GET"), ("/models/{id}", "GET")]
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def validator(name: str) -> Draft202012Validator:
    """Judges values by one of the description's schemas."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


def cases(path: str, method: str, mode: GenerationMode) -> st.SearchStrategy[Case[Any]]:
    """Requests as schemathesis makes them from the description: good ones, or bad ones."""
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    strategy: st.SearchStrategy[Case[Any]] = schema[path][method].as_strategy(generation_mode=mode)
    return strategy


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The API over a backend that takes whatever the API does."""
    with api(Fake(*HELLO)) as url:
        yield url


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_good_requests_are_answered_as_described(url: str, path: str, method: str) -> None:
    @bounded
    @given(cases(path, method, GenerationMode.POSITIVE))
    def check(case: Case[Any]) -> None:
        case.body = _without_points(case.body)
        answer = case.call(base_url=f"{url}/v1")
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code == 200 or (answer.status_code == 404 and "{" in path), answer.text

    check()


def _without_points(value: Any) -> Any:
    """1.0 as 1: the description says that whole numbers are written so, which no schema can."""
    if isinstance(value, dict):
        return {key: _without_points(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_points(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def test_bad_bodies_are_refused_as_described(url: str) -> None:
    @bounded
    @given(cases("/chat/completions", "POST", GenerationMode.NEGATIVE))
    def check(case: Case[Any]) -> None:
        answer = case.call(base_url=f"{url}/v1")
        case.validate_response(answer, checks=CHECKS)
        assert 400 <= answer.status_code < 500 or _good(case)

    check()


def _good(case: Case[Any]) -> bool:
    """Whether what was made to be bad is good after all: a header changed, or only a number's spelling."""
    return isinstance(case.body, dict) and validator("ChatRequest").is_valid(case.body)


@bounded
@given(payloads)
def test_what_the_codec_takes_is_described(body: dict[str, Any]) -> None:
    if body.get("stream_options") is not None:
        body = {**body, "stream": True}
    errors = list(validator("ChatRequest").iter_errors(body))
    assert not errors, errors[0]


def test_every_parameter_is_described_with_its_bounds() -> None:
    fields = DOCUMENT["components"]["schemas"]["ChatRequest"]["properties"]
    for param in PARAMS:
        kind = fields[param.name]["anyOf"][0]
        assert (kind.get("minimum"), kind.get("maximum")) == (param.low, param.high)


def test_the_schemas_are_sound() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DOCUMENT)))
    assert names <= DOCUMENT["components"]["schemas"].keys()


async def test_chunks_are_as_described(url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await post(client, url, stream=True, stream_options={"include_usage": True})
    *chunks, _ = events(answer)
    assert len(chunks) == 5
    for chunk in chunks:
        validator("ChatCompletionChunk").validate(chunk)
    assert not validator("ChatCompletionChunk").is_valid({**chunks[0], "choices": [{"index": 0}]})


@pytest.mark.parametrize("key", [None, "sk-right"])
async def test_the_document_says_where_it_is_and_whether_it_asks_for_a_key(key: str | None) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with api(Fake(*HELLO), api_key=key) as url:
        async with httpx.AsyncClient(headers=headers) as client:
            document = (await client.get(f"{url}/v1/openapi.json")).json()
            page = await client.get(f"{url}/v1/docs")
    assert document == openapi(key_required=key is not None, server="/v1")
    assert ("security" in document) == (key is not None)
    assert ("Authorization: Bearer KEY" in page.text) == (key is not None)


class _Links(HTMLParser):
    """What a page names to be loaded, and its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


async def test_the_page_loads_nothing(url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/v1/docs")
    found = _Links()
    found.feed(answer.text)
    assert found.links == ["openapi.json"]
    assert not found.tags & {"script", "link", "img", "iframe"}
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert all(f"<code>{name}</code>" in answer.text for name in ("temperature", "POST /v1/chat/completions", *ASK))
