"""What a Python program's statements give to names: assignments, parameters, and changes in place."""

from __future__ import annotations

import ast
from typing import Any

from .python_values import dotted, evaluate
from .scope import Scope
from .values import UNTOLD, Hole, as_hole

Definition = ast.FunctionDef | ast.AsyncFunctionDef
Given = tuple[list[Any], dict[Any, Any]]
"""What a call gives: its arguments by place and by name."""


def assign(target: ast.expr, value: Any, scope: Scope) -> None:
    """Give a target a value; it may be UNTOLD."""
    path = dotted(target)
    if path:
        known = Hole(target.lineno, f"{path:.60}") if value is UNTOLD else value
        scope.assign(path, known) if isinstance(target, ast.Attribute) else scope.__setitem__(path, known)
    elif isinstance(target, ast.Subscript):
        base, key = evaluate(target.value, scope), evaluate(target.slice, scope)
        if isinstance(base, dict) and isinstance(key, str):
            scope.put(base, key, value)
        elif isinstance(base, (dict, list)):
            _spoil(base, target, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, item in enumerate(target.elts):
            assign(item, value[index] if isinstance(value, list) and index < len(value) else UNTOLD, scope)


def bind_parameters(function: Definition, given: Given | None, scope: Scope) -> None:
    """The parameters of a function, with what a call gives them; None where no call is known."""
    arguments = function.args
    places = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(places) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(places, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    by_place, by_name = ([], {}) if given is None else given
    told = dict(zip((parameter.arg for parameter in places), by_place, strict=False)) | by_name
    for parameter, default in pairs:
        name = parameter.arg
        unknown = _hole(function, name)
        scope[name] = told[name] if name in told else unknown if default is None else evaluate(default, scope)
    names = {parameter.arg for parameter, _ in pairs}
    rest = {key: value for key, value in by_name.items() if key not in names}
    for several, value in ((arguments.vararg, by_place[len(places) :]), (arguments.kwarg, rest)):
        if several is not None:
            scope[several.arg] = _hole(function, several.arg) if given is None else value


def _hole(function: Definition, parameter: str) -> Hole:
    return Hole(function.lineno, f"{parameter:.60} (a parameter of {function.name:.60})")


# --- changes -------------------------------------------------------------------------------------


def _spoil(target: dict[Any, Any] | list[Any], node: ast.expr, scope: Scope) -> None:
    hole = Hole(node.lineno, "a change of one item")
    if isinstance(target, list):
        scope.extend(target, [hole])
    else:
        scope.put(target, hole, True)


def change(call: ast.Call, scope: Scope) -> None:
    """What a method changes in place: `messages.append(...)`."""
    if not isinstance(call.func, ast.Attribute):
        return
    base = evaluate(call.func.value, scope)
    values = [evaluate(item, scope) for item in call.args]
    name = call.func.attr
    if isinstance(base, list) and name in ("append", "extend", "insert") and values:
        _lengthen(base, name, values, call.lineno, scope)
    elif isinstance(base, list) and name in ("pop", "clear", "remove", "reverse", "sort"):
        _spoil(base, call, scope)
    elif name == "update" and dotted(call.func.value).endswith(".headers") and not isinstance(base, dict):
        scope.assign(dotted(call.func.value), values[0] if values else {})
    elif isinstance(base, dict) and name == "update":
        named = {word.arg: evaluate(word.value, scope) for word in call.keywords if word.arg}
        for key, value in [pair for given in (*values, named) if isinstance(given, dict) for pair in given.items()]:
            scope.put(base, key, value)


def _lengthen(base: list[Any], name: str, values: list[Any], line: int, scope: Scope) -> None:
    items = values[-1] if name == "extend" else [values[-1]]
    if not isinstance(items, list):
        items = [as_hole(items) or Hole(line, "what is added")]
    if name == "insert" and type(values[0]) is int and values[0] >= 0:
        base.insert(values[0], items[0])
    else:
        scope.extend(base, items)
