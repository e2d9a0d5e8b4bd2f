"""Grammars that hold an answer to its tools: which calls may come, in which markup, and what else. Pure text, in Lark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .calls import Form
from .constraints import literal
from .tools import Tool, ToolUse

NATURAL = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""JSON as models were trained to write it."""


def grammar_of(use: ToolUse, form: Form, tokens: Mapping[str, int], answer: str | None = None) -> str:
    """The grammar of an answer that may call tools.

    `tokens` are the texts in the markup that are one token each, by id: they stand for nothing else, text that looks
    like them included. `answer` is what an answer that calls nothing must be, in Lark; by default any text without calls.
    """
    rules = _Rules(form, tokens)
    before = [] if form.alone or answer is not None else ["text_and_calls"]
    starts = {"none": ["answer"], "required": ["calls"], "auto": ["answer", "calls", *before]}
    return "\n".join([
        f"start: {' | '.join(starts[use.choice])}",
        f"answer: {answer or 'TEXT?'}",
        f"calls: {rules.opening} rest",
        f"text_and_calls: {rules.lead} rest",
        f"rest: call {rules.more if use.many else ''} {rules.literal(form.end)}",
        f"call: ({' | '.join(map(rules.call, use.callable))}) {rules.literal(form.tail)}",
        f"TEXT: {rules.text('+')}",
        f"LEAD: ({rules.text('*')}) {json.dumps(form.trigger)}",
    ])  # fmt: skip


class _Rules:
    """Pieces of the grammar, in Lark."""

    def __init__(self, form: Form, tokens: Mapping[str, int]) -> None:
        self._form, self._tokens = form, tokens

    @property
    def opening(self) -> str:
        return self.literal(self._form.opening)

    @property
    def lead(self) -> str:
        """Any text, then what stands before the first name."""
        trigger = self._form.trigger
        begun = f"TEXT? {self.literal(trigger)}" if trigger in self._tokens else "LEAD"
        return f"{begun} {self.literal(self._form.opening.lstrip().removeprefix(trigger))}"

    @property
    def more(self) -> str:
        """Further calls."""
        between = self._form.between
        return "" if between is None else f"({self.literal(between + self._form.head)} call)*"

    def text(self, times: str) -> str:
        """Text that no call begins in."""
        before = r"\s*" if self._form.alone else "(?s:.*)"
        return f"/(?s:.{times})/ & ~/{before}{literal(self._form.trigger)}(?s:.*)/"

    def call(self, tool: Tool) -> str:
        schema = {**json.loads(tool.parameters), "x-guidance": NATURAL}
        return f"{self.literal(tool.name + self._form.middle)} %json {json.dumps(schema)}"

    def literal(self, text: str) -> str:
        """The text in Lark, with the ids of the tokens in it."""
        if not text:
            return ""
        marks = sorted(self._tokens, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, marks))})", text) if marks else [text]
        return " ".join(
            f"<[{self._tokens[piece]}]>" if piece in self._tokens else json.dumps(piece) for piece in pieces if piece
        )
