"""Python programs as the chat-completion requests that they would make. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from .found import Found
from .grammar import Deadline
from .python_calls import TITLE, Calls, calls_in
from .python_names import Given, assign, bind_parameters, change
from .python_source import tree
from .python_values import arguments, dotted, evaluate
from .scope import Scope
from .values import FUNCTION, UNTOLD, Hole, Made, joined

_Block = Iterable[ast.stmt]
_DEEPEST = 8


def read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """The requests of a program, in their order; none where it makes none.

    Raises BadRequest where the text is no Python, or none of its requests can be read.
    """
    program = _Program(deadline)
    program.run(tree(text, deadline))
    return program.calls.findings.all(TITLE)


class _Program:
    """Reads statements in the order in which they would run: a function where it is called, else when all is known."""

    def __init__(self, deadline: Deadline) -> None:
        self.calls = Calls()
        self._scope = Scope(deadline)
        self._functions: list[Made] = []
        self._entered: set[Made] = set()
        self._running: list[Made] = []

    def run(self, module: ast.Module) -> None:
        self._block(module.body, self._scope)
        called = {
            node.func.id for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        for first in (True, False):  # what no name calls may call the others
            for function in self._functions:  # it grows by the functions inside of functions
                if function not in self._entered and not (first and function.arguments[0].name in called):
                    self._enter(function, None)

    def _block(self, body: _Block, scope: Scope) -> None:
        for statement in body:
            scope.deadline.check()
            self._statement(statement, scope)

    def _perhaps(self, body: _Block, scope: Scope, line: int) -> None:
        with scope.perhaps(line):
            self._block(body, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = Made(node.lineno, FUNCTION, (node, scope))
            self._functions.append(function)
            scope[node.name] = function
        elif isinstance(node, ast.ClassDef):
            self._block(node.body, scope.inner())
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self._value(item.context_expr, scope)
                if item.optional_vars is not None:
                    assign(item.optional_vars, value, scope)
            self._block(node.body, scope)
        elif isinstance(node, (ast.If, ast.While)):
            self._value(node.test, scope)
            if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
                self._block(node.body, scope)
            else:
                self._perhaps(node.body, scope, node.lineno)
                self._perhaps(node.orelse, scope, node.lineno)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._value(node.iter, scope)
            assign(node.target, UNTOLD, scope)
            self._perhaps([*node.body, *node.orelse], scope, node.lineno)
        elif isinstance(node, ast.Try):
            self._block(node.body, scope)
            for handler in node.handlers:
                self._perhaps(handler.body, scope, handler.lineno)
            self._block([*node.orelse, *node.finalbody], scope)
        else:
            self._simple(node, scope)

    def _simple(self, node: ast.stmt, scope: Scope) -> None:
        if isinstance(node, ast.Assign):
            value = self._value(node.value, scope)
            for target in node.targets:
                assign(target, value, scope)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            assign(node.target, self._value(node.value, scope), scope)
        elif isinstance(node, ast.AugAssign):
            self._add(node, scope)
        elif isinstance(node, (ast.Expr, ast.Return)) and node.value is not None:
            self._value(node.value, scope)
            if isinstance(node.value, ast.Call):
                change(node.value, scope)

    def _value(self, node: ast.expr, scope: Scope) -> Any:
        """An expression's value, once the requests in it have been noted."""
        if self.calls.note(node, scope):
            return Hole(node.lineno, "the answer of a request")
        for call, inner in calls_in(node, scope):
            self._call(call, inner)
        value = evaluate(node, scope)
        self.calls.findings.hold(value)
        return value

    def _add(self, node: ast.AugAssign, scope: Scope) -> None:
        path, value = dotted(node.target), self._value(node.value, scope)
        target = scope.get(path)
        if isinstance(target, list) and isinstance(value, list):
            scope.extend(target, value)
        elif isinstance(target, str) and isinstance(value, str):
            scope.assign(path, joined((target, value)))
        else:
            assign(node.target, Hole(node.lineno, f"{path:.60}" if path else "an expression"), scope)

    # --- functions -------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> None:
        """Read the program's own function that is called here, with what it is given."""
        function = scope.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if isinstance(function, Made) and function.name == FUNCTION and self._may_enter(function):
            self._enter(function, _given(node, scope))

    def _may_enter(self, function: Made) -> bool:
        return function not in self._running and len(self._running) < _DEEPEST

    def _enter(self, function: Made, given: Given | None) -> None:
        definition, scope = function.arguments
        inner = scope.inner()
        self._entered.add(function)
        bind_parameters(definition, given, inner)
        self._running.append(function)
        self._block(definition.body, inner)
        self._running.pop()


def _given(call: ast.Call, scope: Scope) -> Given | None:
    """What a call gives, or None where that may be more than it seems."""
    by_place, by_name = arguments(call, scope)
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return (by_place, by_name) if not starred and all(isinstance(name, str) for name in by_name) else None
