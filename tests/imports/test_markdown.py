"""Markdown with code in it, and code that a word processor or a web page has set."""

from __future__ import annotations

import json

import pytest

from playground.errors import BadRequest
from playground.imports import read
from playground.imports.markdown import Block, blocks

HI = [{"role": "user", "content": "Hi"}]
BODY = {"model": "m", "messages": HI}
URL = "https://h/v1/chat/completions"
CURL = f"curl {URL} -d '{json.dumps(BODY)}'"
PYTHON = f"client = OpenAI()\nclient.chat.completions.create(**{BODY!r})"
JAVASCRIPT = f"const client = new OpenAI();\nawait client.chat.completions.create({json.dumps(BODY)});"
ANSWER = '{"choices": [{"message": {"role": "assistant", "content": "Hello"}}]}'


def fenced(language: str, code: str, mark: str = "```") -> str:
    return f"{mark}{language}\n{code}\n{mark}"


ONE: dict[str, str] = {
    "alone": fenced("sh", CURL),
    "a chat's answer": f"Sure! Here is how you'd do it:\n\n{fenced('bash', CURL)}\n\nLet me know if it doesn't work.",
    "a section": f"# Use it\n\nIt's `curl`able (see [docs](https://h)):\n\n{fenced('', CURL)}\n## Next\n",
    "beside other code": f"{fenced('sh', 'pip install openai')}\nThen:\n{fenced('python', PYTHON)}\nYou'll see:\n{fenced('', 'Hello')}",
    "tildes": f"So:\n{fenced('js', JAVASCRIPT, '~~~~')}",
    "indented": "1. Call it\n\n   " + fenced("sh", f"curl {URL} -d @- <<EOF\n{json.dumps(BODY)}\nEOF").replace("\n", "\n   "),
    "CRLF": f"So:\n\n{fenced('python', PYTHON)}\n".replace("\n", "\r\n"),
    "without an end": f"So:\n```json\n{json.dumps(BODY, indent=2)}",
    "a longer fence": f"So:\n{fenced('python', PYTHON + chr(10) + '# ```', '````')}",
    "a prompt and its output": f"So:\n{fenced('console', '$ ' + CURL)}",
    "a program with fences in its texts": PYTHON.replace("client = OpenAI()", 'client = OpenAI()\nx = """\n```sh\n' + CURL + '\n```\n"""'),
    "such a program in a fence": fenced("python", PYTHON.replace("client = OpenAI()", 'client = OpenAI()\nx = """\n```\nx\n```\n"""')),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_the_code_in_a_text_is_read(name):
    (found,) = read(ONE[name])
    assert (found.kind, found.body, found.notes) == ("request", BODY, ())
    assert "line" not in found.title


def test_several_blocks_are_found_each_with_its_line():
    text = "\n".join(
        ["# How", fenced("sh", CURL), "or", fenced("py", f"{PYTHON}\n{PYTHON}"), "gives", fenced("json", ANSWER)]
    )
    assert [(one.kind, one.title) for one in read(text)] == [
        ("request", "curl command (line 3)"),
        ("request", "Python program: request 1 (line 7)"),
        ("request", "Python program: request 2 (line 7)"),
        ("response", "Response (line 14)"),
    ]


def test_blocks_that_cannot_be_read_are_named_with_their_lines():
    go = 'messages := []string{"a"}'
    text = "\n".join(
        [
            fenced("sh", f"curl {URL} -d @body.json"),
            fenced("go", go),
            fenced("json", '{"a": ['),
            fenced("powershell", "irm https://h"),
            fenced("sh", CURL),
        ]
    )
    (found,) = read(text)
    assert found.body == BODY
    assert found.notes == (
        "Left out: line 2: the body of the curl command stands in the file body.json.",
        "Left out: the code from line 5 on cannot be read here.",
        "Left out: the JSON is wrong at line 8, column 8: Expecting value.",
        "Left out: this is a command for a Windows shell.",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"So:\n\n{fenced('sh', f'curl {URL} -d @body.json')}", "line 4: the body of the curl command stands in the file"),
        (f"So:\n\n{fenced('py', PYTHON.replace(chr(39) + 'Hi' + chr(39), 'x'))}", "line 5: x stands in messages[0].content"),
        (f"So:\n\n{fenced('py', 'messages = [')}", "line 4, column 12: the text cannot be read as Python"),
        (f"So:\n\n{fenced('sh', 'ls')}\nmessages", "no chat-completion request was found"),
        (f"So:\n\n{fenced('sh', '')}", "no chat-completion request was found"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_read_the_line_is_the_texts_own(text, says):
    with pytest.raises(BadRequest) as caught:
        read(text)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```\na\n```", (Block(2, "\na"),)),
        ("a\n``` b\n c\n\n```  ", (Block(3, "\n\n c\n"),)),
        ("````\n```\na\n````", (Block(2, "\n```\na"),)),
        ("~~~\n```\n~~~", (Block(2, "\n```"),)),
        ("```\na\n``` b\n```", (Block(2, "\na\n``` b"),)),
        ("  ```\n   a\n b\n  ```", (Block(2, "\n a\nb"),)),
        ("a ```\nb\n```", ()),
        ("```a```\n", ()),
        ("```\n\n```", ()),
    ],
)
def test_blocks(text, found):
    assert blocks(text) == found


# --- curly quotes ----------------------------------------------------------------------------------

NOTE = "Curly quotes and no-break blanks in it were read as plain ones: check its texts."
CURLY: dict[str, tuple[str, str]] = {
    "JSON": ("{“model”: “m”, “messages”: [{“role”: “user”, “content”: “Hi”}]}", "Hi"),
    "JSON in part": ('{“model”: "m", "messages": [{"role": "user", "content": "a “b” ‘c’"}]}', "a “b” ‘c’"),
    "Python": ("OpenAI().chat.completions.create(model=“m”, messages=[{‘role’: ‘user’, “content”: “it's”}])", "it's"),
    "Python, no-break blanks": (f"{PYTHON.replace(' = ', chr(160) + '=' + chr(160))}", "Hi"),
    "JavaScript": ("new OpenAI().chat.completions.create({ model: “m”, messages: [{ role: ‘user’, content: ‘Hi’ }] });", "Hi"),
    "a JavaScript model": ("new OpenAI().chat.completions.create({ model: “m”, messages: [{ role: 'user', content: 'a “b”' }] });", "a “b”"),
    "curl": (CURL.replace("'", "’"), "Hi"),
    "a header of curl": (f"{CURL} -H “Authorization: Bearer $KEY”", "Hi"),
    "in a fence": (f"Here’s how:\n{fenced('sh', CURL.replace(chr(34), '”'))}", "Hi"),
}  # fmt: skip


@pytest.mark.parametrize("name", CURLY)
def test_curly_quotes_are_read_as_straight_ones_and_that_is_said(name):
    text, content = CURLY[name]
    (found,) = read(text)
    assert found.body == {"model": "m", "messages": [{"role": "user", "content": content}]}
    assert found.notes[-1] == NOTE


def test_curly_quotes_in_texts_stay_and_need_no_word():
    text = "“a” ‘b’ it’s\u00a0so"
    for code in (json.dumps(BODY, ensure_ascii=False), CURL, PYTHON, JAVASCRIPT):
        (found,) = read(code.replace("Hi", text))
        assert found.body["messages"][0]["content"] == text
        assert found.notes == ()


@pytest.mark.parametrize("text", ["{“messages”: [“a”}", "const messages = [“a”", "curl https://h -d ‘{“messages”: [“"])
def test_where_straight_quotes_do_not_help_the_advice_names_them(text):
    with pytest.raises(BadRequest) as caught:
        read(text)
    assert caught.value.advice.startswith("It has curly quotes (“ ” ‘ ’): write straight ones around its texts. ")


def test_the_advice_does_not_name_those_in_texts():
    with pytest.raises(BadRequest) as caught:
        read('{"messages": ["“a”"')
    assert "curly" not in caught.value.advice
