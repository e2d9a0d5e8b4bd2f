"""Constraints at work: which tokens may come next, so that a whole answer always follows its schema or grammar.

llguidance keeps the state of a grammar and says in microseconds which tokens of the vocabulary fit. Its view of a
model's tokenizer is made once a model, when the first constraint comes.
"""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import llguidance.hf
import llguidance.numpy
import numpy
import torch
import transformers
from llguidance import LLMatcher, LLTokenizer
from llguidance.gbnf_to_lark import GbnfToLarkError, gbnf_to_lark
from torch import Tensor

from ...errors import BadRequest, Unsupported, one_line
from .callgrammar import grammar_of
from .calls import Form
from .constraints import Constraint
from .thinking import Marks
from .tools import ToolUse

ANSWER = "answer_asked_for"  # the name of the constraint in a grammar of tools
COMPACT: Any = {"whitespace_flexible": False}  # or a weak model pads with blanks for ever


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
        return self._begun(self._checked(constraint), constraint.param)

    def mask_for_tools(self, use: ToolUse, form: Form, constraint: Constraint | None = None) -> Mask:
        """The start of an answer that may call tools, and follows the constraint if it calls none.

        Raises BadRequest for a tool whose parameters can't be held to, and for such a constraint.
        """
        for tool in use.callable if use.choice != "none" else ():
            self._checked(Constraint("schema", tool.parameters, tool.param))
        answer = None if constraint is None else self._checked(constraint)
        grammar = grammar_of(use, form, self._single(form.markup), None if answer is None else f"@{ANSWER}")
        if answer is not None:
            grammar = _with_part(grammar, ANSWER, answer)
        if said := self._refusal(grammar, "tools"):
            raise BadRequest(f"These tools can't be held to: {said}", param="tools")
        return self._begun(grammar, "tools")

    def opening(self, marks: Marks) -> Mask:
        """The start of an answer that begins with thinking, and goes on as it will."""
        single = self._single(marks.opening)
        known = "|".join(re.escape(text) for text in sorted(single, key=len, reverse=True))
        pieces = re.split(f"({known})", marks.opening) if known else [marks.opening]
        spelled = (f"<[{single[piece]}]>" if piece in single else json.dumps(piece) for piece in pieces if piece)
        return self._begun(f"start: {' '.join(spelled)} /(?s:.*)/", "response_format")

    def _begun(self, grammar: str, param: str) -> Mask:
        vocabulary = self._vocabulary(param)
        return Mask(LLMatcher(vocabulary, grammar, log_level=0), vocabulary.vocab_size, param)

    def _checked(self, constraint: Constraint) -> str:
        """The constraint as a grammar. Raises BadRequest for one that can't be held to."""
        grammar = _grammar(constraint)
        if said := self._refusal(grammar, constraint.param):
            raise _refused(constraint, said)
        return grammar

    def _refusal(self, grammar: str, param: str) -> str | None:
        """What is wrong with a grammar, or None."""
        refused, words = LLMatcher.validate_grammar_with_warnings(grammar, self._vocabulary(param))
        return one_line(words[0]) if refused else None

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
    """The state of one answer under a constraint, which stood at `param`.

    Raises BadRequest where the constraint turns out to be endless or too involved for llguidance.
    """

    def __init__(self, matcher: LLMatcher, size: int, param: str) -> None:
        self._matcher, self._size, self._param = matcher, size, param
        self._bits = llguidance.numpy.allocate_token_bitmask(1, size)

    def copy(self) -> Mask:
        """A state that goes on from the same point on its own."""
        return Mask(self._matcher.deep_copy(), self._size, self._param)

    def allowed(self) -> Tensor:
        """Which tokens may come next: booleans of shape [vocabulary]."""
        llguidance.numpy.fill_next_token_bitmask(self._matcher, self._bits, 0)
        self._check()
        bits = numpy.unpackbits(self._bits[0].view(numpy.uint8), count=self._size, bitorder="little")
        return torch.from_numpy(bits.view(numpy.bool_))

    def take(self, token: int) -> None:
        """Go on with a token that was allowed."""
        self._matcher.consume_token(token)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise BadRequest(
                f"What the answer must be can't be held to: {one_line(self._matcher.get_error())}",
                param=self._param,
                advice="Make it simpler, or give what repeats within itself an end.",
            )

    @property
    def complete(self) -> bool:
        """Whether nothing more can come."""
        stopped: bool = self._matcher.is_stopped()
        return stopped


def _with_part(grammar: str, name: str, part: str) -> str:
    """A grammar in Lark that speaks of another one as @name, together with that."""
    try:
        described = json.loads(part)["grammars"][0]
    except ValueError:
        described = {"lark_grammar": part}
    return json.dumps({"grammars": [{"lark_grammar": grammar}, {**described, "name": name}]})


def _grammar(constraint: Constraint) -> str:
    if constraint.kind == "schema":
        made: str = LLMatcher.grammar_from_json_schema(constraint.source, defaults=COMPACT)
    elif constraint.kind == "regex":
        made = LLMatcher.grammar_from_regex(constraint.source)
    else:
        lark = constraint.kind == "lark"
        made = LLMatcher.grammar_from_lark(constraint.source if lark else _in_lark(constraint))
    return made


def _in_lark(constraint: Constraint) -> str:
    try:
        made: str = gbnf_to_lark(constraint.source)
    except GbnfToLarkError as error:
        raise _refused(constraint, str(error)) from error
    return made


def _refused(constraint: Constraint, words: str) -> BadRequest:
    what = {"schema": "schema", "regex": "regular expression"}.get(constraint.kind, "grammar")
    return BadRequest(
        f"This {what} can't be held to: {one_line(words)}",
        param=constraint.param,
        advice="Remove or change what it names: a constraint is kept whole, or refused.",
    )
