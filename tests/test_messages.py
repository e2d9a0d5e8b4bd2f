"""Messages: the wire's own shape, and one uniform reading of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from playground.messages import (
    ROLES,
    Image,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    assistant,
    system,
    tool,
    user,
)

PIXEL = "data:image/png;base64,iVBORw0KGgo="
CALL = ToolCall.of("c1", "weather", '{"city": "Paris"}')


@pytest.mark.parametrize(
    ("made", "fields"),
    [
        (system("Be brief."), {"role": "system", "content": "Be brief."}),
        (user("hi"), {"role": "user", "content": "hi"}),
        (assistant(""), {"role": "assistant", "content": ""}),
        (tool("c1", "21 C"), {"role": "tool", "tool_call_id": "c1", "content": "21 C"}),
        (
            user("what is", Image.of(PIXEL, "low")),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "what is"},
                    {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
                ],
            },
        ),
        (
            user(Image.of(PIXEL)),
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]},
        ),
    ],
)
def test_short_ways_to_make_a_message(made: Message, fields: dict[str, Any]) -> None:
    assert made == Message.model_validate(fields)


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (user("hi"), (Text.of("hi"),)),
        (user("a", Image.of(PIXEL), "b"), (Text.of("a"), Image.of(PIXEL), Text.of("b"))),
        (assistant("yes"), (Text.of("yes"),)),
        (
            Message(role="assistant", content="yes", reasoning_content="hm", tool_calls=(CALL,)),
            (Reasoning(text="hm"), Text.of("yes"), CALL),
        ),
        (Message(role="assistant", content=None, reasoning="hm"), (Reasoning(text="hm"),)),
        (Message(role="assistant", tool_calls=(CALL,)), (CALL,)),
        (tool("c1", "21 C"), (ToolResult(call_id="c1", text="21 C"),)),
    ],
)
def test_parts_are_one_reading_of_every_spelling(message: Message, parts: tuple[Any, ...]) -> None:
    assert message.parts == parts


def test_text_and_images_of_a_message() -> None:
    message = user("a", Image.of(PIXEL), "b")
    assert message.text == "ab"
    assert [image.url for image in message.images] == [PIXEL]
    assert Message(role="assistant", tool_calls=(CALL,)).text == ""


@pytest.mark.parametrize(
    ("fields", "thinking"),
    [
        ({}, ""),
        ({"reasoning": "a"}, "a"),
        ({"reasoning_content": "a"}, "a"),
        ({"reasoning_content": "a", "reasoning": "b"}, "a"),
        ({"reasoning_content": "", "reasoning": "b"}, "b"),
        ({"reasoning_content": None, "reasoning": None}, ""),
    ],
)
def test_thinking_goes_by_two_names(fields: dict[str, Any], thinking: str) -> None:
    assert Message(role="assistant", content="x", **fields).thinking == thinking


def test_spellings_of_one_text_are_different_messages() -> None:
    spellings: list[dict[str, Any]] = [
        {"content": "hi"},
        {"content": [{"type": "text", "text": "hi"}]},
        {"content": [{"type": "text", "text": "h"}, {"type": "text", "text": "i"}]},
        {"content": "hi", "name": None},
    ]
    messages = [Message.model_validate({"role": "user", **fields}) for fields in spellings]
    assert len(set(messages)) == 4
    assert {message.text for message in messages} == {"hi"}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_speaks(role: str) -> None:
    extra = {"tool_call_id": "c1"} if role == "tool" else {}
    assert Message.model_validate({"role": role, "content": "x", **extra}).text == "x"


@pytest.mark.parametrize("url", ["", "a.png", "/etc/passwd", "file:///a.png", "data:text/html,x", "ftp://h/a.png"])
def test_an_image_is_on_the_web_or_in_the_message(url: str) -> None:
    with pytest.raises(ValidationError, match=r"data:image/\.\.\. URL"):
        Image.of(url)
