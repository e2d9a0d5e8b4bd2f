"""One stream as servers write it, in every way that the form of server-sent events allows."""

from __future__ import annotations

import json
from typing import Any

from tests.snippets.recorder import CHUNKS


def event(chunk: Any) -> str:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


WHOLE = "".join([*map(event, CHUNKS), "data: [DONE]\n\n"])
STREAMS = {
    "as usual": WHOLE,
    "CRLF": WHOLE.replace("\n", "\r\n"),
    "CR": WHOLE.replace("\n", "\r"),
    "no blank after the colon": WHOLE.replace("data: ", "data:"),
    "keep-alive comments": WHOLE.replace("\n\n", "\n\n: still here\n\n:\n\n"),
    "other fields": WHOLE.replace("data: {", "event: message\nid: 7\nretry: 1000\ndata: {"),
    "no end mark": WHOLE.replace("data: [DONE]\n\n", ""),
    "a byte order mark": "\ufeff" + WHOLE,
}
