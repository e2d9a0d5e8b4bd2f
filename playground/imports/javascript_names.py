"""What a JavaScript program's statements give to names: declarations, parameters, and changes in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .javascript_results import variable
from .javascript_source import Source, bare, called_of, line_of
from .javascript_values import ENVIRONMENTS, Values
from .scope import Scope
from .values import ABSENT, UNTOLD, Hole, Mixed, joined

if TYPE_CHECKING:
    from tree_sitter import Node

_CHANGES = frozenset({"push", "unshift", "pop", "shift", "splice", "sort", "reverse", "fill"})
_WITH_DEFAULT = ("assignment_pattern", "object_assignment_pattern")


class Names:
    """Binds and changes the names of one program."""

    def __init__(self, source: Source, values: Values) -> None:
        self._source = source
        self._values = values

    def bind(self, target: Node, value: Any, scope: Scope, *, declare: bool = True) -> None:
        """Give a name, or the names of a pattern, a value; it may be UNTOLD."""
        kind = target.type
        if kind in _WITH_DEFAULT:
            self._bind_default(target, value, scope)
        elif kind == "object_pattern":
            self._bind_fields(target, value, scope)
        elif kind in ("array_pattern", "rest_pattern"):
            for child in target.named_children:
                self.bind(child, UNTOLD, scope)
        else:
            shorthand = kind == "shorthand_property_identifier_pattern"
            self._name(
                self._source.text(target) if shorthand else self._source.dotted(target), target, value, scope, declare
            )

    def _name(self, path: str, target: Node, value: Any, scope: Scope, declare: bool) -> None:
        known = Hole(line_of(target), f"{path:.60}") if value is UNTOLD else value
        if path and declare and "." not in path:
            scope[path] = known
        elif path:
            scope.assign(path, known)

    def _bind_default(self, target: Node, value: Any, scope: Scope) -> None:
        left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
        if left is not None and right is not None:
            self.bind(left, self._values.evaluate(right, scope) if value is ABSENT else value, scope)

    def _bind_fields(self, pattern: Node, value: Any, scope: Scope) -> None:
        for child in pattern.named_children:
            key, inner = _field(child)
            field = UNTOLD if key is None else self._field_of(value, self._source.text(key), line_of(child))
            self.bind(inner, field, scope)

    def _field_of(self, value: Any, name: str, line: int) -> Any:
        if isinstance(value, Hole) and value.said in ENVIRONMENTS:
            return variable(line, name)
        if not isinstance(value, dict):
            return UNTOLD
        return value.get(name, ABSENT if all(isinstance(key, str) for key in value) else UNTOLD)

    def bind_parameters(self, function: Node, given: list[Any] | None, scope: Scope) -> None:
        """The parameters of a function, with what a call gives them; None where no call is known."""
        single, several = function.child_by_field_name("parameter"), function.child_by_field_name("parameters")
        named = several.named_children if several is not None else []
        parameters = [single] if single is not None else [node for node in named if node.type != "comment"]
        for index, parameter in enumerate(parameters):
            pattern = parameter.child_by_field_name("pattern") or parameter
            default = parameter.child_by_field_name("value")
            if pattern.type == "rest_pattern" and given is not None and pattern.named_children:
                self.bind(pattern.named_children[0], given[index:], scope)
                continue
            value = UNTOLD if given is None else given[index] if index < len(given) else ABSENT
            if default is not None and value in (UNTOLD, ABSENT):
                value = self._values.evaluate(default, scope)
            self.bind(pattern, value, scope)

    # --- changes ---------------------------------------------------------------------------------

    def assign(self, node: Node, scope: Scope) -> None:
        """`a = 1`, `a.b = 1`, `a["b"] = 1`."""
        target, right = bare(node.child_by_field_name("left")), node.child_by_field_name("right")
        if target is None or right is None:
            return
        value = self._values.evaluate(right, scope)
        base, key = self._place(target, scope)
        if isinstance(base, dict) and isinstance(key, str):
            scope.put(base, key, value)
        elif isinstance(base, (dict, list)):
            _spoil(base, target, scope)
        else:
            self.bind(target, value, scope, declare=False)

    def _place(self, target: Node, scope: Scope) -> tuple[Any, Any]:
        """The object and the key of `a.b` or `a["b"]`."""
        inner = target.child_by_field_name("object")
        index, field = target.child_by_field_name("index"), target.child_by_field_name("property")
        if inner is None:
            return None, None
        key = self._values.evaluate(index, scope) if index is not None else self._source.text(field) if field else None
        return self._values.evaluate(inner, scope), key

    def add(self, node: Node, scope: Scope) -> None:
        """`a += "b"`, and whatever else changes a name by its value."""
        target, right = bare(node.child_by_field_name("left")), node.child_by_field_name("right")
        path = self._source.dotted(target)
        if target is None or right is None or not path:
            return
        before, value = scope.get(path), self._values.evaluate(right, scope)
        plus = "+=" in (self._source.text(child) for child in node.children if not child.is_named)
        if plus and isinstance(before, (str, Mixed)) and isinstance(value, (str, Mixed)):
            self.bind(target, joined((before, value)), scope, declare=False)
        else:
            self.bind(target, UNTOLD, scope, declare=False)

    def change(self, call: Node, scope: Scope) -> None:
        """What a method changes in place: `messages.push(...)`."""
        function = called_of(call)
        field = None if function is None else function.child_by_field_name("property")
        if function is None or field is None:
            return
        name = self._source.text(field)
        base, _ = self._place(function, scope) if name in _CHANGES else (None, None)
        if not isinstance(base, list):
            return
        given = self._values.arguments(call, scope)
        if name == "push":
            scope.extend(base, given)
        elif name == "unshift":
            base[:0] = given
        else:
            _spoil(base, call, scope)


def _field(child: Node) -> tuple[Node | None, Node]:
    """The name of a field in an object pattern, None for the rest of the fields; and what its value is given to."""
    if child.type == "pair_pattern":
        return child.child_by_field_name("key"), child.child_by_field_name("value") or child
    if child.type == "object_assignment_pattern":
        return child.child_by_field_name("left"), child
    return (None if child.type == "rest_pattern" else child), child


def _spoil(target: dict[Any, Any] | list[Any], node: Node, scope: Scope) -> None:
    hole = Hole(line_of(node), "a change of one item")
    if isinstance(target, list):
        scope.extend(target, [hole])
    else:
        scope.put(target, hole, True)
