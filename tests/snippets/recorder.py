"""A chat-completion API that records what it is sent, and answers as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHUNKS: tuple[Any, ...] = (
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
    {"choices": []},
    {"choices": [{"index": 0, "delta": {"content": "Hello"}}]},
    {"choices": [{"index": 0, "delta": {}}]},
    {"choices": [{"index": 0, "delta": {"content": " wörld"}}]},
    {"choices": [{"index": 0, "finish_reason": "stop"}]},
    {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
)
"""A stream with everything in it that a careless reader trips over."""

COMPLETION: dict[str, Any] = {
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello wörld"}}]
}
SAID = "Hello wörld\n"


@dataclass(frozen=True)
class Recorded:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Recorder:
    """`origin` is `http://127.0.0.1:port`. `chunks` and `completion` are what is answered, until changed."""

    origin: str = ""
    requests: list[Recorded] = field(default_factory=list)
    chunks: tuple[Any, ...] = CHUNKS
    completion: dict[str, Any] = field(default_factory=lambda: COMPLETION)

    def reset(self) -> None:
        self.requests.clear()
        self.chunks, self.completion = CHUNKS, COMPLETION

    def take(self) -> Recorded:
        """The one request that came since the last reset."""
        assert len(self.requests) == 1, f"{len(self.requests)} requests came"
        return self.requests.pop()

    def answer(self, body: Any) -> tuple[str, bytes]:
        if not (isinstance(body, dict) and body.get("stream")):
            return "application/json", json.dumps(self.completion).encode()
        known = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        lines = [f"data: {json.dumps({**known, **chunk})}\n\n" for chunk in self.chunks]
        return "text/event-stream", "".join([": keep-alive\n\n", *lines, "data: [DONE]\n\n"]).encode()


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.requests.append(Recorded(self.command, self.path, headers, body))
            kind, answer = recorder.answer(json.loads(body))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="recorder")
    thread.start()
    recorder.origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
