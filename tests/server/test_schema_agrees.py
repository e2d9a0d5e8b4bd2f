"""The description and the validators are of one mind about any body: what one takes the other takes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from playground.errors import BadRequest
from playground.params import PARAMS
from playground.server.body import read_body
from playground.server.schema import openapi
from tests.server.running import HERE
from tests.strategies import messages, stream_options, values_of, words

DESCRIBED = Draft202012Validator(
    {"$ref": "#/components/schemas/ChatRequest", "components": openapi(key_required=False, server="/v1")["components"]}
)  # fmt: skip
Path = tuple[str | int, ...]

# What a value may be mistaken for. Whole numbers with a point are left out: the description says in words that they are
# refused, which no schema can.
TEXTS = ["", "a", "none", "tool", "text", "https://x/a.png", "file:///etc/passwd"]
NUMBERS = [-101, -3, -1, 0, 1, 2.5, 3, 21, 101, 129]
LISTS = [[], [""], ["a"], [1], [{"type": "text", "text": "a"}]]
OBJECTS = [{}, {"x": 1}, {"5": "1"}, {"type": "text"}, {"type": "function", "function": {"name": "f"}}]
LIKE: dict[type, list[Any]] = {
    str: [*TEXTS, None, 1, []],
    int: [*NUMBERS, None, True, "1"],
    float: [*NUMBERS, None, True, "1"],
    bool: [None, 0, 1, "true", True, False],
    list: [*LISTS, None, "a", {}],
    dict: [*OBJECTS, None, "a", []],
    type(None): ["", "a", 0, True, [], {}],
}
KEYS = ["name", "tool_call_id", "tool_calls", "reasoning", "5", "x"]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where something stands in a body, however deep."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*path, key)
        yield from places(item, (*path, key))


def changes(body: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """The body, and every body that one change in a field makes of it: something else, something less, something more."""
    yield body
    for path in [(field,), *places(body[field], (field,))]:
        *_, value = along(body, path)
        for other in LIKE[type(value)]:
            yield made(body, path, _put(other))
        if path != ("messages",):
            yield made(body, path, lambda holder, key: holder.pop(key))
        if isinstance(value, dict):
            for name in KEYS:
                yield made(body, (*path, name), lambda holder, key: holder.setdefault(key, "a"))


def _put(value: Any) -> Callable[[Any, Any], None]:
    return lambda holder, key: holder.__setitem__(key, value)


def along(body: Any, path: Path) -> Iterator[Any]:
    """What stands at each step of a path."""
    for key in path:
        body = body[key]
        yield body


def made(body: dict[str, Any], path: Path, change: Callable[[Any, Any], Any]) -> dict[str, Any]:
    """A copy of the body, changed at a place."""
    copied = copy.deepcopy(body)
    *_, holder = [copied, *along(copied, path[:-1])]
    change(holder, path[-1])
    return copied


BESIDE: dict[str, dict[str, Any]] = {"top_logprobs": {"logprobs": True}, "stream_options": {"stream": True}}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "model": words,
    "messages": st.lists(messages, min_size=1, max_size=1),
    "stream": st.booleans(),
    "stream_options": stream_options,
    **{param.name: values_of(param) for param in PARAMS},
}


def accepted(body: dict[str, Any]) -> bool:
    try:
        read_body(body, HERE)
    except BadRequest:
        return False
    return True


def has_points(value: Any) -> bool:
    """Whether a whole number is written with a point in it."""
    if isinstance(value, (dict, list)):
        return any(has_points(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and value.is_integer()


@pytest.mark.parametrize("field", FIELDS)
def test_the_description_takes_what_the_validators_take(field: str) -> None:
    @settings(max_examples=24 if field == "messages" else 6)
    @given(FIELDS[field])
    def check(value: Any) -> None:
        good = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **BESIDE.get(field, {}), field: value}
        for body in changes(good, field):
            taken = accepted(body)
            if taken or not has_points(body):
                errors = list(DESCRIBED.iter_errors(body))
                assert taken == (not errors), (body, errors[:1])

    check()
