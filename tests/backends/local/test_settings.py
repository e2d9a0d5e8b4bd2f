"""What a request's parameters ask of a local model, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from playground.backends.local.settings import Sampling, read_settings
from playground.errors import BadRequest, Unsupported
from tests.backends.local.asking import ask


@pytest.mark.parametrize("given", [[1], {"tokenize": True}, {"messages": []}])
def test_variables_of_the_template_are_an_object_of_free_names(given: Any) -> None:
    with pytest.raises(BadRequest) as error:
        read_settings(ask("Hi", extra={"chat_template_kwargs": given}))
    assert error.value.param == "chat_template_kwargs"


def test_effort_is_a_variable_of_the_template() -> None:
    asked = ask("Hi", reasoning_effort="low", extra={"chat_template_kwargs": {"enable_thinking": False, "depth": [1]}})
    assert read_settings(asked).variables == {"enable_thinking": False, "depth": [1], "reasoning_effort": "low"}


def test_an_extra_field_is_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="guided_regex") as error:
        read_settings(ask("Hi", extra={"guided_regex": "a+"}))
    assert error.value.param == "guided_regex"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "look"}}}, "tool_choice"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    ],
)
def test_what_makes_no_sense_is_a_bad_request(params: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as error:
        read_settings(ask("Hi", **params))
    assert error.value.param == param


@pytest.mark.parametrize(
    "params",
    [{"response_format": {"type": "text"}}, {"tools": []}, {"tool_choice": "none"}, {"tool_choice": "auto"}],
)
def test_values_that_ask_for_nothing_are_taken(params: dict[str, Any]) -> None:
    assert read_settings(ask("Hi", **params)) == read_settings(ask("Hi"))


@pytest.mark.parametrize(
    ("params", "limit"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 7, "max_completion_tokens": 7}, 7),
    ],
)
def test_both_names_of_the_limit_are_read(params: dict[str, Any], limit: int | None) -> None:
    assert read_settings(ask("Hi", **params)).max_tokens == limit


@pytest.mark.parametrize(("stop", "stops"), [(None, ()), ("a", ("a",)), (["a", "b"], ("a", "b"))])
def test_stop_is_a_text_or_a_list(stop: Any, stops: tuple[str, ...]) -> None:
    assert read_settings(ask("Hi", stop=stop)).stops == stops


@pytest.mark.parametrize(
    ("params", "wanted"),
    [({}, None), ({"logprobs": False}, None), ({"logprobs": True}, 0), ({"logprobs": True, "top_logprobs": 3}, 3)],
)
def test_log_probabilities_are_wanted_or_not(params: dict[str, Any], wanted: int | None) -> None:
    assert read_settings(ask("Hi", **params)).top_logprobs == wanted


def test_what_is_given_goes_before_the_models_defaults_and_these_before_plain_sampling() -> None:
    asked = read_settings(ask("Hi", temperature=None, top_p=1, logit_bias={"5": -2}))
    assert asked.sampling({"temperature": 0.6, "top_p": 0.9, "top_k": None}) == Sampling(
        temperature=0.6, top_p=1, logit_bias=((5, -2.0),)
    )
