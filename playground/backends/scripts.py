"""What scripts are made of; scripted.py plays them, demos.py holds those that ship."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

from ..errors import PlaygroundError
from ..events import Delta, Progress, TextDelta, TokenLogprob
from ..request import ChatRequest


@dataclass(frozen=True)
class Pause:
    """A step that waits."""

    seconds: float


@dataclass(frozen=True)
class End:
    """A step that ends the answer, for a reason of its own (such as content_filter)."""

    reason: str


Step = Delta | Progress | Pause | End | PlaygroundError
"""What a script is made of. An error is raised where it stands; deltas belong to every choice of `n`."""
Script = Sequence[Step] | Callable[[ChatRequest], Iterable[Step]]
"""The steps of an answer, or what makes them of the request. A generator is closed when its run ends or is left."""

NO_TOKENS = ("logit_bias", "a scripted model has no token ids")
REFUSED: tuple[tuple[str, str], ...] = (
    NO_TOKENS,
    ("response_format", "a scripted model answers as its script says"),
)


@dataclass(frozen=True)
class ScriptedModel:
    """A script and what holds for it; `context_length` counts words, `refuses` and `continues` are as in ModelInfo.

    `score` gives the tokens of a word with their probabilities and all alternatives; None where each word is certain.
    """

    script: Script
    sees_images: bool | None = None
    context_length: int | None = None
    refuses: tuple[tuple[str, str], ...] = REFUSED
    continues: bool = False
    score: Callable[[str], tuple[TokenLogprob, ...]] | None = None


def words(text: str) -> tuple[str, ...]:
    """The text as tokens: words with the blanks before them. Joined, they are the text again."""
    return tuple(re.findall(r"\s*\S+(?:\s+$)?|\s+$", text))


def spoken(text: str, *, pause: float = 0.0) -> Generator[Step, None, None]:
    """A script that says the text word by word, `pause` seconds before each."""
    for word in words(text):
        if pause:
            yield Pause(pause)
        yield TextDelta(text=word)
