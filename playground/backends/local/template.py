"""A model's chat template: messages and tools in, the prompt's text out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError

from ...errors import BadRequest, Unsupported, one_line
from ...messages import Message, Text
from .calls import answered, described, written
from .model import LoadedModel
from .settings import EFFORT, VARIABLES
from .thinking import knows
from .tools import Tool

Conversation = list[dict[str, Any]]
RESULT = "is_tool_result"  # marks a user message that is a tool's result, until messages are merged


class Template:
    """A model's chat template, for one request.

    Tools and calls go in where the template has a place for them, else as text of system and user messages (`plainly`).
    """

    def __init__(self, model: LoadedModel, variables: Mapping[str, Any], tools: Sequence[Tool] = ()) -> None:
        self._variables, self._tools, self._model = variables, tools, model
        self._sees = model.processor is not None
        self._knows_developer = "developer" in model.template
        self._short_ids = re.search(r"length\s*!=\s*9\b", model.template) is not None
        for name in variables:
            if not knows(model.template, name):
                raise Unsupported(
                    f"The chat template of {model.id} knows no {name}.",
                    param=name if name == EFFORT else f"{VARIABLES}.{name}",
                    advice="Leave it out, or choose a model whose template knows it.",
                )

    def conversation(self, messages: Sequence[Message]) -> Conversation:
        """The messages in the form that templates read, one for each."""
        calling = any(message.tool_calls or message.role == "tool" for message in messages)
        plainly = calling and self._model.form is None and bool(self._tools or not self._model.writes_calls)
        return [self._message(message, index, plainly) for index, message in enumerate(messages)]

    def _message(self, message: Message, index: int, plainly: bool) -> dict[str, Any]:
        role = "system" if message.role == "developer" and not self._knows_developer else message.role
        made: dict[str, Any] = {"role": role, "content": self._content(message)}
        if message.function_call is not None:
            raise Unsupported("function_call is not honoured here.", param=f"messages[{index}].function_call")
        if message.thinking:
            made["reasoning_content"] = message.thinking
        if message.name is not None:
            made["name"] = message.name
        if plainly and message.role == "tool":
            return made | {"role": "user", "content": self._wrapped(answered(says(message))), RESULT: True}
        if plainly and message.tool_calls:
            calls = [written(call.function.name, call.function.arguments or "{}") for call in message.tool_calls]
            return made | {"content": self._wrapped("\n".join([*filter(None, [says(message)]), *calls]))}
        if message.tool_calls:
            made["tool_calls"] = [
                {"id": self._id(call.id), "type": "function", "function": {
                    "name": call.function.name, "arguments": _arguments(call.function.arguments, index)}}
                for call in message.tool_calls
            ]  # fmt: skip
        if message.tool_call_id is not None:
            made["tool_call_id"] = self._id(message.tool_call_id)
        return made

    def _id(self, id: str) -> str:
        """The id of a call; one of nine characters for templates that take no other."""
        if not self._short_ids or re.fullmatch("[a-zA-Z0-9]{9}", id):
            return id
        return hashlib.sha256(id.encode()).hexdigest()[:9]

    def _content(self, message: Message) -> Any:
        if self._sees and isinstance(message.content, tuple):
            return [{"type": "text", "text": part.text} if isinstance(part, Text) else {"type": "image"}
                    for part in message.content]  # fmt: skip
        return self._wrapped(says(message))

    def _wrapped(self, text: str) -> Any:
        return [{"type": "text", "text": text}] if self._sees else text

    def render(self, conversation: Conversation, continuing: bool) -> str:
        """The prompt's text. Raises BadRequest with the template's words when it refuses the conversation."""
        conversation = merged(conversation)
        if not self._tools or self._model.form is not None:
            return self._applied(conversation, continuing)
        text = described([tool.definition for tool in self._tools])
        try:
            return self._applied(self._begun(conversation, "system", text), continuing)
        except BadRequest:  # a template that takes no system message
            return self._applied(self._begun(conversation, conversation[0]["role"], text), continuing)

    def _begun(self, conversation: Conversation, role: str, text: str) -> Conversation:
        """The conversation with a text at its beginning, in a message of that role."""
        first = conversation[0]
        if first["role"] != role:
            return [{"role": role, "content": self._wrapped(text)}, *conversation]
        if self._sees:
            return [{**first, "content": [*self._wrapped(text + "\n\n"), *first["content"]]}, *conversation[1:]]
        joined = "\n\n".join(filter(None, [first["content"], text] if role == "system" else [text, first["content"]]))
        return [{**first, "content": joined}, *conversation[1:]]

    def _applied(self, conversation: Conversation, continuing: bool) -> str:
        try:
            rendered = self._model.renderer.apply_chat_template(
                conversation,
                tools=[dict(tool.definition) for tool in self._tools if self._model.form] or None,
                tokenize=False,
                add_generation_prompt=not continuing,
                continue_final_message=continuing,
                **self._variables,
            )
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
            words = one_line(error)
            raise BadRequest(
                f"The model's chat template refuses this conversation: {words}",
                param="messages",
                advice="Change the roles or their order to what this model was trained on, or choose another model.",
            ) from error
        return str(rendered)


def merged(conversation: Conversation) -> Conversation:
    """The conversation with results that stand as user messages joined to each other and to what the user says next.

    Users and assistants take turns in many templates without a place for tools.
    """
    made: Conversation = []
    joins = False
    for message in conversation:
        plain = {key: value for key, value in message.items() if key != RESULT}
        if made and made[-1]["role"] == message["role"] == "user" and (joins or RESULT in message):
            made[-1] = {**made[-1], **plain, "content": _joined(made[-1]["content"], message["content"])}
        else:
            made.append(plain)
        joins = RESULT in message
    return made


def _joined(first: Any, second: Any) -> Any:
    return f"{first}\n{second}" if isinstance(first, str) else [*first, {"type": "text", "text": "\n"}, *second]


def says(message: Message) -> str:
    """The text of a message, or its refusal in place of one."""
    return message.text or message.refusal or ""


def _arguments(text: str, index: int) -> Any:
    try:
        return json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise BadRequest(
            "The arguments of a tool call are not JSON, and the model's template needs them as JSON.",
            param=f"messages[{index}].tool_calls",
            advice="Correct the arguments or delete the call.",
        ) from error
