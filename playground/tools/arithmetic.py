"""Arithmetic on a text that anyone may have written: parsed, and evaluated node by node within bounds.

Numbers, + - * / // % **, parentheses, a few functions and constants; nothing else has a meaning here. Whole numbers
stay below 2**4096 and an expression below 500 characters, so that no evaluation
takes long or much memory.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable

Number = int | float

LONGEST = 500
MOST_BITS = 4096
_TOKENS = re.compile(
    r"(?:\s|(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+(?![\w.])|[A-Za-z_]\w*+|\*\*|//|[-+*/%(),])*+", re.ASCII
)


class ArithmeticFailed(Exception):
    """The expression has no value here; the text says why."""


def evaluate(expression: str) -> Number:
    """The value of an expression. Raises ArithmeticFailed."""
    text = " ".join(expression.split())
    if not text:
        raise ArithmeticFailed("the expression is empty")
    if len(text) > LONGEST:
        raise ArithmeticFailed(f"the expression is longer than {LONGEST} characters")
    read = _TOKENS.match(text)
    if read is None or read.end() < len(text):
        at = read.end() if read else 0
        raise ArithmeticFailed(f"{text[at : at + 12]!r} can't be read; powers are written **")
    return _value(_parsed(text))


def _parsed(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ArithmeticFailed(f"not an arithmetic expression: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ArithmeticFailed("the expression is nested too deep") from error


def _value(node: ast.expr) -> Number:
    try:
        return _bounded(_computed(node))
    except ZeroDivisionError as error:
        raise ArithmeticFailed("division by zero") from error
    except OverflowError as error:
        raise ArithmeticFailed("the result is too large") from error
    except RecursionError as error:
        raise ArithmeticFailed("the expression is nested too deep") from error
    except (ValueError, TypeError) as error:
        raise ArithmeticFailed(str(error)) from error


def _computed(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in CONSTANTS:
        return CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id not in FUNCTIONS:
            raise ArithmeticFailed(f"there is no function {node.func.id}; there are {', '.join(FUNCTIONS)}")
        return FUNCTIONS[node.func.id](*map(_value, node.args))
    raise ArithmeticFailed(f"{ast.unparse(node)} is not arithmetic")


def _bounded(value: object) -> Number:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArithmeticFailed("the result is not a real number")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ArithmeticFailed("the result is too large")
    if isinstance(value, float) and not math.isfinite(value):
        raise ArithmeticFailed("the result is too large")
    return value


def _power(base: Number, exponent: Number) -> object:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(exponent) * (abs(int(base)).bit_length() - 1) > MOST_BITS:
        raise ArithmeticFailed("the result is too large")
    return base**exponent


def _factorial(value: Number) -> int:
    if not isinstance(value, int) or not 0 <= value <= 450:
        raise ArithmeticFailed("factorial takes a whole number from 0 to 450")
    return math.factorial(value)


def _round(value: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > 400:
        raise ArithmeticFailed("round takes a whole number of digits")
    return round(value, digits) if digits else round(value)


_UNARY: dict[type[ast.unaryop], Callable[[Number], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_BINARY: dict[type[ast.operator], Callable[[Number, Number], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
FUNCTIONS: dict[str, Callable[..., object]] = {
    "sqrt": math.sqrt, "abs": abs, "round": _round, "min": min, "max": max, "floor": math.floor, "ceil": math.ceil,
    "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10, "factorial": _factorial,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "radians": math.radians, "degrees": math.degrees,
}  # fmt: skip
