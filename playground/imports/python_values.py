"""Python expressions as values, by reading them: literals, names, and the few calls whose result a text tells."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from typing import Any

from . import python_results as results
from .scope import Scope
from .values import ABSENT, MOST_BITS, Hole, Made, Mixed, as_hole, joined, with_default

_UNSET = frozenset({"NOT_GIVEN", "omit", "NotGiven", "Omit"})
_MOST_BITS = 512


def evaluate(node: ast.expr, scope: Scope) -> Any:
    """The value of an expression; what the text does not tell is a Hole."""
    scope.deadline.check()
    read = _READERS.get(type(node))
    return _hole(node) if read is None else read(node, scope)


def _hole(node: ast.expr) -> Hole:
    return Hole(node.lineno, said(node))


def said(node: ast.expr, depth: int = 12) -> str:
    """What an expression is, in its own words but for texts and numbers, which may be a secret."""
    if depth == 0:
        return "..."
    if isinstance(node, ast.Name):
        return f"{node.id:.40}"
    if isinstance(node, ast.Attribute):
        return f"{said(node.value, depth - 1)}.{node.attr:.40}"
    if isinstance(node, ast.Subscript):
        return f"{said(node.value, depth - 1)}[...]"
    if isinstance(node, ast.Call):
        return f"{said(node.func, depth - 1)}(...)"
    if isinstance(node, ast.Await):
        return said(node.value, depth - 1)
    return _KINDS.get(type(node), "an expression")


_KINDS: dict[type[ast.expr], str] = {
    ast.IfExp: "a choice (if ... else)", ast.Lambda: "a function", ast.ListComp: "a list that is computed",
    ast.Constant: "a value",
}  # fmt: skip


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression, "" for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _constant(node: ast.Constant, scope: Scope) -> Any:
    value = node.value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int):
        known = value.bit_length() <= MOST_BITS
    else:
        known = value is None or isinstance(value, str) or (isinstance(value, float) and abs(value) < 1e309)
    return value if known else Hole(node.lineno, "a value that JSON does not have")


def _name(node: ast.Name | ast.Attribute, scope: Scope) -> Any:
    path = dotted(node)
    if path and path in scope:
        return scope[path]
    if path.rpartition(".")[2] in _UNSET:
        return ABSENT
    if isinstance(node, ast.Attribute):
        base = evaluate(node.value, scope)
        if isinstance(base, Made):
            return Made(node.lineno, f"{base.name}.{node.attr}", base=base)
    return _hole(node)


def _list(node: ast.List | ast.Tuple, scope: Scope) -> Any:
    found: list[Any] = []
    for item in node.elts:
        value = evaluate(item.value if isinstance(item, ast.Starred) else item, scope)
        if isinstance(item, ast.Starred) and isinstance(value, list):
            scope.extend(found, value)
        else:
            found.append(value)
    return found


def _dict(node: ast.Dict, scope: Scope) -> Any:
    found: dict[Any, Any] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = evaluate(item, scope)
        if key is not None:
            found[_key(evaluate(key, scope), key)] = value
        elif isinstance(value, dict):
            found |= value
        else:
            found[as_hole(value) or _hole(item)] = True
    return found


def _key(value: Any, node: ast.expr) -> Any:
    """A key as `json.dumps` writes it."""
    value = with_default(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value if isinstance(value, str) else json.dumps(value)
    return as_hole(value) or _hole(node)


def _joined_text(node: ast.JoinedStr, scope: Scope) -> Any:
    parts: list[Any] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = evaluate(part.value, scope)
            plain = part.conversion == -1 and part.format_spec is None
            parts.append(results.text_of(value, _hole(part.value)) if plain else _hole(part.value))
        else:
            parts.append(evaluate(part, scope))
    return joined(parts)


def _sum(node: ast.BinOp, scope: Scope) -> Any:
    """A sum of texts or lists of any length, a union of objects; of numbers the other sums too."""
    terms: list[ast.expr] = [node.right]
    inner: ast.expr = node.left
    while isinstance(inner, ast.BinOp) and type(inner.op) is type(node.op):
        terms.append(inner.right)
        inner = inner.left
    values = [evaluate(term, scope) for term in (inner, *reversed(terms))]
    if isinstance(node.op, ast.Add) and all(isinstance(value, (str, Hole, Mixed)) for value in values):
        return joined(values)
    if isinstance(node.op, ast.Add) and all(isinstance(value, list) for value in values):
        total: list[Any] = []
        for value in values:
            scope.extend(total, value)
        return total
    if isinstance(node.op, ast.BitOr) and all(isinstance(value, dict) for value in values):
        return {key: item for value in values for key, item in value.items()}
    return _number(node, values)


def _number(node: ast.BinOp, values: list[Any]) -> Any:
    operations: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
    }
    operation = operations.get(type(node.op))
    if operation is None or not all(type(value) is int and value.bit_length() < _MOST_BITS for value in values):
        hole = next((hole for value in values if (hole := as_hole(value))), None)
        return hole or _hole(node)
    total = values[0]
    for value in values[1:]:
        total = operation(total, value)
        if total.bit_length() > _MOST_BITS:
            return _hole(node)
    return total


def _unary(node: ast.UnaryOp, scope: Scope) -> Any:
    value = evaluate(node.operand, scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return as_hole(value) or _hole(node)
    return -value if isinstance(node.op, ast.USub) else value if isinstance(node.op, ast.UAdd) else _hole(node)


def _either(node: ast.BoolOp, scope: Scope) -> Any:
    """`os.getenv("X") or "default"`."""
    left, right = evaluate(node.values[0], scope), evaluate(node.values[-1], scope)
    if isinstance(node.op, ast.Or) and isinstance(left, Hole) and left.env:
        return Hole(left.line, left.said, env=left.env, default=right if isinstance(right, str) else None)
    return left if isinstance(node.op, ast.Or) and isinstance(left, str) and left else _hole(node)


def _item(node: ast.Subscript, scope: Scope) -> Any:
    if dotted(node.value) in ("os.environ", "environ"):
        return results.variable(_hole(node), evaluate(node.slice, scope))
    base, key = evaluate(node.value, scope), evaluate(node.slice, scope)
    if isinstance(base, dict) and isinstance(key, str) and key in base:
        return base[key]
    if isinstance(base, list) and type(key) is int and -len(base) <= key < len(base):
        return base[key]
    return as_hole(base) or _hole(node)


# --- calls ---------------------------------------------------------------------------------------


def arguments(node: ast.Call, scope: Scope) -> tuple[list[Any], dict[Any, Any]]:
    """A call's arguments by place and by name; what the text does not tell of the names is a Hole among them."""
    by_place = _list(ast.List(elts=node.args, ctx=ast.Load()), scope)
    by_name: dict[Any, Any] = {}
    for keyword in node.keywords:
        value = evaluate(keyword.value, scope)
        if keyword.arg is not None:
            by_name[keyword.arg] = value
        elif isinstance(value, dict):
            by_name |= value
        else:
            by_name[as_hole(value) or _hole(keyword.value)] = True
    return by_place, by_name


def _call(node: ast.Call, scope: Scope) -> Any:
    path = dotted(node.func)
    if path.rpartition(".")[2] in _UNSET:
        return ABSENT
    by_place, by_name = arguments(node, scope)
    known = results.of_function(path, by_place, by_name, _hole(node))
    base = evaluate(node.func.value, scope) if isinstance(node.func, ast.Attribute) else None
    if known is None and isinstance(node.func, ast.Attribute):
        known = results.of_method(node.func.attr, base, by_place, by_name, _hole(node))
    if known is not None:
        return known
    name = path or f"...{node.func.attr}" if isinstance(node.func, ast.Attribute) else path or "a call"
    return Made(node.lineno, name, tuple(by_place), by_name, base)


_READERS: dict[type[ast.expr], Callable[[Any, Scope], Any]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _name, ast.List: _list, ast.Tuple: _list, ast.Dict: _dict,
    ast.JoinedStr: _joined_text, ast.BinOp: _sum, ast.UnaryOp: _unary, ast.BoolOp: _either, ast.Subscript: _item,
    ast.Call: _call, ast.Await: lambda node, scope: evaluate(node.value, scope),
    ast.NamedExpr: lambda node, scope: evaluate(node.value, scope),
}  # fmt: skip
