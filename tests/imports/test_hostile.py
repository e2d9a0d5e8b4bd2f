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
# Found by chance: tree-sitter-javascript 0.25.0 looks for a way to mend it for minutes.
UNMENDABLE = (
    '[xxx!yxx(xxx"xxxxx"!xxx=x?1}xd:xf?xU:xxxx(>xxxCQxxxxxxxxxxxxxxx(xxxxxxxx`axxxxxxxxxx<xxx`xxxxbxxxxQ\\'
    "xxxxxYxxxxxxxxxxxxxxxxxxxxxxxxxxxxdxxxxxxxxxxxxxxxxxxxxxxxxx[xxxxxxxx|xxxxxxxxx?Xxxxxxxxxxxxxxxxxxxx"
    "1xxxxxxxxxxxgxxxUxxxxxxx&Cxxxxxxxxxxxcxxx}xxxxxxxxe&xxxxxxxxxxxxxxYxxxxxxxxxxx8xxxxxxxxxxxxxxxxxxx)x"
    "xxxxxxxxxx'xxxxxxxxxxxxxxH\"xxxxxxxxxxx'T<xxxxxxjO[Axxxxxxxxxxxxxxxxxxxxxxxxxxxoxxxxxxxxxxxxxvxxxxxxx"
    "/xxxxxxxxxxxxxxxxxx5xxxxxxxxxxxgxxxxxxxxxxx<xxxx)xxxx;xxxs=xxxx]xxxx"
)
TEXTS: dict[str, str] = {
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


def seeds() -> list[str]:
    endpoint = Endpoint(name="x", base_url="https://h/v1", key_name="K", headers=(("X-A", "b"),))
    request = request_of(CONVERSATION, endpoint)
    codes = [render(request, client.id, stream=False, images="file").code for client in CLIENTS]
    return [*codes, json.dumps(CONVERSATION), f"{json.dumps({'messages': []})}\n" * 3, 'data: {"choices": []}\n\n']


cuts = st.tuples(st.integers(0, 4000), st.integers(0, 40), st.sampled_from(["", "{", "}", "'", '"', "`", "\\", "\n", "$(", "<<A", "|", ",", "=", "(", ")", "*", "\0", "lambda: ", "1e999", "await "]))  # fmt: skip


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
    for whole in (text + "\\ncurl x", "const messages = a ?." + text):
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
