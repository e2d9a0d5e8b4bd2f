"""The calls of a JavaScript program that make a chat-completion request, by one package or another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .apis import Api, out_of_scope
from .clients import HUGGING_FACE, OTHER_APIS, Arguments, by_http, by_package, first, is_body, left_out
from .found import Findings, found
from .javascript_source import Function, Source, called_of, line_of, object_of
from .javascript_values import Values
from .jsontext import value_of
from .scope import Scope
from .values import Hole, JsonText, Made, Mixed, as_hole

if TYPE_CHECKING:
    from tree_sitter import Node

TITLE = "JavaScript program"
_CREATE = frozenset({"create", "parse", "stream", "runTools"})
_OPTIONS_OF_CALL = ("accessToken", "endpointUrl", "provider", "urlTransform")


class Calls:
    """Notes the requests that a program makes, one after another."""

    def __init__(self, source: Source, values: Values) -> None:
        self.findings = Findings()
        self._source = source
        self._values = values

    def note(self, node: Node, scope: Scope) -> bool:
        """Note a call. Whether it is a request."""
        function = called_of(node)
        names = self._source.names(function)
        name = names[-1] if names else ""
        if names[-3:-1] == ["chat", "completions"] and name in _CREATE:
            return self._package(node, self._client_of(function, 3), name, scope)
        if name in ("chatCompletion", "chatCompletionStream"):
            return self._package(node, object_of(function, 1), name, scope)
        if names[-2:-1] == ["messages"] and name in _CREATE:
            return self._messages(node, self._client_of(function, 2), name, scope)
        if len(names) > 1 and names[-2] in OTHER_APIS and name in ("create", "stream", "parse", "generate"):
            self.findings.refuse(out_of_scope(f"line {line_of(node)}: this is {OTHER_APIS[names[-2]]}"))
            return True
        if name in ("fetch", "request", "axios", "post"):
            return self._post(node, name, function, scope)
        return False

    def _client_of(self, function: Node | None, steps: int) -> Node | None:
        client = object_of(function, steps)
        return object_of(client, 1) if client is not None and self._field(client) == "beta" else client

    def _field(self, node: Node) -> str:
        field = node.child_by_field_name("property")
        return "" if field is None else self._source.text(field)

    def _messages(self, node: Node, holder: Node | None, name: str, scope: Scope) -> bool:
        """Anthropic's package; others have messages that are created too."""
        given = self._values.arguments(node, scope)
        if not given or not isinstance(given[0], dict) or "messages" not in given[0]:
            return False
        return self._package(node, holder, name, scope, "anthropic")

    def _package(self, node: Node, holder: Node | None, name: str, scope: Scope, api: Api = "openai") -> bool:
        client = None if holder is None else self._values.evaluate(holder, scope)
        made = client if isinstance(client, Made) else None
        known_as = made.name if made else "HfInference" if name.startswith("chatCompletion") else ""
        given = self._values.arguments(node, scope)
        body: dict[Any, Any] = dict(given[0]) if given and isinstance(given[0], dict) else {_hole(given, node): True}
        settings = given[1] if len(given) > 1 and isinstance(given[1], dict) else {}
        if name in ("stream", "chatCompletionStream"):
            body["stream"] = True
        options = dict(self._options(made, known_as))
        if name.startswith("chatCompletion"):
            options |= {key: body.pop(key) for key in _OPTIONS_OF_CALL if key in body}
        headers, notes = settings.get("headers"), left_out(options, settings)
        self.findings.add(lambda: found(by_package(TITLE, line_of(node), known_as, options, body, headers, notes, api)))
        return True

    def _options(self, made: Made | None, name: str) -> Arguments:
        given = made.arguments if made else ()
        objects = [value for value in given if isinstance(value, dict)]
        options: dict[Any, Any] = {**(objects[0] if objects else {}), **(made.keywords if made else {})}
        if name.rpartition(".")[2] not in HUGGING_FACE:
            return options
        key = given[0] if given and not isinstance(given[0], dict) else None
        headers = self._headers_of_fetch(options.get("fetch"))
        return {"accessToken": key, **options, "headers": headers}

    def _headers_of_fetch(self, value: Any) -> Any:
        """The headers that a function in the place of `fetch` adds."""
        function = value.arguments[0] if isinstance(value, Made) and value.arguments else None
        if not isinstance(function, Function):
            return None
        for node in _calls_in(function.node):
            if self._source.dotted(called_of(node)) == "fetch":
                given = self._values.arguments(node, function.scope)
                return given[1].get("headers") if len(given) > 1 and isinstance(given[1], dict) else None
        return None

    def _post(self, node: Node, name: str, function: Node | None, scope: Scope) -> bool:
        given = self._values.arguments(node, scope)
        holder = object_of(function, 1)
        made = self._values.evaluate(holder, scope) if holder is not None else None
        options = self._options(made if isinstance(made, Made) else None, "")
        url, body, headers = _posted(name, given)
        notes = left_out(options, *(value for value in given[-1:] if isinstance(value, dict) and value is not body))
        if not is_body(body):
            return False
        line = line_of(node)
        every = {**_object(options.get("headers")), **_object(headers)}
        base = first(options, "baseURL", "prefixUrl")
        self.findings.add(lambda: found(by_http(TITLE, line, url, _body(body, line), every, base, notes)))
        return True


def _posted(name: str, given: list[Any]) -> tuple[Any, Any, Any]:
    """Address, body and headers of `fetch(url, {...})`, `axios.post(url, body, {...})` or `got.post(url, {json})`."""
    options = [_object(value) for value in given] + [{}, {}, {}]
    if given and isinstance(given[0], dict):
        return options[0].get("url"), options[0].get("data"), options[0].get("headers")
    url = given[0] if given else None
    if name == "post" and not options[1].keys() & {"json", "body"}:
        return url, given[1] if len(given) > 1 else None, options[2].get("headers")
    return url, first(options[1], "body", "json", "data"), options[1].get("headers")


def _object(value: Any) -> dict[Any, Any]:
    if isinstance(value, Made) and value.name == "Headers" and value.arguments:
        value = value.arguments[0]
    if isinstance(value, list):
        return {pair[0]: pair[1] for pair in value if isinstance(pair, list) and len(pair) == 2}
    return value if isinstance(value, dict) else {}


def _body(body: Any, line: int) -> dict[Any, Any]:
    while isinstance(body, JsonText):
        body = body.value
    if isinstance(body, (str, Hole, Mixed)):
        body = value_of(body, f"the body in line {line}")
    if isinstance(body, dict):
        return body
    return {as_hole(body) or Hole(line, "what is no JSON object"): True}


def _hole(given: list[Any], node: Node) -> Hole:
    return next((hole for value in given if (hole := as_hole(value))), None) or Hole(line_of(node), "what is no object")


def _calls_in(node: Node) -> Iterator[Node]:
    ahead = [node]
    while ahead:
        part = ahead.pop()
        if part.type == "call_expression":
            yield part
        ahead.extend(reversed(part.named_children))
