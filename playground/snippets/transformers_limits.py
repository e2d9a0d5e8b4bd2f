"""What a program with plain transformers can't do of a request: a table, one row a limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .generation import (
    FRACTIONS,
    TAKEN,
    WHOLE,
    Body,
    biases,
    greedy,
    model_and_provider,
    number,
    objects,
    parts,
)

_HONOURED = frozenset((*FRACTIONS, *WHOLE, "model", "messages", "tools", "stop", "logit_bias", "chat_template_kwargs"))
_KINDS: dict[str, Any] = {
    "model": str,
    "messages": list,
    "tools": list | None,
    "stop": str | list | None,
    "chat_template_kwargs": dict | None,
}
_DELIVERY = frozenset(("stream", "stream_options"))
_HAVE_ROWS = frozenset(
    ("logprobs", "top_logprobs", "response_format", "tool_choice", "parallel_tool_calls", "reasoning_effort")
)


@dataclass(frozen=True)
class Unsendable:
    """A limit of plain transformers. `where` names the fields of a body that meet it, in one line; "" where none does.

    The warning is the name and `says`.
    """

    says: str
    where: Callable[[Body], str]


def _named(places: Iterable[str]) -> str:
    """The first few names, in one line of ASCII whatever they are."""
    names = [place if place.isascii() and place.isprintable() else f"{place!a}" for place in places]
    return ", ".join(names[:6]) + (" and others" if len(names) > 6 else "")


def _field(name: str, asks: Callable[[Body], bool]) -> Callable[[Body], str]:
    return lambda body: name if body.get(name) is not None and asks(body) else ""


def _unknown(body: Body) -> str:
    known = _HONOURED | _DELIVERY | _HAVE_ROWS
    return _named(key for key, value in body.items() if key not in known and value is not None)


def _taken(body: Body) -> str:
    given = body.get("chat_template_kwargs")
    return _named(f"chat_template_kwargs.{key}" for key in given if key in TAKEN) if isinstance(given, dict) else ""


def _misshapen(body: Body) -> str:
    numbers = [name for name in (*FRACTIONS, *WHOLE) if body.get(name) is not None and number(body, name) is None]
    others = [name for name, kind in _KINDS.items() if not isinstance(body.get(name), kind)]
    bias = body.get("logit_bias") or {}
    bad_bias = not isinstance(bias, dict) or len(biases(body)) < len(bias)
    return _named([*numbers, *others, *(["logit_bias"] if bad_bias else [])])


def _enforced(body: Body) -> str:
    """Rules about calling tools; a model without any rule calls them or not."""
    choice = body.get("tool_choice") not in (None, "auto") and (body.get("tools") or body.get("tool_choice") != "none")
    alone = body.get("parallel_tool_calls") is False
    return _named([*(["tool_choice"] if choice else []), *(["parallel_tool_calls"] if alone else [])])


def _with_places(body: Body) -> Iterator[tuple[str, dict[str, Any]]]:
    messages = body.get("messages")
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, dict):
            yield f"messages[{index}]", message


def _foreign(body: Body) -> str:
    """What of the messages has no place in chat templates."""
    found = []
    for place, message in _with_places(body):
        found += [f"{place}.{key}" for key in ("function_call", "audio") if message.get(key) is not None]
        kinds = [part.get("type") for part in parts(message)]
        found += [f"{place}.content[{at}]" for at, kind in enumerate(kinds) if kind not in ("text", "image_url")]
    return _named(found)


def _details(body: Body) -> str:
    images = ((place, part.get("image_url")) for place, message in _with_places(body) for part in parts(message))
    return _named(
        f"{place}: an image's detail"
        for place, image in images
        if isinstance(image, dict) and image.get("detail") not in (None, "auto")
    )


def _open_calls(body: Body) -> str:
    for place, last in [*_with_places(body)][-1:]:
        if last.get("role") == "assistant" and last.get("tool_calls"):
            return place
    return ""


def _broken_arguments(body: Body) -> str:
    calls = ((place, call) for place, message in _with_places(body) for call in objects(message.get("tool_calls")))
    return _named(f"{place}.tool_calls" for place, call in calls if not _is_json(call.get("function")))


def _is_json(function: Any) -> bool:
    text = function.get("arguments") if isinstance(function, dict) else None
    try:
        json.loads(text or "{}")
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _half_characters(body: Body) -> str:
    return _named(
        key for key in ("model", "messages", "tools", "stop", "chat_template_kwargs") if _halved(body.get(key))
    )


def _halved(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=lambda data: data.name).encode()
    except UnicodeEncodeError:
        return True
    return False


def _both_lengths(body: Body) -> str:
    lengths = {number(body, name) for name in ("max_tokens", "max_completion_tokens")} - {None}
    return "max_completion_tokens" if len(lengths) > 1 else ""


UNSENDABLE: tuple[Unsendable, ...] = (
    Unsendable("means nothing to transformers; this code leaves it out.", _unknown),
    Unsendable("has not the form that it should have; this code leaves it out or fails.", _misshapen),
    Unsendable("is a name that apply_chat_template has taken; this code leaves it out.", _taken),
    Unsendable("names a provider after the colon; this code runs the model itself, wherever it runs.",
               lambda body: "model" if model_and_provider(body)[1] else ""),
    Unsendable("asks for log probabilities; this code prints the text alone.", _field("logprobs", lambda body: body["logprobs"] is not False)),
    Unsendable("can't be enforced by transformers alone; this code lets the model answer freely.",
               _field("response_format", lambda body: body["response_format"] != {"type": "text"})),
    Unsendable("can't be enforced by transformers alone; this code leaves it to the model.", _enforced),
    Unsendable("is not sent: what a model's template knows of it goes by chat_template_kwargs.",
               _field("reasoning_effort", lambda body: True)),
    Unsendable("asks for several answers, which are all the same at temperature 0; this code makes one.",
               lambda body: "n" if greedy(body) and (number(body, "n") or 1) > 1 else ""),
    Unsendable("differs from max_tokens, another name of the same limit; this code goes by max_tokens.", _both_lengths),
    Unsendable("is added before the repetition penalty here, not after it: a token that has both gets another score.",
               lambda body: "logit_bias" if biases(body) and number(body, "repetition_penalty") not in (None, 1) else ""),
    Unsendable("is a file in the app's own folder of models; this code needs its folder for MODEL, and gguf_file wherever "
               "something is loaded.",
               lambda body: "model" if model_and_provider(body)[0].lower().endswith(".gguf") else ""),
    Unsendable("can't be chosen: a model that runs here takes images in one resolution.", _details),
    Unsendable("has no place in chat templates; this code leaves it to the template.", _foreign),
    Unsendable("asks for tools and has no results; this code lets the model write a new message after it.", _open_calls),
    Unsendable("has arguments that are not JSON, which chat templates need; this code fails.", _broken_arguments),
    Unsendable("holds half a character (a lone surrogate), which no tokenizer reads; this code fails.", _half_characters),
)  # fmt: skip
