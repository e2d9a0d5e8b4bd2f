"""Tool calls in a model's own markup: how it writes them, and reading them as they stream.

Pure. The markup is learnt from the model's chat template: it is made to write calls that are known (`form_of`), and what
stands around their names and arguments is what the model was trained to write. All markups whose arguments are JSON are
covered by that. A model whose template has no place for tools is asked for DEFAULT.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...events import ToolCallDelta
from .stopping import overlap
from .thinking import Marks

Render = Callable[[list[dict[str, Any]]], str]
"""Writes messages by a chat template, without the opening of an answer. Raises ValueError where the template refuses."""

_TAG = re.compile(r"\s*(<[^<>\s]+>|\[[A-Z_]+\])")
_ARGUMENTS = re.compile(r'\{\s*"probed":\s*"(one|two)"\s*\}')
_CALL_ID = re.compile(r',\s*"id":\s*"probe000[12]"|\[CALL_ID\]probe000[12]')


@dataclass(frozen=True)
class Form:
    """What stands around the calls of an answer:

        begin  head NAME middle ARGUMENTS tail  (between  head NAME middle ARGUMENTS tail)*  end

    ARGUMENTS are a JSON object. `between` is None where there can be one call only.
    """

    begin: str
    head: str
    middle: str
    tail: str
    between: str | None
    end: str

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
        return self.opening + self.middle + self.tail + (self.between or "") + self.end


DEFAULT = Form(
    begin="",
    head='<tool_call>\n{"name": "',
    middle='", "arguments": ',
    tail="}\n</tool_call>",
    between="\n",
    end="",
)
"""Hermes' markup, which many models have seen."""


_NAMES = ("probe_1", "probe_2")
_IDS = ("probe0001", "probe0002")
PROBES: list[dict[str, Any]] = [
    {"type": "function", "function": {
        "name": name, "description": "", "parameters": {"type": "object", "properties": {"probed": {"type": "string"}}}}}
    for name in _NAMES
]  # fmt: skip
"""The tools that a template is given while it is probed."""


def form_of(render: Render, ends: Sequence[str], marks: Marks | None = None) -> Form | None:
    """How a chat template writes calls; None where it has no place for them, or writes arguments other than as JSON.

    `ends` are the texts of the tokens that end an answer, `marks` those of thinking.
    """
    thinking = re.compile(rf"{re.escape(marks.opening)}\s*{re.escape(marks.closing)}\s*" if marks else r"(?!)")

    def written(messages: list[dict[str, Any]]) -> str:
        return thinking.sub("", render(messages))

    one = _around(written, 1, ends)
    if one is None:
        return None
    (head, middle), after = one[0], one[1]
    two = _around(written, 2, ends)
    if two is None:
        return Form("", head, middle, after, None, "")
    return _with_more(head, middle, after, two[0][2])


def _around(render: Render, count: int, ends: Sequence[str]) -> tuple[list[str], str] | None:
    """The texts before, between and inside of so many calls, and what follows the last."""
    try:
        before, written = render([_ASKED]), render([_ASKED, _calling(count)])
    except ValueError:
        return None
    if _NAMES[0] not in before:
        return None
    written = _CALL_ID.sub("", written)
    found = list(_ARGUMENTS.finditer(written))
    if len(found) != count:
        return None
    shared = len(_beginning(before, written))
    parts, at = [], shared
    for name, match in zip(_NAMES, found, strict=False):
        place = written.find(name, at, match.start())
        if place < 0:
            return None
        parts += [written[at:place], written[place + len(name) : match.start()]]
        at = match.end()
    return parts, _until_end(written[at:], ends)


def _beginning(one: str, other: str) -> str:
    """The longest beginning that two texts share."""
    size = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:size]


def writes_calls(render: Render) -> bool:
    """Whether a chat template writes calls of earlier answers, and their results, in whatever form."""
    try:
        text = render([_ASKED, _calling(1), {"role": "tool", "tool_call_id": _IDS[0], "content": "probed result"}])
    except ValueError:
        return False
    return all(part in text for part in (_NAMES[0], "one", "probed result"))


_ASKED = {"role": "user", "content": "probed"}


def _calling(count: int) -> dict[str, Any]:
    """An answer of so many calls."""
    calls = [
        {"id": id, "type": "function", "function": {"name": name, "arguments": {"probed": word}}}
        for id, name, word in zip(_IDS[:count], _NAMES, ("one", "two"), strict=False)
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _until_end(text: str, ends: Sequence[str]) -> str:
    places = [place for place in (text.find(end) for end in ends if end) if place >= 0]
    return text[: min(places)] if places else text.rstrip()


def _with_more(opening: str, middle: str, after: str, link: str) -> Form:
    """The form of several calls. `link` stands between the arguments of one and the name of the next."""
    head = _beginning(opening[::-1], link[::-1])[::-1]
    if not head:
        return Form("", opening, middle, after, None, "")
    joint = link.removesuffix(head)
    tail = _beginning(joint, after)
    return Form(opening.removesuffix(head), head, middle, tail, joint.removeprefix(tail), after.removeprefix(tail))


@dataclass(frozen=True)
class Said:
    """What came of an answer: text, and deltas of its calls."""

    text: str = ""
    calls: tuple[ToolCallDelta, ...] = ()


class CallNames:
    """Ids for the calls of a request: the same for the same seed, else never twice. Nine characters, as Mistral wants."""

    def __init__(self, seed: int | None) -> None:
        self._seed = secrets.token_hex(8) if seed is None else str(seed)

    def of(self, choice: int, index: int) -> str:
        return hashlib.sha256(f"{self._seed}:{choice}:{index}".encode()).hexdigest()[:9]


class CallReader:
    """Takes the calls in an answer apart from its text. Feed it pieces; `flush` at the end.

    `id_of` names call number so and so. Blanks before a call are in neither. What could still become a call is held back.
    """

    def __init__(self, form: Form, id_of: Callable[[int], str], choice: int = 0) -> None:
        self.form = form
        self._id_of, self._choice = id_of, choice
        self._count = 0
        self._held = ""
        self._step = "text"
        self._begun = False  # whether text came
        self._json = JsonObject()

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
        return Said() if self.calling else Said(held)

    def _text(self) -> str:
        form = self.form
        place = self._held.find(form.trigger)
        if place >= 0 and not (form.alone and (self._begun or self._held[:place].strip())):
            text, self._held, self._step = self._held[:place].rstrip(), self._held[place:], "opening"
            return text
        sure = len(self._held)
        if not (form.alone and self._begun):
            sure -= overlap(self._held, form.trigger)
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
        self._held, self._step, self._json = rest, "arguments", JsonObject()
        return True

    def _arguments(self, calls: list[ToolCallDelta]) -> bool:
        taken = self._json.feed(self._held)
        text, self._held = self._held[:taken], self._held[taken:]
        if text:
            calls.append(ToolCallDelta(index=self._count, arguments=text, choice=self._choice))
        if self._json.complete:
            self._step = "after"
            self._count += 1
        return self._json.complete

    def _after(self, calls: list[ToolCallDelta]) -> bool:
        if self.form.between is None:
            return False
        link = self.form.tail + self.form.between + self.form.head
        if not self._held.startswith(link):
            return False
        self._held, self._step = self._held.removeprefix(link), "name"
        return True


class JsonObject:
    """Finds the end of a JSON object that comes in pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._inside = self._escaped = False  # of a string; after a backslash
        self.complete = False

    def feed(self, text: str) -> int:
        """How much of the text belongs to the object."""
        for at, mark in enumerate(text):
            if self.complete:
                return at
            self._take(mark)
        return len(text)

    def _take(self, mark: str) -> None:
        if self._inside:
            if self._escaped:
                self._escaped = False
            elif mark == "\\":
                self._escaped = True
            elif mark == '"':
                self._inside = False
        elif mark == '"':
            self._inside = True
        elif mark in "{[":
            self._depth += 1
        elif mark in "}]":
            self._depth -= 1
            self.complete = self._depth == 0


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
