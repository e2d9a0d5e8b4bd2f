"""What a request asks of a local model, read from its parameters and checked before anything runs.

Pure, and free of torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import BadRequest, Unsupported
from ...jsonvalue import thaw
from ...params import Params
from ...request import ChatRequest
from .constraints import EXTRA, Constraint, read_constraint
from .tools import ToolUse, read_tools

MAX_STOPS = 4
VARIABLES = "chat_template_kwargs"
EFFORT = "reasoning_effort"
TAKEN = frozenset({
    "add_generation_prompt", "chat_template", "continue_final_message", "conversation", "documents", "messages",
    "max_length", "padding", "processor_kwargs", "return_assistant_tokens_mask", "return_dict", "return_tensors",
    "tokenize", "tokenizer_kwargs", "tools", "truncation",
})  # fmt: skip


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen from the model's scores.

    `temperature` 0 is greedy. `top_k` below 1, `top_p` 1, `min_p` 0, `repetition_penalty` 1 and the other
    penalties 0 are off. `logit_bias` pairs a token id with what is added to its score; -100 bans it.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Settings:
    """A request's parameters for a local model; None in `sampling_given` never occurs.

    `constraint` is what each answer must be, `variables` are for the chat template. `sampling_given` holds what the
    request gives of Sampling, by field; the model's own defaults fill the rest (`sampling`). `top_logprobs` is None when
    no log probabilities are wanted. `tools` are what each answer may call.
    """

    sampling_given: tuple[tuple[str, Any], ...]
    max_tokens: int | None
    stops: tuple[str, ...]
    n: int
    seed: int | None
    top_logprobs: int | None
    constraint: Constraint | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    tools: ToolUse | None = None

    def sampling(self, defaults: dict[str, Any]) -> Sampling:
        """The whole sampling: what the request gives, over the model's defaults, over Sampling's."""
        known = {name: value for name, value in defaults.items() if name in _SAMPLING and value is not None}
        return Sampling(**(known | dict(self.sampling_given)))


_SAMPLING = (
    "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "frequency_penalty", "presence_penalty",
)  # fmt: skip


def read_settings(request: ChatRequest) -> Settings:
    """The request's settings. Raises Unsupported for a field that is not honoured, BadRequest for a bad one."""
    params = request.params
    _refuse(request)
    return Settings(
        sampling_given=_sampling_given(params),
        max_tokens=_max_tokens(params),
        stops=_stops(params),
        n=1 if params.n is None else params.n,
        seed=params.seed,
        top_logprobs=(params.top_logprobs or 0) if params.logprobs else None,
        constraint=read_constraint(request),
        variables=_variables(request),
        tools=read_tools(request),
    )


def _refuse(request: ChatRequest) -> None:
    for name in sorted(request.extra.keys() - {EXTRA, VARIABLES}):
        raise Unsupported(
            f"The extra field {name} is not honoured here: local models take {EXTRA} and {VARIABLES} only.",
            param=name,
            advice="Remove the extra field, or choose an endpoint that knows it.",
        )


def _variables(request: ChatRequest) -> dict[str, Any]:
    """Names and values for the chat template: those given, and the effort."""
    given = request.extra.get(VARIABLES)
    given = {} if given is None else given
    if not isinstance(given, dict) or any(name in TAKEN for name in given):
        raise BadRequest(
            f"{VARIABLES} must be an object; its names can't be {', '.join(sorted(TAKEN))}.", param=VARIABLES
        )
    effort = request.params.reasoning_effort
    variables: dict[str, Any] = thaw(given)
    return variables | ({} if effort is None else {EFFORT: effort})


def _sampling_given(params: Params) -> tuple[tuple[str, Any], ...]:
    given = [(name, getattr(params, name)) for name in _SAMPLING]
    bias = tuple((int(token), float(value)) for token, value in (params.logit_bias or {}).items())
    return (*((name, value) for name, value in given if value is not None), ("logit_bias", bias))


def _max_tokens(params: Params) -> int | None:
    old, new = params.max_tokens, params.max_completion_tokens
    if old is not None and new is not None and old != new:
        raise BadRequest(
            f"max_tokens ({old}) and max_completion_tokens ({new}) are two names of one limit and differ.",
            param="max_tokens",
            advice="Give one of them.",
        )
    limit: int | None = new if old is None else old
    return limit


def _stops(params: Params) -> tuple[str, ...]:
    stops = (params.stop,) if isinstance(params.stop, str) else tuple(params.stop or ())
    if len(stops) > MAX_STOPS:
        raise BadRequest(f"stop has {len(stops)} texts; at most {MAX_STOPS} are taken.", param="stop")
    return stops


def seed_of(seed: int | None, choice: int) -> int | None:
    """The seed of answer number `choice`: each answer of one request draws differently, and repeatably.

    Answer 0 has the request's own seed; the others are mixed, so that they are no other request's answer 0.
    """
    if seed is None or choice == 0:
        return None if seed is None else seed % 2**63
    mixed = hashlib.blake2b(f"{seed}:{choice}".encode(), digest_size=8)
    return int.from_bytes(mixed.digest(), "big") % 2**63
