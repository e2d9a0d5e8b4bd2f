"""Python functions as tools: name, docstring and parameters, from the syntax tree. The code is never run."""

from __future__ import annotations

import ast
import textwrap
import warnings
from dataclasses import dataclass
from typing import Any

from ..errors import BadRequest
from .annotations import Names, schema_of, wrong
from .docstrings import Documented, read_docstring

LONGEST = 100_000
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_WRITE = "Paste a function such as: def get_weather(city: str) -> str: ..."


@dataclass(frozen=True)
class ReadTools:
    """`tools` as they stand on the wire; `notes` say what the functions did not."""

    tools: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def read_functions(source: str) -> ReadTools:
    """Every function at the top of the text as a tool. Raises BadRequest that says the line."""
    if not source.strip():
        raise BadRequest("the text is empty", advice=_WRITE)
    if len(source) > LONGEST:
        raise BadRequest(f"the text is longer than {LONGEST:,} characters", advice="Paste the functions alone.")
    body = _parsed(source).body
    functions = [node for node in body if isinstance(node, _Function)]
    if not functions:
        raise BadRequest("there is no function in the text", advice=_WRITE)
    names = _names(body)
    notes: list[str] = []
    try:
        tools = tuple(_tool(function, names, notes) for function in functions)
    except RecursionError as error:
        raise BadRequest("a type in the text is nested too deep", advice="Simplify it.") from error
    return ReadTools(tools, tuple(notes))


def _parsed(source: str) -> ast.Module:
    """The text parsed, with a body given to a signature that came without one."""
    text = textwrap.dedent(source).strip("\n")
    before = len(source) - len(source.lstrip("\n"))
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


def _names(body: list[ast.stmt]) -> Names:
    types: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            types[node.targets[0].id] = node.value
    return Names({node.name: node for node in body if isinstance(node, ast.ClassDef)}, types)


def _tool(function: _Function, names: Names, notes: list[str]) -> dict[str, Any]:
    documented = read_docstring(ast.get_docstring(function, clean=False) or "")
    parameters = _parameters(function, names, documented, notes)
    unknown = documented.parameters.keys() - parameters["properties"].keys()
    notes += [f"{function.name}: the docstring tells of {name}, which is not a parameter." for name in sorted(unknown)]
    if not documented.summary:
        notes.append(f"{function.name}: there is no docstring to tell the model what it does.")
    described = {"description": documented.summary} if documented.summary else {}
    return {"type": "function", "function": {"name": function.name, **described, "parameters": parameters}}


def _parameters(function: _Function, names: Names, documented: Documented, notes: list[str]) -> dict[str, Any]:
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
    if pairs and pairs[0][0].arg in ("self", "cls"):
        pairs = pairs[1:]
    properties: dict[str, Any] = {}
    for argument, default in pairs:
        where = f"{function.name}, {argument.arg}"
        properties[argument.arg] = _parameter(argument, default, names, documented, where, notes)
    required = [argument.arg for argument, default in pairs if default is None]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _parameter(
    argument: ast.arg, default: ast.expr | None, names: Names, documented: Documented, where: str, notes: list[str]
) -> dict[str, Any]:
    schema = _type(argument, names, documented, where, notes)
    if said := documented.parameters.get(argument.arg):
        schema = {**schema, "description": said}
    if default is None:
        return schema
    try:
        value = ast.literal_eval(default)
    except ValueError:
        notes.append(f"{where}: the default {ast.unparse(default)} is not a plain value and was left out.")
        return schema
    if value is None and "null" not in _types(schema):
        return schema
    if not _is_json(value):
        notes.append(f"{where}: the default {ast.unparse(default)} is no JSON value and was left out.")
        return schema
    return {**schema, "default": list(value) if isinstance(value, tuple) else value}


def _type(argument: ast.arg, names: Names, documented: Documented, where: str, notes: list[str]) -> dict[str, Any]:
    if argument.annotation is not None:
        return schema_of(argument.annotation, names)
    if written := documented.types.get(argument.arg):
        try:
            return schema_of(ast.Constant(written, lineno=argument.lineno, col_offset=0), names)
        except BadRequest:
            notes.append(
                f"{where}: {written!r} in the docstring is not a type that is known here; any value is allowed."
            )
            return {}
    notes.append(f"{where}: there is no annotation; any value is allowed.")
    return {}


def _types(schema: dict[str, Any]) -> list[Any]:
    own = schema.get("type", [])
    return [*(own if isinstance(own, list) else [own]), *(part.get("type") for part in schema.get("anyOf", ()))]


def _is_json(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_json(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return value is None or isinstance(value, (str, int)) or (isinstance(value, float) and abs(value) < float("inf"))
