"""JavaScript without a package, as a module for Node: fetch, and a reader of server-sent events."""

from __future__ import annotations

from . import javascript, js_reading
from .call import Call

_STATUS = """\
if (!response.ok) {
  throw new Error(`${response.status} ${await response.text()}`);
}"""
_CHUNKS = """\
async function* chunks(response) {
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\\r\\n|\\n|\\r/);
    rest = lines.pop();
    for (const line of lines) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data === "[DONE]") return;
      if (!data) continue;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new Error(JSON.stringify(chunk.error));
      yield chunk;
    }
  }
}"""


def write(call: Call) -> str:
    blocks = [
        javascript.imports(call.data),
        *javascript.constants(call.data),
        javascript.constant("url", call.url),
        f"{_request(call)}\n{_STATUS}",
        *_reading(call),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _request(call: Call) -> str:
    lines = [
        "const response = await fetch(url, {\n",
        '  method: "POST",\n',
        f"  headers: {{\n{_headers(call)}  }},\n",
        f"  body: JSON.stringify({{\n{javascript.entries(call.body, 4, call.unset)}  }}),\n",
        "});",
    ]
    return "".join(lines)


def _headers(call: Call) -> str:
    key = f"    Authorization: `Bearer ${{process.env.{call.key_name}}}`,\n" if call.key_name else ""
    return key + javascript.entries({"Content-Type": "application/json"} | call.headers, 4)


def _reading(call: Call) -> list[str]:
    if call.stream:
        return [js_reading.streamed(call, "chunks(response)"), _CHUNKS]
    return ["const completion = await response.json();\n" + js_reading.whole(call)]
