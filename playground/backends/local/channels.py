"""Answers in channels, as gpt-oss writes them: a row of messages, each with a header that says what it is.

    <|channel|>analysis<|message|>thinking<|end|><|start|>assistant<|channel|>final<|message|>text

A message to functions.NAME is a call, wherever in the header that stands; one in the channel analysis, or to anything
else, is thinking; the others are text. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .arguments import JsonObject
from .calls import Form
from .lark import Lark, natural, without
from .stopping import overlap
from .thinking import KINDS, Marks, Parted, Splitter
from .tools import Tool, ToolUse

START, CHANNEL, MESSAGE, CONSTRAIN = "<|start|>", "<|channel|>", "<|message|>", "<|constrain|>"
ENDS = ("<|end|>", "<|return|>", "<|call|>", START)
"""What a message's text ends before."""
MARKUP = "".join((CHANNEL, MESSAGE, CONSTRAIN, *ENDS))
_TO = re.compile(r"\bto=functions\.([^\s<]+)")
_BEGINNINGS = (START, CHANNEL, MESSAGE, " to=functions.")


@dataclass(frozen=True)
class ChannelForm(Form):
    """The form in which ChannelSplitter passes calls on; the model's own headers vary."""

    @property
    def markup(self) -> str:
        return MARKUP


CALLS = ChannelForm("", f"{START}assistant to=functions.", f"{CHANNEL}commentary json{MESSAGE}", "", None, "")


class _ChannelMarks(Marks):
    @property
    def text(self) -> str:
        return MARKUP


MARKS = _ChannelMarks(KINDS[0].opening, KINDS[0].closing)


def in_channels(marks: Marks | None) -> bool:
    """Whether a model with these marks of thinking writes in channels."""
    return marks == KINDS[0]


class ChannelSplitter(Splitter):
    """Takes the channels of an answer apart. Feed it pieces; `flush` at the end.

    Texts of several messages have a blank line between them. A call is passed on as text in the form CALLS. An answer that
    begins without a header is text. `exact` when the text is the end of the answer, whatever stands in it.
    """

    def __init__(self, *, inside: bool = False, exact: bool = False) -> None:
        super().__init__(MARKS, exact=exact)
        self._arguments = JsonObject()
        self._state = "thinking" if inside else "start"
        self._said: dict[str, bool] = {}  # in which states something came, and whether another message has begun since

    @property
    def inside(self) -> bool:
        """Never: the grammar of an answer in channels knows its thinking."""
        return False

    def is_thought(self, parted: Parted) -> bool:
        return bool(parted.thinking) or self._state == "thinking"

    def feed(self, piece: str) -> Parted:
        self._held += piece
        found = Parted()
        while True:
            before = (self._held, self._state)
            found += self._read()
            if (self._held, self._state) == before:
                return found

    def flush(self) -> Parted:
        held, self._held = self._held, ""
        if self._state == "header":
            return Parted()
        return self._as_said("text" if self._state == "start" else self._state, held)

    def _read(self) -> Parted:
        if self._state == "start":
            return self._begin()
        return self._header() if self._state == "header" else self._content()

    def _begin(self) -> Parted:
        """See whether the answer begins with a header."""
        if any(self._held.startswith(mark) for mark in _BEGINNINGS):
            self._state = "header"
        elif not any(mark.startswith(self._held) for mark in _BEGINNINGS):
            self._state = "text"
        return Parted()

    def _header(self) -> Parted:
        header, mark, rest = self._held.partition(MESSAGE)
        if not mark:
            return Parted()
        self._held = rest
        called = _TO.search(header)
        if called:
            self._state, self._arguments = "call", JsonObject()
            return Parted(text=CALLS.opening + called[1] + CALLS.middle)
        self._state = "thinking" if "to=" in header or f"{CHANNEL}analysis" in header else "text"
        if self._state in self._said:
            self._said[self._state] = True
        return Parted()

    def _content(self) -> Parted:
        """What is sure to be of this message."""
        state, held = self._state, self._held
        if state == "text" and self._exact:
            self._held = ""
            return Parted(text=held)
        if state == "call" and not self._arguments.complete:
            text, self._held = self._arguments.feed(held)
            return Parted(text=text)
        places = [(place, end) for end in ENDS if (place := held.find(end)) >= 0]
        if places:
            place, end = min(places)
            self._held, self._state = held[place:].removeprefix("" if end == START else end), "header"
            return self._as_said(state, held[:place])
        sure = len(held) - max(overlap(held, end) for end in ENDS)
        self._held = held[sure:]
        return self._as_said(state, held[:sure])

    def _as_said(self, state: str, text: str) -> Parted:
        if not text:
            return Parted()
        if state != "call":
            text = ("\n\n" if self._said.get(state) else "") + text
            self._said[state] = False
        return Parted(thinking=text) if state == "thinking" else Parted(text=text)


def channel_grammar(use: ToolUse, tokens: Mapping[str, int], answer: str | None) -> str:
    """The grammar of an answer in channels that may call tools: thinking as it will, then the answer or a call.

    `tokens` and `answer` are as in `grammar_of`.
    """
    lark = Lark(tokens)
    format = [] if answer is None else [f" {CONSTRAIN}json", " json"]
    heads = " | ".join(lark.literal(f"{CHANNEL}final{said}{MESSAGE}") for said in ["", *format])
    thought, preamble = (_before(channel, lark) for channel in ("analysis", "commentary"))
    before = f"({thought} | {preamble})*" if use.choice == "auto" and answer is None else f"({thought})*"
    calls = {tool.name: lark.rule(_call(tool, lark)) for tool in use.callable if use.choice != "none"}
    final = [] if use.choice == "required" else ["final"]
    text = " & ".join(["/(?s:.+)/", *map(without, ENDS)])
    return "\n".join([
        f"start: {before} ({' | '.join([*final, *calls.values()])})",
        *([f"final: ({heads}) {answer or 'TEXT?'}", f"TEXT: {text}"] if final else []),
        *lark.lines,
    ])  # fmt: skip


def _before(channel: str, lark: Lark) -> str:
    """A message of a channel that another one follows."""
    text = lark.text_until(ENDS[0])
    return f"{lark.literal(f'{CHANNEL}{channel}{MESSAGE}')} {text} {lark.literal(f'{START}assistant')}"


def _call(tool: Tool, lark: Lark) -> str:
    heads = " | ".join(map(lark.literal, _headers(tool.name)))
    return f"({heads}) {natural(json.loads(tool.parameters))}"


def _headers(name: str) -> Iterator[str]:
    """The headers that a call may have."""
    for kind in ("", " json", f" {CONSTRAIN}json", f"{CONSTRAIN}json"):
        yield f" to=functions.{name}{CHANNEL}commentary{kind}{MESSAGE}"
        yield f"{CHANNEL}commentary to=functions.{name}{kind}{MESSAGE}"
