"""What an answer must be, as a request says it: JSON of a schema, a text of a pattern or of a grammar.

Pure. The spellings are OpenAI's `response_format`, that of TGI, and vLLM's `structured_outputs` (an extra field).
Whether a schema or a pattern can be held to is known when it is compiled for a model (grammar.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ...errors import BadRequest
from ...request import ChatRequest
from .fields import named, only
from .schemakeywords import held

EXTRA = "structured_outputs"
Kind = Literal["schema", "regex", "lark", "gbnf"]
LONGEST = {"schema": 200_000, "regex": 50_000, "lark": 50_000, "gbnf": 20_000}  # characters: more takes seconds to read
CHOICES = 2_000
_GBNF = re.compile(r"^\s*root\s*::=", re.MULTILINE)


@dataclass(frozen=True)
class Constraint:
    """`source` is a JSON schema as text, a regular expression, or a grammar in Lark or GBNF; `param` where it stood.

    Raises BadRequest for a source that is too long.
    """

    kind: Kind
    source: str
    param: str

    def __post_init__(self) -> None:
        if len(self.source) > (longest := LONGEST[self.kind]):
            raise BadRequest(
                f"{self.param} is {len(self.source):,} characters long; {longest:,} is the most.", param=self.param
            )

    @cached_property
    def schema(self) -> Any:
        """What a JSON schema asks for, in the words that grammars and readers share. Raises BadRequest."""
        return held(json.loads(self.source), self.param)


def read_constraint(request: ChatRequest) -> Constraint | None:
    """The request's constraint. Raises BadRequest for one that is misspelled, and for two."""
    given = request.params.response_format
    asked = None if given is None else _response_format(given)
    extra = request.extra.get(EXTRA)
    if extra is None:
        return asked
    if asked is not None:
        raise BadRequest(
            f"The request has two constraints, response_format and {EXTRA}.", param=EXTRA, advice="Give one of them."
        )
    return _structured(extra)


def _response_format(given: Mapping[str, Any]) -> Constraint | None:
    kind = given["type"]
    reader = _FORMATS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadRequest(
            f"The response format {kind!r} is not known here; there are {', '.join(_FORMATS)}.",
            param="response_format.type",
        )
    return reader({name: value for name, value in given.items() if value is not None})


def _text(given: Mapping[str, Any]) -> None:
    only(given, {"type": str}, "response_format")


def _json_object(given: Mapping[str, Any]) -> Constraint:
    only(given, {"type": str}, "response_format")
    return Constraint("schema", '{"type": "object"}', "response_format")


def _json_schema(given: Mapping[str, Any]) -> Constraint:
    only(given, {"type": str, "json_schema": object}, "response_format")
    where = "response_format.json_schema"
    held = given.get("json_schema")
    if not isinstance(held, dict):
        raise BadRequest(f"{where} must be an object with a schema in it.", param=where)
    only(held, {"name": str, "description": str, "schema": object, "strict": bool}, where)
    if held.get("name") is not None:
        named(held["name"], f"{where}.name")
    return _schema(held.get("schema"), f"{where}.schema")


def _tgi_json(given: Mapping[str, Any]) -> Constraint:
    only(given, {"type": str, "value": object}, "response_format")
    return _schema(given.get("value"), "response_format.value")


def _tgi_regex(given: Mapping[str, Any]) -> Constraint:
    only(given, {"type": str, "value": object}, "response_format")
    return _regex(given.get("value"), "response_format.value")


_FORMATS: dict[str, Callable[[Mapping[str, Any]], Constraint | None]] = {
    "text": _text,
    "json_object": _json_object,
    "json_schema": _json_schema,
    "json": _tgi_json,
    "regex": _tgi_regex,
}


def _structured(given: Any) -> Constraint:
    """vLLM's form: an object with one key that says the kind."""
    if not isinstance(given, dict) or sum(value is not None for value in given.values()) != 1:
        raise BadRequest(f"{EXTRA} must be an object with one of {', '.join(_KINDS)}.", param=EXTRA)
    only(given, dict.fromkeys(_KINDS, object), EXTRA)
    kind, value = next((key, value) for key, value in given.items() if value is not None)
    return _KINDS[kind](value, f"{EXTRA}.{kind}")


def _schema(given: Any, where: str) -> Constraint:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise BadRequest(f"{where} is not JSON: {error}.", param=where) from error
    if given is True:
        given = {}
    if not isinstance(given, dict):
        raise BadRequest(f"{where} must be a JSON schema: an object.", param=where)
    return Constraint("schema", json.dumps(given), where)


def _regex(given: Any, where: str) -> Constraint:
    return Constraint("regex", _some_text(given, where, "a regular expression"), where)


def _choice(given: Any, where: str) -> Constraint:
    if not (isinstance(given, (list, tuple)) and given and all(isinstance(text, str) and text for text in given)):
        raise BadRequest(f"{where} must be a list of texts, none of them empty.", param=where)
    if len(given) > CHOICES:
        raise BadRequest(f"{where} has {len(given):,} choices; {CHOICES:,} is the most.", param=where)
    return Constraint("regex", "|".join(map(literal, given)), where)


def _grammar(given: Any, where: str) -> Constraint:
    source = _some_text(given, where, "a grammar in Lark or GBNF")
    return Constraint("gbnf" if _GBNF.search(source) else "lark", source, where)


_KINDS: dict[str, Callable[[Any, str], Constraint]] = {
    "json": _schema,
    "regex": _regex,
    "choice": _choice,
    "grammar": _grammar,
}


def literal(text: str) -> str:
    """A pattern that matches this text only, in the dialect of Rust's regular expressions; it may stand between slashes."""
    return re.sub(r"[\\.+*?()|\[\]{}^$#&~/-]", r"\\\g<0>", text).replace("\n", r"\n")


def _some_text(given: Any, where: str, what: str) -> str:
    if not isinstance(given, str) or not given:
        raise BadRequest(f"{where} must be {what}.", param=where)
    return given
