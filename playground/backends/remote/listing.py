"""GET /models answers of any OpenAI-compatible API -> ModelInfo. Pure; tolerant of what is missing.

Read: OpenAI, TGI, Ollama `data[].id`; llama.cpp and Ollama `models[].name`; vLLM and SGLang `max_model_len`; Groq
`context_window`; LM Studio and Mistral `max_context_length`, `capabilities.vision`; OpenRouter and the Hugging
Face router `context_length`, `architecture.input_modalities`, and the router's `providers[]`. Prices: see pricing.py.
"""

from __future__ import annotations

from typing import Any

from ...errors import BadAnswer
from ..base import ModelInfo
from .pricing import price_of, routes_of

_LENGTHS = ("context_length", "max_model_len", "context_window", "max_context_length")
_CAN = (
    ("supports_tools", ("tools", "tool_choice", "parallel_tool_calls"), "no provider of this model takes tools"),
    ("supports_structured_output", ("response_format",), "no provider of this model takes a response format"),
)


def read_models(body: Any) -> tuple[ModelInfo, ...]:
    """The models of a list, in its order, each once. Raises BadAnswer if it is no list of models."""
    rows = body if isinstance(body, list) else None
    if isinstance(body, dict):
        rows = body.get("data") if isinstance(body.get("data"), list) else body.get("models")
    if not isinstance(rows, list):
        raise BadAnswer("the endpoint's list of models cannot be read", advice="Type the model's id instead.")
    found = [info for row in rows if (info := _model(row)) is not None]
    return tuple({info.id: info for info in found}.values())


def _model(row: Any) -> ModelInfo | None:
    row = {"id": row} if isinstance(row, str) else row
    id = (row.get("id") or row.get("name") or row.get("model")) if isinstance(row, dict) else None
    if not isinstance(id, str) or not id:
        return None
    listed = row.get("providers")
    providers = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    live = [item for item in providers if item.get("status") in (None, "live")]
    return ModelInfo(
        id=id,
        sees_images=_sees(row),
        context_length=_length(row) or max((_length(item) or 0 for item in live), default=0) or None,
        unavailable="no provider serves it now" if providers and not live else None,
        refuses=_refuses(live),
        price=price_of(row, id, live),
        routes=routes_of(live),
    )


def _sees(row: dict[str, Any]) -> bool | None:
    for holder in (row.get("architecture"), row):
        modalities = holder.get("input_modalities") if isinstance(holder, dict) else None
        if isinstance(modalities, list):
            return "image" in modalities
    capabilities = row.get("capabilities")
    vision = capabilities.get("vision") if isinstance(capabilities, dict) else None
    return vision if isinstance(vision, bool) else None


def _length(row: dict[str, Any]) -> int | None:
    lengths = (row.get(key) for key in _LENGTHS)
    return next((value for value in lengths if type(value) is int and value > 0), None)


def _refuses(providers: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (param, reason)
        for field, params, reason in _CAN
        if providers and all(item.get(field) is False for item in providers)
        for param in params
    )
