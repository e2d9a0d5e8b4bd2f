"""What a request leaves to the model, as comments that become code when their sign is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..jsonvalue import thaw
from ..params import Param, bounds

HEAD = "Not sent, the model's own values hold:"
_LONGEST = 60


def hints(unset: Iterable[Param], form: str, literal: Callable[[Any], str], sign: str) -> Iterator[str]:
    """One line a parameter, after a heading: `form` takes its `name` and `value`; `sign` begins a comment."""
    for index, param in enumerate(unset):
        if index == 0:
            yield HEAD
        value = literal(thaw(param.start))
        if len(value) > _LONGEST or "\n" in value:
            value = "..."
        yield form.format(name=param.name, value=value) + (f"{sign} {_range(param)}" if _range(param) else "")


def _range(param: Param) -> str:
    bounded = param.low is not None or param.high is not None
    return ", ".join(param.choices) or (bounds(param) if bounded else "")
