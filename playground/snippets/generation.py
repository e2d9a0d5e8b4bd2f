"""What a request's body asks of a model that runs in the program itself.

The body may be any JSON object: what has not the form that it should have counts as not given, and
`transformers_limits` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

SAMPLING = ("temperature", "top_p", "top_k", "min_p")
FRACTIONS = ("temperature", "top_p", "min_p", "repetition_penalty", "frequency_penalty", "presence_penalty")
WHOLE = ("top_k", "seed", "max_tokens", "max_completion_tokens", "n")
TAKEN = frozenset(
    [
        *("self", "conversation", "messages", "tools", "documents", "chat_template", "tokenize"),
        *("add_generation_prompt", "continue_final_message", "sanitize_control_tokens"),
        *("padding", "truncation", "max_length", "return_tensors", "return_dict", "return_assistant_tokens_mask"),
        *("tokenizer_kwargs", "processor_kwargs", "load_audio_from_video"),
    ]
)
"""What `apply_chat_template` takes for itself: no variable of a template can be given by these names."""


def messages_of(body: Body) -> list[dict[str, Any]]:
    return objects(body.get("messages"))


def objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def sees(body: Body) -> bool:
    """Whether a message holds an image."""
    return any(part.get("type") == "image_url" for message in messages_of(body) for part in parts(message))


def parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return objects(message.get("content"))


def number(body: Body, name: str) -> Any:
    """A number of the body, or None: an int where the name asks for whole numbers, else a float (transformers insists)."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int if name in WHOLE else (int, float)):
        return None
    return value if name in WHOLE else float(value) if abs(value) < 1e300 else None


def greedy(body: Body) -> bool:
    return bool(number(body, "temperature") == 0)


def max_tokens(body: Body) -> int | None:
    lengths = (number(body, name) for name in ("max_tokens", "max_completion_tokens"))
    return next((length for length in lengths if length is not None), None)


def answers(body: Body) -> int:
    """How many answers the program makes: without sampling all would be the same."""
    return 1 if greedy(body) else max(1, number(body, "n") or 1)


def stops(body: Body) -> list[str]:
    given = body.get("stop")
    texts = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return [text for text in texts if isinstance(text, str) and text]


def penalties(body: Body) -> dict[str, float]:
    """OpenAI's penalties, those that change something."""
    return {name: value for name in ("frequency_penalty", "presence_penalty") if (value := number(body, name))}


def biases(body: Body) -> dict[int, float]:
    """The bias of each token id."""
    given = body.get("logit_bias")
    pairs = given.items() if isinstance(given, dict) else ()
    return {int(token): float(bias) for token, bias in pairs if _is_bias(token, bias)}


def _is_bias(token: str, bias: Any) -> bool:
    return token.isascii() and token.isdigit() and len(token) < 10 and type(bias) in (int, float) and abs(bias) < 1e300


def template_variables(body: Body) -> dict[str, Any]:
    given = body.get("chat_template_kwargs")
    return {key: value for key, value in given.items() if key not in TAKEN} if isinstance(given, dict) else {}


def model_and_provider(body: Body) -> tuple[str, str]:
    """The model's own id, and the provider that a router's id names after a colon ("" without one)."""
    given = body.get("model")
    model = given if isinstance(given, str) else ""
    name, _, provider = model.rpartition(":")
    routed = name.count("/") == 1 and name[0] not in "/.~" and provider.replace("-", "").isalnum()
    return (name, provider) if routed else (model, "")
