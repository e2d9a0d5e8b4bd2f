"""The scripted models that ship: small, each shows one thing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import Unsupported, UpstreamFailed
from ..events import ReasoningDelta, TokenLogprob, ToolCallDelta
from ..jsonvalue import dumps
from ..messages import Image, Text
from ..request import ChatRequest
from .scripts import NO_TOKENS, REFUSED, Script, ScriptedModel, Step, spoken, words

_STORY = """\
# The lighthouse that kept a diary

Every evening, when the last boat was in, the lighthouse at **Cape Verrin** wrote down what it had seen. It had no \
hands, so it wrote with light: *long* for the things that mattered, *short* for the rest.

1. A trawler, late, with one lamp out.
2. Two herons, who were not on speaking terms.
3. Fog, which it had never learned to spell.

> "Nobody reads it," said the fog.
> "You do," said the lighthouse, "every night, from the inside."

The keeper's daughter did read it, in the end. She had a notebook and a rule:

```python
def letter(flash: float) -> str:
    return "-" if flash > 1.0 else "."
```

It took her a winter. On the last page, in flashes so short that she nearly missed them, it said: \
`thank you for keeping count`.
"""
_THOUGHTS = (
    "The user asks for something. Let me think about it in order: first what is known, then what follows from it. "
)
_CONCLUSION = "I have thought about it, and the answer is forty-two."
_NO_TOOLS = ("tools", "this scripted model calls no tools")
_NO_REASONING = ("reasoning_effort", "this scripted model does not reason")


def _echo(request: ChatRequest) -> Iterator[Step]:
    asked = next((message for message in reversed(request.messages) if message.role == "user"), None)
    parts = asked.parts if asked is not None else ()
    said = "".join(
        "[image]" if isinstance(part, Image) else part.text for part in parts if isinstance(part, (Text, Image))
    )
    return spoken(said or "There is no user message to repeat.")


def _think(request: ChatRequest) -> Iterator[Step]:
    if request.params.reasoning_effort != "none":
        for word in words(_THOUGHTS):
            yield ReasoningDelta(text=word)
    yield from spoken(_CONCLUSION)


def _call_a_tool(request: ChatRequest) -> Iterator[Step]:
    tools = {tool["function"]["name"]: tool["function"] for tool in request.params.tools or ()}
    choice = request.params.tool_choice
    last = request.messages[-1]
    if last.role == "tool":
        yield from spoken(f"The tool answered: {last.text}")
    elif choice == "none" or (not tools and choice in (None, "auto")):
        yield from spoken("I call a tool when I am given one and may use it.")
    else:
        name = choice["function"]["name"] if isinstance(choice, dict) else next(iter(tools), None)
        if name not in tools:
            raise Unsupported("tool_choice asks for a tool that is not among the tools", param="tool_choice")
        arguments = dumps(_example(tools[name].get("parameters", {})))
        yield ToolCallDelta(index=0, id=_free_id(request), name=name)
        for word in words(arguments):
            yield ToolCallDelta(index=0, arguments=word)


def _call_each_tool(request: ChatRequest) -> Iterator[Step]:
    """A loop of an agent: of the tools, one a round in their order, then what they answered."""
    tools = [tool["function"] for tool in request.params.tools or ()]
    asked = max((at for at, message in enumerate(request.messages) if message.role == "user"), default=-1)
    answers = [message.text for message in request.messages[asked + 1 :] if message.role == "tool"]
    if len(answers) >= len(tools) or request.params.tool_choice == "none":
        yield from spoken(f"The tools answered: {'; '.join(answers)}" if answers else "I was given no tool to call.")
        return
    tool = tools[len(answers)]
    yield from spoken(f"Step {len(answers) + 1} of {len(tools)}. ")
    yield ToolCallDelta(index=0, id=_free_id(request), name=tool["name"])
    for word in words(dumps(_example(tool.get("parameters", {})))):
        yield ToolCallDelta(index=0, arguments=word)


def _free_id(request: ChatRequest) -> str:
    return f"call_{sum(len(message.tool_calls or ()) for message in request.messages)}"


def _example(schema: Any) -> Any:
    """A value for a plain JSON schema: its first example or enum, else the least that its type and `required` ask for."""
    if not isinstance(schema, dict):
        return None
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _example(properties.get(name, {"type": "null"})) for name in schema.get("required", ())}
    number = min(1.5, schema.get("maximum", 1.5))
    return {"string": "example", "integer": 1, "number": number, "boolean": True, "array": []}.get(kind)


def _write_json(request: ChatRequest) -> Iterator[Step]:
    asked = request.params.response_format or {}
    kind = asked.get("type", "json_object")
    if kind not in _JSON_FORMATS:
        raise Unsupported(
            f"this scripted model writes JSON; it knows no response format {kind}", param="response_format"
        )
    return spoken(dumps(_example(_JSON_FORMATS[kind](asked))))


_JSON_FORMATS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "text": lambda _: _ANSWER,
    "json_object": lambda _: _ANSWER,
    "json_schema": lambda asked: asked.get("json_schema", {}).get("schema"),
    "json": lambda asked: asked.get("value"),
}
_ANSWER: dict[str, Any] = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


def _fail(_: ChatRequest) -> Iterator[Step]:
    yield from spoken("This answer breaks off in the")
    yield UpstreamFailed(
        "the scripted model failed, as it always does", advice="It is there to show what an error looks like."
    )


_GUESSES = "The sea at night is black 🌊 and very quiet."
_ODDS: dict[str, tuple[float, tuple[tuple[str, float], ...]]] = {
    "The": (0.62, (("A", 0.2), ("At", 0.08))),
    " sea": (0.41, ((" ocean", 0.38), (" moon", 0.12), (" sun", 0.01))),
    " night": (0.97, ((" dawn", 0.02),)),
    " black": (0.06, ((" dark", 0.55), (" calm", 0.31), ("<|end|>", 0.03))),
    " very": (0.28, ((" quite", 0.24), (" so", 0.22), (" deep", 0.2))),
}
_SPLIT = {" 🌊": ((b" \xf0\x9f", 0.34), (b"\x8c", 0.5), (b"\x8a", 0.93))}
"""A character whose bytes are several tokens."""


def _guess(request: ChatRequest) -> Iterator[Step]:
    last = request.messages[-1]
    said = len(words(last.text)) if last.role == "assistant" else 0
    return spoken("".join(words(_GUESSES)[said:]))


def _odds(word: str) -> tuple[TokenLogprob, ...]:
    if word in _SPLIT:
        return tuple(_token(piece, probability) for piece, probability in _SPLIT[word])
    probability, others = _ODDS.get(word, (0.93, ((" and", 0.05),)))
    said = _token(word.encode(errors="replace"), probability)
    ranked = sorted((said, *(_token(text.encode(), odds) for text, odds in others)), key=lambda token: -token.logprob)
    return (said._replace(top=tuple(ranked)),)


def _token(spelled: bytes, probability: float) -> TokenLogprob:
    text = spelled.decode(errors="backslashreplace")
    sure = TokenLogprob(token=text, logprob=math.log(probability), bytes=spelled)
    return sure._replace(top=(sure,))


def _said(text: str, pause: float) -> Script:
    return lambda _: spoken(text, pause=pause)


def _model(script: Script, *refused: tuple[str, str], sees_images: bool = False) -> ScriptedModel:
    choice = tuple(("tool_choice", reason) for name, reason in refused if name == "tools")
    return ScriptedModel(script, sees_images=sees_images, refuses=(*REFUSED, *refused, *choice))


DEMOS: dict[str, ScriptedModel] = {
    "echo": _model(_echo, _NO_TOOLS, _NO_REASONING, sees_images=True),
    "story": _model(_said(_STORY, 1 / 60), _NO_TOOLS, _NO_REASONING),
    "thinker": _model(_think, _NO_TOOLS),
    "tool-caller": _model(_call_a_tool, _NO_REASONING),
    "agent": _model(_call_each_tool, _NO_REASONING),
    "json-writer": ScriptedModel(
        _write_json,
        sees_images=False,
        refuses=(NO_TOKENS, _NO_TOOLS, _NO_REASONING, ("tool_choice", _NO_TOOLS[1])),
    ),
    "failing": _model(_fail, _NO_TOOLS, _NO_REASONING),
    "guesser": ScriptedModel(
        _guess, sees_images=False, refuses=(*REFUSED, _NO_TOOLS, _NO_REASONING), continues=True, score=_odds
    ),
    "slow": _model(_said(_STORY, 0.25), _NO_TOOLS, _NO_REASONING),
}
"""By model id. echo repeats the last user message; story tells one, sixty words a second, slow four a second;
thinker reasons first; tool-caller calls the first tool it is given; agent calls each in turn, and tells what they answered;
json-writer gives an example of the JSON schema that it is given; failing breaks off; guesser knows other words that it
might have said, and goes on with a text."""
