"""JavaScript with the @huggingface/inference package, as a module for Node."""

from __future__ import annotations

from . import javascript, js_reading
from .call import Call

_BILL_TO = "X-HF-Bill-To"
_OWN_HEADERS = {name.lower(): name for name in ("User-Agent", _BILL_TO)}
"""Headers that the package sets itself: one of ours takes its place only under the very same name."""


def write(call: Call) -> str:
    bill_to, headers = _headers(call)
    blocks = [
        javascript.imports(call.data, 'import { InferenceClient } from "@huggingface/inference";'),
        *javascript.constants(call.data),
        *([f"const headers = {javascript.literal(headers, 0, len('const headers = '), 1)};"] if headers else []),
        _client(call, bill_to, bool(headers)),
        _request(call),
        js_reading.streamed(call) if call.stream else js_reading.whole(call),
    ]
    return "\n\n".join(blocks) + "\n"


def _request(call: Call) -> str:
    if not call.stream:
        fields = javascript.entries(call.body, 2, call.unset)
        return f"const completion = await client.chatCompletion({{\n{fields}}});"
    # The method sends `stream: true` itself.
    body = {key: value for key, value in call.body.items() if key != "stream"}
    return f"const stream = client.chatCompletionStream({{\n{javascript.entries(body, 2, call.unset)}}});"


def _headers(call: Call) -> tuple[str, dict[str, str]]:
    """Who is billed, for which the package has an option of its own, and the headers that go through `fetch`."""
    named = {_OWN_HEADERS.get(name.lower(), name): value for name, value in call.headers.items()}
    return (named.pop(_BILL_TO) if named.get(_BILL_TO) else ""), named


def _client(call: Call, bill_to: str, headers: bool) -> str:
    key = f"process.env.{call.key_name}" if call.key_name else "undefined"
    # The package's own way with a 503 is to ask again at once, without end.
    options = {
        "endpointUrl": call.hugging_face_url,
        **({"billTo": bill_to} if bill_to else {}),
        "retry_on_error": False,
    }
    start = f"const client = new InferenceClient({key}, {{"
    if len(start) <= javascript.COLUMNS:
        return f"{start}\n{_options(options, 2, headers)}}});"
    return f"const client = new InferenceClient(\n  {key},\n  {{\n{_options(options, 4, headers)}  }},\n);"


def _options(options: dict[str, object], indent: int, headers: bool) -> str:
    fetch = "fetch: (url, init) =>", "  fetch(url, { ...init, headers: { ...init.headers, ...headers } }),"
    lines = "".join(f"{' ' * indent}{line}\n" for line in fetch) if headers else ""
    return javascript.entries(options, indent) + lines
