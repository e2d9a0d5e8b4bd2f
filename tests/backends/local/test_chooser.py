"""Constraints begin after the thinking, however a model's tokens spell what sets that off; and the thinking stays free.

The models here are rules: they want to think, then to be done with it, by whatever token gets there, also one that goes on
with text that no constraint would let through.
"""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from playground.backends.local.answer import Answer
from playground.backends.local.detokenize import Vocabulary
from playground.backends.local.grammar import Grammars
from playground.backends.local.model import LoadedModel
from playground.backends.local.requests import task_of
from playground.backends.local.settings import read_settings
from playground.backends.local.stopping import overlap
from playground.backends.local.thinking import Marks
from playground.events import ReasoningDelta, Stopwatch, TextDelta, ToolCallDelta
from playground.request import ChatRequest
from tests.backends.local.asking import ask

TAGS = Marks("<think>", "</think>")
THOUGHTS = Marks("<|channel>thought", "<channel|>")
NEWLINES, HALF = "ĊĊ", "Ã"  # two line ends and the first byte of é, as byte-level vocabularies spell them
SHAPES: dict[str, tuple[Marks, list[str], bool, list[str]]] = {
    "tokens of their own": (TAGS, ["<think>", "</think>"], True, []),
    "tokens of their own that are text as well": (TAGS, ["<think>", "</think>"], False, []),
    "several tokens": (TAGS, [], False, ["<t", "think"]),
    "several tokens, the last of which may go on": (
        TAGS,
        [],
        False,
        ["think", f">{NEWLINES}", ">{", ">Well", f">{HALF}"],
    ),
    "a token of its own and text": (THOUGHTS, ["<|channel>", "<channel|>"], True, ["thought"]),
}
"""The marks of a family, those of its tokens that were added, whether as special ones, and others beside single bytes."""
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "tags": {"type": "array", "items": {"enum": [1, None]}, "maxItems": 3},
    },
    "required": ["name", "tags"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "it", "schema": SCHEMA}}
NOW = {"type": "function", "function": {"name": "now", "parameters": SCHEMA}}
OFTEN = range(4)


def thinker_of(shape: str, *, opened: bool = False) -> LoadedModel:
    """A model that thinks, with its marks spelled in one of the shapes; `opened` if its prompts open the thinking."""
    marks, added, special, tokens = SHAPES[shape]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=_bytes_and(tokens), eos_token="<end>")
    tokenizer.add_tokens(
        [AddedToken(mark, special=special, normalized=False) for mark in added], special_tokens=special
    )
    opening = marks.opening if opened else ""
    tokenizer.chat_template = (
        f"{{#- {marks.text} -#}}{{% for message in messages %}}{{{{ message.content }}}}:{{% endfor %}}{opening}"
    )
    ends = frozenset({tokenizer.eos_token_id})
    return LoadedModel("it", tokenizer, None, Vocabulary(tokenizer), 9999, ends, Grammars(tokenizer, ends), {})


def _bytes_and(words: list[str]) -> Tokenizer:
    """A byte-level vocabulary: each byte, and these words with their beginnings."""
    merges = [(word[:end], word[end]) for word in words for end in range(1, len(word))]
    pieces = dict.fromkeys([*sorted(pre_tokenizers.ByteLevel.alphabet()), *("".join(pair) for pair in merges)])
    made = Tokenizer(models.BPE(vocab={piece: id for id, piece in enumerate(pieces)}, merges=[*dict.fromkeys(merges)]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    return made


@pytest.fixture(scope="module", params=SHAPES)
def thinker(request: pytest.FixtureRequest) -> LoadedModel:
    return thinker_of(request.param)


class Mind:
    """Scores for a model: noise, and far above it the tokens that bring the answer's raw text on where it shall go.

    That is to the opening mark first (or anywhere else, unless it `thinks`), and to the closing mark after so many tokens.
    Within the thinking it wants to end the answer, which it may not.
    """

    def __init__(
        self, model: LoadedModel, seed: int, *, thinks: bool = True, inside: bool = False, ends: bool = True
    ) -> None:
        assert model.marks is not None
        self._texts = [model.vocabulary.bytes_of(id).decode(errors="replace") for id in range(model.vocabulary.size)]
        self._ends, self._marks = sorted(model.ends), model.marks
        self._seed, self._thinks, self._wants_end = seed, thinks, ends
        self._raw, self._count = model.marks.opening if inside else "", 0

    def scores(self) -> torch.Tensor:
        noise = torch.randn(len(self._texts), generator=torch.Generator().manual_seed(self._seed * 1000 + self._count))
        for id, text in self._wanted():
            noise[id] += (40 if self._begun else 40 * len(text)) if self._thinks else -40
        if self._begun and not self._closed:
            noise[self._ends] += 50 if self._wants_end else -50
        return noise

    def hear(self, token: int) -> None:
        self._raw += self._texts[token]
        self._count += 1

    @property
    def _begun(self) -> bool:
        return self._raw.startswith(self._marks.opening)

    @property
    def _closed(self) -> bool:
        return self._marks.closing in self._raw

    def _wanted(self) -> list[tuple[int, str]]:
        """The tokens that bring it on. Of an opening mark's the longest are wanted most, to close it any will do."""
        texts = [(id, text) for id, text in enumerate(self._texts) if text]
        if not self._begun:
            return [(id, text) for id, text in texts if self._marks.opening.startswith(self._raw + text)]
        if self._closed or self._count <= 12:
            return []
        held = self._raw[len(self._raw) - overlap(self._raw, self._marks.closing) :]
        return [(id, text) for id, text in texts if _leads(held + text, self._marks.closing)]


def _leads(text: str, mark: str) -> bool:
    return mark.startswith(text) or text.startswith(mark)


def outcome(answer: Answer, mind: Mind) -> tuple[str, str, str]:
    """The thinking, the text and the arguments of the calls of an answer."""
    said: list[Any] = []
    while answer.reason is None:
        said += answer.take(mind.scores())
        mind.hear(answer.token)
    thinking = "".join(delta.text for delta in said if isinstance(delta, ReasoningDelta))
    text = "".join(delta.text for delta in said if isinstance(delta, TextDelta))
    return thinking, text, "".join(delta.arguments for delta in said if isinstance(delta, ToolCallDelta))


def answers(model: LoadedModel, request: ChatRequest) -> tuple[Answer, ...]:
    return task_of(request, read_settings(request), model, lambda event: None, Stopwatch()).answers


def wild(seed: int, **params: Any) -> ChatRequest:
    return ask("Hi", temperature=2, seed=seed, max_tokens=400, **params)


def check(text: str) -> None:
    jsonschema.validate(json.loads(text), SCHEMA)


@pytest.mark.parametrize("thinks", [True, False])
def test_the_text_is_held_and_comes_after_the_thinking(thinker: LoadedModel, thinks: bool) -> None:
    else_asked: dict[str, Any] = {
        "n": 2, "presence_penalty": 1, "frequency_penalty": -1, "repetition_penalty": 1.3, "logit_bias": {"29": -5, "91": 9},
    }  # fmt: skip
    for seed in OFTEN:
        for answer in answers(thinker, wild(seed, response_format=FORMAT, **else_asked)):
            thinking, text, _ = outcome(answer, Mind(thinker, seed, thinks=thinks))
            assert answer.reason == "stop"
            check(text)
            assert (bool(thinking), bool(answer.thought)) == (thinks, thinks)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_prompt_may_have_opened_the_thinking(shape: str) -> None:
    model = thinker_of(shape, opened=True)
    for seed in OFTEN:
        (answer,) = answers(model, wild(seed, response_format=FORMAT))
        thinking, text, _ = outcome(answer, Mind(model, seed, inside=True))
        assert thinking
        check(text)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_thinking_is_what_it_would_be_without_a_constraint(shape: str) -> None:
    """As long as it does not want to end there, or to go on with what is no answer."""
    model = thinker_of(shape, opened=True)
    for seed in OFTEN:
        thought = []
        for params in ({}, {"response_format": FORMAT}):
            (answer,) = answers(model, wild(seed, **params))
            thought.append(outcome(answer, Mind(model, seed, inside=True, ends=False))[0])
        assert thought[0][:8] == thought[1][:8] != ""


def test_calls_are_held_after_the_thinking_too(thinker: LoadedModel) -> None:
    for seed in OFTEN:
        (answer,) = answers(thinker, wild(seed, tools=[NOW], tool_choice="required", parallel_tool_calls=False))
        thinking, text, arguments = outcome(answer, Mind(thinker, seed))
        assert (bool(thinking), text, answer.reason) == (True, "", "tool_calls")
        check(arguments)


@pytest.mark.parametrize("pattern", ["[ \\n]{3}a", "(?s:.{9})"])
def test_a_text_keeps_its_blanks_after_the_thinking_and_may_be_anything(thinker: LoadedModel, pattern: str) -> None:
    for seed in OFTEN:
        (answer,) = answers(thinker, wild(seed, extra={"structured_outputs": {"regex": pattern}}))
        _, text, _ = outcome(answer, Mind(thinker, seed))
        assert re.fullmatch(pattern, text)


def test_a_text_that_only_begins_like_a_mark_is_a_text() -> None:
    model = thinker_of("several tokens")
    (answer,) = answers(model, wild(1, extra={"structured_outputs": {"choice": ["<thin ice"]}}))
    assert outcome(answer, Mind(model, 1, thinks=False)) == ("", "<thin ice", "")
    assert (answer.reason, answer.thought) == ("stop", 0)
