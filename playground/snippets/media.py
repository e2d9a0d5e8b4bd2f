"""Long data URLs in a body: in code they are constants, written out or read from files."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

LONG = 120
"""A data URL of so many characters gets a name of its own."""

_DATA_URL = re.compile(r"data:([a-z]+)/([A-Za-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})")
_SUFFIX = {
    "png": "png", "jpeg": "jpg", "gif": "gif", "webp": "webp", "avif": "avif", "bmp": "bmp", "tiff": "tiff", "svg+xml": "svg",
    "wav": "wav", "x-wav": "wav", "mpeg": "mp3", "mp3": "mp3", "ogg": "ogg", "flac": "flac", "mp4": "mp4", "webm": "webm",
    "pdf": "pdf",
}  # fmt: skip


@dataclass(frozen=True)
class Data:
    """A data URL that stands in code as the constant `name`; `file` is what the code reads it from, if it does."""

    name: str
    url: str
    media_type: str
    file: str | None = None

    @property
    def base64(self) -> str:
        return self.url.partition(",")[2]


def named(body: Any, *, files: bool = False) -> tuple[Any, tuple[Data, ...]]:
    """The body with Data in place of every long data URL, and those Data in their order.

    With `files` they are to be read from files; a data URL that its bytes would not give back stays written out.
    """
    found = list(dict.fromkeys(_urls(body)))
    kinds = Counter(_kind(url) for url in found)
    made: dict[str, Data] = {}
    numbers: Counter[str] = Counter()
    for url in found:
        kind = _kind(url)
        numbers[kind] += 1
        made[url] = _data(url, kind, numbers[kind] if kinds[kind] > 1 else None, files)
    return (_replaced(body, made) if made else body), tuple(made.values())


def files_of(data: Iterable[Data]) -> tuple[tuple[str, str], ...]:
    """The files that the data is read from, as (name, data URL)."""
    return tuple((item.file, item.url) for item in data if item.file)


def is_long(text: str) -> bool:
    """Whether a text is a data URL that gets a name of its own."""
    return len(text) >= LONG and text.startswith("data:") and _DATA_URL.fullmatch(text) is not None


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if is_long(value):
            yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _urls(item)


def _kind(url: str) -> str:
    kind = url[5 : url.index("/")]
    return kind if kind in ("image", "audio", "video") else "data"


def _data(url: str, kind: str, number: int | None, files: bool) -> Data:
    family, subtype, text = _parts(url)
    suffix = _SUFFIX.get(subtype, "bin")
    name = kind.upper() if number is None else f"{kind.upper()}_{number}"
    file = f"{kind}.{suffix}" if number is None else f"{kind}-{number}.{suffix}"
    return Data(name, url, f"{family}/{subtype}", file if files and _gives_back(text) else None)


def _parts(url: str) -> tuple[str, str, str]:
    found = _DATA_URL.fullmatch(url)
    assert found is not None
    return found[1], found[2], found[3]


def _gives_back(text: str) -> bool:
    """Whether the bytes of a base64 text make the same text again."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False


def _replaced(value: Any, made: dict[str, Data]) -> Any:
    if isinstance(value, str):
        return made.get(value, value)
    if isinstance(value, dict):
        return {key: _replaced(item, made) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item, made) for item in value]
    return value
