"""JavaScript programs as the chat-completion requests that they would make. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .found import Found
from .grammar import Deadline, parsed
from .javascript_calls import TITLE, Calls
from .javascript_values import FUNCTIONS, Function, Values, line_of
from .scope import Scope
from .values import Hole, Mixed, as_hole, joined

if TYPE_CHECKING:
    from tree_sitter import Node

_DECLARATIONS = ("lexical_declaration", "variable_declaration")
_PERHAPS = ("if_statement", "while_statement", "do_statement", "switch_statement", "for_statement", "catch_clause")


def read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """The requests of a program, in their order; none where it makes none.

    Raises BadRequest where the text is no JavaScript, or none of its requests can be read.
    """
    source, root = parsed(text, "javascript", deadline)
    program = _Program(Values(source))
    program.run(root, deadline)
    return program.calls.findings.all(TITLE)


class _Program:
    """Reads statements in the order in which they would run; functions when all else is known."""

    def __init__(self, values: Values) -> None:
        self.calls = Calls(values)
        self._values = values
        self._functions: list[Function] = []

    def run(self, root: Node, deadline: Deadline) -> None:
        scope = Scope(deadline)
        self._block(root.named_children, scope)
        for function in self._functions:  # it grows by the functions inside of functions
            inner = function.scope.inner()
            self._bind_parameters(function.node, inner)
            body = function.node.child_by_field_name("body")
            if body is not None:
                self._statement(body, inner)

    def _block(self, nodes: Iterable[Node], scope: Scope) -> None:
        for node in nodes:
            scope.deadline.check()
            self._statement(node, scope)

    def _statement(self, node: Node, scope: Scope) -> None:
        kind = node.type
        if kind in FUNCTIONS:
            self._functions.append(Function(node, scope))
        elif kind in _DECLARATIONS:
            for declarator in node.named_children:
                self._declare(declarator, scope)
        elif kind == "for_in_statement":
            target = node.child_by_field_name("left")
            right = node.child_by_field_name("right")
            if right is not None:
                self._expression(right, scope)
            if target is not None:
                self._bind(target, None, scope)
            self._perhaps([child for child in node.named_children if child not in (target, right)], scope, node)
        elif kind in _PERHAPS:
            self._perhaps(node.named_children, scope, node)
        elif kind.endswith(("_statement", "_block", "_clause", "_declaration", "class_body")):
            self._block(node.named_children, scope)
        elif kind != "comment":
            self._expression(node, scope)

    def _perhaps(self, nodes: Iterable[Node], scope: Scope, at: Node) -> None:
        with scope.perhaps(line_of(at)):
            self._block(nodes, scope)

    def _declare(self, node: Node, scope: Scope) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            self._bind(name, self._expression(value, scope), scope)

    def _expression(self, node: Node, scope: Scope) -> Any:
        """An expression's value, once the requests in it have been noted and its changes made."""
        noted = False
        for inner in self._parts(node, scope):
            if inner.type == "call_expression":
                is_request = self.calls.note(inner, scope)
                noted = noted or is_request
                if not is_request:
                    self._change(inner, scope)
            elif inner.type == "assignment_expression":
                self._assign(inner, scope)
            elif inner.type == "augmented_assignment_expression":
                self._add(inner, scope)
        if noted or "assignment" in node.type:
            return Hole(line_of(node), "the answer of a request")
        value = self._values.evaluate(node, scope)
        self.calls.findings.hold(value)
        return value

    def _parts(self, node: Node, scope: Scope) -> Iterator[Node]:
        """An expression and all in it, in order; the functions in it are put off."""
        ahead = [node]
        while ahead:
            scope.deadline.check()
            part = ahead.pop()
            if part.type in FUNCTIONS:
                self._functions.append(Function(part, scope))
            else:
                yield part
                if part.type not in _LEAVES:
                    ahead.extend(reversed(part.named_children))

    # --- names -----------------------------------------------------------------------------------

    def _bind(self, target: Node, value: Any, scope: Scope, *, declare: bool = True) -> None:
        """Give a name or a pattern its value; None stands for one that the text does not tell."""
        kind, path = target.type, self._values.dotted(target)
        if kind == "shorthand_property_identifier_pattern":
            path = self._values.text(target)
        if path:
            known = Hole(line_of(target), f"{path:.60}") if value is None and kind != "null" else value
            if declare and "." not in path:
                scope[path] = known
            else:
                scope.assign(path, known)
        elif kind == "object_pattern":
            self._bind_fields(target, value if isinstance(value, dict) else {}, scope)
        elif kind in ("array_pattern", "assignment_pattern", "rest_pattern"):
            for child in target.named_children[: 1 if kind == "assignment_pattern" else None]:
                self._bind(child, None, scope)

    def _bind_fields(self, pattern: Node, value: dict[Any, Any], scope: Scope) -> None:
        for child in pattern.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                self._bind(child, value.get(self._values.text(child)), scope)
            elif child.type == "pair_pattern":
                key, inner = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and inner is not None:
                    self._bind(inner, value.get(self._values.text(key)), scope)
            else:
                self._bind(child, None, scope)

    def _bind_parameters(self, function: Node, scope: Scope) -> None:
        single, several = function.child_by_field_name("parameter"), function.child_by_field_name("parameters")
        for parameter in [single] if single is not None else several.named_children if several is not None else []:
            if parameter.type == "assignment_pattern":
                left, right = parameter.child_by_field_name("left"), parameter.child_by_field_name("right")
                if left is not None and right is not None:
                    self._bind(left, self._values.evaluate(right, scope), scope)
            else:
                self._bind(parameter, None, scope)

    # --- changes ---------------------------------------------------------------------------------

    def _assign(self, node: Node, scope: Scope) -> None:
        target, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if target is None or right is None:
            return
        value = self._values.evaluate(right, scope)
        base, key = self._place(target, scope)
        if isinstance(base, dict) and isinstance(key, str):
            scope.put(base, key, value)
        elif isinstance(base, (dict, list)):
            _spoil(base, target, scope)
        else:
            self._bind(target, value, scope, declare=False)

    def _place(self, target: Node, scope: Scope) -> tuple[Any, Any]:
        """The object and the key of `a.b` or `a["b"]`."""
        inner = target.child_by_field_name("object")
        index, field = target.child_by_field_name("index"), target.child_by_field_name("property")
        if inner is None:
            return None, None
        key = self._values.evaluate(index, scope) if index is not None else self._values.text(field) if field else None
        return self._values.evaluate(inner, scope), key

    def _add(self, node: Node, scope: Scope) -> None:
        target, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        path = self._values.dotted(target)
        if target is None or right is None or not path:
            return
        before, value = scope.get(path), self._values.evaluate(right, scope)
        plus = "+=" in (self._values.text(child) for child in node.children if not child.is_named)
        if plus and isinstance(before, (str, Mixed)) and isinstance(value, (str, Mixed)):
            self._bind(target, joined((before, value)), scope, declare=False)
        else:
            self._bind(target, None, scope, declare=False)

    def _change(self, call: Node, scope: Scope) -> None:
        """What a method changes in place: `messages.push(...)`."""
        function = call.child_by_field_name("function")
        field = None if function is None else function.child_by_field_name("property")
        if function is None or field is None:
            return
        name = self._values.text(field)
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


_CHANGES = frozenset({"push", "unshift", "pop", "shift", "splice", "sort", "reverse", "fill"})
_LEAVES = frozenset({"string", "number", "identifier", "property_identifier", "regex", "comment"})


def _spoil(target: dict[Any, Any] | list[Any], node: Node, scope: Scope) -> None:
    hole = as_hole(Hole(line_of(node), "a change of one item"))
    assert hole is not None
    if isinstance(target, list):
        scope.extend(target, [hole])
    else:
        scope.put(target, hole, True)
