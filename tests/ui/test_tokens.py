"""Log probabilities in the short form that the page reads."""

import json
from typing import Any

import pytest

from playground.events import TokenLogprob
from playground.ui.tokens import packed


def token(text: str, logprob: float = -1.0, **more: Any) -> TokenLogprob:
    return TokenLogprob(token=text, logprob=logprob, **more)


@pytest.mark.parametrize(
    ("given", "short"),
    [
        (token("a"), ["a", -1.0]),
        (token("é", bytes=b"\xc3\xa9"), ["é", -1.0]),
        (token("\\xc3", bytes=b"\xc3"), ["\\xc3", -1.0, [0xC3]]),
        (token("", bytes=b""), ["", -1.0]),
        (token("a", float("-inf")), ["a", -9999.0]),
        (token("a", -0.00004), ["a", -0.0]),
        (token("\ud800"), ["\ud800", -1.0]),
        (token("a", top=(token("a"), token("\ufffd", bytes=b"\xf0"))), ["a", -1.0, None, [["a", -1.0], ["\ufffd", -1.0, [0xF0]]]]),
    ],
)  # fmt: skip
def test_a_token_in_its_short_form(given: TokenLogprob, short: list[Any]) -> None:
    assert json.loads(packed((given,))) == [short]
