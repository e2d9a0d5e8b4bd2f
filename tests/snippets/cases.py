"""Requests that are hard to write as code."""

from __future__ import annotations

from typing import Any

from playground.params import PARAMS
from playground.request import ChatRequest, Endpoint
from playground.snippets import CLIENTS, render
from playground.wire import read_request

TEXTS: dict[str, str] = {
    "plain": "Hello",
    "empty": "",
    "blank": " ",
    "single quotes": "it's 'quoted'",
    "double quotes": 'say "hi"',
    "both quotes": "it's \"both\" 'and' more",
    "triple double": 'a """ b """" c """""',
    "triple single": "a ''' b '''' c",
    "ends in a quote": 'line\nshe said "no"',
    "only quotes": '"""\n"""\n\'\'\'',
    "typographic quotes": "\u201chi\u201d \u2018there\u2019 \u00abyou\u00bb",
    "backslash": "\\",
    "ends in a backslash": "line\npath\\",
    "backslashes": "\\n \\\\ \\x41 \\u0041 \\N{BULLET} \\` \\${x} \\'",
    "backslash and newline": "a\\\nb\\\\\nc",
    "windows path": r"C:\Users\new\table.txt",
    "regex": r"^\d+(\.\d{2})?$",
    "one newline": "\n",
    "newlines around": "\n\nHuman:\n",
    "lines": "one\n  two\n\nthree  \n",
    "crlf": "one\r\ntwo\r\n",
    "cr": "one\rtwo",
    "tabs": "\tone\n\ttwo\t|",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x80\x85\x9f",
    "nul": "a\0b\0001",
    "template": "${x} ${process.env.HOME} $x $$ \\${y}\nsecond ${line}",
    "substitution": "$(touch pwned) `touch pwned` ; touch pwned && touch pwned | touch pwned\n$(touch pwned)",
    "backticks": "```js\nconst a = `b${c}`;\n```",
    "history": "!! !$ ^a^b",
    "globs": "* ? [a-z] {1,2} ~ ~root",
    "heredoc markers": "JSON\nEOF\nJSON_2\n<<'JSON'\nJSON",
    "braces": "{{ placeholder }} {% if %} {0} {name} %s %(a)s %d $& $1 \\1",
    "emoji": "\U0001f600 \U0001f469\u200d\U0001f52c \U0001f1eb\U0001f1f7 1\ufe0f\u20e3 \u2764\ufe0f",
    "combining": "e\u0301 n\u0303 \u0928\u093f \u0e01\u0e33",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u0628\u0627\u200e \u0645\u06cc\u200c\u0634\u0648\u062f",
    "bidi marks": "a\u202eb\u202c \u2066c\u2069 \u061c",
    "line separators": "a\u2028b\u2029c\u0085d\x0be\x0cf",
    "odd blanks": "a\u00a0b\u200bc\ufeffd\u3000e\u00ade",
    "cjk": "\u4f60\u597d\uff0c\u4e16\u754c\u3002" * 12,
    "edges of planes": "\uffff\U00010000\U0010ffff\ue000\ufdd0",
    "markup": "</script><script>alert(1)</script><!-- --> ]]> &amp;",
    "json": '{"a": [1, null, true], "b": "\\"c\\""}',
    "python": 'import os\nos.system("touch pwned")  # """\n',
    "javascript": "`); process.exit(1); //\n${process.exit(1)}",
    "prototype": "__proto__",
    "names": "constructor",
    "number": "123",
    "fraction": "1.50",
    "dash": "-n",
    "at": "@/etc/hostname",
    "long": "word " * 60,
    "long line": "x" * 3000,
}


def body_of(text: str) -> dict[str, Any]:
    """A body with the text wherever a text can stand, as a key too."""
    some = text or "-"
    return {
        "model": some,
        "messages": [
            {"role": "system", "content": text},
            {"role": "developer", "content": [{"type": "text", "text": text}]},
            {"role": "user", "name": some, "content": [{"type": "text", "text": text}, {"type": "text", "text": "b"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": text, "type": "function", "function": {"name": text, "arguments": text}}],
            },
            {"role": "tool", "tool_call_id": text, "content": text},
            {"role": "assistant", "content": text, "refusal": None},
            {"role": "user", "content": text},
        ],
        "stop": [some, some],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": some,
                    "description": text,
                    "parameters": {"type": "object", "properties": {text: {"enum": [text, text * 2]}}},
                },
            }
        ],
        "x-" + text: {text: [[text], [{text: text}]], "b": text},
    }


CONVERSATION = {
    "model": "meta-llama/Llama-3.3-70B-Instruct:fastest",
    "messages": [
        {"role": "system", "content": "You are terse."},
        {"role": "user", "content": "What is 2 + 2?"},
        {"role": "assistant", "content": "4", "reasoning_content": "Two and two"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 60}},
                {"type": "image_url", "image_url": {"url": "https://h/a b?c=d&e='f'#g", "detail": "low"}},
            ],
        },
    ],
}
PROMPT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
VALUES: dict[str, tuple[Any, ...]] = {
    "temperature": (0, 0.0, 1, 0.7, 1e-7),
    "seed": (0, -1, 2**53, -(2**53)),
    "max_tokens": (1, 123456789),
    "stop": ("\n", ["a", "b\nc"], []),
    "logit_bias": ({}, {"50256": -100, "7": 0.5}),
    "logprobs": (False, True),
    "response_format": (
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": {"type": "object"}}},
        {"type": "regex", "value": r"\d+"},
    ),
    "tools": ([],),
    "tool_choice": ("none", {"type": "function", "function": {"name": "f"}}),
    "parallel_tool_calls": (False, True),
    "reasoning_effort": ("none", "high"),
}
EXTRA: dict[str, Any] = {
    "user": "me",
    "metadata": {"a": "b"},
    "extra_body": {"x": 1},
    "extra_headers": {"X-Evil": "1"},
    "extra_query": {},
    "timeout": 0,
    "self": True,
    "class": "keyword",
    "chat_template_kwargs": {"enable_thinking": False},
    "__proto__": {"__proto__": {}, "constructor": 1, "toJSON": "x", "then": "y"},
    "numbers": [0, -0.0, 1e21, 1e-7, 1.5, -2, 123456789012345680000.0, 5e-324, 1.7976931348623157e308],
    "keys": {"1": 1, "01": 2, "1.5": 3, "1e3": 4, "-1": 5, "": 6, "a-b": 7, "\u00e9": 8, "$": 9, "0.00001": 10},
    "nested": [[], {}, [[]], [{}], {"a": {}, "b": []}, [[1, 2], [3]], [{"a": 1, "b": 2}, {"a": 3, "b": 4}]],
    "many": list(range(60)),
}
NULLS: dict[str, Any] = {"extra_query": None, "__proto__": {"__proto__": None}, "inside": [None, {"a": None}]}


def _parameters() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"all null": {**PROMPT, **{param.name: None for param in PARAMS}}}
    for param in PARAMS:
        for value in VALUES.get(param.name, (param.start,)):
            given = list(value) if isinstance(value, tuple) else value
            found[f"{param.name} {value!r}"] = {**PROMPT, param.name: given}
    found["top_logprobs 5"] = {**PROMPT, "logprobs": True, "top_logprobs": 5}
    return found


BODIES: dict[str, dict[str, Any]] = {
    **{f"text: {name}": body_of(text) for name, text in TEXTS.items()},
    **_parameters(),
    "conversation": CONVERSATION,
    "extra": {**PROMPT, **EXTRA},
    "null": {**PROMPT, **NULLS},
    "140 kB": {**PROMPT, "messages": [{"role": "user", "content": "line \u00e9 'q' $(x)\n" * 8000}]},
}


def snippets_as_messages(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """Whole snippets, as somebody might paste them into a message to ask about them."""
    asked = request_of(body_of("`'\"${x}$(y)\n"), endpoint)
    return {f"snippet: {client.id}": body_of(render(asked, client.id).code) for client in CLIENTS}


def request_of(body: dict[str, Any], endpoint: Endpoint) -> ChatRequest:
    return read_request(body, endpoint)[0]
