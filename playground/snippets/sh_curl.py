"""curl in a POSIX shell. The body comes from a heredoc, so that it can be of any length and content."""

from __future__ import annotations

from .call import Call
from .shell import heredoc, json_text, word


def write(call: Call) -> str:
    headers = [f"-H {word(_header(name, value))}" for name, value in call.headers.items()]
    if not any(name.lower() == "content-type" for name in call.headers):
        headers.insert(0, '-H "Content-Type: application/json"')
    if call.key_name:
        headers.insert(0, f'-H "Authorization: Bearer ${call.key_name}"')
    start = "curl --no-buffer" if call.stream else "curl"
    lines = [f"{start} {word(call.url)}", *headers, f"--data-binary @- {heredoc(json_text(call.body))}"]
    return " \\\n  ".join(lines)


def _header(name: str, value: str) -> str:
    """curl's way to write a header: a semicolon sends an empty one, where a colon would leave it out."""
    return f"{name}: {value}" if value else f"{name};"
