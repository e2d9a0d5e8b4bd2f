"""The pane's document, as the browser holds it, read into a request.

    {"endpoint": {"name", "base_url"?, "key_name"?, "headers"?: [[name, value]]}, "model": "id",
     "messages": [wire messages], "params": {"temperature": "0.7", ...}, "extra": "{...}" or ""}

Parameters and extra fields are JSON *text*, so that what was typed arrives exactly: a browser would round
integers above 2^53. The request made here feeds the run, the code view and everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..errors import BadRequest
from ..jsonvalue import loads
from ..params import BY_NAME
from ..request import RESERVED, ChatRequest, Endpoint
from ..wire import read_request
from ..wire.requests import bad_request
from .context import Context


def read_pane(pane: Any, context: Context) -> ChatRequest:
    """The request of a pane's document. Raises BadRequest that names the control which is wrong."""
    if not isinstance(pane, Mapping):
        raise BadRequest("the pane did not arrive; reload the page")
    body: dict[str, Any] = {"model": pane.get("model"), "messages": pane.get("messages") or []}
    for name, text in _mapping(pane.get("params")).items():
        if name not in BY_NAME:
            raise BadRequest(f"there is no parameter {name!r}", param=str(name))
        body[name] = _value(text, name)
    extra = pane.get("extra") or ""
    body |= _extra(_value(extra, "extra") if str(extra).strip() else {})
    if not body["messages"]:
        raise BadRequest("there is nothing to send yet", advice="Write a message first.", param="messages")
    return read_request(body, read_endpoint(pane.get("endpoint"), context))[0]


def read_endpoint(spec: Any, context: Context) -> Endpoint:
    """The operator's endpoint of that name, else the visitor's own, which is always a remote one."""
    fields = _mapping(spec)
    built_in = context.endpoint(str(fields.get("name")))
    if built_in is not None:
        return built_in
    given = {key: fields[key] for key in ("name", "base_url", "key_name") if fields.get(key)}
    if fields.get("headers"):
        given["headers"] = _pairs(fields["headers"])
    try:
        endpoint = Endpoint.model_validate({**given, "kind": "remote"})
    except ValidationError as error:
        raise bad_request(error) from error
    if endpoint.base_url is None:
        raise BadRequest("base_url is missing", param="base_url", advice="Enter the endpoint's base URL.")
    return endpoint


def _pairs(headers: Any) -> tuple[Any, ...]:
    """The headers as pairs; the endpoint checks what is in them."""
    if not isinstance(headers, list) or not all(isinstance(pair, list) for pair in headers):
        raise BadRequest("headers must be a list of pairs", param="headers", advice="Write each as Name: value.")
    return tuple(tuple(pair) for pair in headers)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _value(text: Any, name: str) -> Any:
    try:
        return loads(str(text))
    except (ValueError, RecursionError) as error:
        label = BY_NAME[name].label if name in BY_NAME else "Extra JSON"
        if name in BY_NAME and BY_NAME[name].kind in ("int", "float"):
            raise BadRequest(f"{label} must be a number, not {str(text)!r:.60}", param=name) from error
        raise BadRequest(f"{label} is not valid JSON: {error}", param=name) from error


def _extra(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest('Extra JSON must be an object, such as {"user": "me"}', param="extra")
    reserved = sorted(value.keys() & RESERVED)
    if reserved:
        raise BadRequest(
            f"Extra JSON cannot hold {', '.join(reserved)}",
            param="extra",
            advice="Use the control of that name instead.",
        )
    return value
