"""A client: a way to make the call in a language, and what is said about it beside the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .call import Call

Images = Literal["inline", "file"]


@dataclass(frozen=True)
class Language:
    """`highlight` is the code view's name for it, `comment` begins a comment that ends with the line, `program` runs it."""

    name: str
    suffix: str
    highlight: str
    comment: str
    program: str


PYTHON = Language("Python", ".py", "python", "#", "python")
JAVASCRIPT = Language("JavaScript", ".mjs", "javascript", "//", "node")
SHELL = Language("Shell", ".sh", "shell", "#", "bash")


@dataclass(frozen=True)
class Client:
    """One row of the CLIENTS table. `install` is "" where nothing is to be installed; what streaming needs on top is
    `install_stream`. `calls` is false where the code calls no endpoint but runs the model itself.

    `write` gives the code of a call. It reads nothing else, and the call's values go through the literal
    writers of the language: no text from a request ever stands in the code as itself.
    """

    id: str
    spoken: Language
    label: str
    install: str
    write: Callable[[Call], str]
    install_stream: str = ""
    calls: bool = True

    def install_for(self, call: Call) -> str:
        return self.install_stream if call.stream and self.install_stream else self.install

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
    """Code that makes the call, the line that installs its client, and what the code can't send exactly.

    `files` are the files that the code reads, as (name, data URL). `run` runs the code, in the file chat.py,
    chat.mjs or chat.sh, once the environment variable `key_name` is set.
    """

    code: str
    install: str
    warnings: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    run: str = ""
    key_name: str | None = None
