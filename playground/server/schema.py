"""The API's own description, as OpenAPI 3.2: derived from the values that requests are read into, and from PARAMS.

It says what is taken and what is answered. What no schema can say (that a pattern compiles, that a model sees
images) is told by 400, which every request may be answered with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from ..messages import IMAGE_URLS, Message
from ..params import PARAMS, Param
from ..wire.requests import Delivery
from .body import IGNORED

Schema = dict[str, Any]
_DEFS = "#/components/schemas/{model}"
_JSON_KINDS: dict[str, Schema] = {
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "text": {"type": "string", "minLength": 1},
    "object": {"type": "object"},
    "strings": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}},
        ]
    },
}
_FUNCTION: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "description": "Local models take the letters A to Z and a to z, digits, _ and -, 64 at most.",
        },
        "parameters": {"type": ["object", "null"]},
    },
}
_TOOL: Schema = {
    "type": "object",
    "required": ["type", "function"],
    "properties": {"type": {"const": "function"}, "function": _FUNCTION},
}
_NAMED: Schema = {
    "type": "object",
    "required": ["type", "function"],
    "properties": {
        "type": {"const": "function"},
        "function": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    },
}
_OWN: dict[str, Schema] = {
    "logit_bias": {
        "type": "object",
        "propertyNames": {"pattern": "^[0-9]+$"},
        "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100},
    },
    "response_format": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "description": "text, json_object, json_schema, json or regex"}},
        "examples": [
            {"type": "json_object"},
            {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}}},
            {"type": "json", "value": {"type": "object"}},
            {"type": "regex", "value": "[0-9]+"},
        ],
    },
    "tools": {"type": "array", "items": _TOOL},
    "tool_choice": {"anyOf": [{"enum": ["none", "auto", "required"]}, _NAMED]},
}
"""The rows of PARAMS whose values have a shape of their own."""


def openapi(*, key_required: bool, server: str) -> Schema:
    """The whole document. `server` is the path or URL that the API is mounted at."""
    document: Schema = {
        "openapi": "3.2.0",
        "info": {"title": "Chat Completion Playground", "version": "1", "description": _ABOUT},
        "servers": [{"url": server}],
        "paths": _paths(),
        "components": {"schemas": _schemas()},
    }
    if key_required:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
    return document


_ABOUT = "Chat completions by the models of this machine, as OpenAI's API has them. Errors have one shape everywhere."


def _schemas() -> dict[str, Schema]:
    message = TypeAdapter(Message).json_schema(ref_template=_DEFS)
    delivery = TypeAdapter(Delivery).json_schema(ref_template=_DEFS)
    parts = {**message.pop("$defs"), **delivery.pop("$defs")}
    parts["ImageUrl"]["properties"]["url"]["pattern"] = f"^({'|'.join(IMAGE_URLS)})"
    return {
        **parts,
        "Message": _told_as_one_of_its_kinds(message),
        "ChatRequest": _request(delivery["properties"]),
        **_ANSWERS,
    }


def _told_as_one_of_its_kinds(message: Schema) -> Schema:
    """A message's schema, with what its validator asks of each role."""
    fields = message["properties"]
    text = {"anyOf": [{"type": "string"}, {"type": "array", "items": _ref("Text"), "minItems": 1}]}
    seen: Schema = {"type": "array", "items": {"anyOf": [_ref("Text"), _ref("Image")]}, "minItems": 1}
    own = ("tool_calls", "reasoning_content", "reasoning", "tool_call_id")
    shared = {name: field for name, field in fields.items() if name not in (*own, "role", "content")}
    thoughts = {name: fields[name] for name in own[:3]}

    def kind(roles: list[str], content: Schema, required: list[str], **more: Schema) -> Schema:
        unset = {name: {"type": "null"} for name in own}
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["role", *required],
            "properties": {"role": {"enum": roles}, "content": content, **unset, **shared, **more},
        }

    def silent(instead: str) -> Schema:
        given = dict(next(row for row in fields[instead]["anyOf"] if row["type"] != "null"))
        if given["type"] == "string":
            given["minLength"] = 1
        return kind(["assistant"], {"type": "null"}, [instead], **(thoughts | {instead: given}))

    return {
        "title": "Message",
        "description": message["description"],
        "anyOf": [
            kind(["system", "developer"], text, ["content"]),
            kind(["user"], {"anyOf": [{"type": "string"}, seen]}, ["content"]),
            kind(["assistant"], text, ["content"], **thoughts),
            *(silent(instead) for instead in (*thoughts, "refusal")),
            kind(["tool"], text, ["content", "tool_call_id"], tool_call_id={"type": "string"}),
        ],
    }


def _request(how: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": ["model", "messages"],
        "description": "null means unset, and whole numbers have no point. Fields beyond these are refused, but for "
        "those that a model's backend knows.",
        "properties": {
            "model": {"type": "string", "minLength": 1},
            "messages": {"type": "array", "items": _ref("Message"), "minItems": 1},
            **{param.name: parameter(param) for param in PARAMS},
            **{name: how[name] for name in ("stream", "stream_options")},
            **{name: {"description": "Accepted, and without effect."} for name in sorted(IGNORED)},
            **_EXTRA,
        },
        "allOf": [
            {"if": _given("top_logprobs"), "then": {"properties": {"logprobs": {"const": True}}, "required": ["logprobs"]}},
            {"if": _given("stream_options"), "then": {"properties": {"stream": {"const": True}}, "required": ["stream"]}},
        ],
    }  # fmt: skip


_EXTRA: dict[str, Schema] = {
    "structured_outputs": {
        "description": "For local models: what the answer must be, as vLLM has it. One of json (a schema), regex, choice (a "
        "list of texts) and grammar (Lark or GBNF).",
        "examples": [{"choice": ["yes", "no"]}, {"regex": "[0-9]+"}, {"grammar": 'start: "yes" | "no"'}],
    },
    "chat_template_kwargs": {
        "description": "For local models: variables of the chat template, by their names.",
        "examples": [{"enable_thinking": False}],
    },
}
"""Fields that are no parameters, and that local models know."""


def _given(name: str) -> Schema:
    return {"properties": {name: {"not": {"type": "null"}}}, "required": [name]}


def parameter(param: Param) -> Schema:
    """The schema of a parameter's row, null included."""
    kind = dict(_OWN.get(param.name) or _JSON_KINDS[param.kind])
    bounds = {"minimum": param.low, "maximum": param.high}
    kind |= {word: bound for word, bound in bounds.items() if bound is not None}
    said: Schema = {"title": param.label, "description": param.help, "anyOf": [kind, {"type": "null"}]}
    return {**said, "examples": list(param.choices)} if param.choices else said


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# --- answers -------------------------------------------------------------------------------------


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {**required, **optional},
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBERS: Schema = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}}
_LOGPROB = {"token": _TEXT, "logprob": {"type": "number", "maximum": 0}, "bytes": _or_null(_NUMBERS)}
_REASON = {"enum": ["stop", "length", "tool_calls", "content_filter"]}
_CALL_DELTA = _object(
    {"index": _COUNT, "function": _object({"arguments": _TEXT}, name=_TEXT)}, id=_TEXT, type={"const": "function"}
)
_DELTA = _object(
    {},
    role={"const": "assistant"},
    content=_TEXT,
    reasoning_content=_TEXT,
    reasoning=_TEXT,
    tool_calls={"type": "array", "items": _CALL_DELTA},
)
_HEAD: dict[str, Schema] = {"id": _TEXT, "created": _COUNT, "model": _TEXT}


def _choice(said: dict[str, Schema], ended: Schema) -> Schema:
    logprobs = _object({"content": {"type": "array", "items": _ref("TokenLogprob")}})
    return _object({"index": _COUNT, **said, "logprobs": _or_null(logprobs), "finish_reason": ended})


_ANSWERS: dict[str, Schema] = {
    "ChatCompletion": _object({
        **_HEAD,
        "object": {"const": "chat.completion"},
        "choices": {"type": "array", "items": _choice({"message": _ref("Message")}, _or_null(_REASON)), "minItems": 1},
        "usage": _or_null(_ref("Usage")),
    }),
    "ChatCompletionChunk": _object(
        {
            **_HEAD,
            "object": {"const": "chat.completion.chunk"},
            "choices": {"type": "array", "items": _choice({"delta": _DELTA}, _or_null(_REASON))},
        },
        usage=_or_null(_ref("Usage")),
    ),
    "TokenLogprob": _object({
        **_LOGPROB,
        "top_logprobs": {"type": "array", "items": _object(_LOGPROB), "maxItems": 20},
    }),
    "Usage": _object(
        {"prompt_tokens": _COUNT, "completion_tokens": _COUNT, "total_tokens": _COUNT},
        prompt_tokens_details=_object({"cached_tokens": _COUNT}),
        completion_tokens_details=_object({"reasoning_tokens": _COUNT}),
    ),
    "Model": _object({
        "id": _TEXT,
        "object": {"const": "model"},
        "created": _COUNT,
        "owned_by": _TEXT,
        "context_length": _or_null({"type": "integer", "minimum": 1}),
        "status": {"enum": ["loaded", "loading", "available"]},
        "capabilities": _object({
            "vision": _or_null({"type": "boolean"}),
            "thinking": _or_null({"type": "boolean"}),
            "tools": {"type": "boolean"},
            "own_tool_markup": _or_null({"type": "boolean"}),
            "structured_output": {"type": "boolean"},
        }),
    }),
    "ModelList": _object({"object": {"const": "list"}, "data": {"type": "array", "items": _ref("Model")}}),
    "Error": _object({
        "error": _object({"message": {"type": "string", "minLength": 1}, "type": _TEXT,
                          "param": _or_null(_TEXT), "code": _or_null(_TEXT)}),
    }),
}  # fmt: skip

_EVENT: Schema = {
    "type": "object",
    "description": "Chunks, and `[DONE]` at the end; an error in the middle is the last event.",
    "required": ["data"],
    "properties": {
        "data": {
            "anyOf": [
                {"const": "[DONE]"},
                {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"anyOf": [_ref("ChatCompletionChunk"), _ref("Error")]},
                },
            ]
        }
    },
}

_REFUSALS = {
    "400": "The request is wrong; `param` names the field.",
    "401": "No key, or not the right one.",
    "403": "A page of another site may not call this API.",
    "404": "There is no such model.",
    "405": "Not a method of this path.",
    "413": "The body is too large.",
    "415": "The body is not called JSON.",
    "429": "Busy; Retry-After says for how many seconds.",
    "500": "The server's own fault; its log says more.",
    "503": "The model can't run on this machine now.",
}
_ALWAYS = ("401", "403", "404", "405", "500", "503")


def _paths() -> Schema:
    return {
        "/chat/completions": {
            "post": {
                "operationId": "complete",
                "summary": "Answer a conversation",
                "requestBody": {"required": True, "content": _json("ChatRequest")},
                "responses": {
                    "200": {
                        "description": "The answer; as server-sent events with `stream`.",
                        "content": {**_json("ChatCompletion"), "text/event-stream": {"itemSchema": _EVENT}},
                    },
                    **_refused(_REFUSALS),
                },
            }
        },
        "/models": {"get": _reads("listModels", "The models that can run here", "ModelList")},
        "/models/{id}": {
            "get": {
                **_reads("readModel", "One model", "Model"),
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {**_TEXT, "minLength": 1}}],
            }
        },
    }


def _reads(operation: str, summary: str, answer: str) -> Schema:
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {"200": {"description": summary, "content": _json(answer)}, **_refused(_ALWAYS)},
    }


def _refused(statuses: Iterable[str]) -> Schema:
    return {status: {"description": _REFUSALS[status], "content": _json("Error")} for status in statuses}


def _json(name: str) -> Schema:
    return {"application/json": {"schema": _ref(name)}}
