"""Python programs as the chat-completion requests that they would make. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from ..errors import BadRequest
from .found import Found
from .grammar import Deadline, Unparsed
from .python_calls import TITLE, Calls
from .python_values import dotted, evaluate
from .scope import Scope
from .values import Hole, as_hole, joined

_TOKEN = re.compile(
    r"#[^\n]*|\w+"
    r'|"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]|\\.)*+"?'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?|'(?:[^'\\\n]|\\.)*+'?|\S",
    re.DOTALL,
)
_MOST_TOKENS = 300_000
_MOST_FIELDS = 2_000
_Block = Iterable[ast.stmt]


def read(text: str, deadline: Deadline) -> tuple[Found, ...]:
    """The requests of a program, in their order; none where it makes none.

    Raises BadRequest where the text is no Python, or none of its requests can be read.
    """
    program = _Program(deadline)
    program.run(tree(text, deadline).body)
    return program.calls.findings.all(TITLE)


def tree(text: str, deadline: Deadline) -> ast.Module:
    """The syntax tree. What would keep Python's own parser busy for seconds is refused before."""
    last = ""
    for count, found in enumerate(_TOKEN.finditer(text)):
        token = found[0]
        fields = token.count("{") if token[0] in "\"'" and last.lower().endswith("f") else 0
        if count > _MOST_TOKENS or fields > _MOST_FIELDS:
            raise BadRequest("the code is too long to read", advice="Import only the part that makes the request.")
        last = token
    deadline.check()
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise Unparsed(
            f"line {error.lineno}, column {error.offset}: the text cannot be read as Python here ({error.msg:.100})",
            advice="Correct it there, or paste the whole program.",
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsed("the text cannot be read as Python", advice="Import a simpler program.") from error


class _Program:
    """Reads statements in the order in which they would run; functions when all else is known."""

    def __init__(self, deadline: Deadline) -> None:
        self.calls = Calls()
        self._scope = Scope(deadline)
        self._functions: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Scope]] = []

    def run(self, body: _Block) -> None:
        self._block(body, self._scope)
        for function, scope in self._functions:  # it grows by the functions inside of functions
            inner = scope.inner()
            _bind_parameters(function, inner)
            self._block(function.body, inner)

    def _block(self, body: _Block, scope: Scope) -> None:
        for statement in body:
            scope.deadline.check()
            self._statement(statement, scope)

    def _perhaps(self, body: _Block, scope: Scope, line: int) -> None:
        with scope.perhaps(line):
            self._block(body, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._functions.append((node, scope))
        elif isinstance(node, ast.ClassDef):
            self._block(node.body, scope)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self._value(item.context_expr, scope)
                if item.optional_vars is not None:
                    _assign(item.optional_vars, value, scope)
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
            _assign(node.target, None, scope)
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
                _assign(target, value, scope)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _assign(node.target, self._value(node.value, scope), scope)
        elif isinstance(node, ast.AugAssign):
            self._add(node, scope)
        elif isinstance(node, (ast.Expr, ast.Return)) and node.value is not None:
            self._value(node.value, scope)
            if isinstance(node.value, ast.Call):
                _change(node.value, scope)

    def _value(self, node: ast.expr, scope: Scope) -> Any:
        """An expression's value, once the requests in it have been noted."""
        if self.calls.note(node, scope):
            return Hole(node.lineno, "the answer of a request")
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
            _assign(node.target, Hole(node.lineno, f"{path:.60}" if path else "an expression"), scope)


def _bind_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
    given = function.args
    every = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(every) - len(given.defaults)) + list(given.defaults)
    pairs = [*zip(every, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    for parameter, default in pairs:
        hole = Hole(function.lineno, f"{parameter.arg:.60} (a parameter of {function.name:.60})")
        scope[parameter.arg] = hole if default is None else evaluate(default, scope)
    for rest in (given.vararg, given.kwarg):
        if rest is not None:
            scope[rest.arg] = Hole(function.lineno, f"{rest.arg:.60} (a parameter of {function.name:.60})")


def _assign(target: ast.expr, value: Any, scope: Scope) -> None:
    """Give a target its value; None stands for one that the text does not tell."""
    path = dotted(target)
    if path:
        known = Hole(target.lineno, f"{path:.60}") if value is None and "Name" in type(target).__name__ else value
        scope.assign(path, known) if isinstance(target, ast.Attribute) else scope.__setitem__(path, known)
    elif isinstance(target, ast.Subscript):
        base, key = evaluate(target.value, scope), evaluate(target.slice, scope)
        if isinstance(base, dict) and isinstance(key, str):
            scope.put(base, key, value)
        elif isinstance(base, (dict, list)):
            _spoil(base, target, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, item in enumerate(target.elts):
            _assign(item, value[index] if isinstance(value, list) and index < len(value) else None, scope)


def _spoil(target: dict[Any, Any] | list[Any], node: ast.expr, scope: Scope) -> None:
    hole = Hole(node.lineno, "a change of one item")
    if isinstance(target, list):
        scope.extend(target, [hole])
    else:
        scope.put(target, hole, True)


def _change(call: ast.Call, scope: Scope) -> None:
    """What a method changes in place: `messages.append(...)`."""
    if not isinstance(call.func, ast.Attribute):
        return
    base = evaluate(call.func.value, scope)
    values = [evaluate(item, scope) for item in call.args]
    name = call.func.attr
    if isinstance(base, list) and name in ("append", "extend", "insert") and values:
        items = values[-1] if name == "extend" else [values[-1]]
        if not isinstance(items, list):
            items = [as_hole(items) or Hole(call.lineno, "what is added")]
        if name == "insert" and type(values[0]) is int and values[0] >= 0:
            base.insert(values[0], items[0])
        else:
            scope.extend(base, items)
    elif isinstance(base, list) and name in ("pop", "clear", "remove", "reverse", "sort"):
        _spoil(base, call, scope)
    elif name == "update" and dotted(call.func.value).endswith(".headers") and not isinstance(base, dict):
        scope.assign(dotted(call.func.value), values[0] if values else {})
    elif isinstance(base, dict) and name == "update":
        named = {word.arg: evaluate(word.value, scope) for word in call.keywords if word.arg}
        for key, value in [pair for given in (*values, named) if isinstance(given, dict) for pair in given.items()]:
            scope.put(base, key, value)
