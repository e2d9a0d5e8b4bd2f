"""The PARAMS table: one row a request parameter, and everything about it stands in that row.

Validation, the parameter panel, the snippets, the API's schema and the docs all derive from it. A
parameter that is not given is not sent: the backend's own default holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, PlainSerializer, create_model, model_validator

from .jsonvalue import freeze, thaw
from .values import WireValue

Kind = Literal["float", "int", "bool", "text", "strings", "object", "array", "json"]
Group = Literal["Sampling", "Length", "Penalties", "Output", "Tools"]


@dataclass(frozen=True)
class Param:
    """A request parameter. `name` is its wire key.

    `low` and `high` are the bounds that validation holds; `slider` is the range a slider shows when the
    bounds are too wide to drag in; `start` is where the control begins when it is first switched on.
    """

    name: str
    label: str
    kind: Kind
    group: Group
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    slider: tuple[float, float] | None = None
    start: Any = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> tuple[float, float] | None:
        """What a slider spans: (low, high), or None where a slider makes no sense."""
        if self.slider is not None:
            return self.slider
        return None if self.low is None or self.high is None else (self.low, self.high)


TOOL_NAME = r"[a-zA-Z0-9_-]{1,64}"
"""What a tool may be called: OpenAI's rule, held by the page, by local models and by the reader of Python functions.
Another endpoint may take more, so that a request with other names is passed on to it."""
SAMPLE_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city now.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

PARAMS: tuple[Param, ...] = (
    Param("temperature", "Temperature", "float", "Sampling", "0 picks the likeliest token every time; higher is more varied.",
          low=0, high=2, step=0.01, start=0.7),
    Param("top_p", "Top P", "float", "Sampling", "Sample from the likeliest tokens that together reach this probability.",
          low=0, high=1, step=0.01, start=0.95),
    Param("top_k", "Top K", "int", "Sampling", "Sample from this many likeliest tokens; 0 is no limit. Not every API takes it.",
          low=-1, step=1, slider=(0, 200), start=50),
    Param("min_p", "Min P", "float", "Sampling", "Leave out tokens less likely than this share of the likeliest one.",
          low=0, high=1, step=0.01, start=0.05),
    Param("seed", "Seed", "int", "Sampling", "The same seed and settings give the same answer, where the backend can.",
          step=1, start=0),
    Param("max_tokens", "Max tokens", "int", "Length", "The answer ends after this many tokens, finished or not.",
          low=1, step=1, slider=(1, 4096), start=512),
    Param("max_completion_tokens", "Max completion tokens", "int", "Length",
          "OpenAI's newer name for max tokens; it counts reasoning too.", low=1, step=1, slider=(1, 16384), start=1024),
    Param("stop", "Stop", "strings", "Length", "The answer ends before any of these texts. Up to four, most APIs say.", start=("\n\n",)),
    Param("n", "Answers (n)", "int", "Length", "How many answers to one prompt.", low=1, high=128, step=1, slider=(1, 8), start=2),
    Param("frequency_penalty", "Frequency penalty", "float", "Penalties", "Lowers a token's chance each time it has been used.",
          low=-2, high=2, step=0.01, start=0.5),
    Param("presence_penalty", "Presence penalty", "float", "Penalties", "Lowers a token's chance once it has been used at all.",
          low=-2, high=2, step=0.01, start=0.5),
    Param("repetition_penalty", "Repetition penalty", "float", "Penalties",
          "Divides the score of tokens seen before, prompt included; 1 is off. Not every API takes it.",
          low=0.01, high=10, step=0.01, slider=(0.8, 2), start=1.1),
    Param("logit_bias", "Logit bias", "object", "Penalties", 'Token id to bias, -100 to 100, as JSON: {"50256": -100}.', start={}),
    Param("logprobs", "Log probabilities", "bool", "Output", "Return the log probability of every token of the answer.", start=True),
    Param("top_logprobs", "Top log probabilities", "int", "Output", "Also return this many alternatives at each token; needs log probabilities on.",
          low=0, high=20, step=1, start=5),
    Param("response_format", "Response format", "object", "Output", "JSON that the answer must follow, such as a JSON schema.",
          start={"type": "json_object"}),
    Param("reasoning_effort", "Reasoning effort", "text", "Output", "How long a reasoning model may think.",
          choices=("none", "minimal", "low", "medium", "high", "xhigh"), start="medium"),
    Param("tools", "Tools", "array", "Tools", "Functions that the model may call, as a JSON array.", start=()),
    Param("tool_choice", "Tool choice", "json", "Tools", "auto, none, required, or one function by name.", start="auto"),
    Param("parallel_tool_calls", "Parallel tool calls", "bool", "Tools", "Whether several calls may come in one answer.", start=False),
)  # fmt: skip
BY_NAME: dict[str, Param] = {param.name: param for param in PARAMS}


def check(param: Param, value: Any) -> Any:
    """The value, frozen, if it fits its row; None (an explicit null) always does.

    Raises ValueError that says what would fit. Numbers keep their type: 1 stays 1, 1.0 stays 1.0.
    """
    if value is None:
        return None
    return freeze((_CHECKS.get(param.name) or _KINDS[param.kind])(param, value))


def _number(param: Param, value: Any) -> Any:
    whole = param.kind == "int"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ValueError("must be a whole number" if whole else "must be a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    if (param.low is not None and value < param.low) or (param.high is not None and value > param.high):
        raise ValueError(f"must be {bounds(param)}, not {value!s:.40}")
    return value


def bounds(param: Param) -> str:
    if param.low is None:
        return f"at most {param.high:g}"
    return f"at least {param.low:g}" if param.high is None else f"from {param.low:g} to {param.high:g}"


def _bool(param: Param, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(param: Param, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _strings(param: Param, value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) and text for text in texts):
        raise ValueError("must be a text or a list of texts, none of them empty")
    return value


def _object(param: Param, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("must be a JSON object")
    return value


def _typed(param: Param, value: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ValueError('must be an object with a type, such as {"type": "json_object"}')
    return value


def _bias(param: Param, value: Any) -> Any:
    for token, bias in _object(param, value).items():
        if not (isinstance(token, str) and token.isascii() and token.isdigit()):
            raise ValueError(f"{token!r} is not a token id; ids are whole numbers")
        if isinstance(bias, bool) or not isinstance(bias, (int, float)) or not -100 <= bias <= 100:
            raise ValueError(f"the bias of token {token} must be a number from -100 to 100")
    return value


def _tools(param: Param, value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise ValueError("must be an array of tools")
    for index, item in enumerate(value):
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or item.get("type") != "function":
            raise ValueError(f'item {index} must be {{"type": "function", "function": {{...}}}}')
        if not isinstance(function.get("name"), str) or not function["name"]:
            raise ValueError(f"the function of item {index} needs a name")
        parameters = function.get("parameters")
        if parameters is not None and not isinstance(parameters, dict):
            raise ValueError(f"the parameters of {function['name']} must be a JSON schema object")
    return value


def _tool_choice(param: Param, value: Any) -> Any:
    if value in ("none", "auto", "required"):
        return value
    function = value.get("function") if isinstance(value, dict) and value.get("type") == "function" else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise ValueError('must be none, auto, required or {"type": "function", "function": {"name": ...}}')
    return value


_KINDS: dict[Kind, Callable[[Param, Any], Any]] = {
    "int": _number, "float": _number, "bool": _bool, "text": _text, "strings": _strings, "object": _object,
}  # fmt: skip
_CHECKS: dict[str, Callable[[Param, Any], Any]] = {
    "logit_bias": _bias, "response_format": _typed, "tools": _tools, "tool_choice": _tool_choice,
}  # fmt: skip


def _field(param: Param) -> Any:
    return Annotated[Any, BeforeValidator(partial(check, param)), PlainSerializer(thaw)]


class _Params(WireValue):
    """Its rules about several parameters begin with the name of the one at fault."""

    @model_validator(mode="after")
    def _together(self) -> Self:
        given = self.given()
        if given.get("top_logprobs") is not None and not given.get("logprobs"):
            raise ValueError("top_logprobs needs logprobs to be true")
        return self


if TYPE_CHECKING:

    class Params(_Params):
        """The parameters of a request. Read one as an attribute: None means that the default holds."""

        def __init__(self, **values: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

else:
    Params = create_model(
        "Params", __base__=_Params, __module__=__name__, **{param.name: (_field(param), None) for param in PARAMS}
    )
