"""Commands that only print or pass on a text: what they print, where a script's text tells it."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import quoting
from .values import Hole, Text, as_hole, joined, mapped


def _cat(line: int, rest: list[Text], stdin: Text | None) -> Text:
    files = [word for word in rest if not (isinstance(word, str) and word.startswith("-"))]
    if files:
        name = files[0] if isinstance(files[0], str) else "a file"
        return Hole(line, f"the file {name:.200}", file=name)
    return "" if stdin is None else stdin


def _echo(line: int, rest: list[Text], stdin: Text | None) -> Text:
    escapes, end = False, "\n"
    while rest and rest[0] in ("-n", "-e", "-E", "-ne", "-en"):
        option = str(rest.pop(0))
        escapes, end = escapes or "e" in option, "" if "n" in option else end
    words = [part for word in rest for part in (" ", word)][1:]
    text = joined([*words, end])
    return mapped(text, quoting.ansi) if escapes else text


def _printf(line: int, rest: list[Text], stdin: Text | None) -> Text:
    form = rest[0] if rest else ""
    if not isinstance(form, str) or form.replace("%%", "").replace("%s", "").count("%"):
        return Hole(line, "the output of printf")
    pieces = quoting.ansi(form).split("%s")
    words = rest[1:] or [""]
    if len(pieces) == 1:
        return pieces[0].replace("%%", "%")
    rounds = -(-len(words) // (len(pieces) - 1))
    words += [""] * (rounds * (len(pieces) - 1) - len(words))
    out: list[Text] = []
    for index, word in enumerate(words):
        place = index % (len(pieces) - 1)
        out += [pieces[place].replace("%%", "%"), word]
        if place == len(pieces) - 2:
            out.append(pieces[-1].replace("%%", "%"))
    return joined(out)


def _tr(line: int, rest: list[Text], stdin: Text | None) -> Text:
    if stdin is None or len(rest) != 2 or rest[0] != "-d" or not isinstance(rest[1], str):
        return Hole(line, "the output of tr")
    gone = {ord(char): None for char in quoting.ansi(rest[1])}
    return mapped(stdin, lambda part: part.translate(gone))


def _base64(line: int, rest: list[Text], stdin: Text | None) -> Text:
    files = [word for word in rest if isinstance(word, str) and not word.startswith("-") and not word.isdigit()]
    given = None if stdin is None else as_hole(stdin)
    file = files[0] if files else given.file if given else None
    return Hole(line, f"the file {file:.200}" if file else "the output of base64", file=file)


def _jq(line: int, rest: list[Text], stdin: Text | None) -> Text:
    plain = all(word == "." or (isinstance(word, str) and re.fullmatch("-[cCMS]+", word)) for word in rest)
    return stdin if plain and stdin is not None else Hole(line, "the output of jq")


PRINTING: dict[str, Callable[[int, list[Text], Text | None], Text]] = {
    "cat": _cat, "tee": lambda line, rest, stdin: stdin or "", "echo": _echo, "printf": _printf, "tr": _tr,
    "base64": _base64, "jq": _jq,
}  # fmt: skip
