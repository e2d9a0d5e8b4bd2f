"""Text -> the chat-completion requests in it: curl commands, JSON and JSONL, Python and JavaScript programs.

    read(text)[0].body

Nothing in the text is run. Keys and other secrets in it are not kept.
"""

from __future__ import annotations

from .found import Found
from .reading import LARGEST, read

__all__ = ["LARGEST", "Found", "read"]
