"""Stop strings over text that comes in any pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.backends.local.stopping import StopScanner

TEXT = st.text("ab\n", max_size=12)
STOPS = st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("stops", "pieces", "shown", "stopped"),
    [
        ((), ["one", " two"], ["one", " two"], False),
        (("END",), ["one E", "ND two"], ["one ", ""], True),
        (("END",), ["one E", "Nvy"], ["one ", "ENvy"], False),
        (("aab",), ["aa", "a", "b"], ["", "a", ""], True),
        (("b", "ab"), ["xa", "b"], ["x", ""], True),
        (("two",), ["one two three", " four"], ["one ", ""], True),
        (("\n\n",), ["a\n", "b\n", "\nc"], ["a", "\nb", ""], True),
    ],
)
def test_text_is_shown_up_to_a_stop_string(
    stops: tuple[str, ...], pieces: list[str], shown: list[str], stopped: bool
) -> None:
    scanner = StopScanner(stops)
    assert ([scanner.feed(piece) for piece in pieces], scanner.stopped) == (shown, stopped)


def test_what_was_held_back_comes_at_the_end() -> None:
    scanner = StopScanner(("END",))
    assert (scanner.feed("one EN"), scanner.flush(), scanner.flush()) == ("one ", "EN", "")


@given(stops=STOPS, pieces=st.lists(TEXT, max_size=8))
def test_pieces_make_no_difference(stops: tuple[str, ...], pieces: list[str]) -> None:
    whole = "".join(pieces)
    ends = [end for end in range(len(whole) + 1) if any(whole[:end].endswith(stop) for stop in stops)]
    scanner = StopScanner(stops)
    shown = "".join(scanner.feed(piece) for piece in pieces)
    if not ends:
        assert (shown + scanner.flush(), scanner.stopped) == (whole, False)
        return
    assert scanner.stopped
    assert shown + scanner.flush() == shown
    assert whole.startswith(shown)
    assert not any(stop in shown for stop in stops)


@given(stops=STOPS, pieces=st.lists(TEXT, max_size=8))
def test_nothing_is_held_back_that_cannot_become_a_stop_string(stops: tuple[str, ...], pieces: list[str]) -> None:
    scanner, fed, shown = StopScanner(stops), "", ""
    for piece in pieces:
        fed += piece
        shown += scanner.feed(piece)
        if scanner.stopped:
            return
        held = fed[len(shown) :]
        assert held == "" or any(stop.startswith(held) for stop in stops)
