"""From messages to what the model reads: the chat template rendered, tokens counted, images prepared.

Nothing that a message says is dropped on the way; of earlier reasoning a template keeps what its model was
trained on. A template that would leave something out (a tool's result, a name, a system message it has no place
for) is found by rendering the conversation once more with marks in these places, and the request is refused,
naming the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import PIL.Image
import torch

from ...errors import BadRequest, ContextTooLong, Unsupported, one_line
from ...messages import Image, Message
from .images import decode
from .model import LoadedModel
from .template import Conversation, Template, says
from .thinking import begins_thinking
from .tools import Tool

Render = Callable[[Conversation], str]


@dataclass(frozen=True)
class Prompt:
    """What goes into the model: `inputs` by name as tensors (`input_ids` of shape [1, tokens] among them).

    `continuing` when the answer goes on with the text of a last assistant message, `thinking` when it begins inside of
    thinking that the template opened.
    """

    inputs: dict[str, torch.Tensor]
    continuing: bool
    thinking: bool = False

    @property
    def tokens(self) -> list[int]:
        ids: list[int] = self.inputs["input_ids"][0].tolist()
        return ids


def build_prompt(
    messages: tuple[Message, ...],
    model: LoadedModel,
    variables: Mapping[str, Any] = MappingProxyType({}),
    tools: Sequence[Tool] = (),
) -> Prompt:
    """The prompt. `variables` go to the chat template by their names, `tools` are those that the model may call.

    Raises BadRequest (a conversation the template refuses), Unsupported or ContextTooLong.
    """
    template = Template(model, variables, tools)
    images = _images(messages, model)
    if messages[-1].tool_calls:
        raise BadRequest(
            "The last message asks for tools and has no results.",
            param=f"messages[{len(messages) - 1}]",
            advice="Add a tool message with the result of each call, or delete the calls.",
        )
    if messages[-1].role == "assistant" and not says(messages[-1]):
        messages = messages[:-1] or messages
    continuing = messages[-1].role == "assistant"
    conversation = template.conversation(messages)
    text = template.render(conversation, continuing)
    _refuse_losses(messages, conversation, lambda changed: template.render(changed, continuing))
    thinking = not continuing and model.marks is not None and begins_thinking(text, model.marks)
    prompt = Prompt(inputs=_encode(text, images, model), continuing=continuing, thinking=thinking)
    _check_length(prompt, model)
    return prompt


def _images(messages: tuple[Message, ...], model: LoadedModel) -> list[PIL.Image.Image]:
    found = []
    for index, message in enumerate(messages):
        for place, part in enumerate(message.content if isinstance(message.content, tuple) else ()):
            if isinstance(part, Image):
                where = f"messages[{index}].content[{place}]"
                if model.processor is None:
                    raise Unsupported(
                        f"{model.id} does not see images.",
                        param=where,
                        advice="Remove the image, or choose a model that sees.",
                    )
                found.append(decode(part, where))
    return found


def _refuse_losses(messages: tuple[Message, ...], conversation: Conversation, render: Render) -> None:
    """Raise BadRequest for what the template leaves out of the prompt."""
    marks: dict[str, str] = {}
    try:
        rendered = render([_marked(message, index, marks) for index, message in enumerate(conversation)])
    except BadRequest:
        return  # the template reads into the text, so marks can't stand in it
    for mark, where in marks.items():
        if mark not in rendered:
            index = int(where.split("]")[0].removeprefix("messages["))
            raise BadRequest(
                f"The model's chat template has no place for {where} (a {messages[index].role} message).",
                param=where,
                advice="Remove it, change its role, or choose a model whose template knows it.",
            )


def _marked(message: dict[str, Any], index: int, marks: dict[str, str]) -> dict[str, Any]:
    """The message with a mark in place of each text that must reach the prompt; `marks` says where each stands."""

    def mark(where: str) -> str:
        made = f"mark{index}x{len(marks)}y"
        marks[made] = f"messages[{index}].{where}"
        return made

    made = dict(message)
    content = made["content"]
    if isinstance(content, str) and content.strip():
        made["content"] = mark("content")
    elif isinstance(content, list):
        made["content"] = [
            part | {"text": mark("content")} if part["type"] == "text" and part["text"].strip() else part
            for part in content
        ]
    if "name" in made:
        made["name"] = mark("name")
    if "tool_calls" in made:
        made["tool_calls"] = [
            call | {"function": call["function"] | {"name": mark("tool_calls")}} for call in made["tool_calls"]
        ]
    return made


def _encode(text: str, images: list[PIL.Image.Image], model: LoadedModel) -> dict[str, torch.Tensor]:
    try:
        text.encode()
        if not images:
            read = model.tokenizer(text, add_special_tokens=False, return_tensors="pt")
            return {"input_ids": read["input_ids"]}
        read = model.processor(text=[text], images=[images], add_special_tokens=False, return_tensors="pt")
        return dict(read)
    except UnicodeEncodeError as error:
        raise BadRequest("A message holds half of a character (a lone surrogate).", param="messages") from error
    except (ValueError, TypeError, IndexError) as error:
        words = one_line(error)
        raise BadRequest(
            f"The images don't go together with the text: {words}",
            param="messages",
            advice="Check that no message's text contains the model's own image marks.",
        ) from error


def _check_length(prompt: Prompt, model: LoadedModel) -> None:
    count = prompt.inputs["input_ids"].shape[-1]
    if count >= model.context_length:
        raise ContextTooLong(
            f"The conversation is {count:,} tokens long; {model.id} holds {model.context_length:,} with its answer.",
            param="messages",
        )
