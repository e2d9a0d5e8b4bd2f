"""Grammars that hold an answer to its tools: which calls may come, in which markup, and what else. Pure text, in Lark."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .argumentgrammar import arguments_of
from .arguments import MarkedStyle, TaggedStyle
from .calls import Form
from .channels import ChannelForm, channel_grammar
from .constraints import literal
from .lark import Lark, natural
from .tools import Tool, ToolUse


def grammar_of(use: ToolUse, form: Form, tokens: Mapping[str, int], answer: str | None = None) -> str:
    """The grammar of an answer that may call tools. Raises BadRequest for a tool that the markup has no form for.

    `tokens` are the texts in the markup that are one token each, by id: they stand for nothing else, text that looks
    like them included. `answer` is what an answer that calls nothing must be, in Lark; by default any text without calls.
    """
    if isinstance(form, ChannelForm):
        return channel_grammar(use, tokens, answer)
    rules = _Rules(form, tokens)
    before = [] if form.alone or not form.speaks or answer is not None else ["text_and_calls"]
    starts = {"none": ["answer"], "required": ["calls"], "auto": ["answer", "calls", *before]}
    return "\n".join([
        f"start: {' | '.join(starts[use.choice])}",
        f"answer: {answer or 'TEXT?'}",
        f"calls: {rules.opening} rest",
        f"text_and_calls: {rules.lead} rest",
        f"rest: call {rules.more if use.many else ''} {rules.lark.literal(form.end)}",
        f"call: ({' | '.join(map(rules.call, use.callable))}) {rules.lark.literal(form.tail)}",
        f"TEXT: {rules.text('+')}",
        f"LEAD: ({rules.text('*')}) {json.dumps(form.trigger)}",
        *rules.lark.lines,
    ])  # fmt: skip


class _Rules:
    """Pieces of the grammar, in Lark."""

    def __init__(self, form: Form, tokens: Mapping[str, int]) -> None:
        self._form, self._tokens = form, tokens
        self.lark = Lark(tokens)

    @property
    def opening(self) -> str:
        return self.lark.literal(self._form.opening)

    @property
    def lead(self) -> str:
        """Any text, then what stands before the first name."""
        trigger = self._form.trigger
        begun = f"TEXT? {self.lark.literal(trigger)}" if trigger in self._tokens else "LEAD"
        return f"{begun} {self.lark.literal(self._form.opening.lstrip().removeprefix(trigger))}"

    @property
    def more(self) -> str:
        """Further calls."""
        between = self._form.between
        return "" if between is None else f"({self.lark.literal(between + self._form.head)} call)*"

    def text(self, times: str) -> str:
        """Text that no call begins in."""
        before = r"\s*" if self._form.alone else "(?s:.*)"
        return f"/(?s:.{times})/ & ~/{before}{literal(self._form.trigger)}(?s:.*)/"

    def call(self, tool: Tool) -> str:
        style = self._form.arguments
        name = self.lark.literal(tool.name + self._form.middle)
        if isinstance(style, (TaggedStyle, MarkedStyle)):
            return f"{name} {arguments_of(style, tool, self.lark)}"
        return f"{name} {natural(json.loads(tool.parameters))}"
