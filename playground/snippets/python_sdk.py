"""Python with a package whose client has `chat.completions.create`, as openai's has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import python
from .call import Call
from .python_reading import Reading, imports, indented


@dataclass(frozen=True)
class Sdk:
    """`client` is the class in `package`; its asynchronous twin has the same name after Async. `create` takes `named` by
    name, and all else in `extra_body`. `whole` is what it must be told to leave `stream` out of the body.
    """

    package: str
    client: str
    named: frozenset[str]
    reading: Reading
    whole: str = ""


def program(call: Call, sdk: Sdk, settings: Mapping[str, Any]) -> str:
    """The program whose client is made with these arguments."""
    result = "stream" if call.stream else "completion"
    blocks = [
        f"client = {sdk.client}(\n{python.keywords(settings, 4)})",
        f"{result} = client.chat.completions.create(\n{_arguments(call, sdk, 4)})",
        "\n".join(_reading(call, sdk.reading)),
    ]
    return python.module([*_head(call, sdk.package, sdk.client), *blocks])


def asynchronous(call: Call, sdk: Sdk, settings: Mapping[str, Any]) -> str:
    """The same in a coroutine, with the asynchronous client, which is closed in the end."""
    name = f"Async{sdk.client}"
    result = "stream" if call.stream else "completion"
    main = [
        f"async def main() -> None:\n    async with {name}(\n{python.keywords(settings, 8)}    ) as client:\n",
        f"        {result} = await client.chat.completions.create(\n{_arguments(call, sdk, 12)}        )\n",
        "\n".join(indented(_reading(call, replace(sdk.reading, asynchronous=True)), 8)),
    ]
    return python.module([*_head(call, sdk.package, name, "import asyncio"), "".join(main), "asyncio.run(main())"])


def _head(call: Call, package: str, client: str, *standard: str) -> list[str]:
    key = ["import os"] if call.key_name else []
    lines = [*standard, *key, *imports(call), *python.needed(call.data)]
    return [python.imports(lines, [f"from {package} import {client}"]), *python.definitions(call.data)]


def _arguments(call: Call, sdk: Sdk, indent: int) -> str:
    named = {key: value for key, value in call.body.items() if key in sdk.named}
    extra = {key: value for key, value in call.body.items() if key not in sdk.named}
    known = [param for param in call.unset if param.name in sdk.named]
    others = [param for param in call.unset if param.name not in sdk.named]
    whole = f"{' ' * indent}{sdk.whole}\n" if sdk.whole and "stream" not in call.body else ""
    given = python.keywords(named, indent) + whole
    return given + python.keywords({}, indent, known) + python.nested("extra_body", extra, indent, others)


def _reading(call: Call, reading: Reading) -> list[str]:
    return reading.streamed(call) if call.stream else reading.whole(call)
