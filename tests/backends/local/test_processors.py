"""How a machine's cores are used."""

from __future__ import annotations

import pytest

from playground.backends.local.processors import Plan, container_limit, plan, usable_cores


@pytest.mark.parametrize(
    ("cores", "expected"),
    [
        (1, Plan(1, 1, spin=False)),
        (2, Plan(2, 1, spin=False)),
        (4, Plan(3, 3, spin=True)),
        (16, Plan(15, 15, spin=True)),
    ],
)
def test_few_cores_are_all_used_without_spinning_and_of_many_one_is_left(cores: int, expected: Plan) -> None:
    assert plan(cores) == expected


@pytest.mark.parametrize(
    ("text", "cores"),
    [("200000 100000\n", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", None), ("", None)],
)
def test_a_containers_limit_is_read(text: str, cores: int | None) -> None:
    assert container_limit(text) == cores


def test_this_machine_has_a_core() -> None:
    assert usable_cores() >= 1
