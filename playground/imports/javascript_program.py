"""JavaScript and TypeScript programs as the chat-completion requests that they would make. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .found import Found
from .grammar import Deadline
from .javascript_calls import TITLE, Calls
from .javascript_names import Names
from .javascript_source import FUNCTIONS, Function, Source, called_of, line_of, tree
from .javascript_values import Values
from .scope import Scope
from .values import UNTOLD, Hole, Made

if TYPE_CHECKING:
    from tree_sitter import Node

_DECLARATIONS = ("lexical_declaration", "variable_declaration")
_PERHAPS = ("if_statement", "while_statement", "do_statement", "switch_statement", "for_statement", "catch_clause")
_FIELDS = ("public_field_definition", "field_definition")
_LEAVES = frozenset({"string", "number", "identifier", "property_identifier", "regex", "comment", "type_annotation"})
_DEEPEST = 8


def read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """The requests of a program, in their order; none where it makes none.

    Raises BadRequest where the text is no JavaScript, or none of its requests can be read.
    """
    content, root = tree(text, deadline)
    program = _Program(Source(content))
    program.run(root, deadline)
    return program.calls.findings.all(TITLE)


class _Program:
    """Reads statements in the order in which they would run: a function where it is called, else when all is known."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._values = Values(source)
        self._names = Names(source, self._values)
        self.calls = Calls(source, self._values)
        self._functions: list[Function] = []
        self._named: dict[int, str] = {}
        self._entered: set[tuple[int, int]] = set()
        self._running: list[tuple[int, int]] = []

    def run(self, root: Node, deadline: Deadline) -> None:
        scope = Scope(deadline)
        self._block(root.named_children, scope)
        called = self._source.called
        for first in (True, False):  # what no name calls may call the others
            for function in self._functions:  # it grows by the functions inside of functions
                if _key(function) not in self._entered and not (first and self._name_of(function) in called):
                    self._enter(function, None)

    def _name_of(self, function: Function) -> str:
        name = function.node.child_by_field_name("name")
        return self._named.get(function.node.id, "") if name is None else self._source.text(name)

    def _block(self, nodes: Iterable[Node], scope: Scope) -> None:
        nodes = list(nodes)
        for node in nodes:
            self._hoist(node, scope)
        for node in nodes:
            scope.deadline.check()
            self._statement(node, scope)

    def _hoist(self, node: Node, scope: Scope) -> None:
        """A function's declaration holds for the whole block."""
        declared = node.child_by_field_name("declaration") if node.type == "export_statement" else node
        name = None if declared is None or declared.type not in FUNCTIONS else declared.child_by_field_name("name")
        if declared is not None and name is not None and declared.type != "method_definition":
            scope[self._source.text(name)] = self._values.evaluate(declared, scope)

    def _statement(self, node: Node, scope: Scope) -> None:
        kind = node.type
        if kind in FUNCTIONS:
            self._functions.append(Function(node, scope))
        elif kind in _DECLARATIONS:
            for declarator in node.named_children:
                self._declare(declarator, scope)
        elif kind in _FIELDS:
            self._declare_field(node, scope)
        elif kind == "for_in_statement":
            self._for_in(node, scope)
        elif kind in _PERHAPS:
            self._perhaps(node.named_children, scope, node)
        elif kind.endswith(("_statement", "_block", "_clause", "_declaration", "class_body")):
            self._block(node.named_children, scope)
        elif kind != "comment":
            self._expression(node, scope)

    def _for_in(self, node: Node, scope: Scope) -> None:
        target, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if right is not None:
            self._expression(right, scope)
        if target is not None:
            self._names.bind(target, UNTOLD, scope)
        self._perhaps([child for child in node.named_children if child not in (target, right)], scope, node)

    def _perhaps(self, nodes: Iterable[Node], scope: Scope, at: Node) -> None:
        with scope.perhaps(line_of(at)):
            self._block(nodes, scope)

    def _declare(self, node: Node, scope: Scope) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            self._named[value.id] = self._source.text(name)
            self._names.bind(name, self._expression(value, scope), scope)

    def _declare_field(self, node: Node, scope: Scope) -> None:
        """A field of a class, which belongs to the whole program as `this.client` does."""
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        value = node.child_by_field_name("value")
        if name is not None and value is not None:
            scope.assign(f"this.{self._source.text(name)}", self._expression(value, scope))

    def _expression(self, node: Node, scope: Scope) -> Any:
        """An expression's value, once the requests in it have been noted and its changes made."""
        noted = False
        for inner in self._parts(node, scope):
            if inner.type == "call_expression":
                is_request = self.calls.note(inner, scope)
                noted = noted or is_request
                if not is_request:
                    self._call(inner, scope)
            elif inner.type == "assignment_expression":
                self._names.assign(inner, scope)
            elif inner.type == "augmented_assignment_expression":
                self._names.add(inner, scope)
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

    # --- functions -------------------------------------------------------------------------------

    def _call(self, node: Node, scope: Scope) -> None:
        """Read the program's own function that is called here, with what it is given."""
        called = called_of(node)
        name = self._source.text(called) if called is not None and called.type == "identifier" else ""
        made = scope.get(name)
        function = made.arguments[0] if isinstance(made, Made) and made.arguments else None
        if not isinstance(function, Function):
            self._names.change(node, scope)
        elif _key(function) not in self._running and len(self._running) < _DEEPEST:
            self._enter(function, self._given(node, scope))

    def _given(self, call: Node, scope: Scope) -> list[Any] | None:
        """What a call gives, or None where that may be more than it seems."""
        node = call.child_by_field_name("arguments")
        if node is None or any(child.type == "spread_element" for child in node.named_children):
            return None
        return self._values.arguments(call, scope)

    def _enter(self, function: Function, given: list[Any] | None) -> None:
        inner, body = function.scope.inner(), function.node.child_by_field_name("body")
        self._entered.add(_key(function))
        self._names.bind_parameters(function.node, given, inner)
        if body is not None:
            self._running.append(_key(function))
            self._statement(body, inner)
            self._running.pop()


def _key(function: Function) -> tuple[int, int]:
    """A function that stands in another one is a new one in each run of that."""
    return function.node.id, id(function.scope)
