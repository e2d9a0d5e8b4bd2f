"""Values: frozen, equal by content, and aware of what was given."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from playground.jsonvalue import FrozenJson
from playground.values import Value, WireValue


class Point(WireValue):
    x: int | None = None
    y: int | None = None
    note: FrozenJson = None


class Other(WireValue):
    x: int | None = None


class Fact(Value):
    x: int | None = None
    y: int = 0


def test_given_keeps_the_order_and_leaves_out_the_rest() -> None:
    assert list(Point(y=1, x=2).given().items()) == [("y", 1), ("x", 2)]
    assert Point(x=None).given() == {"x": None}
    assert Point().given() == {}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Point(x=1, y=2), Point(y=2, x=1), True),
        (Point(note={"a": 1, "b": [2]}), Point(note={"b": [2], "a": 1}), True),
        (Point(), Point(x=None), False),
        (Point(x=1), Point(x=1, y=None), False),
        (Point(x=1), Point(x=2), False),
        (Point(note=1), Point(note=True), False),
        (Point(note=1), Point(note=1.0), False),
        (Point(note=[0]), Point(note=[False]), False),
        (Point(x=1), Other(x=1), False),
        (Fact(), Fact(x=None, y=0), True),
        (Fact(x=1), Fact(y=0, x=1), True),
        (Fact(x=1), Fact(x=2), False),
        (Fact(), Other(), False),
        (Point(x=1), {"x": 1}, False),
    ],
)
def test_equality_is_of_content(one: Value, other: Any, equal: bool) -> None:
    assert (one == other) is equal
    assert (one != other) is not equal
    assert (len({one, other}) == 1) is equal if isinstance(other, Value) else True


def test_a_value_is_frozen_and_strict() -> None:
    point = Point(x=1)
    with pytest.raises(ValidationError):
        point.x = 2  # type: ignore[misc]
    for wrong in ({"x": "1"}, {"x": 1.0}, {"x": True}, {"z": 1}):
        with pytest.raises(ValidationError):
            Point.model_validate(wrong)


@pytest.mark.parametrize(
    "twin",
    [
        copy.copy,
        copy.deepcopy,
        lambda value: pickle.loads(pickle.dumps(value)),
        lambda value: value.model_copy(),
        lambda value: Point.model_validate(value),
        lambda value: Point.model_validate(value.model_dump(exclude_unset=True)),
        lambda value: Point.model_validate_json(value.model_dump_json(exclude_unset=True)),
    ],
)
def test_a_twin_is_equal_and_keeps_the_order(twin: Any) -> None:
    point = Point(note={"b": [1, 2.0, None, "", False], "a": {}}, y=None)
    assert twin(point) == point
    assert list(twin(point).given()) == ["note", "y"]
    assert list(twin(point).note) == ["b", "a"]


def test_an_update_keeps_the_order_and_adds_at_the_end() -> None:
    changed = Point(y=1, x=2).model_copy(update={"y": 3, "note": "new"})
    assert list(changed.given().items()) == [("y", 3), ("x", 2), ("note", "new")]
