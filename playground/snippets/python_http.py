"""What the Python programs without a client package share: the arguments of the request, and server-sent events."""

from __future__ import annotations

from collections.abc import Iterable

from . import python
from .call import Call
from .python_reading import Reading, imports, indented

STATUS = 'raise RuntimeError(f"HTTP {response.status_code}: {response.text}")'
"""`raise_for_status` would not say what the server says."""


def head(call: Call, package: str, iterator: str, *standard: str) -> list[str]:
    """The blocks before the request: imports and constants. `iterator` is the type of what `chunks` returns."""
    key = ["import os"] if call.key_name else []
    events = ["import json", f"from collections.abc import {iterator}"] if call.stream else []
    lines = [*standard, *key, *events, *imports(call), *python.needed(call.data)]
    return [python.imports(lines, [f"import {package}"]), *python.definitions(call.data)]


def arguments(call: Call, indent: int) -> str:
    """The arguments of a POST after the address."""
    pad = " " * indent
    body = python.items(call.body, indent + 4, call.unset)
    headers = python.keywords({"headers": _headers(call)}, indent) if _headers(call) else ""
    return f"{headers}{pad}json={{\n{body}{pad}}},\n"


def _headers(call: Call) -> dict[str, python.Code | str]:
    if call.key_name is None:
        return dict(call.headers)
    key = python.Code(f"f\"Bearer {{os.environ['{call.key_name}']}}\"")
    return {"Authorization": key, **call.headers}


def events(lines: Iterable[str], indent: int) -> list[str]:
    """`chunks`, a generator function of the JSON in a response's server-sent events; `lines` lead to each `line`,
    of bytes, and end with an indentation of `indent`."""
    reading = [
        'if not line.startswith(b"data:"):',
        "    continue",
        "data = line[5:].strip()",
        'if data == b"[DONE]":',
        "    return",
        "chunk = json.loads(data)",
        'if chunk.get("error"):',
        '    raise RuntimeError(chunk["error"])',
        "yield chunk",
    ]
    return [*lines, *indented(reading, indent)]


def reading(call: Call, *, asynchronous: bool = False) -> list[str]:
    """What is done with `response` once its status is known to be good."""
    how = Reading("chunks(response)", asynchronous, dicts=True)
    return how.streamed(call) if call.stream else ["completion = response.json()", *how.whole(call)]
