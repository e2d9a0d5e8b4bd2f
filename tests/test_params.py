"""The PARAMS table: each row is whole, and validation holds what the row says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from playground.jsonvalue import freeze, same
from playground.params import BY_NAME, PARAMS, Param, Params, check
from tests.strategies import values_of

every_row = pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.name)
numbers = pytest.mark.parametrize(
    "param", [p for p in PARAMS if p.kind in ("int", "float")], ids=lambda param: param.name
)


def test_all_the_parameters_are_there() -> None:
    wanted = (
        "temperature top_p top_k min_p max_tokens stop seed n frequency_penalty presence_penalty repetition_penalty "
        "logit_bias logprobs top_logprobs response_format tools tool_choice parallel_tool_calls reasoning_effort"
    )
    assert set(wanted.split()) <= set(BY_NAME)
    assert list(BY_NAME) == [param.name for param in PARAMS] == list(Params.model_fields)


@every_row
def test_a_row_is_whole(param: Param) -> None:
    assert param.label
    assert param.help.endswith((".", "}."))
    assert check(param, param.start) is not None
    if param.kind in ("int", "float"):
        assert param.step


@numbers
def test_a_slider_stays_within_the_bounds(param: Param) -> None:
    if param.range is None:
        return
    low, high = param.range
    assert low < high
    assert low <= param.start <= high
    for end in (low, high):
        assert check(param, type(param.start)(end)) == end


@numbers
def test_the_bounds_hold(param: Param) -> None:
    for bound, step in ((param.low, -1), (param.high, 1)):
        if bound is None:
            continue
        value = int(bound) if param.kind == "int" else bound
        assert check(param, value) == value
        with pytest.raises(ValueError, match="must be"):
            check(param, value + step)


@every_row
@given(data=st.data())
def test_values_keep_their_type(param: Param, data: st.DataObject) -> None:
    value = data.draw(values_of(param))
    assert same(check(param, value), freeze(value))


@every_row
def test_null_is_a_value_and_absent_is_not(param: Param) -> None:
    null = Params.model_validate({param.name: None})
    assert null.given() == {param.name: None}
    assert getattr(null, param.name) is getattr(Params(), param.name) is None
    assert null != Params()


@pytest.mark.parametrize("fields", [{"top_logprobs": 1}, {"top_logprobs": 1, "logprobs": False}, {"heat": 1}])
def test_what_does_not_go_together_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Params(**fields)


def test_params_are_frozen_all_the_way_down() -> None:
    schema: dict[str, Any] = {"type": "json_schema", "json_schema": {"schema": {"required": ["a"]}}}
    params = Params(response_format=schema, stop=["x"])
    schema["json_schema"]["schema"]["required"].append("b")
    assert params.response_format["json_schema"]["schema"]["required"] == ("a",)
    assert params.stop == ("x",)
    assert isinstance(hash(params), int)
    with pytest.raises(TypeError):
        params.response_format["type"] = "text"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("temperature", 3, "must be from 0 to 2, not 3"),
        ("top_k", -2, "must be at least -1, not -2"),
        ("temperature", 10**400, "must be from 0 to 2, not 1000"),
        ("temperature", float("inf"), "must be a finite number"),
        ("seed", 1.5, "must be a whole number"),
    ],
)
def test_a_refusal_says_what_would_fit(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        check(BY_NAME[name], value)
    assert len(str(caught.value)) < 100
