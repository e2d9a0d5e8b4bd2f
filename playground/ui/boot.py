"""What the page's scripts are told once, when it loads: the parameter table, endpoints and code clients."""

from __future__ import annotations

from typing import Any

from ..exports import EXPORTS
from ..imports import LARGEST
from ..jsonvalue import dumps, thaw
from ..params import PARAMS, SAMPLE_TOOL, Param
from ..request import KEY_NAMES, Endpoint
from ..snippets import CLIENTS
from .context import Context
from .tools import builtin_offers

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
        "clients": _clients(),
        "default": {"endpoint": context.default.endpoint.name, "model": context.default.id},
        "examples": list(EXAMPLES),
        "panes": PANES,
        "image_side": context.image_side,
        "import_characters": LARGEST,
        "key_names": KEY_NAMES,
        "builtins": builtin_offers(),
        "sample_tool": {"name": SAMPLE_TOOL["function"]["name"], "tool": dumps(SAMPLE_TOOL)},
    }


def _clients() -> list[dict[str, Any]]:
    """What the code view shows: the clients, then the formats of data as one more language. `file` is what a download is
    called, `whole` says that all of the conversation is asked for, `local` that it is for models of this machine alone,
    `switches` which options there are."""
    code = [
        {
            "id": c.id,
            "language": c.language,
            "label": c.label,
            "file": f"chat{c.suffix}",
            "whole": False,
            "local": not c.calls,
            "switches": _ALL,
        }
        for c in CLIENTS
    ]
    data = [
        {
            "id": e.id,
            "language": "Data",
            "label": e.label,
            "file": e.file,
            "whole": e.whole,
            "local": False,
            "switches": list(e.switches),
        }
        for e in EXPORTS
    ]
    return code + data


_ALL = ["stream", "full", "images"]


_LISTS = ("strings", "array")
"""Kinds that begin empty on the page: what is not there yet is not sent."""


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
        "start": "" if param.kind in _LISTS else dumps(thaw(param.start)),
        "choices": param.choices,
    }


def _endpoint(endpoint: Endpoint, context: Context) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "kind": endpoint.kind,
        "base_url": endpoint.base_url,
        "key_name": endpoint.key_name,
        "headers": [list(pair) for pair in endpoint.headers],
        "has_key": endpoint.name in context.environment,
        "built_in": True,
    }
