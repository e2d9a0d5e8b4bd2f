"""GET /openapi.json and GET /docs: what the API takes and answers, for programs and for people.

The page is written here from the same document, plain HTML: it runs no script and loads nothing.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from .schema import openapi

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#18181b, #e4e4e7); background: light-dark(#fff, #18181b); }
:root { color-scheme: light dark; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem 1rem; border-radius: 6px; background: light-dark(#f4f4f5, #27272a); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 1rem 0.35rem 0;
  border-bottom: 1px solid light-dark(#e4e4e7, #3f3f46); }
summary { cursor: pointer; }
a { color: inherit; }
"""
_GUARD = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Docs:
    """The two routes. The document says the path that this API is mounted at, as the caller sees it."""

    def __init__(self, *, key_required: bool) -> None:
        self._key_required = key_required

    async def document(self, request: Request) -> JSONResponse:
        return JSONResponse(self._document(request))

    async def page(self, request: Request) -> HTMLResponse:
        return HTMLResponse(page(self._document(request)), headers={"Content-Security-Policy": _GUARD})

    def _document(self, request: Request) -> dict[str, Any]:
        return openapi(key_required=self._key_required, server=request.scope.get("root_path", "") or "/")


def page(document: dict[str, Any]) -> str:
    """The document as a page: each path, the request's fields, and every schema folded."""
    schemas = document["components"]["schemas"]
    base = document["servers"][0]["url"].rstrip("/")
    folded = "".join(
        f"<details><summary><code>{escape(name)}</code></summary><pre>{escape(_pretty(schema))}</pre></details>"
        for name, schema in schemas.items()
    )
    key = "<p>Send the key as <code>Authorization: Bearer KEY</code>.</p>" if "security" in document else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>API</title>"
        f"<style>{_STYLE}</style></head><body><h1>The API of this playground</h1>"
        f"<p>{escape(document['info']['description'])}"
        f" The same for programs: <a href='openapi.json'>openapi.json</a>.</p>{key}"
        f"{''.join(_path(base + path, ways) for path, ways in document['paths'].items())}"
        f"<h2>Fields of a request</h2>{_fields(schemas['ChatRequest'])}"
        f"<h2>Schemas</h2>{folded}</body></html>"
    )


def _path(path: str, ways: dict[str, Any]) -> str:
    return "".join(_operation(path, method, operation) for method, operation in ways.items())


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [(status, answer["description"]) for status, answer in operation["responses"].items()]
    title = f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
    return f"{title}<p>{escape(operation['summary'])}.</p>{_table(('Status', 'What it says'), rows)}"


def _fields(schema: dict[str, Any]) -> str:
    rows = [(name, _said(name, field, schema)) for name, field in schema["properties"].items()]
    return _table(("Field", "What it sets"), rows)


def _said(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    parts = [field.get("description", ""), "Required." if name in schema["required"] else ""]
    kinds = field.get("anyOf", [])
    low, high = (next((kind[word] for kind in kinds if word in kind), None) for word in ("minimum", "maximum"))
    if low is not None:
        parts.append(f"From {low:g} to {high:g}." if high is not None else f"At least {low:g}.")
    return " ".join(part for part in parts if part)


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td><code>{escape(left)}</code></td><td>{escape(right)}</td></tr>" for left, right in rows)
    return f"<div class='wide'><table><tr><th>{head[0]}</th><th>{head[1]}</th></tr>{cells}</table></div>"


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
