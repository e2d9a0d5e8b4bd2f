"""Thinking taken apart from the text, wherever the pieces of an answer end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from playground.backends.local.answer import Answer
from playground.backends.local.settings import Sampling, Settings
from playground.backends.local.thinking import KINDS, Marks, Splitter, begins_thinking, marks_of
from playground.events import Delta, LogprobsDelta, ReasoningDelta, TextDelta

TAGS = Marks("<think>", "</think>")


def parted(
    answer: str, *, marks: Marks = TAGS, inside: bool = False, cut: random.Random | None = None
) -> tuple[str, str]:
    """The thinking and the text of an answer that comes in one piece, or cut anywhere."""
    splitter = Splitter(marks, inside=inside)
    pieces = []
    while answer:
        size = len(answer) if cut is None else cut.randint(1, 4)
        pieces.append(answer[:size])
        answer = answer[size:]
    found = [*(splitter.feed(piece) for piece in pieces), splitter.flush()]
    return "".join(part.thinking for part in found), "".join(part.text for part in found)


CASES: dict[str, tuple[str, bool, tuple[str, str]]] = {
    "both": ("<think>\nHm, 2 + 2.\n</think>\n\nIt is 4.", False, ("Hm, 2 + 2.", "It is 4.")),
    "begun by the prompt": ("Hm.\n</think>\n\n4 \n", True, ("Hm.", "4 \n")),
    "none": ("It is 4.", False, ("", "It is 4.")),
    "none, after blanks": ("\n  It is 4.", False, ("", "\n  It is 4.")),
    "empty": ("<think>\n\n</think>\n\n4", False, ("", "4")),
    "blanks before": ("\n<think>Hm</think>4", False, ("Hm", "4")),
    "cut off": ("<think>\nHm, 2 + 2", False, ("Hm, 2 + 2", "")),
    "cut off in a mark": ("<think>a</thi", False, ("a</thi", "")),
    "cut off in the opening mark": ("<thi", False, ("", "<thi")),
    "marks in the text": ("<think>a</think>Write <think>b</think>.", False, ("a", "Write <think>b</think>.")),
    "a mark later": ("Write <think>b</think>.", False, ("", "Write <think>b</think>.")),
    "nearly a mark": ("<think>a </ b < c </thin </think>d", False, ("a </ b < c </thin", "d")),
    "blanks inside stay": ("<think>a\n\n b</think> c  d ", False, ("a\n\n b", "c  d ")),
    "wide characters": ("<think>é🟦\u0301</think>日本", False, ("é🟦\u0301", "日本")),
    "nothing": ("", False, ("", "")),
}


@pytest.mark.parametrize("name", CASES)
def test_thinking_and_text_are_told_apart_however_they_come(name: str) -> None:
    answer, inside, expected = CASES[name]
    assert parted(answer, inside=inside) == expected
    for seed in range(40):
        assert parted(answer, inside=inside, cut=random.Random(seed)) == expected


@pytest.mark.parametrize("marks", KINDS, ids=lambda marks: marks.opening)
def test_each_familys_marks_are_known(marks: Marks) -> None:
    template = f"{{{{ '{marks.opening}' }}}}{{{{ message.reasoning }}}}{{{{ '{marks.closing}' }}}}"
    assert marks_of(template) == marks
    assert parted(f"{marks.opening}a{marks.closing}b", marks=marks, cut=random.Random(1)) == ("a", "b")


def test_a_template_without_marks_is_of_a_model_that_does_not_think() -> None:
    assert marks_of("{{ messages[0].content }}") is None


@pytest.mark.parametrize(
    ("prompt", "inside"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("<|im_start|>assistant\n", False),
        ("user: what does <think> mean?<|im_end|>assistant\n", False),
        ("<think>a</think>b<|im_end|>assistant\n<think>", True),
    ],
)
def test_a_prompt_may_open_the_thinking(prompt: str, inside: bool) -> None:
    assert begins_thinking(prompt, TAGS) is inside


# --- in an answer --------------------------------------------------------------------------------

WORDS = ("<end>", "<think>", "</think>", "Hm", ", ", "4", "!", "{", "}", "\n")
END, OPEN, CLOSE, HM, COMMA, FOUR, BANG, LEFT, RIGHT, LINE = range(len(WORDS))


class Words:
    """A vocabulary of a few words; the marks are special tokens, as in some families."""

    size = len(WORDS)

    def is_special(self, token: int) -> bool:
        return token in (END, OPEN, CLOSE)

    def bytes_of(self, token: int) -> bytes:
        return WORDS[token].encode()

    first_bytes_of = bytes_of


class Only:
    """A constraint: these tokens, one after another, and nothing more."""

    def __init__(self, *tokens: int) -> None:
        self.tokens = tokens
        self.taken: list[int] = []

    def copy(self) -> Only:
        return Only(*self.tokens)

    def allowed(self) -> torch.Tensor:
        found = torch.zeros(len(WORDS), dtype=torch.bool)
        found[self.tokens[len(self.taken)]] = True
        return found

    def take(self, token: int) -> None:
        assert self.allowed()[token]
        self.taken.append(token)

    @property
    def complete(self) -> bool:
        return len(self.taken) == len(self.tokens)


def answered(
    wanted: Sequence[int],
    *,
    inside: bool = False,
    stops: tuple[str, ...] = (),
    logprobs: bool = False,
    mask: Any = None,
) -> tuple[Answer, list[Delta]]:
    """An answer whose model wants these tokens, as far as it may."""
    answer = Answer(
        0, Settings((), None, stops, 1, None, 0 if logprobs else None), Sampling(temperature=0), Words(),  # type: ignore[arg-type]
        frozenset({END}), [], 99, continuing=False, mask=mask, splitter=Splitter(TAGS, inside=inside),
        opening=None if inside else Only(OPEN),  # type: ignore[arg-type]
    )  # fmt: skip
    said: list[Delta] = []
    for token in wanted:
        assert answer.reason is None
        scores = torch.zeros(len(WORDS))
        scores[OPEN], scores[token] = -1.0, 1.0
        said += answer.take(scores)
    return answer, said


def joined(said: list[Delta], kind: Any) -> str:
    return "".join(delta.text for delta in said if isinstance(delta, kind))


def test_an_answer_thinks_and_then_writes() -> None:
    answer, said = answered([OPEN, LINE, HM, COMMA, HM, LINE, CLOSE, LINE, FOUR, BANG, END])
    assert (joined(said, ReasoningDelta), joined(said, TextDelta)) == ("Hm, Hm", "4!")
    assert (answer.reason, answer.thought, answer.count) == ("stop", 8, 11)


def test_an_answer_that_does_not_think_has_no_thoughts_counted() -> None:
    answer, said = answered([FOUR, BANG, END])
    assert (joined(said, ReasoningDelta), joined(said, TextDelta), answer.thought) == ("", "4!", 0)


def test_stop_texts_and_logprobs_are_of_the_text_only() -> None:
    answer, said = answered([OPEN, FOUR, HM, CLOSE, HM, FOUR], stops=("4",), logprobs=True)
    assert (joined(said, ReasoningDelta), joined(said, TextDelta), answer.reason) == ("4Hm", "Hm", "stop")
    assert [token.token for delta in said if isinstance(delta, LogprobsDelta) for token in delta.tokens] == ["Hm"]


@pytest.mark.parametrize("inside", [False, True])
def test_a_constraint_begins_after_the_thinking(inside: bool) -> None:
    mask = Only(LEFT, RIGHT)
    _, said = answered([*([] if inside else [OPEN]), HM, COMMA, CLOSE, FOUR, FOUR], inside=inside, mask=mask)
    assert (joined(said, ReasoningDelta), joined(said, TextDelta)) == ("Hm,", "{}")
    assert mask.taken == [LEFT, RIGHT]


def test_an_answer_under_a_constraint_need_not_think() -> None:
    answer, said = answered([FOUR, FOUR], mask=Only(LEFT, RIGHT))
    assert (joined(said, ReasoningDelta), joined(said, TextDelta), answer.reason) == ("", "{}", "stop")
