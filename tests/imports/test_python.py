"""Python programs as people write them: what they would send, read and never run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from playground.errors import BadRequest
from playground.imports import Found, read
from playground.imports.headers import KEY_NOT_KEPT

HI = [{"role": "user", "content": "Hi"}]
BODY = {"model": "m", "messages": HI}
CALL = 'client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}]'
OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


def only(code: str) -> Found:
    found = read(dedent(code))
    assert len(found) == 1
    return found[0]


PROGRAMS: dict[str, str] = {
    "openai": f"{OPENAI}print({CALL}).choices[0].message.content)",
    "openai, asynchronous": f"""
        import asyncio, openai
        client = openai.AsyncOpenAI()

        async def main():
            completion = await {CALL})
            print(completion.choices[0].message)

        if __name__ == "__main__":
            asyncio.run(main())
        """,
    "a stream in a loop": f"{OPENAI}for chunk in {CALL}, **{{}}):\n    print(chunk)",
    "a manager": f"with OpenAI() as client:\n    {CALL})",
    "no client of its own": CALL.replace("client", "openai") + ")",
    "a client in one line": CALL.replace("client", "OpenAI()") + ")",
    "an attribute": f"""
        class Bot:
            def __init__(self):
                self.client = OpenAI()
            def ask(self):
                return {CALL.replace("client", "self.client")})
        """,
    "with_raw_response": f"{OPENAI}r = {CALL.replace('completions.create', 'completions.with_raw_response.create')})",
    "beta.parse": f"{OPENAI}r = {CALL.replace('chat', 'beta.chat').replace('create', 'parse')})",
    "the package before 1.0": "import openai\nr = openai.ChatCompletion.create(model='m', messages=[{'role': 'user', 'content': 'Hi'}])",
    "names": f"""
        {OPENAI.replace(chr(10), chr(10) + " " * 8)}
        MODEL: str = "m"
        USER = "us" + "er"
        text = "H"
        text += "i"
        message = dict(role=USER, content=text)
        messages = []
        messages.append(message)
        settings = {{"model": MODEL, **{{"messages": messages}}}}
        client.chat.completions.create(**settings)
        """,
    "texts": f"""
        {OPENAI.replace(chr(10), chr(10) + " " * 8)}
        end, parts = "i", ["H", "?"]
        content = f"{{parts[0]}}{{end}}"
        client.chat.completions.create(model=" m ".strip(), messages=[*[{{"role": "user"}} | {{"content": content}}]])
        """,
    "changed in place": """
        body = {"model": "?", "messages": [{"role": "user", "content": "?"}]}
        body["model"] = "m"
        body["messages"][0]["content"] = "H"
        body["messages"][0].update(content="Hi")
        OpenAI().chat.completions.create(**body)
        """,
    "doctest": f">>> from openai import OpenAI\n>>> client = OpenAI()\n>>> client.chat.completions.create(\n...     model='m',\n...     messages=[{HI[0]}],\n... )\nChatCompletion(...)\n",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_openai(name):
    found = only(PROGRAMS[name])
    assert (found.kind, found.title, found.body, found.notes) == ("request", "Python program", BODY, ())
    assert (found.base_url, found.key_name) == ("https://api.openai.com/v1", "OPENAI_API_KEY")


def sent(*arguments: str, client: str = "OpenAI()", before: str = "") -> Found:
    return only(f"{before}\n{CALL.replace('client', client)}, {', '.join(arguments)})")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("0", 0), ("-1", -1), ("+1", 1), ("-0.0", -0.0), ("1e-7", 1e-7), ("2**3", ...), ("60 * 1000 - 1", 59999),
        (str(2**70), 2**70), ("0x10", 16), ("1_000", 1000), ("True", True), ("None", None), ("...", ...),
        ("'\\ud83d\\ude00'", "\ud83d\ude00"), ("'a' 'b'", "ab"), ("r'\\d'", "\\d"), ("b'a'", "a"), ("('a')", "a"),
        ("'a\\\nb'", "ab"), ("'''a\nb'''", "a\nb"), ("'%s' % 1", ...), ("f'{1:03}'", ...), ("f'{x!r}'", ...),
        ("(1, 'a')", [1, "a"]), ("[*[1], 2]", [1, 2]), ("[1] + [2]", [1, 2]), ("{**{'a': 1}, 'b': 2}", {"a": 1, "b": 2}),
        ("{1: 2, None: 3, True: 4, 1.5: 5}", {"1": 2, "null": 3, "true": 4, "1.5": 5}), ("{1, 2}", ...),
        ("dict(a=1)", {"a": 1}), ("{'a': 1}['a']", 1), ("[1, 2][-1]", 2), ("[x for x in y]", ...), ("lambda: 1", ...),
        ("json.dumps({'a': [1, None]})", '{"a": [1, null]}'), ("json.dumps('é', ensure_ascii=False)", '"é"'),
        ("json.dumps([1], indent=2)", "[\n  1\n]"), ("' a '.strip()", "a"), ("'-'.join(['a', 'b'])", "a-b"),
        ("dedent('''\n    a\n      b\n''')", "\na\n  b\n"), ("inspect.cleandoc('''\n    a\n    ''')", "a"),
        ("os.getenv('X', 'd')", "d"), ("os.environ.get('X') or 'd'", "d"), ("os.environ['X']", ...), ("(y := 5)", 5),
        ("'a {} {}{{}}'.format('b', 1)", "a b 1{}"), ("'{1}{x}{0}'.format('a', 'b', x=None)", "bNonea"), ("''.format()", ""),
        ("'{:>3}'.format('a')", ...), ("'{!r}'.format('a')", ...), ("'{a.b}'.format(a=1)", ...), ("'{}'.format()", ...), ("'{'.format(1)", ...),
        ("f'{1}{True}{None}{1.5}'", "1TrueNone1.5"), ("str(5)", "5"), ("nothing", None), ("f'{0x" + "f" * 5000 + "}'", ...), ("0x" + "f" * 5000, ...),
        ("print", ...), ("1 if x else 2", ...), ("x and y", ...), ("not x", ...), ("float('inf')", ...), ("1e999", ...), ("1j", ...),
    ],
)  # fmt: skip
def test_values(argument, value):
    if value is ...:
        with pytest.raises(BadRequest, match=r"line \d+: .* stands in a, and the text does not tell its value"):
            sent(f"a={argument}")
    else:
        assert repr(sent(f"a={argument}", before="nothing = None").body["a"]) == repr(value)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("x = input()", "line 1: input(...) stands in a"),
        ("def f(x):\n    return x\nx = f(1)", "line 3: f(...) stands in a"),
        ("import sys\nx = sys.argv[1]", "line 2: sys.argv stands in a"),
        ("", "x stands in a"),
        ("if y:\n    x = 1", "line 1: x (which depends on the code from line 1 on) stands in a"),
        ("x = 1\nif y:\n    x = 2", "depends on the code from line 2 on"),
        ("x = 0\nfor i in y:\n    x += i", "line 2: x (which depends"),
        ("x = []\nfor i in y:\n    x.append(1)", "what the code from line 2 on adds"),
        ("x = [1]\nx.pop()", "line 2: a change of one item"),
        ("x = [1]\nx[0] = 2", "line 2: a change of one item"),
        ("try:\n    x = 1\nexcept E:\n    x = 2", "line 3: x (which depends"),
    ],
)
def test_what_only_running_the_program_would_tell_is_named_with_its_line(before, says):
    with pytest.raises(BadRequest) as caught:
        sent("a=x", before=before)
    assert says in caught.value.message
    assert caught.value.param in ("a", "a[0]", "a[1]")
    assert "Write the value itself in its place" in caught.value.advice


FRAGMENTS: dict[str, str] = {
    "indented": f"    client = OpenAI()\n    r = {CALL})\n    return r\n",
    "indented by tabs": f"\tclient = OpenAI()\n\tr = {CALL})\n",
    "after a comment": f"    # How to\n\n    client = OpenAI()\n    r = {CALL})\n",
    "but for the first line": f"client = OpenAI()\n    r = {CALL})\n    print(r)\n",
    "with a block": f"    client = OpenAI()\n    if 1:\n        print()\n    for x in y:\n        pass\n    r = {CALL})\n",
    "up to the end of the function": f"    client = OpenAI()\n    r = {CALL})\n\nmain()\n",
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_part_that_was_copied_from_inside_of_a_function(name):
    (found,) = read(FRAGMENTS[name])
    assert (found.body, found.notes) == (BODY, ())


def test_in_such_a_part_texts_stay_as_they_are_and_lines_are_its_own():
    start = "    client = OpenAI()\n    text = '''a\n      b\n'''\n"
    (found,) = read(f"{start}    {CALL.replace(chr(34) + 'Hi' + chr(34), 'text')})")
    assert found.body["messages"][0]["content"] == "a\n      b\n"
    with pytest.raises(BadRequest, match=r"line 5: x stands in messages\[0\].content"):
        read(f"{start}    {CALL.replace(chr(34) + 'Hi' + chr(34), 'x')})")
    with pytest.raises(BadRequest, match="line 5, column 90: the text cannot be read as Python"):
        read(f"{start}    {CALL.replace('[', '(')})")
    with pytest.raises(BadRequest, match="line 2, column"):
        read(f"def f():\n{CALL})")


def test_parameters_of_functions_are_named():
    with pytest.raises(BadRequest, match=r"line 1: prompt \(a parameter of ask\) stands in messages\[0\].content"):
        read(
            "def ask(prompt, model='m'):\n    return c.chat.completions.create(model=model, messages=[{'role': 'user', 'content': prompt}])"
        )


@pytest.mark.parametrize(
    ("client", "base_url", "key_name", "headers"),
    [
        ("OpenAI(base_url='http://localhost:8000/v1/', api_key='EMPTY')", "http://localhost:8000/v1", None, ()),
        ("OpenAI(base_url='http://h/v1', api_key='not-needed')", "http://h/v1", None, ()),
        ("OpenAI(base_url='https://h/v1', api_key=os.environ['KEY'])", "https://h/v1", "KEY", ()),
        ("OpenAI(base_url=os.getenv('BASE', 'https://h/v1'), api_key=os.environ.get('KEY', 'x'))", "https://h/v1", "KEY", ()),
        ("OpenAI(base_url='https://h/v1', api_key=KEY, default_headers={'X-A': '1', 'Content-Type': 'application/json'})", "https://h/v1", "KEY", (("X-A", "1"),)),
        ("OpenAI(organization='org', project='p')", "https://api.openai.com/v1", "OPENAI_API_KEY", (("OpenAI-Organization", "org"), ("OpenAI-Project", "p"))),
        ("InferenceClient()", "https://router.huggingface.co/v1", "HF_TOKEN", ()),
        ("InferenceClient(token=os.environ['KEY'], bill_to='me')", "https://router.huggingface.co/v1", "KEY", (("X-HF-Bill-To", "me"),)),
        ("AsyncInferenceClient(base_url='http://h')", "http://h/v1", None, ()),
        ("InferenceClient(base_url='http://h/v1')", "http://h/v1", None, ()),
        ("InferenceClient(base_url='http://h/a/chat/completions')", "http://h/a", None, ()),
        ("Groq(api_key=os.environ['GROQ_API_KEY'])", None, "GROQ_API_KEY", ()),
    ],
)  # fmt: skip
def test_clients(client, base_url, key_name, headers):
    found = sent(client=client, before="KEY = os.environ['KEY']")
    assert (found.base_url, found.key_name, found.headers) == (base_url, key_name, headers)
    assert bool(found.notes) == (base_url is None)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("client.chat_completion([{'role': 'user', 'content': 'Hi'}], model='m', temperature=None)", {**BODY, "stream": False}),
        ("client.chat_completion(messages=M, model='m', stream=True, max_tokens=5)", {**BODY, "stream": True, "max_tokens": 5}),
        ("client.chat.completions.create(messages=M, model='m', stream=None, extra_body={'top_k': None})", {**BODY, "top_k": None}),
        ("client.chat_completion(M)", {"messages": HI, "stream": False}),
    ],
)  # fmt: skip
def test_huggingface_hub(call, body):
    start = "from huggingface_hub import InferenceClient\nclient = InferenceClient()\nM = [{'role': 'user', 'content': 'Hi'}]\n"
    assert only(start + call).body == body


def test_a_provider_becomes_part_of_the_routers_model_id():
    assert sent(client="InferenceClient(provider='novita')").body["model"] == "m:novita"
    assert sent(client="InferenceClient(provider='auto')").body["model"] == "m"
    assert sent(client="InferenceClient('http://h/v1', provider='novita')").body["model"] == "m"


def test_extra_arguments():
    found = sent("extra_body={'top_k': 1, 'model': 'n'}", "extra_headers={'X-A': '1'}", "timeout=3", "n=NOT_GIVEN")
    assert found.body == {**BODY, "model": "n", "top_k": 1}
    assert found.headers == (("X-A", "1"),)


URL = "https://h/v1/chat/completions"
POSTS = {
    "requests": "requests.post(URL, json=body, headers=headers)",
    "requests, keywords": "requests.post(url=URL, headers=headers, json=body, timeout=60)",
    "requests, data": "requests.post(URL, headers, data=json.dumps(body), headers=headers)",
    "request": "requests.request('POST', URL, json=body, headers=headers)",
    "a session": "s = requests.Session()\ns.headers.update(headers)\ns.post(URL, json=body)",
    "httpx": "httpx.post(URL, content=json.dumps(body).encode(), headers=headers)",
    "an httpx client": "with httpx.Client(base_url='https://h/v1', headers=headers) as c:\n    c.post('/chat/completions', json=body)",
    "an httpx stream": "with httpx.stream('POST', URL, json=body, headers=headers) as r:\n    pass",
    "aiohttp": "async def f():\n    async with aiohttp.ClientSession(headers=headers) as s, s.post(URL, json=body) as r:\n        pass",
    "urllib": "urllib.request.urlopen(urllib.request.Request(URL, data=json.dumps(body).encode(), headers=headers))",
    "http text": "requests.post(URL, data='''{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}''', headers=headers)",
}  # fmt: skip


@pytest.mark.parametrize("name", POSTS)
def test_http(name):
    start = f"""import json, os, requests, httpx
URL = {URL!r}
headers = {{"Authorization": f"Bearer {{os.environ['KEY']}}", "Content-Type": "application/json", "X-A": "1"}}
body = {BODY!r}
"""
    found = only(start + POSTS[name])
    assert (found.body, found.base_url, found.key_name, found.headers) == (BODY, "https://h/v1", "KEY", (("X-A", "1"),))
    assert found.notes == ()


def test_a_body_that_is_put_together_as_text_names_what_is_unknown_in_it():
    with pytest.raises(BadRequest, match=r"line 1: x stands in messages\[0\].content"):
        read("""requests.post("https://h/chat/completions", data='{"messages": [{"content": "' + x + '"}]}')""")


@pytest.mark.parametrize(
    ("code", "note"),
    [
        (f"OpenAI(api_key='sk-SECRET0123456789').{CALL[7:]})", KEY_NOT_KEPT),
        (f"key = 'SECRET-literal'\nOpenAI(api_key=key).{CALL[7:]})", KEY_NOT_KEPT),
        (f"OpenAI(api_key=decrypt('SECRET')).{CALL[7:]})", "The text does not tell the key: enter it as the endpoint's key."),
        (f"import openai\nopenai.api_key = 'SECRET'\nopenai.{CALL[7:]})", KEY_NOT_KEPT),
        (f"OpenAI(default_headers={{'api-key': 'SECRET'}}).{CALL[7:]})", "The header api-key was not kept: it may hold a secret."),
        (f"requests.post('{URL}', headers={{'Authorization': 'Bearer SECRET'}}, json={BODY})", KEY_NOT_KEPT),
        (f"requests.post('{URL}', headers={{'Authorization': 'Bearer ' + 'SECRET'}}, json={BODY})", KEY_NOT_KEPT),
    ],
)  # fmt: skip
def test_keys_are_not_kept_and_that_is_said(code, note):
    found = only(code)
    assert found.notes == (note,)
    assert "SECRET" not in repr(found)


def test_an_image_from_a_file_is_left_out_and_the_file_named():
    found = only(
        """
        import base64
        from openai import OpenAI

        def encode_image(path):
            with open(path, "rb") as f:
                return base64.b64encode(f.read()).decode("utf-8")

        base64_image = encode_image("photos/cat.jpg")
        with open("dog.png", "rb") as file:
            dog = base64.b64encode(file.read()).decode()
        OpenAI().chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{base64_image}"}},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{dog}", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": make()}},
            ]}],
        )
        """
    )
    assert found.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]
    assert found.notes == (
        "The image of messages[0] stands in the file photos/cat.jpg: add that file again.",
        "The image of messages[0] stands in the file dog.png: add that file again.",
        "The image of messages[0] is not in the text (line 18: make(...)): add it again.",
    )


def test_of_a_message_that_was_an_image_alone_an_empty_text_is_left():
    part = "{'type': 'image_url', 'image_url': {'url': url_of('cat.jpg')}}"
    found = only(
        f"{OPENAI}client.chat.completions.create(model='m', messages=[{{'role': 'user', 'content': [{part}]}}])"
    )
    assert found.body["messages"] == [{"role": "user", "content": ""}]
    assert found.notes == ("The image of messages[0] stands in the file cat.jpg: add that file again.",)


def test_a_model_that_the_text_does_not_tell_is_left_to_choose():
    found = only(OPENAI + CALL.replace('"m"', "args.model") + ")")
    assert found.body == {"messages": HI}
    assert found.notes == ("The text does not tell the model (line 3: args.model): choose it.",)


def test_a_later_turn_that_needs_an_answer_does_not_keep_the_first_back():
    found = only(
        """
        client = OpenAI()
        messages = [{"role": "user", "content": "Hi"}]
        first = client.chat.completions.create(model="m", messages=messages)
        messages.append(first.choices[0].message)
        second = client.chat.completions.create(model="m", messages=messages)
        """
    )
    assert found.body == BODY
    assert len(found.notes) == 1
    assert found.notes[0].startswith("Left out: line 5: first.choices[...].message stands in messages[1]")


def test_several_requests_are_found_each():
    found = read(f"client = OpenAI()\n{CALL})\nprint({CALL}, n=2))")
    assert [(one.title, one.body.get("n")) for one in found] == [
        ("Python program: request 1", None),
        ("Python program: request 2", 2),
    ]


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        ("json=body, params={'key': 'SECRET'}", "What follows the path in its address (?) was left out."),
        ("json=body, auth=('me', 'SECRET')", "The name and password in it were not kept: enter the key as the endpoint's key."),
        ("json=body, cookies={'a': 'SECRET'}", "The cookies were not kept: they may hold a secret."),
    ],
)  # fmt: skip
def test_what_has_no_place_here_is_left_out_and_named(arguments, note):
    found = only(f"body = {BODY}\nrequests.post('{URL}', {arguments})")
    assert found.notes == (note,)
    assert "SECRET" not in repr(found)


def test_programs_may_post_other_things_too():
    code = f"requests.post('https://h/login', json={{'user': 'me'}})\nOpenAI().{CALL[7:]})\nrequests.post('https://h/x', data={{'a': 1}})"
    assert only(code).notes == ()


@pytest.mark.parametrize(
    "code",
    [
        f"body = {BODY!r}",
        f"{BODY!r}",
        "payload = dict(model='m', messages=[{'role': 'user', 'content': 'Hi'}])",
    ],
)
def test_a_body_alone(code):
    assert read(code) == (Found("request", "Python program", BODY),)


def test_messages_alone():
    assert read(f"messages = {HI!r}") == (Found("messages", "Python program", {"messages": HI}),)
    assert read(repr(HI)) == (Found("messages", "Python program", {"messages": HI}),)


TRANSFORMERS = """
from transformers import AutoModelForCausalLM, AutoTokenizer
model_id = "org/model"
tokenizer = AutoTokenizer.from_pretrained(model_id)
model = AutoModelForCausalLM.from_pretrained(model_id, device_map="auto")
messages = [{"role": "user", "content": "Hi"}]
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", enable_thinking=False)
config = GenerationConfig(temperature=0.6, top_p=0.9, max_new_tokens=5)
torch.manual_seed(7)
outputs = model.generate(inputs, generation_config=config, max_new_tokens=256, do_sample=True, eos_token_id=tokenizer.eos_token_id)
"""


def test_transformers():
    found = only(TRANSFORMERS)
    assert (found.local, found.base_url, found.notes) == (True, None, ())
    assert found.body == {
        "model": "org/model",
        "messages": HI,
        "chat_template_kwargs": {"enable_thinking": False},
        "temperature": 0.6,
        "top_p": 0.9,
        "max_tokens": 256,
        "seed": 7,
    }


def test_a_pipeline():
    found = only(
        """
        from transformers import pipeline
        pipe = pipeline("text-generation", model="org/model", device_map="auto")
        out = pipe([{"role": "user", "content": "Hi"}], max_new_tokens=20, do_sample=False)
        """
    )
    assert found.body == {"model": "org/model", "messages": HI, "max_tokens": 20, "temperature": 0}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"{OPENAI}client.responses.create(model='m', input='Hi')", "line 3: this is a request to the Responses API"),
        (f"{OPENAI}client.completions.create(model='m', prompt='Hi')", "line 3: this is a text-completion request"),
        ("requests.post('https://h/v1/completions', json={'prompt': 'x', 'messages': []})", "ends with /completions"),
        ("requests.post('https://h/v1', json=messages)", "messages stands in the body in line 1"),
        ("import messages\nprint(1)", "no chat-completion request was found"),
        ("import openai\nmessages = (", "line 2, column 12: the text cannot be read as Python here"),
        ("import openai\nmessages = [1, 2", "line 2, column 12"),
    ],
)
def test_what_cannot_be_read_is_said(code, says):
    with pytest.raises(BadRequest) as caught:
        read(code)
    assert says in caught.value.message


def test_nothing_is_run(tmp_path):
    target = tmp_path / "pwned"
    start = f"import openai\nopen({str(target)!r}, 'w').write('x')\n__import__('os').system('touch {target}')\n"
    only(start + f"openai.{CALL[7:]})")
    assert not target.exists()
