"""Request -> code that sends exactly this request, one client a file.

    render(request, "python-openai", stream=True).code

Add a client: a module with `write(call) -> str`, a row in CLIENTS, and its rows in `limits.LIMITS`; the
tests in tests/snippets run over the table.
"""

from __future__ import annotations

from ..errors import BadRequest
from ..request import ChatRequest
from ..wire.requests import STREAMED, payload
from . import (
    js_fetch,
    js_huggingface,
    js_openai,
    python_httpx,
    python_huggingface_hub,
    python_openai,
    python_requests,
    python_transformers,
    sh_curl,
)
from .call import Call, call_of
from .client import JAVASCRIPT, PYTHON, SHELL, Client, Images, Snippet
from .limits import warnings

CLIENTS: tuple[Client, ...] = (
    Client("python-openai", PYTHON, "openai", "pip install openai", python_openai.write),
    Client("python-openai-async", PYTHON, "openai async", "pip install openai", python_openai.write_async),
    Client(
        "python-huggingface_hub",
        PYTHON,
        "huggingface_hub",
        "pip install huggingface_hub",
        python_huggingface_hub.write,
    ),
    Client(
        "python-huggingface_hub-async",
        PYTHON,
        "huggingface_hub async",
        "pip install huggingface_hub",
        python_huggingface_hub.write_async,
    ),
    Client("python-requests", PYTHON, "requests", "pip install requests", python_requests.write),
    Client("python-httpx-async", PYTHON, "httpx async", "pip install httpx", python_httpx.write),
    Client(
        "python-transformers",
        PYTHON,
        "transformers",
        "pip install torch transformers pillow",
        python_transformers.write,
        calls=False,
    ),
    Client("js-openai", JAVASCRIPT, "openai", "npm install openai", js_openai.write),
    Client(
        "js-huggingface.js",
        JAVASCRIPT,
        "@huggingface/inference",
        "npm install @huggingface/inference",
        js_huggingface.write,
    ),
    Client("js-fetch", JAVASCRIPT, "fetch", "", js_fetch.write),
    Client("sh-curl", SHELL, "curl", "", sh_curl.write, install_stream="apt install jq"),
)
BY_ID = {client.id: client for client in CLIENTS}

__all__ = ["BY_ID", "CLIENTS", "Client", "Images", "Snippet", "render", "written"]


def render(
    request: ChatRequest, client: str, *, stream: bool = True, full: bool = False, images: Images = "inline"
) -> Snippet:
    """The code for a request, in the client of that id (KeyError without one).

    What the code sends is `wire.payload(request, STREAMED)`, or `wire.payload(request)` without `stream`;
    where the client can't, a warning says so, beside the code and at its head. `full` adds as comments what
    is not sent. With `images="file"` long data URLs are read from `Snippet.files`. Raises BadRequest when
    the endpoint has no address.
    """
    endpoint = request.model.endpoint
    if endpoint.base_url is None and BY_ID[client].calls:
        raise BadRequest(
            f"{endpoint.name} has no address that code could call",
            advice="Give the endpoint a base URL.",
            param="base_url",
        )
    body = payload(request, STREAMED if stream else None)
    call = call_of(
        body,
        base_url=endpoint.base_url or "",
        headers=endpoint.headers,
        key_name=endpoint.key_name,
        full=full,
        files=images == "file",
    )
    return written(call, client)


def written(call: Call, client: str) -> Snippet:
    """The code of a call, in the client of that id."""
    row = BY_ID[client]
    told = warnings(call, client)
    head = "".join(f"{row.spoken.comment} Not exact: {warning}\n" for warning in told)
    code = row.write(call)
    return Snippet(
        code=f"{head}\n{code}" if head else code,
        install=row.install_for(call),
        warnings=told,
        files=call.files,
        run=f"{row.spoken.program} chat{row.suffix}",
        key_name=call.key_name if row.calls else None,
    )
