"""What the page's scripts are told once, when it loads: the parameter table, endpoints and code clients."""

from __future__ import annotations

from typing import Any

from ..jsonvalue import dumps, thaw
from ..params import PARAMS, Param
from ..request import Endpoint
from ..snippets import CLIENTS
from .context import Context

PANES = 4
"""How many panes a page can show beside each other."""

EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "title": "Explain simply",
        "system": "You explain things to curious twelve-year-olds, in three short sentences.",
        "user": "Why is the sky blue?",
    },
    {
        "title": "Rewrite a text",
        "system": "You are a careful editor. Answer with the rewritten text only.",
        "user": "Make this friendlier: Your invoice is late. Pay by Friday.",
    },
    {
        "title": "Write some code",
        "system": "You write short, correct Python and explain nothing.",
        "user": "A function that returns the n-th Fibonacci number.",
    },
    {
        "title": "Brainstorm",
        "system": "You answer with a numbered list.",
        "user": "Five names for a café that is also a bookshop.",
    },
)


def boot(context: Context) -> dict[str, Any]:
    return {
        "params": [_param(param) for param in PARAMS],
        "endpoints": [_endpoint(endpoint, context) for endpoint in context.endpoints],
        "clients": [{"id": c.id, "language": c.language, "label": c.label, "suffix": c.suffix} for c in CLIENTS],
        "default": {"endpoint": context.default.endpoint.name, "model": context.default.id},
        "examples": list(EXAMPLES),
        "panes": PANES,
        "image_side": context.image_side,
    }


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "label": param.label,
        "kind": param.kind,
        "group": param.group,
        "help": param.help,
        "low": param.low,
        "high": param.high,
        "step": param.step,
        "range": param.range,
        "start": dumps(thaw(param.start)),
        "choices": param.choices,
    }


def _endpoint(endpoint: Endpoint, context: Context) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "kind": endpoint.kind,
        "base_url": endpoint.base_url,
        "key_name": endpoint.key_name,
        "has_key": endpoint.name in context.environment,
        "built_in": True,
    }
