"""Hypothesis strategies: any JSON value, and any payload that our codec promises to carry."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from playground.params import PARAMS, Param
from playground.request import RESERVED

texts = st.text(max_size=12)
words = st.text(min_size=1, max_size=12)
whole = st.integers(-(2**70), 2**70)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | whole | floats | texts


def shuffled(objects: SearchStrategy[dict[str, Any]]) -> SearchStrategy[dict[str, Any]]:
    """The same objects with their keys in any order."""
    return objects.flatmap(lambda found: st.permutations(list(found.items()))).map(dict)


def record(required: dict[str, Any], **optional: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Objects of these fields, in any order; a plain value stands for itself, an optional field may be absent."""
    fixed = {k: v if isinstance(v, SearchStrategy) else st.just(v) for k, v in required.items()}
    return shuffled(st.fixed_dictionaries(fixed, optional=optional))


json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | shuffled(st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
json_objects = shuffled(st.dictionaries(texts, json_values, max_size=4))


def maybe(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


# --- messages ------------------------------------------------------------------------------------

urls = st.sampled_from(["https://example.com/a.png", "http://h/b", "data:image/png;base64,iVBORw0KGgo="])
text_parts = record({"type": "text", "text": texts})
image_parts = record(
    {
        "type": "image_url",
        "image_url": record({"url": urls}, detail=maybe(st.sampled_from(["auto", "low", "high"]))),
    }
)
text_content = texts | st.lists(text_parts, min_size=1, max_size=3)
tool_calls = record(
    {"id": texts, "function": record({"name": texts, "arguments": texts | st.just('{"city": "Paris"}')})},
    type=st.just("function"),
)
# Fields of an assistant's answer that other roles may only carry as null.
_ANSWERED = {
    "reasoning_content": maybe(texts),
    "reasoning": maybe(texts),
    "tool_calls": maybe(st.lists(tool_calls, min_size=1, max_size=2)),
}
_ECHOED = {
    "refusal": maybe(texts),
    "annotations": json_values,
    "audio": json_values,
    "function_call": json_values,
    "name": maybe(words),
}
_NULLS = dict.fromkeys(_ANSWERED, st.none())

messages = st.one_of(
    record({"role": st.sampled_from(["system", "developer"]), "content": text_content}, **_ECHOED, **_NULLS),
    record(
        {"role": "user", "content": texts | st.lists(text_parts | image_parts, min_size=1, max_size=3)},
        **_ECHOED,
        **_NULLS,
        tool_call_id=st.none(),
    ),
    record({"role": "assistant", "content": text_content}, **_ANSWERED, **_ECHOED),
    record(
        {"role": "assistant", "tool_calls": st.lists(tool_calls, min_size=1, max_size=2)}, content=st.none(), **_ECHOED
    ),
    record({"role": "assistant", "reasoning_content": words}, content=st.none(), reasoning=maybe(texts)),
    record({"role": "tool", "tool_call_id": texts, "content": text_content}, name=maybe(words), **_NULLS),
)

# --- parameters ----------------------------------------------------------------------------------

_bounded_name = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
_special: dict[str, SearchStrategy[Any]] = {
    "logit_bias": st.dictionaries(
        st.integers(0, 10**9).map(str), st.integers(-100, 100) | st.floats(-100, 100), max_size=3
    ),
    "response_format": record(
        {"type": st.sampled_from(["text", "json_object", "json_schema", "regex"])},
        json_schema=json_objects,
        value=json_values,
    ),
    "tools": st.lists(
        record(
            {
                "type": "function",
                "function": record(
                    {"name": _bounded_name}, description=texts, parameters=json_objects, strict=maybe(st.booleans())
                ),
            }
        ),
        max_size=2,
    ),
    "tool_choice": st.sampled_from(["none", "auto", "required"])
    | record({"type": "function", "function": record({"name": _bounded_name})}),
}


def values_of(param: Param) -> SearchStrategy[Any]:
    """Every value that a parameter's row allows, null aside."""
    if param.name in _special:
        return _special[param.name]
    if param.kind in ("int", "float"):
        integers = st.integers(
            -(2**70) if param.low is None else math.ceil(param.low),
            2**70 if param.high is None else math.floor(param.high),
        )
        return integers if param.kind == "int" else integers | st.floats(param.low, param.high)
    if param.kind == "bool":
        return st.booleans()
    return words if param.kind == "text" else words | st.lists(words, max_size=4)


def _allow_top_logprobs(payload: dict[str, Any]) -> dict[str, Any]:
    wants = payload.get("top_logprobs") is not None
    return {**payload, "logprobs": True} if wants and not payload.get("logprobs") else payload


stream_options = record({}, include_usage=maybe(st.booleans()), include_obfuscation=maybe(st.booleans()))
_known = st.fixed_dictionaries(
    {"model": words, "messages": st.lists(messages, min_size=1, max_size=4)},
    optional={
        **{param.name: maybe(values_of(param)) for param in PARAMS},
        "stream": maybe(st.booleans()),
        "stream_options": maybe(stream_options),
    },
)
_extra = st.dictionaries(
    (
        texts | st.sampled_from(["user", "metadata", "chat_template_kwargs", "order", "params", "extra", "endpoint"])
    ).filter(lambda key: key not in RESERVED),
    json_values,
    max_size=2,
)
payloads = shuffled(st.builds(lambda known, extra: {**known, **extra}, _known, _extra).map(_allow_top_logprobs))
