"""JavaScript programs as people write them: what they would send, read and never run."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from playground.errors import BadRequest
from playground.imports import Found, read
from playground.imports.headers import KEY_NOT_KEPT

HI = [{"role": "user", "content": "Hi"}]
BODY = {"model": "m", "messages": HI}
ARGUMENTS = 'model: "m", messages: [{ role: "user", content: "Hi" }]'
CALL = f"client.chat.completions.create({{ {ARGUMENTS} }})"
NAMED = CALL.replace('"Hi"', "日本.é")
OPENAI = 'import OpenAI from "openai";\nconst client = new OpenAI();\n'


def only(code: str) -> Found:
    found = read(dedent(code))
    assert len(found) == 1
    return found[0]


PROGRAMS: dict[str, str] = {
    "openai": f"{OPENAI}const completion = await {CALL};\nconsole.log(completion.choices[0].message.content);",
    "require": f"const OpenAI = require('openai');\nconst client = new OpenAI.OpenAI();\n{CALL}.then((r) => console.log(r));",
    "a function": f"{OPENAI}async function main() {{\n  const completion = await {CALL};\n}}\nmain().catch(console.error);",
    "an arrow function": f"{OPENAI}(async () => {{ console.log(await {CALL}); }})();",
    "a class": f"class Bot {{ constructor() {{ this.client = new OpenAI(); }} async ask() {{ return await this.{CALL}; }} }}",
    "a loop": f"{OPENAI}for await (const chunk of await {CALL}) {{ process.stdout.write(chunk); }}",
    "a handler": f"{OPENAI}app.post('/chat', async (req, res) => {{ try {{ res.json(await {CALL}); }} catch (e) {{ next(e); }} }});",
    "exported": f"{OPENAI}export default async function handler(req) {{ return {CALL}; }}",
    "a second argument": f"{OPENAI}await {CALL[:-1]}, {{ timeout: 5 }});",
    "beta.parse": f"{OPENAI}await {CALL.replace('chat', 'beta.chat').replace('create', 'parse')};",
    "comments": f"// How to\n/* call it */\n{OPENAI}await client.chat.completions.create({{\n  // the model\n  {ARGUMENTS}, // and so on\n}});",
    "no semicolons": "import OpenAI from 'openai'\nconst client = new OpenAI()\nconst r = await client.chat.completions.create({\n  model: 'm',\n  messages: [{ role: 'user', content: 'Hi' }]\n})",
    "names": """
        import { OpenAI } from "openai";
        const client = new OpenAI(), model = "m";
        let text = "H";
        text += "i";
        const { user } = { user: "us" + "er" };
        const messages = [];
        messages.push({ role: user, content: text });
        const settings = { ...{ model }, messages };
        await client.chat.completions.create(settings);
        """,
    "changed in place": """
        const body = { model: "?", messages: [{ role: "user" }] };
        body.model = "m";
        body["messages"][0].content = "Hi";
        await new OpenAI().chat.completions.create(body);
        """,
    "blanks beyond ASCII": f"\ufeff{OPENAI}\u00a0\u3000await\u00a0{CALL};\u2028".replace("  ", "\u00a0 "),
    "names beyond ASCII": f"{OPENAI}const é = 'Hi', 日本 = {{ é }};\nawait {NAMED};",
    "CRLF": f"{OPENAI}await {CALL};\n".replace("\n", "\r\n"),
}  # fmt: skip


TYPED: dict[str, str] = {
    "annotations": f"{OPENAI}const messages: ChatCompletionMessageParam[] = [{{ role: 'user', content: 'Hi' }}];\nconst model: string = 'm';\nconst r: any = await client.chat.completions.create({{ model, messages }});",
    "type imports": f"import type {{ A }} from 'openai/resources';\nimport {{ type B, C }} from 'x';\n{OPENAI}await {CALL};",
    "declarations": f"interface A {{ model: string; messages?: B[] }}\ntype D = 'a' | 'b';\nenum E {{ F = 'g' }}\ndeclare const h: string;\nexport type {{ D }};\n{OPENAI}await {CALL};",
    "as const": f"{OPENAI}const model = 'm' as const;\nconst messages = [{{ role: 'user', content: 'Hi' }}] as const;\nawait client.chat.completions.create({{ model, messages }} as any);",
    "satisfies": f"{OPENAI}const body = {{ {ARGUMENTS} }} satisfies Params;\nawait client.chat.completions.create(body);",
    "not null": f"const client = new OpenAI({{ apiKey: process.env.OPENAI_API_KEY! }});\nconst r = await client!.{CALL[7:]};\nr.choices[0]!.message!.content;",
    "a cast": f"{OPENAI}await (<any>client).{CALL[7:]};\nconst x = <string>'x';",
    "as any": f"{OPENAI}const r = (await (client as any).{CALL[7:]}) as unknown as Answer;",
    "generics": f"const all = new Map<string, number>();\n{OPENAI}async function ask<T extends object>(model: string, texts?: string[]): Promise<T> {{\n  return (await client.chat.completions.create({{ model, messages: [{{ role: 'user', content: 'Hi' }}] }})) as T;\n}}\nawait ask<Answer>('m');",
    "a class": f"class Bot {{\n  private readonly client: OpenAI = new OpenAI();\n  constructor(private model: string, public more?: X) {{}}\n  async ask(): Promise<void> {{ await this.{CALL}; }}\n}}",
    "JSX": f"{OPENAI}const ask = async () => await {CALL};\nexport default () => <button onClick={{ask}}>Ask <b>it</b></button>;",
    "JSX with types": f"{OPENAI}const ask = async (x: string): Promise<void> => {{ await {CALL}; }};\nexport default ({{ x }}: Props) => <Ask onClick={{() => ask(x)}} />;",
}  # fmt: skip


@pytest.mark.parametrize("name", [*PROGRAMS, *TYPED])
def test_openai(name):
    found = only((PROGRAMS | TYPED)[name])
    assert (found.kind, found.title, found.body, found.notes) == ("request", "JavaScript program", BODY, ())
    assert (found.base_url, found.key_name) == ("https://api.openai.com/v1", "OPENAI_API_KEY")


def sent(*fields: str, client: str = "new OpenAI()", before: str = "") -> Found:
    return only(f"{before}\nconst client = {client};\nawait {CALL[:-3]}, {', '.join(fields)} }});")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0", 0), ("-1", -1), ("+1", 1), ("-0", -0.0), ("1e-7", 1e-7), (".5", 0.5), ("5.", 5.0), ("0x10", 16), ("0b11", 3),
        ("1_000", 1000), ("10n", 10), ("12345678901234567890", 12345678901234567890), ("60 * 1000 - 1", 59999), ("1 / 2", ...),
        ("true", True), ("!0", True), ("null", None), ("nothing", None), ("NaN", None), ("[undefined, 1]", [None, 1]), ("1e999", ...), ("/a/g", ...),
        ("'a\\'b\"'", "a'b\""), ("'\\x41\\u0042\\u{43}\\u{1F600}\\uD83D\\uDE00\\0\\q'", "ABC😀😀\0q"), ("'\\é\\日'", "é日"), ("'a\\\nb'", "ab"), ("'\\ud800'", "\ud800"),
        ("`a\n${'b'}\\${c}\\``", "a\nb${c}`"), ("`${1}${true}${null}${1.50}`", "1truenull1.5"), ("String.raw`\\d`", "\\d"), ("tag`a`", ...),
        ("'a' + 1 + 'b'", "a1b"), ("1 + 2", 3), ("[...[1], 2]", [1, 2]), ("[1].concat([2])", [1, 2]), ("['a', 'b'].join('-')", "a-b"),
        ("{ a: 1, 'b-c': 2, 3: 4, [`d`]: 5, ...{ e: 6 }, f: undefined }", {"a": 1, "b-c": 2, "3": 4, "d": 5, "e": 6}),
        ("{ ['__proto__']: 2, __proto__: 1, '__proto__': 3 }", {"__proto__": 2}), ("{ g() {} }", ...), ("{ get g() { return 1 } }", ...),
        ("JSON.stringify({ b: 1, a: [null, 'é'] })", '{"b":1,"a":[null,"é"]}'), ("JSON.stringify([1], null, 2)", "[\n  1\n]"),
        ("' a '.trim()", "a"), ("({ b: 1 }).b", 1), ("[1, 2][1]", 2), ("String(5)", "5"), ("x ? 1 : 2", ...), ("() => 1", ...), ("0x" + "f" * 5000, ...),
        ("process.env.X ?? 'd'", "d"), ("process.env.X || 'd'", "d"), ("process.env['X']", ...), ("import.meta.env.X", ...), ("y.z", ...), ("typeof y", ...),
    ],
)  # fmt: skip
def test_values(expression, value):
    if value is ...:
        with pytest.raises(BadRequest, match=r"line \d+: .* stands in a(\.g)?, and the text does not tell its value"):
            sent(f"a: {expression}")
    else:
        assert repr(sent(f"a: {expression}", before="const nothing = null;").body["a"]) == repr(value)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("const x = prompt('?');", "line 1: prompt(...) stands in a"),
        ("", "x stands in a"),
        ("let x;\nif (y) {\n  x = 1;\n}", "x (which depends on the code from line 2 on)"),
        ("const x = [];\nfor (const i of y) x.push(1);", "what the code from line 2 on adds"),
        ("const x = [1];\nx.pop();", "line 2: a change of one item"),
        ("const { x } = await y();", "line 1: x stands in a"),
        ("const [x] = y;", "line 1: x stands in a"),
    ],
)
def test_what_only_running_the_program_would_tell_is_named_with_its_line(before, says):
    with pytest.raises(BadRequest) as caught:
        sent("a: x", before=before)
    assert says in caught.value.message
    assert "Write the value itself in its place" in caught.value.advice


def test_parameters_of_functions_are_named():
    with pytest.raises(BadRequest, match=r"line 1: prompt stands in messages\[0\].content"):
        read(
            "const ask = (prompt, model = 'm') => c.chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] })"
        )


@pytest.mark.parametrize(
    ("client", "base_url", "key_name", "headers"),
    [
        ("new OpenAI({ baseURL: 'http://localhost:8000/v1/', apiKey: 'EMPTY' })", "http://localhost:8000/v1", None, ()),
        ("new OpenAI({ baseURL: 'https://h/v1', apiKey: process.env.KEY })", "https://h/v1", "KEY", ()),
        ("new OpenAI({ baseURL: process.env.BASE ?? 'https://h/v1', apiKey: process.env['KEY'] ?? '' })", "https://h/v1", "KEY", ()),
        ("new OpenAI({ baseURL, apiKey: Deno.env.get('KEY'), defaultHeaders: { 'X-A': '1', 'Content-Type': 'application/json' } })", "https://h/v1", "KEY", (("X-A", "1"),)),
        ("new OpenAI({ baseURL: 'https://h/v1', apiKey: KEY })", "https://h/v1", "KEY", ()),
        ("new OpenAI({ organization: 'org', project: null })", "https://api.openai.com/v1", "OPENAI_API_KEY", (("OpenAI-Organization", "org"),)),
        ("new Groq({ apiKey: process.env.GROQ_API_KEY })", None, "GROQ_API_KEY", ()),
    ],
)  # fmt: skip
def test_clients(client, base_url, key_name, headers):
    found = sent(client=client, before="const baseURL = 'https://h/v1', { KEY } = process.env;")
    assert (found.base_url, found.key_name, found.headers) == (base_url, key_name, headers)
    assert bool(found.notes) == (base_url is None)


@pytest.mark.parametrize(
    ("code", "body", "base_url"),
    [
        (f"const client = new InferenceClient(process.env.KEY);\nconst out = await client.chatCompletion({{ {ARGUMENTS} }});", BODY, "https://router.huggingface.co/v1"),
        (f"const hf = new HfInference(process.env.KEY);\nfor await (const c of hf.chatCompletionStream({{ {ARGUMENTS} }})) {{}}", {**BODY, "stream": True}, "https://router.huggingface.co/v1"),
        (f"const client = new InferenceClient(process.env.KEY);\nclient.chatCompletion({{ {ARGUMENTS}, provider: 'novita' }});", {**BODY, "model": "m:novita"}, "https://router.huggingface.co/v1"),
        (f"const client = new InferenceClient(process.env.KEY, {{ endpointUrl: 'https://h/v1' }});\nclient.chatCompletion({{ {ARGUMENTS}, extra_body: 1 }});", {**BODY, "extra_body": 1}, "https://h/v1"),
        (f"const ep = new InferenceClient(process.env.KEY).endpoint('https://h');\nep.chatCompletion({{ {ARGUMENTS} }});", BODY, "https://h/v1"),
        (f"chatCompletion({{ accessToken: process.env.KEY, endpointUrl: 'https://h/v1/chat/completions', {ARGUMENTS} }});", BODY, "https://h/v1"),
    ],
)  # fmt: skip
def test_huggingface(code, body, base_url):
    found = only('import { InferenceClient } from "@huggingface/inference";\n' + code)
    assert (found.body, found.base_url, found.key_name, found.notes) == (body, base_url, "KEY", ())


def test_stream_helpers_stream():
    assert only(f"{OPENAI}client.chat.completions.stream({{ {ARGUMENTS} }});").body == {**BODY, "stream": True}


URL = "https://h/v1/chat/completions"
FETCHES = {
    "fetch": "await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });",
    "then": "fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).then((r) => r.json()).then((d) => { x = d; });",
    "options": "const options = { method: 'POST', headers: new Headers(headers), body: JSON.stringify(body) };\nfetch(url, options);",
    "headers in pairs": "fetch(url, { method: 'POST', headers: [['Authorization', `Bearer ${key}`], ['X-A', '1']], body: JSON.stringify(body) });",
    "axios": "await axios.post(url, body, { headers });",
    "axios with one argument": "await axios({ method: 'post', url, headers, data: body });",
    "an axios client": "const http = axios.create({ baseURL: 'https://h/v1', headers });\nawait http.post('/chat/completions', body);",
    "got": "await got.post(url, { json: body, headers }).json();",
    "ky": "await ky.post(url, { json: body, headers }).json();",
}  # fmt: skip


@pytest.mark.parametrize("name", FETCHES)
def test_http(name):
    start = f"""
const url = "{URL}";
const key = process.env.KEY;
const headers = {{ Authorization: `Bearer ${{key}}`, "Content-Type": "application/json", "X-A": "1" }};
const body = {{ {ARGUMENTS} }};
"""
    found = only(start + FETCHES[name])
    assert (found.body, found.base_url, found.key_name, found.headers) == (BODY, "https://h/v1", "KEY", (("X-A", "1"),))
    assert found.notes == ()


def test_a_browsers_copy_as_fetch():
    body = json.dumps(json.dumps({**BODY, "messages": [{"role": "user", "content": 'It\'s "so" 😀'}]}))
    found = only(
        f"""fetch("{URL}", {{
  "headers": {{
    "accept": "*/*",
    "authorization": "Bearer SECRET",
    "sec-ch-ua": "x"
  }},
  "referrer": "https://h/",
  "body": {body},
  "method": "POST",
  "mode": "cors"
}});"""
    )
    assert found.body["messages"][0]["content"] == 'It\'s "so" 😀'
    left_out = "Left out 2 headers of the kind that clients set by themselves: accept, sec-ch-ua."
    assert (found.headers, found.notes) == ((), (left_out, KEY_NOT_KEPT))


@pytest.mark.parametrize(
    ("code", "note"),
    [
        (f"new OpenAI({{ apiKey: 'SECRET-literal' }}).{CALL[7:]}", KEY_NOT_KEPT),
        (f"const key = 'SECRET-literal';\nnew OpenAI({{ apiKey: key }}).{CALL[7:]}", KEY_NOT_KEPT),
        (f"new OpenAI({{ apiKey: process.env.KEY || 'SECRET' }}).{CALL[7:]}", ""),
        (f"new InferenceClient('SECRET').chatCompletion({{ {ARGUMENTS} }})", KEY_NOT_KEPT),
        (f"chatCompletion({{ accessToken: 'SECRET', {ARGUMENTS} }})", KEY_NOT_KEPT),
        (f"new OpenAI({{ apiKey: unseal('SECRET') }}).{CALL[7:]}", "The text does not tell the key: enter it as the endpoint's key."),
        (f"fetch('{URL}', {{ method: 'POST', headers: {{ 'x-api-key': 'SECRET' }}, body: JSON.stringify({{ {ARGUMENTS} }}) }})", "The header x-api-key was not kept: it may hold a secret."),
        (f"fetch('https://h/chat/completions?key=SECRET', {{ method: 'POST', body: JSON.stringify({{ {ARGUMENTS} }}) }})", "What follows the path in its address (? or #) was left out."),
    ],
)  # fmt: skip
def test_keys_are_not_kept_and_that_is_said(code, note):
    found = only(code)
    assert found.notes == ((note,) if note else ())
    assert "SECRET" not in repr(found)


def test_an_image_from_a_file_is_left_out_and_the_file_named():
    found = only(
        """
        import fs from "fs";
        const image = fs.readFileSync("photos/cat.jpg").toString("base64");
        await new OpenAI().chat.completions.create({
          model: "m",
          messages: [{ role: "user", content: [
            { type: "text", text: "What?" },
            { type: "image_url", image_url: { url: `data:image/jpeg;base64,${image}` } },
          ] }],
        });
        """
    )
    assert found.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]
    assert found.notes == ("The image of messages[0] stands in the file photos/cat.jpg: add that file again.",)


def test_a_later_turn_that_needs_an_answer_does_not_keep_the_first_back():
    found = only(
        """
        const client = new OpenAI();
        const messages = [{ role: "user", content: "Hi" }];
        const first = await client.chat.completions.create({ model: "m", messages });
        messages.push(first.choices[0].message);
        await client.chat.completions.create({ model: "m", messages });
        """
    )
    assert found.body == BODY
    assert len(found.notes) == 1
    assert found.notes[0].startswith("Left out: line 5: first.choices[...].message stands in messages[1]")


@pytest.mark.parametrize("code", [f"const body = {{ {ARGUMENTS} }};", f"{{ {ARGUMENTS} }}", f"{{\n  {ARGUMENTS},\n}}"])
def test_a_body_alone(code):
    assert read(code) == (Found("request", "JavaScript program", BODY),)


def test_messages_alone():
    assert read("[{ role: 'user', content: 'Hi' }]") == (Found("messages", "JavaScript program", {"messages": HI}),)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"{OPENAI}await client.responses.create({{ model: 'm', input: 'Hi' }});", "line 3: this is a request to the Responses API"),
        (f"{OPENAI}client.completions.create({{ prompt: 'x' }});", "line 3: this is a text-completion request"),
        ("fetch('https://h/v1/completions', { method: 'POST', body: JSON.stringify({ messages: [] }) });", "ends with /completions"),
        (f"fetch('{URL}', {{ method: 'POST', body }});", "line 1: body stands in the body in line 1"),
        (f"fetch('{URL}', {{ method: 'POST', body: new FormData() }});", "FormData(...) stands in the request"),
        ("const messages = [1, 2", "line 1, column"),
        ("const x: = 'a';\nconst messages = [];", "line 1, column 8: the text cannot be read as JavaScript here"),
        ("const messages = 1;", "no chat-completion request was found"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(code, says):
    with pytest.raises(BadRequest) as caught:
        read(code)
    assert says in caught.value.message
    assert caught.value.advice != BadRequest.advice
