"""Tools that this app carries out itself, when the user lets it: a calculator and the time. Neither reaches out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..jsonvalue import dumps, loads
from .arithmetic import FUNCTIONS, ArithmeticFailed, evaluate

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Builtin:
    """`tool` is how it is offered to a model; `run` takes the arguments and a clock, and gives the result's text."""

    title: str
    tool: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Clock], str]

    @property
    def name(self) -> str:
        return str(self.tool["function"]["name"])


@dataclass(frozen=True)
class Result:
    """What goes into the tool message. A call that failed tells the model why."""

    text: str
    failed: bool = False


class _CallFailed(Exception):
    """The arguments can't be worked with; the text says why."""


def call_builtin(name: str, arguments: str, clock: Clock = lambda: datetime.now(UTC)) -> Result:
    """Carry out a call with arguments as JSON text. Raises KeyError for a name that is not in BUILTINS."""
    builtin = next((each for each in BUILTINS if each.name == name), None)
    if builtin is None:
        raise KeyError(name)
    try:
        return Result(builtin.run(_read(arguments, builtin), clock))
    except (ArithmeticFailed, _CallFailed) as error:
        return Result(dumps({"error": str(error)}), failed=True)


def _read(arguments: str, builtin: Builtin) -> Mapping[str, Any]:
    try:
        given = loads(arguments.strip() or "{}")
    except (ValueError, RecursionError) as error:
        raise _CallFailed("the arguments are not valid JSON") from error
    if not isinstance(given, dict):
        raise _CallFailed("the arguments must be a JSON object")
    schema = builtin.tool["function"]["parameters"]
    unknown = sorted(given.keys() - schema["properties"].keys())
    missing = [key for key in schema.get("required", ()) if key not in given]
    if unknown or missing:
        raise _CallFailed(f"unknown argument {unknown[0]}" if unknown else f"the argument {missing[0]} is missing")
    return given


def _calculate(arguments: Mapping[str, Any], clock: Clock) -> str:
    expression = arguments["expression"]
    if not isinstance(expression, str):
        raise _CallFailed("expression must be a text")
    return str(evaluate(expression))


def _now(arguments: Mapping[str, Any], clock: Clock) -> str:
    name = arguments.get("timezone") or "UTC"
    if not isinstance(name, str) or len(name) > 64:
        raise _CallFailed("timezone must be the name of a time zone")
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name is that of a folder of zones
        raise _CallFailed(f"there is no time zone {name!r}; a name is like Europe/Berlin") from error
    now = clock().astimezone(zone)
    return dumps({"time": now.isoformat(timespec="seconds"), "weekday": f"{now:%A}", "timezone": name})


def _tool(name: str, description: str, properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


BUILTINS: tuple[Builtin, ...] = (
    Builtin(
        "Calculator",
        _tool(
            "calculator",
            "Work out an arithmetic expression exactly: + - * / // % ** and parentheses; pi, e, tau; "
            f"{', '.join(FUNCTIONS)}.",
            {"expression": {"type": "string", "description": "What to work out.", "examples": ["(2 + 3) * 4"]}},
            ("expression",),
        ),
        _calculate,
    ),
    Builtin(
        "Current time",
        _tool(
            "current_time",
            "The date, the weekday and the time now.",
            {"timezone": {"type": "string", "description": "IANA name, such as Europe/Berlin; UTC if left out."}},
            (),
        ),
        _now,
    ),
)
