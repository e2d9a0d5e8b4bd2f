"""request <-> JSON payload, exact both ways: `payload(*read_request(body, endpoint))` is `body` again.

Absent, null, 0, false and "" stay apart, integers and floats keep their type and size, keys their order.
What is not known (a role, a part type, a field of a message) is refused, never lost; a top-level field that
is not known is a provider's own and becomes part of `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ..errors import BadRequest
from ..jsonvalue import thaw
from ..params import BY_NAME
from ..request import ChatRequest, Endpoint
from ..values import Value, WireValue


class StreamOptions(WireValue):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    continuous_usage_stats: bool | None = None


class Delivery(WireValue):
    """How a request is put on the wire, beside what it asks: streaming, and the order of the keys.

    `order` is the order of the top-level keys where they came from somebody's payload.
    """

    stream: bool | None = None
    stream_options: StreamOptions | None = None
    order: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)


STREAMED = Delivery(stream=True, stream_options=StreamOptions(include_usage=True))


def payload(request: ChatRequest, delivery: Delivery | None = None) -> dict[str, Any]:
    """The JSON body of the request, as plain dicts and lists. Without a delivery: no `stream` key."""
    delivery = delivery or Delivery()
    how = {key: plain(value) for key, value in delivery.given().items() if key != "order"}
    body: dict[str, Any] = {
        "model": request.model.id,
        "messages": plain(request.messages),
        **plain(request.params),
        **thaw(request.extra),
        **how,
    }
    return {key: body[key] for key in dict.fromkeys((*delivery.order, *body)) if key in body}


def plain(value: Any) -> Any:
    """A value as plain JSON types, given fields only, in their order."""
    if isinstance(value, Value):
        return {name: plain(item) for name, item in value.given().items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return thaw(value)


def read_request(body: Any, endpoint: Endpoint) -> tuple[ChatRequest, Delivery]:
    """Read a payload for an endpoint. Raises BadRequest whose `param` names the field that is wrong."""
    if not isinstance(body, Mapping):
        raise BadRequest("the request body must be a JSON object")
    for key in ("model", "messages"):
        if key not in body:
            raise BadRequest(f"{key} is missing", param=key, code="missing_required_parameter")
    names = Delivery.model_fields.keys() - {"order"}
    how = {key: value for key, value in body.items() if key in names}
    params = {key: value for key, value in body.items() if key in BY_NAME}
    extra = {key: value for key, value in body.items() if key not in (*BY_NAME, *names, "model", "messages")}
    fields: dict[str, Any] = {
        "model": {"endpoint": endpoint, "id": body["model"]},
        "messages": body["messages"],
        "params": params,
    }
    if extra:
        fields["extra"] = extra
    try:
        request = ChatRequest.model_validate(fields)
        return request, Delivery.model_validate({**how, "order": tuple(body)})
    except ValidationError as error:
        raise bad_request(error) from error


def bad_request(error: ValidationError) -> BadRequest:
    """The first thing pydantic found, in a user's words: `messages[0].content: ...`."""
    first = error.errors(include_url=False)[0]
    path = _path(first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    said = _PLAINLY.get(first["type"], said)
    return BadRequest(f"{path}: {said}" if path else said, param=path or _named_first(said))


def _named_first(said: str) -> str | None:
    """The parameter whose name begins the text of a rule about several."""
    name = said.partition(" ")[0]
    return name if name in BY_NAME else None


_PLAINLY = {
    "extra_forbidden": "this field is not known here",
    "missing": "is missing",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def _path(loc: tuple[int | str, ...]) -> str:
    text = ""
    keys = [key for key in loc if not (isinstance(key, str) and key.startswith("~"))]
    if keys[:1] in (["params"], ["extra"]):
        keys = keys[1:]
    elif keys[:1] == ["model"]:
        keys = ["model"]
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
