"""Python with the openai package."""

from __future__ import annotations

from typing import Any

from . import python, python_sdk
from .call import NO_KEY, Call
from .python_reading import Reading

NAMED = frozenset(
    [
        *("model", "messages", "stream", "stream_options"),
        *("temperature", "top_p", "seed", "max_tokens", "max_completion_tokens", "stop", "n"),
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("response_format", "reasoning_effort", "tools", "tool_choice", "parallel_tool_calls"),
        *("user", "metadata", "store", "service_tier", "modalities", "audio", "prediction"),
    ]
)
"""What `chat.completions.create` takes by name, in every version of the last two years. All else goes through
`extra_body`, which sends it just the same."""


def _thought(owner: str) -> list[str]:
    """The package's types don't know reasoning."""
    return [
        f"extra = {owner}.model_extra or {{}}",
        'thought = extra.get("reasoning_content") or extra.get("reasoning")',
    ]


_SDK = python_sdk.Sdk("openai", "OpenAI", NAMED, Reading(thought=_thought))


def write(call: Call) -> str:
    return python_sdk.program(call, _SDK, _settings(call))


def write_async(call: Call) -> str:
    return python_sdk.asynchronous(call, _SDK, _settings(call))


def _settings(call: Call) -> dict[str, Any]:
    key = python.environment(call.key_name) if call.key_name else NO_KEY
    return {
        "base_url": call.base_url,
        "api_key": key,
        **({"default_headers": call.headers} if call.headers else {}),
    }
