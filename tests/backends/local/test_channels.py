"""Answers in channels, as gpt-oss writes them: text, thinking and calls told apart, and held to what was asked."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playground.backends.local.calls import CallReader, Said
from playground.backends.local.channels import CALLS, MARKUP, ChannelSplitter
from playground.backends.local.constraints import Constraint
from playground.backends.local.detokenize import Detokenizer
from playground.backends.local.settings import read_settings
from playground.backends.local.thinking import Parted
from playground.backends.local.tools import NO_TOOLS, ToolUse
from playground.backends.local.weights import Weights
from playground.events import ToolCallDelta
from tests.backends.local.asking import ask
from tests.backends.local.families import gathered, of_family, tiny_model

ANALYSIS, FINAL = "<|channel|>analysis<|message|>", "<|channel|>final<|message|>"
PREAMBLE, NEXT = "<|channel|>commentary<|message|>", "<|end|><|start|>assistant"
ONE = '{"city": "a}\\"{"}'
CASES: dict[str, tuple[str, tuple[str, str, list[tuple[str, str]]]]] = {
    "text alone": (f"{FINAL}It is 4.", ("", "It is 4.", [])),
    "text that was ended": (f"{FINAL}It is 4.<|return|>", ("", "It is 4.", [])),
    "text to the byte": (f"{FINAL} \n 日🟦\u0301 < | <| \n <|end|>", ("", " \n 日🟦\u0301 < | <| \n ", [])),
    "thinking and text": (f"{ANALYSIS}Hm, 2.{NEXT}{FINAL}4", ("Hm, 2.", "4", [])),
    "thinking twice": (f"{ANALYSIS}a{NEXT}{ANALYSIS}b{NEXT}{FINAL}4", ("a\n\nb", "4", [])),
    "thinking that was cut off": (f"{ANALYSIS}Hm, <|en", ("Hm, <|en", "", [])),
    "a header that was cut off": (f"{ANALYSIS}Hm{NEXT}<|channel|>fin", ("Hm", "", [])),
    "a preamble and text": (f"{PREAMBLE}Let me see.{NEXT}{FINAL}4", ("", "Let me see.\n\n4", [])),
    "text of a format": ("<|channel|>final <|constrain|>json<|message|>{}", ("", "{}", [])),
    "no header": ("It is <|4", ("", "It is <|4", [])),
    "nothing": ("", ("", "", [])),
    "a message that was not ended": (f"{ANALYSIS}a<|start|>assistant{FINAL}b", ("a", "b", [])),
    "a call": (f"<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{ONE}<|call|>",
               ("", "", [("weather", ONE)])),
    "a call as templates write it": (f" to=functions.weather<|channel|>commentary json<|message|>{ONE}",
                                     ("", "", [("weather", ONE)])),
    "thinking, a preamble and a call": (
        f"{ANALYSIS}Hm{NEXT}{PREAMBLE}Wait. \n{NEXT}<|channel|>commentary to=functions.now<|message|>{{}}<|call|>",
        ("Hm", "Wait.", [("now", "{}")])),
    "a call in the channel of thinking": ("<|channel|>analysis to=functions.now code<|message|>{}", ("", "", [("now", "{}")])),
    "what is meant for another tool": (f"<|channel|>analysis to=python code<|message|>1 + 1{NEXT}{FINAL}2",
                                       ("1 + 1", "2", [])),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_channels_are_told_apart_however_they_come(name: str) -> None:
    answer, expected = CASES[name]
    for seed in (None, *range(30)):
        cut, rest = random.Random(seed), answer
        splitter, reader = ChannelSplitter(), CallReader(CALLS, str)
        parts: list[Parted] = []
        said: list[Said] = []
        while rest:
            size = len(rest) if seed is None else cut.randint(1, 4)
            parts.append(splitter.feed(rest[:size]))
            said.append(reader.feed(parts[-1].text))
            rest = rest[size:]
        parts.append(splitter.flush())
        said += [reader.feed(parts[-1].text), reader.flush()]
        calls = gathered([delta for part in said for delta in part.calls])
        assert ("".join(part.thinking for part in parts), "".join(part.text for part in said), calls) == expected


def test_only_thinking_counts_as_such() -> None:
    splitter = ChannelSplitter()
    counted = [splitter.is_thought(splitter.feed(piece)) for piece in (FINAL, "It", " is", "<|return|>")]
    assert counted == [False] * 4
    splitter = ChannelSplitter()
    assert [splitter.is_thought(splitter.feed(piece)) for piece in (ANALYSIS, "Hm", NEXT, FINAL, "4")] == [
        True, True, False, False, False,
    ]  # fmt: skip


# --- what an answer may do -----------------------------------------------------------------------

CITY = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 9}}, "required": ["city"],
        "additionalProperties": False}  # fmt: skip
TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": CITY}},
    {"type": "function", "function": {"name": "now"}},
]
SPECIAL = ("<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|end|>", "<|return|>")
FLAG = Constraint("schema", '{"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}', "x")


def use_of(**params: Any) -> ToolUse:
    use = read_settings(ask("Hi", tools=TOOLS, **params)).tools
    assert use is not None
    return use


ASKED: dict[str, tuple[ToolUse, Constraint | None, tuple[str, ...], tuple[str, ...]]] = {
    # what is asked, how answers may begin, and how they may not
    "none": (use_of(tool_choice="none"), None, (FINAL, ANALYSIS), (" to=functions.now", "<|channel|>commentary to=")),
    "auto": (use_of(), None, (FINAL, ANALYSIS, PREAMBLE, " to=functions.now"), ("Hello", "{", " to=functions.other")),
    "required": (use_of(tool_choice="required"), None, (ANALYSIS, "<|channel|>commentary to=functions.weather <|constrain|>"),
                 (FINAL, PREAMBLE)),
    "named": (use_of(tool_choice={"type": "function", "function": {"name": "now"}}), None, (" to=functions.now",),
              (" to=functions.weather", FINAL)),
    "a format": (NO_TOOLS, FLAG, (f'{ANALYSIS}Hm{NEXT}{FINAL}{{"a":', '<|channel|>final <|constrain|>json<|message|>{"a":'),
                 (f"{FINAL}Hello", PREAMBLE)),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("one_token", [False, True])
def test_an_answer_keeps_to_what_is_asked(weights: Weights, name: str, one_token: bool) -> None:
    model = of_family(weights, tiny_model(weights), "CHANNELS", SPECIAL if one_token else ())
    use, constraint, begun, not_begun = ASKED[name]
    start = model.grammars.mask_for_tools(use, CALLS, constraint)

    def allowed(text: str) -> bool:
        mask = start.copy()
        for token in model.tokenizer.encode(text, add_special_tokens=False):
            if not mask.allowed()[token]:
                return False
            mask.take(token)
        return True

    assert [text for text in begun if not allowed(text)] == []
    assert [text for text in not_begun if allowed(text)] == []
    if use.choice != "required":
        return
    for seed in range(3):
        text, draw = Detokenizer(model.vocabulary, shown=MARKUP), random.Random(seed)
        deltas: list[ToolCallDelta] = []
        mask, splitter, reader = start.copy(), ChannelSplitter(), CallReader(CALLS, str)
        wanted = model.tokenizer.encode(f"{ANALYSIS}Hm{NEXT} to=functions.", add_special_tokens=False)
        for _ in range(200):
            able = mask.allowed()
            if mask.complete or (not wanted and any(able[end] for end in model.ends)):
                break
            ids = able.nonzero().flatten()
            token = wanted.pop(0) if wanted else int(ids[draw.randrange(len(ids))])
            mask.take(token)
            deltas += reader.feed(splitter.feed(text.feed(token)).text).calls
        ((called, arguments),) = gathered(deltas)
        Draft202012Validator(CITY if called == "weather" else {"maxProperties": 0}).validate(json.loads(arguments))
