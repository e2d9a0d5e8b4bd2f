"""The calls of a Python program that make a chat-completion request, by one package or another."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from typing import Any

from .apis import Api, out_of_scope
from .clients import HUGGING_FACE, OTHER_APIS, Arguments, by_http, by_package, is_body, left_out, merged
from .found import Findings, Sent, found
from .jsontext import value_of
from .python_values import arguments, dotted, evaluate
from .scope import Scope
from .transformers_program import Generation
from .values import ABSENT, Hole, JsonText, Made, Mixed, as_hole

TITLE = "Python program"
_CREATE = frozenset({"create", "parse", "stream", "acreate"})
_BETWEEN = frozenset({"beta", "with_raw_response", "with_streaming_response"})
_POST = frozenset({"post", "stream", "request", "Request"})
_NOT_SENT = frozenset({"extra_body", "extra_headers", "extra_query", "timeout"})
_BODIES = ("json", "data", "content")


class Calls:
    """Notes the requests that a program makes, one after another."""

    def __init__(self) -> None:
        self.findings = Findings()
        self._generation = Generation()

    def note(self, expression: ast.expr, scope: Scope) -> bool:
        """Note the requests in an expression. Whether the expression itself is one."""
        noted = False
        for node, inner in calls_in(expression, scope):
            is_request = self._note(node, inner)
            noted = noted or (is_request and node is _inner(expression))
        return noted

    def _note(self, node: ast.Call, scope: Scope) -> bool:
        if not isinstance(node.func, ast.Attribute):
            name = dotted(node.func)
            if name == "Request":
                return self._post(node, None, name, scope)
            return self._generation.note(node, name, scope, self.findings)
        client, names = _path(node.func)
        tail = names[-3:]
        if tail[:2] == ["chat", "completions"] and names[-1] in _CREATE:
            return self._package(node, client, names[:-3], scope)
        if names[-1] == "chat_completion" or (names[-2:-1] == ["ChatCompletion"] and names[-1] in _CREATE):
            return self._package(node, client, names[: -1 if names[-1] == "chat_completion" else -2], scope)
        if names[-2:-1] == ["messages"] and names[-1] in _CREATE:
            asked = any(word.arg in ("messages", None) for word in node.keywords)  # others create messages too
            return asked and self._package(node, client, names[:-2], scope, "anthropic")
        if len(names) > 1 and names[-2] in OTHER_APIS and names[-1] in ("create", "stream", "parse", "generate"):
            self.findings.refuse(out_of_scope(f"line {node.lineno}: this is {OTHER_APIS[names[-2]]}"))
            return True
        if names[-1] in _POST:
            return self._post(node, node.func.value, names[-1], scope)
        return self._generation.note(node, names[-1], scope, self.findings)

    def _package(self, node: ast.Call, root: ast.expr, names: list[str], scope: Scope, api: Api = "openai") -> bool:
        client = evaluate(_attribute(root, names), scope)
        made = client if isinstance(client, Made) else None
        options: Arguments = made.keywords if made else _module_settings(dotted(root), scope)
        name = made.name if made else dotted(root)
        by_place, given = arguments(node, scope)
        call = {key: value for key, value in given.items() if key not in _NOT_SENT}
        if by_place:
            call = {"messages": by_place[0], **call}
        if made and made.arguments:
            options = {"model": made.arguments[0], **options}
        if name.rpartition(".")[2] in HUGGING_FACE:
            call = {"stream": False, **call}
            call = {key: value for key, value in call.items() if value is not None}
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "stream":
            call = {**call, "stream": True}
        body, headers = merged(call, given.get("extra_body")), given.get("extra_headers")
        notes = left_out(options, given)
        self.findings.add(lambda: found(by_package(TITLE, node.lineno, name, options, body, headers, notes, api)))
        return True

    def _post(self, node: ast.Call, holder: ast.expr | None, name: str, scope: Scope) -> bool:
        by_place, by_name = arguments(node, scope)
        names = ("method", "url") if name in ("request", "stream") else ("url", "data")
        given = {**dict(zip(names, by_place, strict=False)), **by_name}
        body = next((given[key] for key in _BODIES if given.get(key) not in (None, ABSENT)), None)
        if not is_body(body) or str(given.get("method", "POST")).upper() != "POST":
            return False
        client = None if holder is None else evaluate(holder, scope)
        options = client.keywords if isinstance(client, Made) else {}
        path = f"{dotted(holder)}.headers" if holder is not None else ""
        headers = _headers(options.get("headers"), scope.get(path), given.get("headers"))
        self.findings.add(lambda: found(_posted(node.lineno, given, body, headers, options)))
        return True


def calls_in(expression: ast.expr, scope: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """The calls in an expression, the outer ones first, each with the names around it."""
    ahead: deque[tuple[ast.AST, Scope]] = deque([(expression, scope)])
    while ahead:
        node, names = ahead.popleft()
        if isinstance(node, ast.Call):
            yield node, names
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)):
            names = _with_own_names(node, names)
        ahead.extend((child, names) for child in ast.iter_child_nodes(node))


def _with_own_names(node: ast.AST, scope: Scope) -> Scope:
    """The names in a comprehension or a lambda, whose own take a value when it runs."""
    inner = scope.inner()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            inner[part.id] = Hole(part.lineno, f"{part.id:.60}")
        elif isinstance(part, ast.arg):
            inner[part.arg] = Hole(part.lineno, f"{part.arg:.60}")
    return inner


def _posted(line: int, given: Arguments, body: Any, headers: Any, options: Arguments) -> Sent:
    if isinstance(body, (str, Hole, Mixed)):
        body = value_of(body, f"the body in line {line}")
    notes = left_out(options, given)
    return by_http(TITLE, line, given.get("url"), _object(body, line), headers, options.get("base_url"), notes)


def _object(body: Any, line: int) -> dict[Any, Any]:
    while isinstance(body, JsonText):
        body = body.value
    if isinstance(body, dict):
        return body
    return {as_hole(body) or Hole(line, "what is no JSON object"): True}


def _headers(*given: Any) -> dict[Any, Any]:
    return {name: value for headers in given if isinstance(headers, dict) for name, value in headers.items()}


def _module_settings(module: str, scope: Scope) -> dict[str, Any]:
    """What a program has set on the openai module itself."""
    names = {"api_key": "api_key", "api_base": "base_url", "base_url": "base_url"}
    return {option: scope[f"{module}.{name}"] for name, option in names.items() if f"{module}.{name}" in scope}


def _path(node: ast.Attribute) -> tuple[ast.expr, list[str]]:
    """What a chain of attributes begins with, and their names."""
    names: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        names.insert(0, inner.attr)
        inner = inner.value
    return inner, [name for name in names if name not in _BETWEEN]


def _attribute(root: ast.expr, names: list[str]) -> ast.expr:
    for name in names:
        root = ast.Attribute(value=root, attr=name, ctx=ast.Load(), lineno=root.lineno, col_offset=root.col_offset)
    return root


def _inner(expression: ast.expr) -> ast.expr:
    while isinstance(expression, ast.Await):
        expression = expression.value
    return expression
