"""Python with the huggingface_hub package."""

from __future__ import annotations

from typing import Any

from . import python, python_sdk
from .call import NO_KEY, Call
from .python_reading import Reading

NAMED = frozenset(
    [
        *("model", "messages", "stream", "stream_options"),
        *("temperature", "top_p", "seed", "max_tokens", "stop", "n"),
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("response_format", "tools", "tool_choice"),
    ]
)
"""What `chat.completions.create`, another name of `chat_completion`, takes by name. All else goes through
`extra_body`."""


def _thought(owner: str) -> list[str]:
    """The package's types know reasoning by one of its names."""
    return [f'thought = {owner}.reasoning or getattr({owner}, "reasoning_content", None)']


_SDK = python_sdk.Sdk(
    "huggingface_hub",
    "InferenceClient",
    NAMED,
    Reading(thought=_thought),
    whole="stream=None,  # the default, False, would be sent",
)


def write(call: Call) -> str:
    return python_sdk.program(call, _SDK, _settings(call))


def write_async(call: Call) -> str:
    return python_sdk.asynchronous(call, _SDK, _settings(call))


def _settings(call: Call) -> dict[str, Any]:
    headers = {"headers": call.headers} if call.headers else {}
    return {"base_url": call.hugging_face_url, "api_key": _key(call), **headers}


def _key(call: Call) -> python.Code | str:
    """In place of an empty key the package sends the user's Hugging Face token, whatever the address."""
    if call.key_name is None:
        return NO_KEY
    return python.environment(call.key_name, "" if call.key_name == "HF_TOKEN" else NO_KEY)
