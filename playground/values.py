"""The bases of every domain value: frozen, exact, equal by content."""

from __future__ import annotations

from operator import eq
from typing import Any

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, model_validator

from .jsonvalue import same


class Value(BaseModel):
    """A frozen value, equal by content: 1, 1.0 and true are three contents, the order of keys is none.

    It remembers which fields were given, and in which order. To store one, use `wire.requests.plain` or
    `model_dump(exclude_unset=True)`: a full dump gives every field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_inf_nan="constants")

    @model_validator(mode="wrap")
    @classmethod
    def _keep_order(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        made = handler(data)
        if isinstance(data, dict):
            fields = made.__dict__
            if all(map(eq, data, fields)):
                return made
            given = {name: fields[name] for name in data if name in fields}
            object.__setattr__(made, "__dict__", given | fields)
        return made

    def given(self) -> dict[str, Any]:
        """The fields that were given, in order, as they are held (not dumped)."""
        return {name: value for name, value in self.__dict__.items() if name in self.model_fields_set}

    def _content(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in type(self).model_fields}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(self) is not type(other):
            return NotImplemented
        mine, theirs = self._content(), other._content()
        return mine.keys() == theirs.keys() and all(same(value, theirs[name]) for name, value in mine.items())

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self._content().items())))


class WireValue(Value):
    """A value that stands on the wire as it is: what was not given is not sent.

    A field that was given as `None` (an explicit JSON null) and one that was not given both read as `None`,
    but they are different contents.
    """

    def _content(self) -> dict[str, Any]:
        return self.given()
