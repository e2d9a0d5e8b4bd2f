"""JSON values: immutable, exact, and never more than JSON can say."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given

from playground.jsonvalue import MAX_DEPTH, JsonObject, dumps, freeze, loads, same, thaw
from tests.strategies import json_objects, json_values


@given(json_values)
def test_freezing_and_thawing_gives_the_same_text(value: Any) -> None:
    assert json.dumps(thaw(freeze(value))) == json.dumps(value)


@given(json_values)
def test_frozen_text_is_read_back_the_same(value: Any) -> None:
    frozen = freeze(value)
    assert same(freeze(loads(dumps(frozen))), frozen)


@given(json_objects)
def test_a_frozen_value_is_hashable_copied_and_pickled(value: dict[str, Any]) -> None:
    frozen = freeze(value)
    twins = [freeze(value), copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))]
    assert all(same(twin, frozen) and hash(twin) == hash(frozen) for twin in twins)
    assert frozen == frozen | {}


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o.__setitem__("a", 2),
        lambda o: o.__delitem__("a"),
        lambda o: o.update(a=2),
        lambda o: o.__ior__({"a": 2}),
        lambda o: o.setdefault("b", 2),
        lambda o: o.pop("a"),
        lambda o: o.popitem(),
        lambda o: o.clear(),
    ],
)
def test_an_object_cannot_be_changed(change: Any) -> None:
    frozen = freeze({"a": 1})
    with pytest.raises(TypeError, match="cannot be changed"):
        change(frozen)
    assert frozen == {"a": 1}


def test_freezing_copies_and_thawing_too() -> None:
    mine: dict[str, Any] = {"a": [1, {"b": 2}]}
    frozen = freeze(mine)
    mine["a"][1]["b"] = 3
    assert frozen == {"a": (1, {"b": 2})}
    thaw(frozen)["a"].append(4)
    assert frozen == {"a": (1, {"b": 2})}
    assert isinstance(frozen["a"][1], JsonObject)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (0.0, -0.0),
        (0, None),
        ("", None),
        ("1", 1),
        ([], {}),
        ([1], [True]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1.0}),
        ({"a": None}, {}),
        ({"a": {"b": [0]}}, {"a": {"b": [False]}}),
        (2**53, float(2**53)),
        (2**53, 2**53 + 1),
    ],
    ids=str,
)
def test_what_is_written_differently_is_not_the_same(one: Any, other: Any) -> None:
    assert not same(freeze(one), freeze(other))
    assert not same(freeze(other), freeze(one))


def test_the_order_of_keys_does_not_count() -> None:
    one, other = freeze({"a": [1, {"x": 1, "y": 2}], "b": 2}), freeze({"b": 2, "a": [1, {"y": 2, "x": 1}]})
    assert same(one, other)
    assert hash(one) == hash(other)
    assert dumps(one) != dumps(other)


def nested(levels: int, value: Any = 0) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def test_nesting_is_limited() -> None:
    deepest = freeze(nested(MAX_DEPTH))
    assert same(deepest, freeze(nested(MAX_DEPTH)))
    assert hash(deepest) == hash(freeze(nested(MAX_DEPTH)))
    assert thaw(deepest) == nested(MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(ValueError, match="nested more than 100 levels"):
            freeze(nested(levels))


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [float("-inf")],
        {1: 2},
        {"a": {None: 1}},
        {1, 2},
        b"x",
        pytest.param(object(), id="object"),
        [{"a": 1j}],
    ],
    ids=repr,
)
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        freeze(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "'a' is given twice"),
        ('[{"x": {"a": 1, "a": 1}}]', "'a' is given twice"),
        ("NaN", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1e999", "1e999 is too large"),
        ("1" * 5000, "digits"),
        ("[" * 100_000, "nested too deep"),
        ("", "Expecting value"),
        ("{'a': 1}", "property name"),
        (b"\xff\xfe\xfa", "decode"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_loads_is_strict(text: str | bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        loads(text)


def test_dumps_keeps_text_readable_and_always_encodable() -> None:
    assert dumps({"é": "日本 😀\n"}) == '{"é": "日本 😀\\n"}'
    assert dumps("é\ud800").encode() == b'"\\u00e9\\ud800"'
    assert dumps({"a": (1,)}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'
    with pytest.raises(ValueError):
        dumps(float("nan"))
