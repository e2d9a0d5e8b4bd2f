"""Conversations of a given size, as the page's rows: the same ones at every run."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image

Row = dict[str, Any]
Message = dict[str, Any]

PHRASES = (
    "the model answers with a short list of steps",
    "names each file that it has read",
    "before it writes anything new",
    "people want to see what was sent and what came back",
    "when they change one message and run it again",
)
STATS = {"pieces": 120, "ttft": 0.2, "total": 2.4, "elapsed": 2.5, "tokens_per_second": 55.0, "prompt_tokens": 900}
ANSWERED = {"completion_tokens": 120, "reasoning_tokens": None, "estimated": False, "finish_reason": "stop"}
TYPICAL, LONG = 220, 6000
"""Characters: the median of a message, and the length of one in twenty."""


def conversation(count: int) -> list[Row]:
    """A system prompt and rows of all roles, some long, the last one a user's."""
    dice = random.Random(count)
    messages: list[Message] = [{"role": "system", "content": _prose(dice, 600)}]
    while len(messages) < count - 5:
        messages += _exchange(dice, with_tool=dice.random() < 0.1)
    while len(messages) < count:
        missing = count - len(messages)
        messages += _exchange(dice, with_tool=False)[: missing if missing < 2 else 2]
    messages[-1] = {"role": "user", "content": _prose(dice, TYPICAL)}
    return rows(messages)


def large_conversation(count: int, size: int, images: int, image_size: int) -> list[Row]:
    """`count` rows of `size` characters each; as many images (data URLs of `image_size` characters) on user rows."""
    dice = random.Random(size)
    messages: list[Message] = [
        {"role": "assistant" if number % 2 else "user", "content": _prose(dice, size)} for number in range(count - 1)
    ]
    messages.append({"role": "user", "content": _prose(dice, size)})
    asking = [message for message in messages if message["role"] == "user"]
    for number in range(images):
        message = asking[number * len(asking) // images]
        picture = {"type": "image_url", "image_url": {"url": _picture(number, image_size)}}
        message["content"] = [{"type": "text", "text": message["content"]}, picture]
    return rows(messages)


def rows(messages: Sequence[Message]) -> list[Row]:
    """As rows of a pane, the assistants' texts as answers of a model."""
    return [_row(number, message) for number, message in enumerate(messages)]


def renamed(pane: str, kept: Sequence[Row]) -> list[Row]:
    """The same rows for another pane: ids of their own, the links between panes as they are."""
    return [{**row, "id": f"{pane}-{row['id']}"} for row in kept]


def reworded(pane: str, kept: Sequence[Row]) -> list[Row]:
    """The same for a pane whose model has answered otherwise: in each answer every twentieth word is another."""
    return [
        _reworded(row) if row["message"].get("content") and row.get("generated") else row for row in renamed(pane, kept)
    ]


def _reworded(row: Row) -> Row:
    words = str(row["message"]["content"]).split(" ")
    words[::20] = [f"other{number}" for number in range(len(words[::20]))]
    return {**row, "message": {**row["message"], "content": " ".join(words)}}


def digest(messages: Sequence[Message]) -> str:
    """Recognises a conversation in a request's body: roles, texts and images, whole and in their order."""
    return hashlib.sha256(json.dumps([_plain(message) for message in messages]).encode()).hexdigest()


def _plain(message: Message) -> list[Any]:
    content = message.get("content")
    return [message["role"], [content] if isinstance(content, str) else [_part(part) for part in content or ()]]


def _part(part: dict[str, Any]) -> str:
    return str(part["text"] if part["type"] == "text" else part["image_url"]["url"])


def _row(number: int, message: Message) -> Row:
    row = {"id": f"row-{number}", "link": f"link-{number}", "message": message}
    if message["role"] != "assistant":
        return row
    return {**row, "generated": True, "edited": False, "status": "done", "reasoning": "", "stats": STATS | ANSWERED}


def _exchange(dice: random.Random, *, with_tool: bool) -> list[Message]:
    question = {"role": "user", "content": _prose(dice, _length(dice))}
    answer = {"role": "assistant", "content": _answer(dice, 2 * _length(dice))}
    if not with_tool:
        return [question, answer]
    name = f"call_{dice.randrange(10**6)}"
    function = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    call = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": name, "type": "function", "function": function}],
    }
    return [question, call, {"role": "tool", "tool_call_id": name, "content": '{"celsius": 21}'}, answer]


def _length(dice: random.Random) -> int:
    return LONG if dice.random() < 0.05 else min(LONG, int(dice.lognormvariate(0, 0.8) * TYPICAL))


def _answer(dice: random.Random, size: int) -> str:
    """With the Markdown that models like to write."""
    code = "```python\nfor name in sorted(names):\n    print(name, len(name))\n```"
    parts = [_prose(dice, size // 2), "- **first** a point\n- then `another` one", code, _prose(dice, size // 2)]
    return "\n\n".join(parts)


def _prose(dice: random.Random, size: int) -> str:
    text = ""
    while len(text) < size:
        text += (
            ", ".join(dice.choices(PHRASES, k=dice.randint(1, 9))).capitalize()
            + "."
            + ("\n\n" if len(text) > 900 else " ")
        )
    return text[: size - 1] + "."


def _picture(number: int, size: int) -> str:
    """A picture of noise, which no format makes smaller."""
    side = int((size * 3 / 4 / 3) ** 0.5)
    noise = random.Random(number).randbytes(side * side * 3)
    file = BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
