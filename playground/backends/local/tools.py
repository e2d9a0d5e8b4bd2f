"""Tools of a request, read and checked, and what an answer may do with them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from ...errors import BadRequest
from ...jsonvalue import thaw
from ...request import ChatRequest
from .constraints import Constraint
from .fields import named, only

Choice = Literal["none", "auto", "required"]


@dataclass(frozen=True)
class Tool:
    """`definition` as the request has it, its parameters filled in; `parameters` is the JSON schema of its arguments, which
    stood at `param`.
    """

    name: str
    definition: Mapping[str, Any]
    parameters: str
    param: str

    @cached_property
    def arguments(self) -> Constraint:
        """What the arguments of a call must be."""
        return Constraint("schema", self.parameters, self.param)

    @property
    def held(self) -> Tool:
        """The tool with that as its parameters, in the words of grammars. Raises BadRequest."""
        return replace(self, parameters=json.dumps(self.arguments.schema))


@dataclass(frozen=True)
class ToolUse:
    """The tools that an answer may call, and whether it must: `choice` "none" and "required" as on the wire.

    `callable` are those it may call: the one that was named, else all. `many` when one answer may have several calls.
    """

    tools: tuple[Tool, ...]
    choice: Choice
    callable: tuple[Tool, ...]
    many: bool


NO_TOOLS = ToolUse((), "none", (), many=False)


def read_tools(request: ChatRequest) -> ToolUse | None:
    """The request's tools; None where it has none. Raises BadRequest."""
    params = request.params
    if not params.tools:
        if params.tool_choice not in (None, "none", "auto"):
            raise BadRequest("tool_choice asks for a tool, but the request has no tools.", param="tool_choice")
        return None
    tools = tuple(_tool(thaw(tool), index) for index, tool in enumerate(params.tools))
    names = [tool.name for tool in tools]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise BadRequest(f"Two tools are called {name}.", param=f"tools[{index}].function.name")
    choice = "auto" if params.tool_choice is None else params.tool_choice
    many = params.parallel_tool_calls is not False
    if isinstance(choice, str):
        return ToolUse(tools, "none" if choice == "none" else "auto" if choice == "auto" else "required", tools, many)
    return ToolUse(tools, "required", (_named(thaw(choice), tools),), many=False)


def _tool(tool: Mapping[str, Any], index: int) -> Tool:
    only(tool, {"type": str, "function": dict}, f"tools[{index}]")
    where = f"tools[{index}].function"
    function = tool["function"]
    only(function, {"name": str, "description": str, "parameters": dict, "strict": bool}, where)
    name = named(function["name"], f"{where}.name")
    schema = _schema(function.get("parameters"), where)
    definition = {**tool, "function": {"description": "", **function, "parameters": schema}}
    return Tool(name, definition, json.dumps(schema), f"{where}.parameters")


def _schema(parameters: Any, where: str) -> dict[str, Any]:
    """The schema of the arguments, which are an object always; a tool without parameters takes none."""
    if parameters is None or parameters == {}:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    if parameters.get("type", "object") != "object":
        raise BadRequest("The parameters of a tool must be of type object.", param=f"{where}.parameters.type")
    return {"type": "object", **parameters}


def _named(choice: Mapping[str, Any], tools: Sequence[Tool]) -> Tool:
    only(choice, {"type": str, "function": dict}, "tool_choice")
    only(choice["function"], {"name": str}, "tool_choice.function")
    name = choice["function"]["name"]
    found = next((tool for tool in tools if tool.name == name), None)
    if found is None:
        raise BadRequest(f"tool_choice names {name}, which is not among the tools.", param="tool_choice")
    return found
