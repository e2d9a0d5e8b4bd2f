"""Random schemas: each that is accepted gives valid answers only, whatever the model would rather say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from jsonschema import Draft202012Validator

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.errors import BadRequest
from tests.backends.local.asking import ask, run
from tests.schemas import schemas

AT_ONCE = 16
CHECKS = Draft202012Validator.FORMAT_CHECKER


def some(count: int, number: int) -> list[dict[str, Any]]:
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
    @given(schemas)
    def collect(schema: dict[str, Any]) -> None:
        found[json.dumps(schema)] = schema

    collect()
    return list(found.values())


async def outcome(backend: LocalBackend, number: int, schema: dict[str, Any]) -> str:
    """What became of a schema. An answer that was cut off can't be judged."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    asked = ask("Give an example.", model=CARRIED, temperature=1.5, seed=number, max_tokens=60, response_format=form)
    try:
        (choice,) = (await run(backend, asked)).choices
    except BadRequest as refused:
        assert refused.param == "response_format.json_schema.schema"
        return "refused"
    if choice.finish_reason == "length":
        return "cut off"
    wrong = list(Draft202012Validator(schema, format_checker=CHECKS).iter_errors(json.loads(choice.message.text)))
    assert not wrong, (schema, choice.message.text, wrong[0].message)
    return "valid"


def in_groups(items: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(items), AT_ONCE):
        yield items[at : at + AT_ONCE]


@pytest.mark.model
async def test_an_accepted_schema_gives_valid_answers_only(real: LocalBackend) -> None:
    outcomes: list[str] = []
    for group in in_groups(list(enumerate(some(300, 1)))):
        outcomes += await asyncio.gather(*(outcome(real, number, schema) for number, schema in group))
    counts = {name: outcomes.count(name) for name in ("valid", "cut off", "refused")}
    assert counts["valid"] >= 80, counts
