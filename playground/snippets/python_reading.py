"""What the Python programs do with the answer: print its text, and what else the request can produce."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .call import Call


def _thought_in_a_dict(owner: str) -> list[str]:
    return [f'thought = {owner}.get("reasoning_content") or {owner}.get("reasoning")']


@dataclass(frozen=True)
class Reading:
    """How a client gives its answers.

    `chunks` is the expression that a stream's chunks come from. They are objects with attributes, or with `dicts` plain
    dicts. `thought` writes the lines that set `thought` to the reasoning in a message or delta, under either of its
    names, or to something false.
    """

    chunks: str = "stream"
    asynchronous: bool = False
    dicts: bool = False
    thought: Callable[[str], list[str]] = _thought_in_a_dict

    def whole(self, call: Call) -> list[str]:
        """Lines that print `completion`, a chat completion."""
        choices = self._given("completion", "choices")
        if call.several:
            return [
                f"for choice in {choices}:",
                f"    message = {self._given('choice', 'message')}",
                f'    print(f"[{{{self._inside("choice", "index")}}}]")',
                *indented(self._message(call)),
            ]
        message = self._given(f"{choices}[0]", "message")
        if call.calls or call.thoughts:
            return [f"message = {message}", *self._message(call)]
        return [f'print({self._maybe(message, "content")} or "")']

    def streamed(self, call: Call) -> list[str]:
        """Lines that print the chunks as they come; several answers at the end, in turn."""
        start = ["thoughts = defaultdict(str)"] if call.thoughts and call.several else []
        start += ["answers = defaultdict(str)"] if call.several else []
        start += ["thinking = False"] if call.thoughts and not call.several else []
        start += ["calls = {}"] if call.calls else []
        return [
            *start,
            f"{'async ' * self.asynchronous}for chunk in {self.chunks}:",
            f"    for choice in {self._maybe('chunk', 'choices')} or []:",
            f"        delta = {self._maybe('choice', 'delta')}",
            *indented(self._delta(call), 8),
            *_after(call),
        ]

    def _message(self, call: Call) -> list[str]:
        lines: list[str] = []
        if call.thoughts:
            lines += [*self.thought("message"), "if thought:", '    print(thought, end="\\n\\n")']
        lines += [f"if {self._maybe('message', 'content')}:", f"    print({self._given('message', 'content')})"]
        if call.calls:
            function = self._inside("call", "function")
            name, arguments = self._inside(function, "name"), self._inside(function, "arguments")
            lines += [
                f"for call in {self._maybe('message', 'tool_calls')} or []:",
                f'    print(f"{{{name}}}({{{arguments}}})")',
            ]
        return lines

    def _delta(self, call: Call) -> list[str]:
        maybe, content = self._maybe("delta", "content"), self._given("delta", "content")
        if not (call.several or call.calls or call.thoughts):
            return [f"if delta and {maybe}:", f'    print({content}, end="", flush=True)']
        lines = ["if not delta:", "    continue"]
        lines += [*self.thought("delta"), "if thought:", *indented(self._thinking(call))] if call.thoughts else []
        lines += [f"if {maybe}:", *indented(self._saying(call, content))]
        return lines + (self._parts(call) if call.calls else [])

    def _thinking(self, call: Call) -> list[str]:
        if call.several:
            return [f"thoughts[{self._given('choice', 'index')}] += thought"]
        return ["thinking = True", 'print(thought, end="", flush=True)']

    def _saying(self, call: Call, content: str) -> list[str]:
        if call.several:
            return [f"answers[{self._given('choice', 'index')}] += {content}"]
        gap = ["if thinking:", "    thinking = False", '    print("\\n")'] if call.thoughts else []
        return [*gap, f'print({content}, end="", flush=True)']

    def _parts(self, call: Call) -> list[str]:
        key = self._maybe("part", "index")
        key = f"({self._given('choice', 'index')}, {key})" if call.several else key
        return [
            f"for part in {self._maybe('delta', 'tool_calls')} or []:",
            f"    function = {self._maybe('part', 'function')}",
            "    if function:",
            f"        key = {key}",
            '        name, arguments = calls.get(key, ("", ""))',
            f'        name = name or {self._maybe("function", "name")} or ""',
            f'        arguments += {self._maybe("function", "arguments")} or ""',
            "        calls[key] = (name, arguments)",
        ]

    def _given(self, owner: str, name: str) -> str:
        return f'{owner}["{name}"]' if self.dicts else f"{owner}.{name}"

    def _maybe(self, owner: str, name: str) -> str:
        """What may be missing; objects of the packages have None for it."""
        return f'{owner}.get("{name}")' if self.dicts else f"{owner}.{name}"

    def _inside(self, owner: str, name: str) -> str:
        """What is given, as it is written in an f-string."""
        return f"{owner}['{name}']" if self.dicts else f"{owner}.{name}"


def imports(call: Call) -> list[str]:
    """What the reading needs."""
    return ["from collections import defaultdict"] if call.stream and call.several else []


def indented(lines: Iterable[str], columns: int = 4) -> list[str]:
    return [" " * columns + line if line else line for line in lines]


def _after(call: Call) -> list[str]:
    lines: list[str] = []
    if call.several:
        if call.thoughts:
            lines += ["for index, thought in sorted(thoughts.items()):", '    print(f"[{index}] {thought}\\n")']
        lines += ["for index, answer in sorted(answers.items()):", '    print(f"[{index}] {answer}")']
    else:
        lines += ["print()"]
    if call.calls:
        label = "[{index}] " if call.several else ""
        pairs = (
            "(index, _), (name, arguments) in calls.items()" if call.several else "name, arguments in calls.values()"
        )
        lines += [f"for {pairs}:", f'    print(f"{label}{{name}}({{arguments}})")']
    return lines
