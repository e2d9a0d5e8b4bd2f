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
    """`origin` is `http://127.0.0.1:port`. `chunks` and `completion` are what is answered, until changed.

    `packets` are a whole stream in HTTP's chunks, in place of `chunks`. `statuses` are those of the first answers, with
    `completion` as JSON; all later ones are 200.
    """

    origin: str = ""
    requests: list[Recorded] = field(default_factory=list)
    chunks: tuple[Any, ...] = CHUNKS
    completion: dict[str, Any] = field(default_factory=lambda: COMPLETION)
    packets: tuple[bytes, ...] = ()
    statuses: tuple[int, ...] = ()

    def reset(self) -> None:
        self.requests.clear()
        self.chunks, self.completion, self.packets, self.statuses = CHUNKS, COMPLETION, (), ()

    def take(self) -> Recorded:
        """The one request that came since the last reset."""
        assert len(self.requests) == 1, f"{len(self.requests)} requests came"
        return self.requests.pop()

    def answer(self, body: Any) -> tuple[int, str, tuple[bytes, ...]]:
        """The status of the answer, its media type, and its packets."""
        status = self.statuses[len(self.requests) - 1] if len(self.requests) <= len(self.statuses) else 200
        if status != 200 or not (isinstance(body, dict) and body.get("stream")):
            return status, "application/json", (json.dumps(self.completion, ensure_ascii=False).encode(),)
        if self.packets:
            return 200, "text/event-stream", self.packets
        known = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        lines = [f"data: {json.dumps({**known, **chunk}, ensure_ascii=False)}\n\n" for chunk in self.chunks]
        return 200, "text/event-stream", ("".join([": keep-alive\n\n", *lines, "data: [DONE]\n\n"]).encode(),)


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 1  # Node may open a connection ahead and never ask anything on it

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.requests.append(Recorded(self.command, self.path, headers, body))
            status, kind, packets = recorder.answer(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Connection", "close")
            if kind == "application/json":
                self.send_header("Content-Length", str(sum(map(len, packets))))
            else:
                self.send_header("Transfer-Encoding", "chunked")
                packets = tuple(b"%x\r\n%b\r\n" % (len(packet), packet) for packet in (*packets, b""))
            self.end_headers()
            self.wfile.write(b"".join(packets))

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
