"""Messages: who says what, exactly as it stands on the wire.

A message is held in the wire's own shape, because the same meaning has several spellings (`"text"` and
`[{"type": "text", "text": "text"}]`; a null content and none) and what you see is what is sent. `parts`
gives the uniform reading: one tuple of Text, Image, Reasoning, ToolCall and ToolResult.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, field_validator, model_validator

from .jsonvalue import FrozenJson
from .values import Value, WireValue

Role = Literal["system", "developer", "user", "assistant", "tool"]
ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant", "tool")


IMAGE_URLS = ("data:image/", "https://", "http://")
"""How the URL of an image begins."""


class Text(WireValue):
    """A text part."""

    type: Literal["text"]
    text: str

    @classmethod
    def of(cls, text: str) -> Text:
        return cls(type="text", text=text)


class ImageUrl(WireValue):
    """Where an image is: a `data:image/...` URL or an http(s) URL; never a path."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None

    @field_validator("url")
    @classmethod
    def _web_or_data(cls, url: str) -> str:
        if not url.startswith(IMAGE_URLS):
            raise ValueError("an image must be a data:image/... URL or an http(s) URL")
        return url


class Image(WireValue):
    """An image part."""

    type: Literal["image_url"]
    image_url: ImageUrl

    @classmethod
    def of(cls, url: str, detail: Literal["auto", "low", "high"] | None = None) -> Image:
        where = {"url": url} if detail is None else {"url": url, "detail": detail}
        return cls.model_validate({"type": "image_url", "image_url": where})

    @property
    def url(self) -> str:
        return self.image_url.url


class FunctionCall(WireValue):
    """A function's name and its arguments, as the JSON text that the model wrote (it may be broken)."""

    name: str
    arguments: str


class ToolCall(WireValue):
    """One call that an assistant asks for."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall

    @classmethod
    def of(cls, id: str, name: str, arguments: str) -> ToolCall:
        return cls.model_validate({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})


class Reasoning(Value):
    """The thinking before an answer; a reading of `reasoning_content` or `reasoning`."""

    text: str


class ToolResult(Value):
    """What a tool answered; a reading of a tool message."""

    call_id: str
    text: str


def _part_tag(part: Any) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else getattr(part, "type", None)
    return f"~{kind}" if kind in ("text", "image_url") else None


def _content_tag(content: Any) -> str:
    return "~null" if content is None else "~parts" if isinstance(content, (list, tuple)) else "~text"


# Tags begin with "~" so that wire.py can leave them out of the field's name in an error.
ContentPart = Annotated[
    Annotated[Text, Tag("~text")] | Annotated[Image, Tag("~image_url")],
    Discriminator(
        _part_tag,
        custom_error_type="unknown_part",
        custom_error_message="unknown type of content part; text and image_url are known here",
    ),
]
Content = Annotated[
    Annotated[str, Tag("~text")]
    | Annotated[tuple[ContentPart, ...], Field(min_length=1, strict=False), Tag("~parts")]
    | Annotated[None, Tag("~null")],
    Discriminator(_content_tag),
]
Part = Text | Image | Reasoning | ToolCall | ToolResult


class Message(WireValue):
    """One message. Fields stand as on the wire; those not given are not sent.

    `reasoning_content` and `reasoning` are two spellings of the same thing and may both be present.
    `refusal`, `annotations`, `audio` and `function_call` appear in answers of APIs and are accepted back.
    """

    role: Role
    content: Content = None
    name: Annotated[str, StringConstraints(min_length=1)] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: Annotated[tuple[ToolCall, ...], Field(min_length=1, strict=False)] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    annotations: FrozenJson = None
    audio: FrozenJson = None
    function_call: FrozenJson = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.role == "tool" and self.tool_call_id is None:
            raise ValueError("a tool message needs the tool_call_id that it answers")
        if self.role != "tool" and self.tool_call_id is not None:
            raise ValueError("only a tool message has a tool_call_id")
        if self.role != "assistant":
            for field in ("tool_calls", "reasoning_content", "reasoning"):
                if getattr(self, field) is not None:
                    raise ValueError(f"only an assistant message has {field}")
            if self.content is None:
                raise ValueError(f"a {self.role} message needs content")
        elif self.content is None and not (self.tool_calls or self.thinking or self.refusal):
            raise ValueError("an assistant message needs content or tool_calls")
        if self.role != "user" and any(isinstance(part, Image) for part in self.parts):
            raise ValueError("only a user message can have images")
        return self

    @property
    def thinking(self) -> str:
        """The reasoning text, under either of its names; "" without one."""
        return self.reasoning_content or self.reasoning or ""

    @property
    def text(self) -> str:
        """The text of the content, parts joined; images leave nothing."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content or () if isinstance(part, Text))

    @property
    def images(self) -> tuple[Image, ...]:
        return tuple(part for part in self.parts if isinstance(part, Image))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything the message holds, in reading order."""
        if self.role == "tool":
            return (ToolResult(call_id=self.tool_call_id or "", text=self.text),)
        thinking: tuple[Part, ...] = (Reasoning(text=self.thinking),) if self.thinking else ()
        if isinstance(self.content, str):
            content: tuple[Part, ...] = (Text.of(self.content),)
        else:
            content = self.content or ()
        return thinking + content + (self.tool_calls or ())


def system(text: str) -> Message:
    return Message(role="system", content=text)


def user(*content: str | Image) -> Message:
    """A user message: one string, or text and images in order."""
    if len(content) == 1 and isinstance(content[0], str):
        return Message(role="user", content=content[0])
    return Message(role="user", content=tuple(Text.of(part) if isinstance(part, str) else part for part in content))


def assistant(text: str) -> Message:
    return Message(role="assistant", content=text)


def tool(call_id: str, text: str) -> Message:
    return Message(role="tool", tool_call_id=call_id, content=text)
