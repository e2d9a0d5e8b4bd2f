"""JavaScript with the openai package, as a module for Node."""

from __future__ import annotations

from . import javascript, js_reading
from .call import NO_KEY, Call


def write(call: Call) -> str:
    result = "stream" if call.stream else "completion"
    blocks = [
        javascript.imports(call.data, 'import OpenAI from "openai";'),
        *javascript.constants(call.data),
        f"const client = new OpenAI({{\n{_client(call)}}});",
        f"const {result} = await client.chat.completions.create({{\n{javascript.entries(call.body, 2, call.unset)}}});",
        js_reading.streamed(call) if call.stream else js_reading.whole(call),
    ]
    return "\n\n".join(blocks) + "\n"


def _client(call: Call) -> str:
    # Without `?? ""` an unset variable would make the package send OPENAI_API_KEY to this address.
    key = f'process.env.{call.key_name} ?? ""' if call.key_name else javascript.string(NO_KEY)
    line = f"  apiKey: {key},"
    if len(line) > javascript.COLUMNS:
        line = f"  apiKey:\n    {key},"
    headers = javascript.entries({"defaultHeaders": call.headers}, 2) if call.headers else ""
    return f"{javascript.entries({'baseURL': call.base_url}, 2)}{line}\n{headers}"
