"""Request -> code that sends exactly this request, one client a file.

    render(request, "python-openai", stream=True).code

Add a client: a module with `write(call) -> str`, a row in CLIENTS, and its rows in `limits.LIMITS`; the
tests in tests/snippets run over the table.
"""

from __future__ import annotations

from ..request import ChatRequest
from . import js_openai, python_openai, sh_curl
from .call import call_of
from .client import JAVASCRIPT, PYTHON, SHELL, Client, Snippet
from .limits import warnings

CLIENTS: tuple[Client, ...] = (
    Client("python-openai", PYTHON, "openai", "pip install openai", python_openai.write),
    Client("js-openai", JAVASCRIPT, "openai", "npm install openai", js_openai.write),
    Client("sh-curl", SHELL, "curl", "", sh_curl.write),
)
_BY_ID = {client.id: client for client in CLIENTS}

__all__ = ["CLIENTS", "Client", "Snippet", "render"]


def render(request: ChatRequest, client: str, *, stream: bool = True) -> Snippet:
    """The code for a request, in the client of that id (KeyError without one).

    What the code sends is `wire.payload(request, STREAMED)`, or `wire.payload(request)` without `stream`;
    where the client can't, a warning says so, beside the code and at its head. Raises BadRequest when the
    endpoint has no address, or a header that HTTP cannot carry.
    """
    row = _BY_ID[client]
    call = call_of(request, stream=stream)
    told = warnings(call.body, client)
    head = "".join(f"{row.spoken.comment} Not exact: {warning}\n" for warning in told)
    code = row.write(call)
    return Snippet(code=f"{head}\n{code}" if head else code, install=row.install, warnings=told)
