"""The one codec between domain values and the OpenAI chat-completion wire.

requests.py: request <-> JSON payload. answers.py: event <-> chunk, reply <-> completion, SSE lines.
failures.py: error <-> error body. Nothing here knows a transport, a model library or a widget.
"""

from .answers import DONE, AnswerReader, ChunkWriter, completion, sse
from .failures import error_body, read_failure
from .requests import Delivery, payload, read_request

__all__ = [
    "DONE",
    "AnswerReader",
    "ChunkWriter",
    "Delivery",
    "completion",
    "error_body",
    "payload",
    "read_failure",
    "read_request",
    "sse",
]
