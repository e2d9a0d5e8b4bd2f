"""Typed keys: bound to the address they were typed for, never printed; the environment's only for the operator's."""

import copy

from pydantic import SecretStr

from playground.request import Endpoint, ModelRef
from playground.ui.context import Context
from playground.ui.keys import Keys

ROUTER = Endpoint(name="Router", base_url="https://router.example/v1", key_name="HF_TOKEN")
MINE = Endpoint(name="Mine", base_url="https://mine.example/v1", key_name="HF_TOKEN")
CONTEXT = Context(
    catalog=None,  # type: ignore[arg-type]
    endpoints=(ROUTER,),
    default=ModelRef(endpoint=ROUTER, id="m"),
    environment={"Router": SecretStr("from-env"), "Mine": SecretStr("never")},
    image_side=1568,
)


def test_a_typed_key_comes_before_the_environment():
    assert CONTEXT.key(ROUTER, Keys()) == "from-env"
    assert CONTEXT.key(ROUTER, Keys().typing(ROUTER, " typed ")) == "typed"


def test_an_endpoint_of_the_visitor_never_gets_a_key_from_the_environment():
    assert CONTEXT.key(MINE, Keys()) is None
    posing = Endpoint(name="Router", base_url="https://evil.example/v1", key_name="HF_TOKEN")
    assert CONTEXT.key(posing, Keys()) is None


def test_a_key_does_not_follow_its_endpoint_to_another_address():
    keys = Keys().typing(MINE, "secret")
    moved = Endpoint(name="Mine", base_url="https://evil.example/v1")
    assert keys.of(MINE) is not None
    assert keys.of(moved) is None


def test_an_empty_key_forgets():
    assert Keys().typing(MINE, "a").typing(MINE, "b").typing(MINE, "").typed == ()


def test_keys_are_not_printed_and_can_be_copied_for_a_session():
    keys = copy.deepcopy(Keys().typing(MINE, "planted-secret"))
    assert "planted-secret" not in f"{keys!r} {keys}"
    assert CONTEXT.key(MINE, keys) == "planted-secret"
