"""Grammars of the arguments of one tool in markups that are not JSON: what they read back to fits the tool's schema.

Pure. A keyword that can't be held to in the markup is refused, with its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...errors import BadRequest
from .arguments import MarkedStyle, TaggedStyle, as_json
from .lark import Lark, natural, quoted
from .tools import Tool
from .toolschema import NOTES, SHELVES, constants, definition, property_of, resolved, spoken, text_of

_OF_OBJECTS = {"type", "properties", "required", "additionalProperties"}
_OF_ARRAYS = {"type", "items", "minItems", "maxItems"}
_OF_STRINGS = {"type", "minLength", "maxLength", "pattern"}
_OF_NUMBERS = {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_KINDS = {
    "object": _OF_OBJECTS, "array": _OF_ARRAYS, "string": _OF_STRINGS, "number": _OF_NUMBERS, "integer": _OF_NUMBERS,
    "boolean": {"type"}, "null": {"type"},
}  # fmt: skip
_KEY = r"[A-Za-z_][A-Za-z0-9_]*"


def arguments_of(style: TaggedStyle | MarkedStyle, tool: Tool, lark: Lark) -> str:
    """The arguments of a tool, in Lark. Raises BadRequest."""
    kind = _Tagged if isinstance(style, TaggedStyle) else _Marked
    return kind(style, tool, lark).arguments()  # type: ignore[arg-type]


class _Arguments:
    """What both markups share: objects, whose keys come in one order, and refusals."""

    separator = ""

    def __init__(self, tool: Tool, lark: Lark) -> None:
        self._tool, self._lark = tool, lark
        self._root: Mapping[str, Any] = json.loads(tool.parameters)

    def _members(
        self,
        schema: Mapping[str, Any],
        keys: Sequence[str],
        member: Callable[[str], str],
        further: Callable[[list[str]], str],
    ) -> str:
        """The members of an object: required ones and some of the others, in the order of `keys`."""
        required = schema.get("required", [])
        for name in required:
            if name not in keys:
                raise self._refusal("required", f"names {name}, which is not among the properties")
        separator = quoted(self.separator) if self.separator else ""
        extra = further(list(keys)) if _takes_more(schema) else ""
        after = self._lark.rule(f"({separator} {extra})*" if extra else '""')  # what may follow, once there is some
        start = self._lark.rule(f"({extra} {after})?" if extra else '""')  # the same, while there is none
        for key in reversed(keys):
            one = member(key)
            here, then = f"{one} {after}", f"{separator} {one} {after}"
            start, after = (
                (self._lark.rule(here), self._lark.rule(then))
                if key in required
                else (self._lark.rule(f"{here} | {start}"), self._lark.rule(f"{then} | {after}"))
            )
        return start

    def _properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = schema.get("properties", {})
        return found

    def _only(self, schema: Mapping[str, Any], known: set[str]) -> None:
        for keyword in sorted(schema.keys() - known - NOTES - set(SHELVES)):
            raise self._refusal(keyword, "has no form in this model's markup of calls")

    def _refusal(self, keyword: str, why: str) -> BadRequest:
        return BadRequest(
            f"The parameters of {self._tool.name} can't be held to: {keyword} {why}.",
            param=self._tool.param,
            advice="Remove or change what it names, or choose a model that writes calls as JSON.",
        )

    def _key(self, key: str, end: str) -> str:
        """A key that can be told from what follows it."""
        if not re.match(r"[^\s{}\[\]<]", key) or (key + end).find(end) != len(key):
            raise self._refusal(as_json(key), "can't be the name of a parameter in this model's markup of calls")
        return key

    def _text_until(self, closing: str, schema: Mapping[str, Any], besides: Sequence[str] = ()) -> str:
        """A text that fits a schema of texts, or is one of some words, and what closes it."""
        known = constants(schema)
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        patterns = [_searched(schema["pattern"])] if "pattern" in schema else []
        if known is None and not besides:
            return self._lark.text_until(closing, patterns, least, most)
        if known is None:
            words = self._lark.one_until(closing, besides)
            return f"({self._lark.text_until(closing, patterns, least, most)} | {words})"
        if patterns:
            raise self._refusal("pattern", "beside enum has no form in this model's markup of calls")
        fitting = [
            text
            for text in known
            if isinstance(text, str) and least <= len(text) <= (len(text) if most is None else most)
        ]
        for text in fitting:
            if (text + closing).find(closing) != len(text):
                raise self._refusal("enum", f"has the markup of calls in {as_json(text)}")
        return self._lark.one_until(closing, [*fitting, *besides])


def _takes_more(schema: Mapping[str, Any]) -> bool:
    """Whether further keys are written: where the schema has a form for them, or names none itself."""
    further = schema.get("additionalProperties", True)
    return isinstance(further, Mapping) or (
        further is True and ("additionalProperties" in schema or not schema.get("properties"))
    )


class _Tagged(_Arguments):
    """Tagged parameters. What is no text is JSON."""

    def __init__(self, style: TaggedStyle, tool: Tool, lark: Lark) -> None:
        super().__init__(tool, lark)
        self._style = style

    def arguments(self) -> str:
        self._only(self._root, _OF_OBJECTS)
        return self._members(self._root, list(self._properties(self._root)), self._member, self._further)

    def _member(self, key: str) -> str:
        style = self._style
        name = style.before_key + self._key(key, style.after_key) + style.after_key
        return f"{self._lark.literal(name)} {self._value(property_of(self._root, key))}"

    def _further(self, keys: list[str]) -> str:
        style, lark = self._style, self._lark
        value = self._value(self._root.get("additionalProperties", True))
        return f"{lark.literal(style.before_key)} {_free_key(lark, keys)} {lark.literal(style.after_key)} {value}"

    def _value(self, schema: Any) -> str:
        closing, words = self._style.after_value, self._style.words
        kind = spoken(schema, self._root)
        if kind == "text":
            return self._text_until(closing, text_of(schema, self._root))
        if kind == "text or null":
            return self._text_until(closing, text_of(schema, self._root), [words.null])
        if words.true != "true" and self._is_boolean(schema):
            return self._lark.one_until(closing, ["true", "false", words.true, words.false])
        return f"{natural(self._standing_alone(schema))} {self._lark.literal(closing)}"

    def _is_boolean(self, schema: Any) -> bool:
        found = resolved(schema, self._root)
        return isinstance(found, Mapping) and found.keys() - NOTES == {"type"} and found["type"] == "boolean"

    def _standing_alone(self, schema: Any) -> dict[str, Any]:
        """The schema of a part with all definitions that it may refer to."""
        for ref in _references(schema, self._root):
            if definition(ref, self._root) is None:
                raise self._refusal("$ref", f"to {ref} has no form in this model's markup of calls")
        shelves = {shelf: self._root[shelf] for shelf in SHELVES if shelf in self._root}
        part = {} if schema is True else {"not": {}} if schema is False else dict(schema)
        return {**part, **shelves}


class _Marked(_Arguments):
    """Pairs of bare keys and marked texts, down to the last leaf."""

    separator = ","

    def __init__(self, style: MarkedStyle, tool: Tool, lark: Lark) -> None:
        super().__init__(tool, lark)
        self._style = style
        self._rules: dict[str, str] = {}
        self._anything: str | None = None

    def arguments(self) -> str:
        self._only(self._root, _OF_OBJECTS)
        return self._pairs(self._root)

    def _pairs(self, schema: Mapping[str, Any]) -> str:
        properties = self._properties(schema)

        def member(key: str) -> str:
            return f"{quoted(self._key(key, ':') + ':')} {self._value(properties[key])}"

        def further(keys: list[str]) -> str:
            return f'{_free_key(self._lark, keys)} ":" {self._value(schema.get("additionalProperties", True))}'

        return self._members(schema, self._style.keys(properties), member, further)

    def _value(self, schema: Any) -> str:
        if schema is True or (isinstance(schema, Mapping) and not schema.keys() - NOTES - set(SHELVES)):
            return self._any()
        if not isinstance(schema, Mapping):
            raise self._refusal("false", "is a schema that no value fits")
        if "$ref" in schema:
            self._only(schema, {"$ref"})
            return self._referred(schema["$ref"])
        for keyword in ("anyOf", "allOf"):
            if keyword in schema:
                self._only(schema, {keyword})
                return self._alternatives(keyword, schema[keyword])
        if constants(schema) is not None:
            return self._listed(schema)
        kinds = _kinds(schema)
        if not kinds:
            self._only(schema, set())
        self._only(schema, {"type"}.union(*(_KINDS[kind] for kind in kinds)))
        return f"({' | '.join(self._of_kind(kind, schema) for kind in kinds)})"

    def _alternatives(self, keyword: str, schemas: Sequence[Any]) -> str:
        if keyword == "allOf" and len(schemas) != 1:
            raise self._refusal(keyword, "has no form in this model's markup of calls")
        return f"({' | '.join(self._value(schema) for schema in schemas)})"

    def _referred(self, ref: str) -> str:
        found = definition(ref, self._root)
        if found is None:
            raise self._refusal("$ref", f"to {ref} has no form in this model's markup of calls")

        def body(name: str) -> str:
            self._rules[ref] = name
            return self._value(found)

        return self._rules.get(ref) or self._lark.recursive(body)

    def _listed(self, schema: Mapping[str, Any]) -> str:
        self._only(schema, {"type", "enum", "const"})
        kinds = _kinds(schema)
        fitting = [value for value in constants(schema) or () if not kinds or _is_of(value, kinds)]
        if not fitting:
            raise self._refusal("enum", "lists no value of the type asked for")
        for value in fitting:
            if not _is_plain(value, self._style.quote):
                raise self._refusal("enum", f"has the markup of calls in {as_json(value)}")
        return f"({' | '.join(self._lark.literal(self._style.written(value, braces=True)) for value in fitting)})"

    def _of_kind(self, kind: str, schema: Mapping[str, Any]) -> str:
        words, quote = self._style.words, self._style.quote
        if kind == "object":
            return f'"{{" {self._pairs(schema)} "}}"'
        if kind == "array":
            return self._array(schema)
        if kind == "string":
            return f"{self._lark.literal(quote)} {self._text_until(quote, schema)}"
        if kind == "boolean":
            return f"({quoted(words.true)} | {quoted(words.false)})"
        if kind == "null":
            return "(" + " | ".join(map(quoted, dict.fromkeys(["null", words.null]))) + ")"
        return (
            f"%json {json.dumps({key: value for key, value in schema.items() if key in _OF_NUMBERS} | {'type': kind})}"
        )

    def _array(self, schema: Mapping[str, Any]) -> str:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return '"[" "]"'
        item = self._lark.rule(self._value(schema.get("items", True)))
        more = f'("," {item}){{{max(0, least - 1)},{"" if most is None else most - 1}}}'
        some = f"{item} {more}"
        return f'"[" {some if least else f"({some})?"} "]"'

    def _any(self) -> str:
        """Any value at all."""
        if self._anything is None:
            self._lark.recursive(self._every_kind)
        return self._anything or ""

    def _every_kind(self, name: str) -> str:
        self._anything = name
        return " | ".join(self._of_kind(kind, {}) for kind in _KINDS if kind != "integer")


def _free_key(lark: Lark, keys: Sequence[str]) -> str:
    taken = [f"~/{re.escape(key)}/" for key in keys if re.fullmatch(_KEY, key)]
    return lark.terminal(" & ".join([f"/{_KEY}/", *taken]))


def _references(schema: Any, root: Mapping[str, Any]) -> list[Any]:
    """What a schema and its definitions refer to."""
    if isinstance(schema, list):
        return [ref for part in schema for ref in _references(part, root)]
    if not isinstance(schema, Mapping):
        return []
    own = [schema["$ref"]] if "$ref" in schema else []
    return own + [ref for part in schema.values() for ref in _references(part, root)]


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema asks for, by its keywords where it does not say."""
    said = schema.get("type")
    if said is None:
        return [kind for kind, keyword in (("object", "properties"), ("array", "items")) if keyword in schema][:1]
    return list(said) if isinstance(said, list) else [said]


def _is_of(value: Any, kinds: Sequence[str]) -> bool:
    return any(
        isinstance(value, bool) == (kind == "boolean") and isinstance(value, _CLASSES[kind]) for kind in kinds
    ) or (isinstance(value, float) and value.is_integer() and "integer" in kinds)


_CLASSES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool,
    "null": type(None),
}  # fmt: skip


def _is_plain(value: Any, quote: str) -> bool:
    """Whether a constant reads back as it is written."""
    if isinstance(value, Mapping):
        return all(re.fullmatch(_KEY, key) and _is_plain(part, quote) for key, part in value.items())
    if isinstance(value, list):
        return all(_is_plain(part, quote) for part in value)
    return not isinstance(value, str) or (value + quote).find(quote) == len(value)


def _searched(pattern: str) -> str:
    """A pattern that is searched for in a text, as one that the whole text matches."""
    return "|".join(_whole(part) for part in _alternatives_of(pattern)).replace("\n", r"\n")


def _whole(pattern: str) -> str:
    begins, ends = pattern.startswith("^"), re.search(r"(?<!\\)(?:\\\\)*\$\Z", pattern) is not None
    core = re.sub(r"(?<!\\)((?:\\\\)*)/", r"\1\\/", pattern[begins : len(pattern) - ends])
    return f"{'' if begins else '(?s:.*)'}(?:{core}){'' if ends else '(?s:.*)'}"


def _alternatives_of(pattern: str) -> list[str]:
    """The pattern, cut where a "|" stands outside of all brackets."""
    parts, depth, inside, at = [""], 0, False, 0
    while at < len(pattern):
        mark = pattern[at]
        size = 2 if mark == "\\" else 1
        if mark == "[" and not inside:
            inside = True
        elif mark == "]":
            inside = False
        elif mark in "()" and not inside:
            depth += 1 if mark == "(" else -1
        if mark == "|" and not inside and depth == 0:
            parts.append("")
        else:
            parts[-1] += pattern[at : at + size]
        at += size
    return parts
