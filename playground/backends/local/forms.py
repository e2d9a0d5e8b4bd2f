"""How a model writes tool calls, learnt from its chat template. Pure.

The template is made to write calls that are known (`form_of`), and what stands around their names and arguments is what the
model was trained to write. How arguments are written is learnt first (`_style_of`): a style is found when it writes the
known arguments just as the template did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .arguments import JSON, ArgumentStyle, MarkedStyle, TaggedStyle, Words
from .calls import Form
from .thinking import Marks

Render = Callable[[list[dict[str, Any]]], str]
"""Writes messages by a chat template, without the opening of an answer. Raises ValueError where the template refuses."""
Span = tuple[int, int]
Finder = Callable[[str], list[Span]]
"""Finds where the arguments of the known calls stand in a text."""

_NAMES = ("probe_1", "probe_2")
_IDS = ("probe0001", "probe0002")
_JSON = re.compile(r'\{\s*"probed":\s*"(one|two)"\s*\}')
_CALL_ID = re.compile(r',\s*"id":\s*"probe000[12]"|\[CALL_ID\]probe000[12]')
_ASKED = {"role": "user", "content": "probed"}
_WORDS = "probed words"
_SIMPLE: tuple[dict[str, Any], ...] = ({"probed": "one"}, {"probed": "two"})
_RICH: tuple[dict[str, Any], ...] = tuple(
    {"probed": word, "count": 12, "sure": True, "gone": None, "deep": {"near": "far", "list": [1, "x"]}}
    for word in ("one", "two")
)
_CUT_TAG = re.compile(r"<[^<>]*\Z")
PROBES: list[dict[str, Any]] = [
    {"type": "function", "function": {
        "name": name, "description": "", "parameters": {"type": "object", "properties": {"probed": {"type": "string"}}}}}
    for name in _NAMES
]  # fmt: skip
"""The tools that a template is given while it is probed."""


def form_of(render: Render, ends: Sequence[str], marks: Marks | None = None) -> Form | None:
    """How a chat template writes calls; None where it has no place for them, or writes arguments in a way not known here.

    `ends` are the texts of the tokens that end an answer, `marks` those of thinking.
    """
    thinking = re.compile(rf"{re.escape(marks.opening)}\s*{re.escape(marks.closing)}\s*" if marks else r"(?!)")

    def written(messages: list[dict[str, Any]]) -> str:
        return thinking.sub("", render(messages))

    form = _form(written, ends, _SIMPLE, JSON, lambda text: [match.span() for match in _JSON.finditer(text)])
    if form is None and (style := _style_of(written)):
        texts = [style.written(arguments) for arguments in _RICH]
        form = _form(written, ends, _RICH, style, lambda text: _spans(text, texts))
    return form and replace(form, speaks=_speaks(written))


def _speaks(render: Render) -> bool:
    """Whether what an answer says beside its calls reaches the next prompt."""
    try:
        return _WORDS in render([_ASKED, {**_calling(_SIMPLE[:1]), "content": _WORDS}])
    except ValueError:
        return False


def writes_calls(render: Render) -> bool:
    """Whether a chat template writes calls of earlier answers, and their results, in whatever form."""
    result = {"role": "tool", "tool_call_id": _IDS[0], "content": "probed result"}
    try:
        text = render([_ASKED, _calling(_SIMPLE[:1]), result])
    except ValueError:
        return False
    return all(part in text for part in (_NAMES[0], "one", "probed result"))


def _calling(arguments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An answer that calls with each of these arguments."""
    calls = [
        {"id": id, "type": "function", "function": {"name": name, "arguments": dict(given)}}
        for id, name, given in zip(_IDS, _NAMES, arguments, strict=False)
    ]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _form(
    render: Render, ends: Sequence[str], arguments: Sequence[Mapping[str, Any]], style: ArgumentStyle, find: Finder
) -> Form | None:
    one = _around(render, arguments[:1], ends, find)
    if one is None:
        return None
    (head, middle), after = one
    two = _around(render, arguments, ends, find)
    if two is None:
        return Form("", head, middle, after, None, "", style)
    return _with_more(head, middle, after, two[0][2], style)


def _around(
    render: Render, arguments: Sequence[Mapping[str, Any]], ends: Sequence[str], find: Finder
) -> tuple[list[str], str] | None:
    """The texts before, between and inside of so many calls, and what follows the last."""
    try:
        before, written = render([_ASKED]), render([_ASKED, _calling(arguments)])
    except ValueError:
        return None
    if _NAMES[0] not in before:
        return None
    written = _CALL_ID.sub("", written)
    found = find(written)
    if len(found) != len(arguments):
        return None
    parts, at = [], len(_CUT_TAG.sub("", _beginning(before, written)))
    for name, (start, end) in zip(_NAMES, found, strict=False):
        place = written.find(name, at, start)
        if place < 0:
            return None
        parts += [written[at:place], written[place + len(name) : start]]
        at = end
    return parts, _until_end(written[at:], ends)


def _until_end(text: str, ends: Sequence[str]) -> str:
    places = [place for place in (text.find(end) for end in ends if end) if place >= 0]
    return text[: min(places)] if places else text.rstrip()


def _with_more(opening: str, middle: str, after: str, link: str, style: ArgumentStyle) -> Form:
    """The form of several calls. `link` stands between the arguments of one and the name of the next."""
    head = _ending(opening, link)
    if not head:
        return Form("", opening, middle, after, None, "", style)
    joint = link.removesuffix(head)
    tail = _beginning(joint, after)
    between, end = joint.removeprefix(tail), after.removeprefix(tail)
    return Form(opening.removesuffix(head), head, middle, tail, between, end, style)


def _style_of(render: Render) -> TaggedStyle | MarkedStyle | None:
    """How the template writes arguments that are not a JSON object."""
    try:
        text = render([_ASKED, _calling(_RICH[:1])])
    except ValueError:
        return None
    text = text[text.rfind(_NAMES[0]) + len(_NAMES[0]) :]
    return next((style for style in (_tagged(text), _marked(text)) if style and style.written(_RICH[0]) in text), None)


def _tagged(text: str) -> TaggedStyle | None:
    """The tags of parameters, of what stands between the known keys and values."""
    keys = [re.escape(key) for key in _RICH[0]]
    found = re.match(
        rf"(.*?)\b{keys[0]}\b(.*?)one(.*?){keys[1]}\b(.*?)12(.*?){keys[2]}\b(?P<after>.*?)(?P<true>[Tt]rue)"
        rf"(?P<closing>.*?){keys[3]}\b(?P=after)(?P<null>\w*)(?P=closing){keys[4]}\b", text, re.DOTALL,
    )  # fmt: skip
    if found is None:
        return None
    before, after, link = found[1], found[2], found[3]
    shared = _ending(before, link)
    opening = shared[shared.rfind("<") :] if "<" in shared else ""
    closing = link.removesuffix(opening)
    if not (opening and after and closing):
        return None
    return TaggedStyle(opening, after, closing, _words(found["true"], found["null"]))


def _marked(text: str) -> MarkedStyle | None:
    """The marks around texts, where keys have none."""
    quote = re.search(r"\bprobed:(.{1,16}?)one\1", text)
    sure, gone = re.search(r"\bsure:(\w+)", text), re.search(r"\bgone:(\w*)", text)
    if quote is None or sure is None or gone is None:
        return None
    words = _words(sure[1], gone[1])
    ordered = text.find("deep:") < text.find("probed:")
    return MarkedStyle(quote[1], words, ordered)


def _words(true: str, null: str) -> Words:
    return Words(true, "False" if true == "True" else "false", null)


def _spans(text: str, parts: Sequence[str]) -> list[Span]:
    """Where these parts stand, one after the other, as far as they do."""
    found: list[Span] = []
    for part in parts:
        at = text.find(part, found[-1][1] if found else 0)
        if at >= 0:
            found.append((at, at + len(part)))
    return found


def _beginning(one: str, other: str) -> str:
    """The longest beginning that two texts share."""
    size = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:size]


def _ending(one: str, other: str) -> str:
    """The longest end that two texts share."""
    return _beginning(one[::-1], other[::-1])[::-1]
