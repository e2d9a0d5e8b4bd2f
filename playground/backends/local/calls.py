"""Tool calls in a model's own markup: how it writes them, and reading them as they stream.

Pure. The markup is learnt from the model's chat template (forms.py). A model whose template has no place for tools is asked
for DEFAULT.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ...events import ToolCallDelta
from .arguments import JSON, ArgumentReader, ArgumentStyle, JsonObject, Schema
from .stopping import overlap

_TAG = re.compile(r"\s*(<[^<>\s]+>|\[[A-Z_]+\])")


@dataclass(frozen=True)
class Form:
    """What stands around the calls of an answer:

        begin  head NAME middle ARGUMENTS tail  (between  head NAME middle ARGUMENTS tail)*  end

    ARGUMENTS are written as `arguments` says. `between` is None where there can be one call only, `speaks` False where the
    template leaves out what an answer says beside its calls.
    """

    begin: str
    head: str
    middle: str
    tail: str
    between: str | None
    end: str
    arguments: ArgumentStyle = JSON
    speaks: bool = True

    @property
    def opening(self) -> str:
        """What comes before the first name."""
        return self.begin + self.head

    @property
    def trigger(self) -> str:
        """The text that is the beginning of a call wherever it appears, and so never part of an answer's text."""
        tag = _TAG.match(self.opening)
        return tag[1] if tag else self.opening.lstrip()

    @property
    def alone(self) -> bool:
        """Whether a call must be the whole answer: bare JSON can't be told from text later on."""
        return _TAG.match(self.opening) is None

    @property
    def markup(self) -> str:
        return self.opening + self.middle + self.arguments.markup + self.tail + (self.between or "") + self.end


DEFAULT = Form(
    begin="",
    head='<tool_call>\n{"name": "',
    middle='", "arguments": ',
    tail="}\n</tool_call>",
    between="\n",
    end="",
)
"""Hermes' markup, which many models have seen."""


@dataclass(frozen=True)
class Said:
    """What came of an answer: text, and deltas of its calls."""

    text: str = ""
    calls: tuple[ToolCallDelta, ...] = ()


class CallNames:
    """Ids for the calls of a request: the same for the same seed and prompt, else never twice.

    Nine characters, as Mistral wants.
    """

    def __init__(self, seed: int | None, prompt: Sequence[int]) -> None:
        self._seed = secrets.token_hex(8) if seed is None else f"{seed}:{list(prompt)}"

    def of(self, choice: int, index: int) -> str:
        return hashlib.sha256(f"{self._seed}:{choice}:{index}".encode()).hexdigest()[:9]


class CallReader:
    """Takes the calls in an answer apart from its text. Feed it pieces; `flush` at the end.

    `id_of` names call number so and so, `schemas` are those of the arguments by the tools' names. `first` when a call can
    only be the whole answer, `must` when there will be one. Blanks before a call are in neither. What could still become a
    call is held back.
    """

    def __init__(
        self,
        form: Form,
        id_of: Callable[[int], str],
        choice: int = 0,
        schemas: Mapping[str, Schema] = MappingProxyType({}),
        *,
        first: bool = False,
        must: bool = False,
    ) -> None:
        self.form = form
        self._alone, self._must = first or form.alone, must
        self._schemas = schemas
        self._id_of, self._choice = id_of, choice
        self._count = 0
        self._held = ""
        self._step = "text"
        self._begun = False  # whether text came
        self._reading: ArgumentReader = JsonObject()

    @property
    def calling(self) -> bool:
        """Whether a call has begun."""
        return self._step != "text"

    @property
    def whole(self) -> bool:
        """Whether there are calls, and all of them are complete."""
        return self._step == "after"

    def feed(self, piece: str) -> Said:
        self._held += piece
        text = self._text() if self._step == "text" else ""
        calls: list[ToolCallDelta] = []
        while self.calling and self._moves(calls):
            pass
        return Said(text, tuple(calls))

    def flush(self) -> Said:
        """What was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return Said() if self.calling or self._must else Said(held)

    def _text(self) -> str:
        trigger = self.form.trigger
        place = self._held.find(trigger)
        if place >= 0 and not (self._alone and (self._begun or self._held[:place].strip())):
            text, self._held, self._step = self._held[:place].rstrip(), self._held[place:], "opening"
            return text
        sure = len(self._held)
        if not (self._alone and self._begun):
            sure -= overlap(self._held, trigger)
            sure = len(self._held[:sure].rstrip())
        text, self._held = self._held[:sure], self._held[sure:]
        self._begun = self._begun or bool(text)
        return text

    def _moves(self, calls: list[ToolCallDelta]) -> bool:
        """Read as far as the step goes. False when more must come first."""
        return {"opening": self._open, "name": self._name, "arguments": self._arguments, "after": self._after}[
            self._step
        ](calls)

    def _open(self, calls: list[ToolCallDelta]) -> bool:
        opening = self.form.opening.lstrip()
        if not self._held.startswith(opening):
            return False
        self._held, self._step = self._held.removeprefix(opening), "name"
        return True

    def _name(self, calls: list[ToolCallDelta]) -> bool:
        name, middle, rest = self._held.partition(self.form.middle)
        if not middle:
            return False
        calls.append(ToolCallDelta(index=self._count, id=self._id_of(self._count), name=name, choice=self._choice))
        self._held, self._step = rest, "arguments"
        self._reading = self.form.arguments.reader(self._schemas.get(name, {}), self.form.tail)
        return True

    def _arguments(self, calls: list[ToolCallDelta]) -> bool:
        text, self._held = self._reading.feed(self._held)
        if text:
            calls.append(ToolCallDelta(index=self._count, arguments=text, choice=self._choice))
        if self._reading.complete:
            self._step = "after"
            self._count += 1
        return self._reading.complete

    def _after(self, calls: list[ToolCallDelta]) -> bool:
        if self.form.between is None:
            return False
        link = self.form.tail + self.form.between + self.form.head
        if not self._held.startswith(link):
            return False
        self._held, self._step = self._held.removeprefix(link), "name"
        return True


def described(tools: Sequence[Any]) -> str:
    """Tools for a model whose template has no place for them, as a text for its system message."""
    functions = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    return (
        "You can call functions. Each stands on a line of its own, with a JSON schema of its parameters:\n"
        f"<tools>\n{functions}\n</tools>\n"
        f"To call one, write {written('NAME', 'ARGUMENTS')} with its name and its arguments as a JSON object. "
        "What it returns comes inside <tool_response></tool_response>."
    )


def written(name: str, arguments: str) -> str:
    """A call in DEFAULT."""
    return f"{DEFAULT.head}{name}{DEFAULT.middle}{arguments}{DEFAULT.tail}"


def answered(text: str) -> str:
    """A tool's result, for such a model."""
    return f"<tool_response>\n{text}\n</tool_response>"
