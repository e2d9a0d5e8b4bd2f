"""Constraints at work: which tokens may come next, so that a whole answer always follows its schema or grammar.

llguidance keeps the state of a grammar and says in microseconds which tokens of the vocabulary fit. Its view of a
model's tokenizer is made once a model, when the first constraint comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import llguidance.hf
import llguidance.numpy
import numpy
import torch
import transformers
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from torch import Tensor

from ...errors import BadRequest, Unsupported, few_lines
from .callgrammar import grammar_of
from .calls import Form
from .constraints import Constraint
from .grammartext import culprit, refused, text_of, with_part, without_blanks
from .lark import Lark
from .thinking import Marks
from .tools import ToolUse

ANSWER = "answer_asked_for"  # the name of the constraint in a grammar of tools
TRIED = 3  # tokens
LIMITS = LLParserLimits(step_max_items=20_000, verbose_errors=False)  # a step is never a second long


NOTHING = "it leads to where nothing can follow, as a rule does that begins with itself"


class DeadEnd(BadRequest):
    """A constraint that an answer can't go on under, nor end."""

    advice = "Make the schema or grammar simpler, and see that each rule in it can end."


class Grammars:
    """Constraints for the vocabulary of one model, whose answers end with one of the tokens `ends`."""

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:
        self._tokenizer, self._ends = tokenizer, sorted(ends)
        self._lock = threading.Lock()
        self._read: LLTokenizer | None = None

    @property
    def ready(self) -> bool:
        """Whether the tokenizer was read already; that takes about a second."""
        return self._read is not None

    def mask(self, constraint: Constraint) -> Mask:
        """The start of an answer under a constraint. Raises BadRequest for one that can't be held to."""
        return self._begun(text_of(constraint), partial(self._refused, constraint), constraint.param)

    def mask_for_tools(self, use: ToolUse, form: Form, constraint: Constraint | None = None) -> Mask:
        """The start of an answer that may call tools, and follows the constraint if it calls none.

        Raises BadRequest for a tool whose parameters can't be held to, and for such a constraint.
        """
        if use.choice != "none":
            for tool in use.callable:
                self._checked(tool.arguments)
            use = replace(use, callable=tuple(tool.held for tool in use.callable))
        answer = None if constraint is None else self._checked(constraint)
        grammar = grammar_of(use, form, self._single(form.markup), None if answer is None else f"@{ANSWER}")
        if answer is not None:
            grammar = with_part(grammar, ANSWER, answer)
        return self._begun(grammar, _refused_tools, "tools")

    def gone_on(self, mask: Mask, text: str, constraint: Constraint) -> Mask:
        """The state after a text that the answer goes on with. Raises BadRequest where no answer begins so."""
        after = mask.copy()
        begun = without_blanks(text) if constraint.kind == "schema" else text
        if not after.take_text(self._vocabulary(constraint.param).tokenize_bytes(begun.encode())):
            raise BadRequest(
                "The last message is to be gone on with, and it isn't the beginning of what the answer must be.",
                param=constraint.param,
                advice="Change the beginning of the answer, or delete it.",
            )
        return after

    def opening(self, marks: Marks) -> Mask:
        """The start of an answer that begins with thinking, and goes on as it will."""
        spelled = Lark(self._single(marks.opening)).literal(marks.opening)
        return self._begun(f"start: {spelled} /(?s:.*)/", _refused_tools, "response_format")

    def _begun(self, grammar: str, refused: Callable[[str], BadRequest], param: str) -> Mask:
        """The start of an answer. What can have no first token is refused here, and not in the model's engine."""
        vocabulary = self._vocabulary(param)
        matcher = LLMatcher(vocabulary, grammar, log_level=0, limits=LIMITS)
        if matcher.is_error():
            raise refused(_words(matcher))
        mask = Mask(matcher, vocabulary.vocab_size, param)
        try:
            mask.copy().try_out(TRIED)
        except DeadEnd as ended:
            raise refused(ended.message) from ended
        return mask

    def _checked(self, constraint: Constraint) -> str:
        """The constraint as a grammar. Raises BadRequest for one that can't be held to."""
        grammar = text_of(constraint)
        self._begun(grammar, partial(self._refused, constraint), constraint.param)
        return grammar

    def _refused(self, constraint: Constraint, words: str) -> BadRequest:
        if constraint.kind == "schema":
            words = f"{culprit(constraint, partial(self._said, constraint.param))}: {words}"
        return refused(constraint, words)

    def _said(self, param: str, grammar: str) -> str:
        """What is wrong with a grammar, if anything."""
        return _words(LLMatcher(self._vocabulary(param), grammar, log_level=0, limits=LIMITS))

    def _single(self, markup: str) -> dict[str, int]:
        """The texts in the markup that are one token of their own."""
        added = self._tokenizer.added_tokens_decoder
        return {str(token): id for id, token in added.items() if str(token).strip() and str(token) in markup}

    def _vocabulary(self, param: str) -> LLTokenizer:
        with self._lock:
            if self._read is None:
                if not isinstance(self._tokenizer, transformers.PreTrainedTokenizerFast):
                    raise Unsupported(
                        "This model's tokenizer is of a kind that constraints can't be put on.", param=param
                    )
                self._read = llguidance.hf.from_tokenizer(self._tokenizer, eos_token=self._ends or None)
            return self._read


class Mask:
    """The state of one answer under a constraint, which stood at `param`. Raises DeadEnd."""

    def __init__(self, matcher: LLMatcher, size: int, param: str) -> None:
        self._matcher, self._size, self._param = matcher, size, param
        self._bits = llguidance.numpy.allocate_token_bitmask(1, size)

    def copy(self) -> Mask:
        """A state that goes on from the same point on its own."""
        return Mask(self._matcher.deep_copy(), self._size, self._param)

    def allowed(self) -> Tensor:
        """Which tokens may come next: booleans of shape [vocabulary]."""
        llguidance.numpy.fill_next_token_bitmask(self._matcher, self._bits, 0)
        if self._matcher.is_error():
            raise self._ended()
        bits = numpy.unpackbits(self._bits[0].view(numpy.uint8), count=self._size, bitorder="little")
        return torch.from_numpy(bits.view(numpy.bool_))

    def take(self, token: int) -> None:
        """Go on with a token that was allowed."""
        if not self._matcher.consume_token(token):
            raise self._ended()

    def take_text(self, tokens: list[int]) -> bool:
        """Go on with the tokens of a text, and say whether all of them were allowed."""
        taken: int = self._matcher.try_consume_tokens(tokens)
        return taken == len(tokens)

    def try_out(self, tokens: int) -> None:
        """Go on with so many tokens, any that are allowed."""
        for _ in range(tokens):
            allowed = self.allowed()
            if self._matcher.is_accepting() or not allowed.any():
                return
            self.take(int(allowed.to(torch.uint8).argmax()))
            if self.complete:
                return

    @property
    def complete(self) -> bool:
        """Whether nothing more can come."""
        stopped: bool = self._matcher.is_stopped()
        if stopped and self._matcher.is_error():
            raise self._ended()
        return stopped

    def _ended(self) -> DeadEnd:
        return DeadEnd(_words(self._matcher), param=self._param)


def _words(matcher: LLMatcher) -> str:
    """What is wrong with a grammar."""
    said = str(matcher.get_error()).split("\n<")[0]
    return NOTHING if said.startswith("NoExtension") else few_lines(said)


def _refused_tools(words: str) -> BadRequest:
    return BadRequest(f"These tools can't be held to: {words}", param="tools")
