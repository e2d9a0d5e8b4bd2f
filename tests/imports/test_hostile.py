"""Whatever the text is: an answer or a BadRequest that says what to do, in bounded time, and nothing run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.errors import BadRequest
from playground.imports import LARGEST, curl, javascript_program, python_program, read
from playground.imports.grammar import Deadline
from playground.request import Endpoint
from playground.snippets import CLIENTS, render
from tests.snippets.cases import CONVERSATION, request_of

ROOT = Path(__file__).parents[2]
N = 200_000
MESSAGES = 'messages = [{"role": "user", "content": "Hi"}]\n'
# Found by chance: tree-sitter-javascript 0.25.0 looks for a way to mend it for minutes. The one with JSX in it (issue 323 of
# tree-sitter-typescript, 0.23.2) is looked at for ever.
UNMENDABLE = (
    '[xxx!yxx(xxx"xxxxx"!xxx=x?1}xd:xf?xU:xxxx(>xxxCQxxxxxxxxxxxxxxx(xxxxxxxx`axxxxxxxxxx<xxx`xxxxbxxxxQ\\'
    "xxxxxYxxxxxxxxxxxxxxxxxxxxxxxxxxxxdxxxxxxxxxxxxxxxxxxxxxxxxx[xxxxxxxx|xxxxxxxxx?Xxxxxxxxxxxxxxxxxxxx"
    "1xxxxxxxxxxxgxxxUxxxxxxx&Cxxxxxxxxxxxcxxx}xxxxxxxxe&xxxxxxxxxxxxxxYxxxxxxxxxxx8xxxxxxxxxxxxxxxxxxx)x"
    "xxxxxxxxxx'xxxxxxxxxxxxxxH\"xxxxxxxxxxx'T<xxxxxxjO[Axxxxxxxxxxxxxxxxxxxxxxxxxxxoxxxxxxxxxxxxxvxxxxxxx"
    "/xxxxxxxxxxxxxxxxxx5xxxxxxxxxxxgxxxxxxxxxxx<xxxx)xxxx;xxxs=xxxx]xxxx"
)
UNMENDABLE_JSX = "<a {{b:>c:d(e f)\n// </"
TEXTS: dict[str, str] = {
    "what keeps the parser of JSX busy": f"//messages\n{UNMENDABLE_JSX}",
    "what keeps the parser busy": f"//messages\n{UNMENDABLE}",
    "arrays": "[" * N,
    "objects": '{"a":' * N,
    "one key many times": "{" + ",".join(f'"k{i}":1' for i in range(30_000)) + ',"k29999":2}',
    "a long number": "[" + "9" * N + "]",
    "blanks": " " * N + "x",
    "quotes": 'curl ' + '"' * N,
    "apostrophes": MESSAGES + "'" * N,
    "backticks": "const messages = " + "`" * N,
    "template literals": "const messages = " + "`${" * N,
    "parentheses": "messages = " + "(" * N,
    "calls": "messages = x" + "()" * N,
    "attributes": "messages = x" + ".a" * N,
    "sums": "const messages = 1" + " + 1" * N,
    "negations": "messages = " + "not " * N,
    "fields of an f-string": 'messages = f"' + "{a}" * N + '"',
    "statements": "messages = 1\n" * N,
    "heredocs": "curl x " + "cat <<A " * N,
    "heredocs with a pipe": "curl x\n" + "".join(f"cat <<A{i} |\n" for i in range(N // 10)),
    "substitutions": "curl " + "$(" * N,
    "commands": "curl x -d '{}'\n" * (N // 10),
    "redirections": "curl " + "<" * N,
    "fences": "```\n" * N,
    "fences in fences": "```\n" * 3000 + "x" + "\n```" * 3000,
    "longer and longer fences": "".join("`" * (3 + i) + "\n" for i in range(2000)) + "messages",
    "fences with code": "```\nmessages(\n```\n" * (N // 10),
    "curly quotes": "messages “" * N,
    "curly quotes at odds": "messages ‘“’”„\"'" * (N // 10),
    "lines of which half are broken": '{"messages": []}\n{"\n' * 2000,
    "events": "data: {}\n" * (N // 9),
    "comments": "//\n" * N + "messages",
    "nul": "curl \0 messages" + "\0" * 5 * N,
    "half a character": "curl x -d '\ud800'",
    "doubled lists": MESSAGES + "a = [messages]\n" + "a = a + a\n" * 60 + "openai.chat.completions.create(messages=a)",
    "shared lists": MESSAGES + "a = [messages]\n" + "a = [a, a]\n" * 60 + "openai.chat.completions.create(messages=a)",
    "shared in an image": MESSAGES + "a = {}\n" + "a = {'x': a, 'y': a}\n" * 60
    + "c.chat.completions.create(messages=[{'content': [{'type': 'image_url', 'image_url': a}]}])",
    "shared in JSON text": MESSAGES + "a = []\n" + "a = [a, a]\n" * 60 + "c.chat.completions.create(messages=f'{json.dumps(a)}')",
    "doubled texts": 'messages = "x" * 9\n' + 'a = "ab"\n' + "a = f'{a}{a}'\n" * 60,
    "doubled variables": "curl $A\n" + "A=$A$A$B\n" * 60,
    "a list in itself": MESSAGES + "messages.append(messages)\nopenai.chat.completions.create(messages=messages)",
    "an array in itself": "const messages = [];\nmessages.push(messages);\nc.chat.completions.create({ messages });",
    "calls upon calls": MESSAGES + "".join(f"def f{i}(x):\n" + f"    f{i + 1}(x)\n" * 20 for i in range(20)) + "f0(messages)",
    "functions upon functions": "".join(f"const f{i} = (x) => {{ {f'f{i + 1}(x); ' * 20} }};\n" for i in range(20)) + "f0(messages);",
    "a function of itself": "def messages(x):\n    messages([x, x])\nmessages(1)",
    "long numbers in code": f"{MESSAGES}x = f'{{0x{'f' * N}}}'",
    "long numbers in JavaScript": f"const messages = `${{0x{'f' * N}}}`",
    "formats upon formats": MESSAGES + "a = 'ab'\n" + "a = '{0}{0}'.format(a)\n" * 60,
    "fields of a format": f"{MESSAGES}x = '{'{}' * N}'.format(1)",
    "shared in a call of a tool": MESSAGES + "a = {}\n" + "a = {'x': a, 'y': a}\n" * 60
    + "c.messages.create(messages=[{'content': [{'type': 'tool_use', 'id': 'x', 'name': 'f', 'input': a}]}])",
    "many requests": "c.chat.completions.create(messages=[])\n" * 1001,
    "nested functions": "".join(f"{' ' * i}def messages():\n" for i in range(95)) + " " * 95 + "pass",
    "powers": f"{MESSAGES}x = 9 ** 9 ** 9 ** 9\ny = 'a' * 10 ** 12\nz = 1 << 10 ** 12",
    "formats": f"{MESSAGES}x = '%1000000000d' % 1\ny = '{{:>1000000000}}'.format(1)\nz = f'{{1:>1000000000}}'",
}  # fmt: skip


def outcome(text: str) -> str:
    try:
        return f"{len(read(text))} found"
    except BadRequest as error:
        assert error.message
        assert error.advice != BadRequest.advice
        return error.message


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts(name: str) -> None:
    assert outcome(TEXTS[name])


def test_code_that_would_keep_pythons_own_parser_busy_is_refused_before() -> None:
    assert outcome(TEXTS["fields of an f-string"]) == outcome(TEXTS["statements"]) == "the code is too long to read"


SIMILAR = (
    "# A\n```ts\nconst m: M[] = [{ role: 'user' as const, content: `a` }];\nconst q = async <T,>(d: T) => await fetch('https://h/v1/messages', "
    "{ method: 'POST', body: JSON.stringify(d)! });\nq<B>({ system: 's', messages: m });\n```\nB\n~~~sh\ncurl -A x https://h/api/chat -d "
    '\'{"messages": [{"role": "user", "content": "“a”", "images": ["/9j/"]}], "options": {"top_k": 1}}\'\n~~~\n',
    "def query(p, *a, k=1, **kw):\n    return requests.post(URL, json=p)\nquery({'messages': [{'role': 'user', 'content': '{}'.format(1)}]}, *b, **c)\n",
    '{"model": "m", "system": "s", "tools": [{"name": "f", "input_schema": {}}], "tool_choice": {"type": "any"}, "messages": [{"role": "user", '
    '"content": [{"type": "image", "source": {"type": "base64", "data": "x"}}, {"type": "tool_result", "content": [{"type": "text"}]}]}]}',
    '{"model": "m", "messages": [{"tool_calls": [{"function": {"arguments": {}}}]}, {"role": "tool"}], "format": {}, "think": "low"}',
)


def seeds() -> list[str]:
    endpoint = Endpoint(name="x", base_url="https://h/v1", key_name="K", headers=(("X-A", "b"),))
    request = request_of(CONVERSATION, endpoint)
    codes = [render(request, client.id, stream=False, images="file").code for client in CLIENTS]
    return [
        *codes,
        *SIMILAR,
        json.dumps(CONVERSATION),
        f"{json.dumps({'messages': []})}\n" * 3,
        'data: {"choices": []}\n\n',
    ]


cuts = st.tuples(st.integers(0, 4000), st.integers(0, 40), st.sampled_from(["", "{", "}", "'", '"', "`", "\\", "\n", "$(", "<<A", "|", ",", "=", "(", ")", "*", "\0", "lambda: ", "1e999", "await ", "“", "’", "```", "<a ", "/>", " as T", "!", "[]", "null"]))  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.sampled_from(seeds()), changes=st.lists(cuts, min_size=1, max_size=4))
def test_broken_code(seed: str, changes: list[tuple[int, int, str]]) -> None:
    for start, length, instead in changes:
        at = start % (len(seed) + 1)
        seed = seed[:at] + instead + seed[at + length :]
    assert outcome(seed)


@settings(max_examples=200, deadline=None)
@given(text=st.text() | st.text(alphabet="{}[]()\"'`$;|&\\\n <=:,.curl-dmessages"))
def test_any_text(text: str) -> None:
    assert outcome(text)
    assert outcome(f"curl messages {text}")


@pytest.mark.parametrize("read_as", [curl.read, python_program.read, javascript_program.read])
def test_when_the_time_is_over_reading_ends(read_as) -> None:
    with pytest.raises(BadRequest, match="takes too long"):
        read_as("curl('messages')\n", Deadline(-1.0))


def test_the_cap_is_told_in_its_unit() -> None:
    assert "longer than 8 MB" in outcome("x" * (LARGEST + 1))


_UNICODE = """
import random
from playground.errors import BadRequest
from playground.imports import read
for seed in range(20):
    draw = random.Random(seed)
    ranges = ((32, 127), (128, 0xD800), (0xE000, 0x110000))
    text = "".join(chr(draw.randrange(*draw.choice(ranges))) for _ in range(20_000))
    for whole in (text + "\\ncurl x", "const messages = a ?." + text, "const messages = a ?." + text + "</"):
        try:
            read(whole)
        except BadRequest:
            pass
"""


def test_no_character_crashes_the_parsers() -> None:
    """In a process of its own: a parser in C takes the whole process with it."""
    done = subprocess.run([sys.executable, "-c", _UNICODE], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_parsers_are_loaded_on_first_use() -> None:
    code = "import sys, playground.imports; sys.exit(any(name.startswith('tree_sitter') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_keys_in_the_body_are_not_kept() -> None:
    secrets = {"api_key": "planted-one", "other": "sk-planted0123456789", "metadata": {"token": "stays: it is data"}}
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "sk-said-in-a-message-1234"}],
        **secrets,
        "user": "me",
    }
    (one,) = read(json.dumps(body))
    assert one.body == {name: value for name, value in body.items() if name not in ("api_key", "other")}
    assert one.notes == (
        "The field api_key was not kept: it may hold a secret.",
        "The field other was not kept: it may hold a secret.",
    )
