"""Names and what they stand for, while a program's statements are read one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .grammar import Deadline
from .values import Hole, too_large

_MOST_ITEMS = 200_000


@dataclass
class _Changes:
    """What the statements that are read now have changed: names, by their scopes, and lists and objects in place."""

    names: list[tuple[Scope, str]] = field(default_factory=list)
    inner: list[Any] = field(default_factory=list)


class Scope:
    """The names of a program or of one of its functions; lists and objects are shared and change in place."""

    def __init__(self, deadline: Deadline, outer: Scope | None = None) -> None:
        self.deadline = deadline
        self._outer = outer
        self._names: dict[str, Any] = {}
        self._changes: list[_Changes] = outer._changes if outer else [_Changes()]  # one for all scopes of a program

    def inner(self) -> Scope:
        """The scope of a function that stands in this one."""
        return Scope(self.deadline, self)

    def __contains__(self, name: str) -> bool:
        return name in self._names or (self._outer is not None and name in self._outer)

    def __getitem__(self, name: str) -> Any:
        return self._names[name] if name in self._names or self._outer is None else self._outer[name]

    def get(self, name: str) -> Any:
        """What a name stands for, None for an unknown one."""
        if name in self._names or self._outer is None:
            return self._names.get(name)
        return self._outer.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._names[name] = value
        self._changes[-1].names.append((self, name))

    def assign(self, name: str, value: Any) -> None:
        """Give a name another value where it was declared; `self.client` belongs to the whole program."""
        here: Scope = self
        while name not in here._names and here._outer is not None and (name in here._outer or "." in name):
            here = here._outer
        here[name] = value

    # --- what a method changes in place ----------------------------------------------------------

    def extend(self, target: list[Any], items: list[Any]) -> None:
        if len(target) + len(items) > _MOST_ITEMS:
            raise too_large()
        target.extend(items)
        self._changes[-1].inner.append(target)

    def put(self, target: dict[Any, Any], key: Any, value: Any) -> None:
        target[key] = value
        self._changes[-1].inner.append(target)

    @contextmanager
    def perhaps(self, line: int) -> Iterator[None]:
        """Statements that may run or not: after them, what they change is not known any more, wherever it stands."""
        self._changes.append(_Changes())
        yield
        changes = self._changes.pop()
        for scope, name in changes.names:
            scope._names[name] = Hole(line, f"{name:.60} (which depends on the code from line {line} on)")
        for target in changes.inner:
            hole = Hole(line, f"what the code from line {line} on adds")
            if isinstance(target, dict):
                target[hole] = True
            elif not target or target[-1] != hole:
                target.append(hole)
