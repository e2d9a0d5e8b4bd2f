"""Python functions as tools: name, docstring and parameters, from the syntax tree. The code is never run."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import BadRequest
from ..params import TOOL_NAME
from .annotations import schema_of, with_default
from .docstrings import Documented, read_docstring
from .names import Names, wrong

LONGEST = 100_000
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_WRITE = "Paste a function such as: def get_weather(city: str) -> str: ..."


@dataclass(frozen=True)
class ReadTools:
    """`tools` as they stand on the wire; `notes` say what the functions did not, and what was left out of them."""

    tools: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def read_functions(source: str) -> ReadTools:
    """Every function at the top of the text as a tool. Raises BadRequest that says the line."""
    if not source.strip():
        raise BadRequest("the text is empty", advice=_WRITE)
    if len(source) > LONGEST:
        raise BadRequest(f"the text is longer than {LONGEST:,} characters", advice="Paste the functions alone.")
    body = _parsed(source).body
    names = _names(body)
    functions = _functions(body, names)
    if not functions:
        raise BadRequest("there is no function in the text", advice=_WRITE)
    tools = tuple(_tool(function, names.at(function.name)) for function in functions)
    return ReadTools(tools, tuple(names.account.notes))


def _parsed(source: str) -> ast.Module:
    """The text parsed, with a body given to a signature that came without one."""
    dedented = textwrap.dedent(source)
    text = dedented.strip("\n")
    before = len(dedented) - len(dedented.lstrip("\n"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tree = ast.parse(text)
            except IndentationError:
                tree = ast.parse(f"{text.rstrip()}\n    pass\n" if text.rstrip().endswith(":") else text)
    except SyntaxError as error:
        line = (error.lineno or 1) + before
        raise BadRequest(f"line {line}: {error.msg}", advice="Correct the Python and try again.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadRequest(f"this is not readable as Python: {error}", advice=_WRITE) from error
    ast.increment_lineno(tree, before)
    return tree


def _names(body: Sequence[ast.stmt]) -> Names:
    types: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            types[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            types[node.target.id] = node.value
    return Names({node.name: node for node in body if isinstance(node, ast.ClassDef)}, types)


def _functions(body: Sequence[ast.stmt], names: Names) -> list[_Function]:
    """The functions; of several with one name the last, as in Python."""
    every = [node for node in body if isinstance(node, _Function)]
    last = {function.name: function for function in every}
    for function in every:
        if function is not last[function.name]:
            names.at(function.name).note(
                f"it is there twice; the one of line {last[function.name].lineno} counts, not that of line {function.lineno}."
            )
    return [function for function in every if function is last[function.name]]


def _tool(function: _Function, names: Names) -> dict[str, Any]:
    if not re.fullmatch(TOOL_NAME, function.name):
        raise wrong(
            function,
            f"{function.name:.80} can't be the name of a tool: it may hold only the letters A to Z and a to z, digits, _ and -, "
            "64 at most",
            "Rename the function.",
        )
    documented = read_docstring(ast.get_docstring(function, clean=False) or "")
    parameters = _parameters(function, names, documented)
    for name in sorted(documented.parameters.keys() - parameters["properties"].keys()):
        names.note(f"the docstring tells of {name}, which is not a parameter.")
    if not documented.summary:
        names.note("there is no docstring to tell the model what it does.")
    described = {"description": documented.summary} if documented.summary else {}
    return {"type": "function", "function": {"name": function.name, **described, "parameters": parameters}}


def _parameters(function: _Function, names: Names, documented: Documented) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for argument, default in _arguments(function):
        if argument.arg in properties:
            raise wrong(argument, f"there are two parameters {argument.arg}", "Give each parameter a name of its own.")
        here = names.at(f"{function.name}, {argument.arg}")
        schema = _type(argument, here, documented)
        if said := documented.parameters.get(argument.arg):
            schema = {**schema, "description": said}
        properties[argument.arg], needed = with_default(schema, argument.annotation, default, here)
        required += [argument.arg] if needed else []
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _arguments(function: _Function) -> list[tuple[ast.arg, ast.expr | None]]:
    """The parameters with their defaults, without the self of a method."""
    arguments = function.args
    for star, mark in ((arguments.vararg, "*"), (arguments.kwarg, "**")):
        if star is not None:
            raise wrong(
                star, f"{mark}{star.arg} can't be a parameter of a tool", "Give each parameter a name of its own."
            )
    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *zip(positional, [*missing, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return pairs[1:] if pairs and pairs[0][0].arg in ("self", "cls") else pairs


def _type(argument: ast.arg, names: Names, documented: Documented) -> dict[str, Any]:
    if argument.annotation is not None:
        return schema_of(argument.annotation, names)
    if written := documented.types.get(argument.arg):
        try:
            return schema_of(ast.Constant(written, lineno=argument.lineno, col_offset=0), names)
        except BadRequest:
            if names.account.left < 0:
                raise
            names.note(f"{written!r} in the docstring is not a type that is known here; any value is allowed.")
            return {}
    names.note("there is no annotation; any value is allowed.")
    return {}
