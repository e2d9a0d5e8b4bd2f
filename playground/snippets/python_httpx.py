"""Python with the httpx package, asynchronously."""

from __future__ import annotations

from . import python
from .call import Call
from .python_http import STATUS, arguments, events, head, reading
from .python_reading import indented

# `aiter_lines` also ends a line at U+2028 and U+0085, which may stand in the midst of a JSON text.
_CHUNKS = [
    "async def chunks(response: httpx.Response) -> AsyncIterator[dict]:",
    '    rest = b""  # aiter_lines() would split at U+2028 in a text too',
    "    async for part in response.aiter_bytes():",
    '        *lines, rest = (rest + part).replace(b"\\r", b"\\n").split(b"\\n")',
    "        for line in lines:",
]
_CLIENT = "httpx.AsyncClient(timeout=600)"


def write(call: Call) -> str:
    blocks = [
        *head(call, "httpx", "AsyncIterator", "import asyncio"),
        *(["\n".join(events(_CHUNKS, 12))] if call.stream else []),
        "async def main() -> None:\n" + (_streamed(call) if call.stream else _whole(call)),
        "asyncio.run(main())",
    ]
    return python.module(blocks)


def _streamed(call: Call) -> str:
    request = f'            "POST",\n            {python.string(call.url)},\n{arguments(call, 12)}'
    lines = [
        "if not response.is_success:",
        "    await response.aread()",
        f"    {STATUS}",
        *reading(call, asynchronous=True),
    ]
    return (
        f"    async with (\n        {_CLIENT} as client,\n        client.stream(\n{request}        ) as response,\n    ):\n"
        + "\n".join(indented(lines, 8))
    )


def _whole(call: Call) -> str:
    request = f"            {python.string(call.url)},\n{arguments(call, 12)}"
    lines = ["if not response.is_success:", f"    {STATUS}", *reading(call)]
    return (
        f"    async with {_CLIENT} as client:\n        response = await client.post(\n{request}        )\n"
        + "\n".join(indented(lines))
    )
