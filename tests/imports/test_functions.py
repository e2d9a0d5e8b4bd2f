"""Functions of a program: what they are called with is what their parameters stand for."""

from __future__ import annotations

from typing import Any

import pytest

from playground.errors import BadRequest
from playground.imports import read

ROUTER = "https://router.huggingface.co/v1"
HI = [{"role": "user", "content": "Hi"}]
BODY = {"messages": HI, "model": "m"}


def say(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "model": "m"}


# As the documentation of Hugging Face's Inference Providers has them.
DOCUMENTED: dict[str, str] = {
    "requests": """
import os
import requests

API_URL = "https://router.huggingface.co/v1/chat/completions"
headers = {
    "Authorization": f"Bearer {os.environ['HF_TOKEN']}",
}

def query(payload):
    response = requests.post(API_URL, headers=headers, json=payload)
    return response.json()

response = query({
    "messages": [
        {
            "role": "user",
            "content": "Hi"
        }
    ],
    "model": "m"
})

print(response["choices"][0]["message"])
""",
    "fetch": """
async function query(data) {
	const response = await fetch(
		"https://router.huggingface.co/v1/chat/completions",
		{
			headers: {
				Authorization: `Bearer ${process.env.HF_TOKEN}`,
				"Content-Type": "application/json",
			},
			method: "POST",
			body: JSON.stringify(data),
		}
	);
	const result = await response.json();
	return result;
}

query({
    messages: [
        {
            role: "user",
            content: "Hi",
        },
    ],
    model: "m",
}).then((response) => {
    console.log(JSON.stringify(response));
});
""",
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_documented_form(name):
    (found,) = read(DOCUMENTED[name])
    assert (found.body, found.base_url, found.key_name, found.notes) == (BODY, ROUTER, "HF_TOKEN", ())


PYTHON = """
client = OpenAI()
def ask({parameters}):
    return client.chat.completions.create(messages=[{{"role": "user", "content": {content}}}], model="m")
{call}
"""
JAVASCRIPT = """
const client = new OpenAI();
{call};
async function ask({parameters}) {{
  return await client.chat.completions.create({{ messages: [{{ role: "user", content: {content} }}], model: "m" }});
}}
"""
CALLS: dict[str, list[tuple[str, str, str, list[str]]]] = {
    PYTHON: [
        ("q", "q", "ask('A')", ["A"]),
        ("q", "q", "ask(q='A')", ["A"]),
        ("q, /, *, r", "f'{q}{r}'", "ask('A', r='B')", ["AB"]),
        ("q='A', r='B'", "q + r", "ask(r='C')", ["AC"]),
        ("*q, **r", "q[1] + r['s']", "ask('A', 'B', s='C')", ["BC"]),
        ("q", "q", "x = 'A'\nprint(ask(x).choices[0])\nx = 'B'", ["A"]),
        ("q", "q", "ask('A')\nask('B')", ["A", "B"]),
        ("q", "q", "def main(name):\n    ask(name)\nif __name__ == '__main__':\n    main('A')", ["A"]),
        ("q", "q", "async def main():\n    await ask('A')\nasyncio.run(main())", ["A"]),
        ("q", "q", "def ask_all():\n    ask('A')\n    ask_all()\nask_all()", ["A"]),
        ("q='A'", "q", "class Bot:\n    def run(self):\n        ask()\n        ask('B')", ["A", "B"]),
        ("q, more={}", "q", "ask('A', **options)\nask('B')", ["B"]),
    ],
    JAVASCRIPT: [
        ("q", "q", "ask('A')", ["A"]),
        ("q: string, r = 'B'", "q + r", "ask('A')", ["AB"]),
        ("q, ...r", "q + r[1]", "await ask('A', 'B', 'C')", ["AC"]),
        ("{ q, r: s = 'B', t = 'C' }", "q + s + t", "ask({ q: 'A', t: 'D' })", ["ABD"]),
        ("q", "q", "const x = (await ask('A')).choices", ["A"]),
        ("q", "q", "ask('A'); ask('B')", ["A", "B"]),
        ("q", "q", "const main = async (name) => { await ask(name); }; main('A').catch(console.error)", ["A"]),
        ("q", "q", "function all() { ask('A'); all() }; all()", ["A"]),
        ("q", "q", "ask<Answer>('A' as string)", ["A"]),
        ("q", "q", "await ask<Answer>('A')", ["A"]),
        ("q", "q", "ask(...words); ask('B')", ["B"]),
        ("q = 'A'", "q", "button.onClick(() => ask()); const other = async () => { ask('B'); }", ["A", "B"]),
    ],
}  # fmt: skip
TABLE = [(code, *row) for code, rows in CALLS.items() for row in rows]


@pytest.mark.parametrize(("code", "parameters", "content", "call", "texts"), TABLE)
def test_each_call_is_a_request(code, parameters, content, call, texts):
    found = read(code.format(parameters=parameters, content=content, call=call))
    assert [one.body for one in found] == [say(text) for text in texts]


@pytest.mark.parametrize(
    ("code", "call", "says"),
    [
        (PYTHON, "ask(input())", r"line 5: input\(...\) stands in messages\[0\].content"),
        (PYTHON, "for line in lines:\n    ask(line)", r"line 5: line stands in messages\[0\].content"),
        (PYTHON, "x = 'A'\n[ask(x) for x in lines]", r"line 6: x stands in messages\[0\].content"),
        (PYTHON, "ask()", r"line 3: q \(a parameter of ask\) stands in messages\[0\].content"),
        (PYTHON, "ask(*words)", r"line 3: q \(a parameter of ask\) stands in messages\[0\].content"),
        (PYTHON, "", r"line 3: q \(a parameter of ask\) stands in messages\[0\].content"),
        (JAVASCRIPT, "ask(prompt('?'))", r"line 3: prompt\(...\) stands in messages\[0\].content"),
        (JAVASCRIPT, "for (const line of lines) ask(line)", r"line 3: line stands in messages\[0\].content"),
        (JAVASCRIPT, "ask(...words)", r"line 4: q stands in messages\[0\].content"),
        (JAVASCRIPT, "", r"line 4: q stands in messages\[0\].content"),
    ],
)
def test_what_no_call_tells_is_named(code, call, says):
    with pytest.raises(BadRequest, match=says):
        read(code.format(parameters="q", content="q", call=call))


def test_a_conversation_grows_from_call_to_call():
    code = """
messages = [{"role": "system", "content": "S"}]
def ask(text):
    messages.append({"role": "user", "content": text})
    return client.chat.completions.create(model="m", messages=messages)
ask("A")
ask("B")
"""
    assert [[message["content"] for message in one.body["messages"]] for one in read(code)] == [
        ["S", "A"],
        ["S", "A", "B"],
    ]


@pytest.mark.parametrize("code", [
    "messages = []\ndef add(x):\n    messages.append(x)\nif y:\n    add({'role': 'user'})\nc.chat.completions.create(messages=messages)",
    "const messages = [];\nfunction add(x) { messages.push(x); }\nif (y)\n  add({ role: 'user' });\nc.chat.completions.create({ messages });",
])  # fmt: skip
def test_what_a_function_may_change_or_not_is_not_known(code):
    with pytest.raises(BadRequest, match=r"line \d: what the code from line \d on adds stands in messages\[1\]"):
        read(code)
