"""The base of every domain value: frozen, exact, equal by content."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, model_validator


class Value(BaseModel):
    """A frozen value that remembers which fields were given, and in which order.

    A field that was given as `None` (an explicit JSON null) and one that was not given both read as
    `None`, but they are different values: `given()` tells them apart, and so does equality. The order
    of the fields is kept for the wire and does not count in a comparison.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_inf_nan="constants")

    @model_validator(mode="wrap")
    @classmethod
    def _keep_order(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        made = handler(data)
        if isinstance(data, dict):
            fields = made.__dict__
            given = {name: fields[name] for name in data if name in fields}
            object.__setattr__(made, "__dict__", given | fields)
        return made

    def given(self) -> dict[str, Any]:
        """The fields that were given, in order, as they are held (not dumped)."""
        return {name: value for name, value in self.__dict__.items() if name in self.model_fields_set}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(self) is not type(other):
            return NotImplemented
        return self.given() == other.given()

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self.given().items())))
