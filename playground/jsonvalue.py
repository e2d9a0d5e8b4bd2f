"""JSON values as immutable content: key order, large integers, floats and nulls kept exactly.

Schemas, tools and provider fields travel through the app as they were typed. `freeze` makes such a
value immutable and hashable, so that a frozen model can hold it; `thaw` gives plain JSON types back.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from pydantic import BeforeValidator, PlainSerializer

MAX_DEPTH = 100
"""How deep arrays and objects may be nested: every walk over a value is recursive."""


class JsonObject(dict[str, Any]):
    """A JSON object that cannot be changed. Compares equal to a dict with the same content."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a JsonObject cannot be changed; thaw() it to get a dict of your own")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> JsonObject:
        return self

    def __deepcopy__(self, memo: object) -> JsonObject:
        return self

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        return JsonObject, (dict(self),)


def freeze(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The same JSON value, immutable: objects become JsonObject, arrays tuples.

    Raises ValueError for what JSON cannot carry (other types, keys that are not strings, NaN, infinity), and for
    a value nested more than `depth` deep.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("NaN and infinity are not JSON")
        return value
    if depth == 0:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("the keys of a JSON object must be strings")
        return JsonObject({key: freeze(item, depth - 1) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item, depth - 1) for item in value)
    raise ValueError(f"{type(value).__name__} is not a JSON value")


def thaw(value: Any) -> Any:
    """The same JSON value as plain dicts and lists, the caller's to change."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [thaw(item) for item in value]
    return value


def same(left: Any, right: Any) -> bool:
    """Whether two frozen values are the same JSON: 1, 1.0 and true are three values; key order does not count."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return repr(left) == repr(right)  # tells 0.0 from -0.0
    return bool(left == right)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """JSON text with every character readable; a lone surrogate is escaped, so it encodes to UTF-8."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent, allow_nan=False)
    return text


def loads(text: str | bytes) -> Any:
    """Parse JSON strictly. Raises ValueError, also for NaN, infinity, a number too large to hold, a key given twice."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def _object(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError("must be a JSON object")
    return freeze(value)


FrozenJson = Annotated[Any, BeforeValidator(freeze), PlainSerializer(thaw)]
FrozenObject = Annotated[Any, BeforeValidator(_object), PlainSerializer(thaw)]
