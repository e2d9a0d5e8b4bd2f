"""Arguments of tool calls as families of models write them, and reading them back to JSON as they stream. Pure.

Three ways are known: a JSON object, tagged parameters (Qwen3-Coder, Qwen 3.5, GLM and others), and pairs of bare keys and
marked texts (Gemma 4). Which of them a model has, and with which marks, is learnt from its chat template (forms.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .stopping import overlap
from .toolschema import Spoken, property_of, spoken

Schema = Mapping[str, Any]


class ArgumentReader(Protocol):
    """Takes the arguments of one call from a text that grows, and gives them as JSON."""

    @property
    def complete(self) -> bool:
        """Whether all arguments have come."""
        ...

    def feed(self, held: str) -> tuple[str, str]:
        """The next piece of JSON, and what of `held` is not read yet: it comes again, with more behind it."""
        ...


class ArgumentStyle(Protocol):
    """How arguments are written."""

    @property
    def markup(self) -> str:
        """Texts of its own, tokens of their own among them perhaps."""
        ...

    def reader(self, schema: Schema, tail: str) -> ArgumentReader:
        """A reader for arguments of this schema; `tail` follows them."""
        ...


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def escaped(text: str) -> str:
    """The text as it stands inside of a JSON string."""
    return as_json(text)[1:-1]


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class JsonStyle:
    """One JSON object."""

    @property
    def markup(self) -> str:
        return ""

    def reader(self, schema: Schema, tail: str) -> ArgumentReader:
        return JsonObject()


JSON = JsonStyle()


class JsonObject:
    """Finds the end of a JSON object that comes in pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._inside = self._escaped = False  # of a string; after a backslash
        self.complete = False

    def feed(self, held: str) -> tuple[str, str]:
        for at, mark in enumerate(held):
            if self.complete:
                return held[:at], held[at:]
            self._take(mark)
        return held, ""

    def _take(self, mark: str) -> None:
        if self._inside:
            if self._escaped:
                self._escaped = False
            elif mark == "\\":
                self._escaped = True
            elif mark == '"':
                self._inside = False
        elif mark == '"':
            self._inside = True
        elif mark in "{[":
            self._depth += 1
        elif mark in "}]":
            self._depth -= 1
            self.complete = self._depth == 0


@dataclass(frozen=True)
class Words:
    """How a family writes what JSON calls true, false and null."""

    true: str = "true"
    false: str = "false"
    null: str = "null"

    def json(self, text: str) -> str:
        """What is neither text nor structure, as JSON: a text again if it is nothing else."""
        if text in (self.true, self.false, self.null):
            return ("true", "false", "null")[(self.true, self.false, self.null).index(text)]
        return text if is_json(text) else as_json(text)

    def of(self, value: Any) -> str:
        """A number, a truth value or null."""
        return (
            self.true if value is True else self.false if value is False else self.null if value is None else str(value)
        )


@dataclass(frozen=True)
class TaggedStyle:
    """A tag for each parameter:  (before_key KEY after_key VALUE after_value)*

    A VALUE that can be a text only is written as it is, any other as JSON; `words` are for those that stand alone.
    """

    before_key: str
    after_key: str
    after_value: str
    words: Words = Words()

    @property
    def markup(self) -> str:
        return self.before_key + self.after_key + self.after_value

    def written(self, arguments: Mapping[str, Any]) -> str:
        """Arguments as a template writes them."""
        return "".join(
            f"{self.before_key}{key}{self.after_key}{self._value(value)}{self.after_value}"
            for key, value in arguments.items()
        )

    def _value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return as_json(value) if isinstance(value, (dict, list)) else self.words.of(value)

    def reader(self, schema: Schema, tail: str) -> ArgumentReader:
        return _TaggedReader(self, schema, tail)


class _TaggedReader:
    def __init__(self, style: TaggedStyle, schema: Schema, tail: str) -> None:
        self._style, self._schema, self._tail = style, schema, tail
        self._step = "start"
        self._spoken: Spoken = "json"
        self._count = 0

    @property
    def complete(self) -> bool:
        return self._step == "end"

    def feed(self, held: str) -> tuple[str, str]:
        read = ""
        while not self.complete:
            step = self._step
            piece, rest = {"start": self._start, "key": self._key, "text": self._text, "value": self._value}[step](held)
            read += piece
            if (rest, self._step) == (held, step):
                break
            held = rest
        return read, held

    def _start(self, held: str) -> tuple[str, str]:
        """Before the tag of a parameter, or what follows the last."""
        opening = self._style.before_key
        if held.startswith(opening):
            self._step = "key"
            return ("{" if self._count == 0 else ", "), held.removeprefix(opening)
        if held.startswith(self._tail):
            self._step = "end"
            return ("{}" if self._count == 0 else "}"), held
        return "", held

    def _key(self, held: str) -> tuple[str, str]:
        key, after, rest = held.partition(self._style.after_key)
        if not after:
            return "", held
        self._count += 1
        self._spoken = spoken(property_of(self._schema, key), self._schema)
        self._step = "text" if self._spoken == "text" else "value"
        return f"{as_json(key)}: " + ('"' if self._step == "text" else ""), rest

    def _text(self, held: str) -> tuple[str, str]:
        """A text is passed on as it comes."""
        closing = self._style.after_value
        text, after, rest = held.partition(closing)
        if after:
            self._step = "start"
            return escaped(text) + '"', rest
        sure = len(held) - overlap(held, closing)
        return escaped(held[:sure]), held[sure:]

    def _value(self, held: str) -> tuple[str, str]:
        """What may be something else than a text is read when it is whole."""
        value, after, rest = held.partition(self._style.after_value)
        if not after:
            return "", held
        self._step = "start"
        words = self._style.words
        if self._spoken == "json":
            return words.json(value), rest
        return ("null" if value in ("null", words.null) else as_json(value)), rest


@dataclass(frozen=True)
class MarkedStyle:
    """Pairs without braces around them:  (key:VALUE ("," key:VALUE)*)?

    A text stands between two marks `quote`, as it is; objects have braces, arrays brackets, keys no marks at all. `ordered`
    when keys come by the alphabet, whatever their order was.
    """

    quote: str
    words: Words = Words()
    ordered: bool = False

    @property
    def markup(self) -> str:
        return self.quote

    def written(self, value: Any, *, braces: bool = False) -> str:
        """A value as a template writes it; the arguments are an object without braces."""
        if isinstance(value, str):
            return self.quote + value + self.quote
        if isinstance(value, list):
            return f"[{','.join(self.written(item, braces=True) for item in value)}]"
        if not isinstance(value, Mapping):
            return self.words.of(value)
        pairs = ",".join(f"{key}:{self.written(value[key], braces=True)}" for key in self.keys(value))
        return f"{{{pairs}}}" if braces else pairs

    def keys(self, names: Mapping[str, Any]) -> list[str]:
        """The names in the order in which they come."""
        return sorted(names, key=str.lower) if self.ordered else list(names)

    def reader(self, schema: Schema, tail: str) -> ArgumentReader:
        return _MarkedReader(self)


class _MarkedReader:
    def __init__(self, style: MarkedStyle) -> None:
        self._style = style
        self._open = ["}"]  # what closes the objects and arrays around this place
        self._step = "key"
        self._begun = False

    @property
    def complete(self) -> bool:
        return not self._open

    def feed(self, held: str) -> tuple[str, str]:
        read = "" if self._begun else "{"
        self._begun = True
        while not self.complete:
            step = self._step
            piece, rest = {"key": self._key, "value": self._value, "text": self._text, "after": self._after}[step](held)
            read += piece
            if (rest, self._step) == (held, step) and not self.complete:
                break
            held = rest
        return read, held

    def _key(self, held: str) -> tuple[str, str]:
        """A key, or the end of an object without any."""
        if held.startswith("}"):
            return self._closed(held)
        key, colon, rest = held.partition(":")
        if not colon:
            return "", held
        self._step = "value"
        return f"{as_json(key)}: ", rest

    def _value(self, held: str) -> tuple[str, str]:
        quote = self._style.quote
        if held.startswith(quote):
            self._step = "text"
            return '"', held.removeprefix(quote)
        if held[:1] in ("{", "["):
            self._open.append("}" if held[0] == "{" else "]")
            self._step = "key" if held[0] == "{" else "value"
            return held[0], held[1:]
        if held.startswith("]") and self._open[-1] == "]":
            return self._closed(held)
        end = next((at for at, mark in enumerate(held) if mark in ",}]"), None)
        if end is None or quote.startswith(held):
            return "", held
        self._step = "after"
        return self._style.words.json(held[:end]), held[end:]

    def _text(self, held: str) -> tuple[str, str]:
        text, quote, rest = held.partition(self._style.quote)
        if quote:
            self._step = "after"
            return escaped(text) + '"', rest
        sure = len(held) - overlap(held, self._style.quote)
        return escaped(held[:sure]), held[sure:]

    def _after(self, held: str) -> tuple[str, str]:
        """Behind a value."""
        if held.startswith(","):
            self._step = "key" if self._open[-1] == "}" else "value"
            return ", ", held[1:]
        return self._closed(held) if held[:1] in ("}", "]") else ("", held)

    def _closed(self, held: str) -> tuple[str, str]:
        """The end of what is open; the brace that ends the arguments is what follows them."""
        closing = self._open.pop()
        self._step = "after"
        return closing, held if self.complete else held[1:]
