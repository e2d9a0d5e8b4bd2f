"""Random schemas: each that is accepted gives valid answers only, whatever the model would rather say."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.errors import BadRequest
from tests.backends.local.asking import ask, run
from tests.schemas import bounded, schemas

AT_ONCE = 16
CHECKS = Draft202012Validator.FORMAT_CHECKER


def some(strategy: st.SearchStrategy[dict[str, Any]], count: int, number: int) -> list[dict[str, Any]]:
    """So many different schemas, the same for the same number."""
    found: dict[str, dict[str, Any]] = {}

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(strategy)
    def collect(schema: dict[str, Any]) -> None:
        found[json.dumps(schema)] = schema

    collect()
    return list(found.values())


def keywords_in(schema: Any) -> set[str]:
    """All names in it."""
    if isinstance(schema, list):
        return set().union(*map(keywords_in, schema))
    return set().union(schema, *map(keywords_in, schema.values())) if isinstance(schema, dict) else set()


async def outcome(backend: LocalBackend, number: int, schema: dict[str, Any], most: int) -> str:
    """What became of a schema, with so many tokens at most. Asserts that an answer is valid, and that a refusal says why."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    asked = ask("Give an example.", model=CARRIED, temperature=1.5, seed=number, max_tokens=most, response_format=form)
    try:
        (choice,) = (await run(backend, asked)).choices
    except BadRequest as refused:
        assert refused.param == "response_format.json_schema.schema"
        named = set(re.findall(r'"([^"]+)"', refused.message))
        assert named & keywords_in(schema), (schema, refused.message)
        return "refused"
    text = choice.message.text
    if choice.finish_reason == "length":
        assert text, schema
        return "cut off"
    wrong = list(Draft202012Validator(schema, format_checker=CHECKS).iter_errors(json.loads(text)))
    assert not wrong, (schema, text, wrong[0].message)
    return "valid"


async def outcomes(backend: LocalBackend, schemas: list[dict[str, Any]], most: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for group in in_groups(list(enumerate(schemas))):
        found.update(await asyncio.gather(*(outcome(backend, number, schema, most) for number, schema in group)))
    return found


def in_groups(items: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(items), AT_ONCE):
        yield items[at : at + AT_ONCE]


@pytest.mark.model
async def test_an_accepted_schema_gives_valid_answers_only(real: LocalBackend) -> None:
    """Many endings are seen; an answer that was cut off can't be judged."""
    counts = await outcomes(real, some(schemas, 300, 1), most=32)
    assert counts["valid"] >= 40, counts


@pytest.mark.model
async def test_a_bounded_schema_always_ends(real: LocalBackend) -> None:
    counts = await outcomes(real, some(bounded, 60, 2), most=400)
    assert set(counts) == {"valid"}, counts
