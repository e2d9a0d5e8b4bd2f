"""A client: a way to make the call in a language, and what is said about it beside the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .call import Call


@dataclass(frozen=True)
class Language:
    """`highlight` is the code view's name for it, `comment` begins a comment that ends with the line."""

    name: str
    suffix: str
    highlight: str
    comment: str


PYTHON = Language("Python", ".py", "python", "#")
JAVASCRIPT = Language("JavaScript", ".mjs", "javascript", "//")
SHELL = Language("Shell", ".sh", "shell", "#")


@dataclass(frozen=True)
class Client:
    """One row of the CLIENTS table. `install` is "" where nothing is to be installed.

    `write` gives the code of a call. It reads nothing else, and the call's values go through the literal
    writers of the language: no text from a request ever stands in the code as itself.
    """

    id: str
    spoken: Language
    label: str
    install: str
    write: Callable[[Call], str]

    @property
    def language(self) -> str:
        return self.spoken.name

    @property
    def suffix(self) -> str:
        return self.spoken.suffix

    @property
    def highlight(self) -> str:
        return self.spoken.highlight


@dataclass(frozen=True)
class Snippet:
    """Code that makes the call, the line that installs its client, and what the code can't send exactly."""

    code: str
    install: str
    warnings: tuple[str, ...] = ()
