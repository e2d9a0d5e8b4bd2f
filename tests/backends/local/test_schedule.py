"""What is read in a step."""

from __future__ import annotations

import pytest

from playground.backends.local.schedule import MOST_READ, Pace, Reader, shares


@pytest.mark.parametrize(
    ("readers", "budget", "ends"),
    [
        ([], 100, ()),
        ([Reader(0, 50, 32)], 512, (50,)),
        ([Reader(0, 1000, 32)], 512, (512,)),
        ([Reader(512, 1000, 32)], 512, (1000,)),
        ([Reader(0, 1000, 32)], 100, (96,)),  # cut at a multiple of its stride
        ([Reader(40, 1000, 32)], 30, (64,)),
        ([Reader(0, 1000, 32)], 0, (32,)),  # the first always moves on
        ([Reader(0, 20, 32)], 0, (20,)),
        ([Reader(0, 1000, 512)], 40, (512,)),
        ([Reader(0, 9000, None)], 40, (9000,)),  # what can't be cut is read whole
        ([Reader(0, 20, 32), Reader(0, 100, 32), Reader(0, 5, 32)], 64, (20, 32, 5)),  # a short one passes a long one
        ([Reader(0, 64, 32), Reader(0, 64, 32)], 64, (64, 0)),
        ([Reader(0, 8000, 32), Reader(0, 20, 32)], 512, (512 - 32, 20)),
        ([Reader(0, 8000, 32), Reader(0, 700, 32), Reader(0, 20, 32)], 64, (32, 0, 20)),
        ([Reader(0, 20, 32), Reader(0, 900, None)], 64, (20, 0)),
    ],
)
def test_the_first_prompt_moves_on_and_others_as_far_as_the_budget_goes(
    readers: list[Reader], budget: int, ends: tuple[int, ...]
) -> None:
    assert shares(readers, budget) == ends


def test_with_nobody_writing_much_is_read_at_once() -> None:
    assert Pace().budget(0) == MOST_READ


def test_those_who_write_wait_a_few_steps_at_most() -> None:
    pace = Pace()
    for _ in range(20):
        pace.took(0.020, writers=4, read=0)
        pace.took(0.020 + 0.001 * 64, writers=4, read=64)
    assert 0 < 0.001 * pace.budget(4) <= 3 * 0.020
    assert pace.budget(0) == MOST_READ
