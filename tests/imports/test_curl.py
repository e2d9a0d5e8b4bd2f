"""curl commands as browsers and documentation write them become the request that curl would send."""

from __future__ import annotations

import json

import pytest

from playground.errors import BadRequest
from playground.imports import Found, read
from playground.imports.headers import KEY_NOT_KEPT

BODY = {"model": "m", "messages": [{"role": "user", "content": 'It\'s "so" $HOME `x` \\n é 😀 !'}], "temperature": 0.7}
JSON = json.dumps(BODY, ensure_ascii=False)
PLAIN = '{"model": "m", "messages": [{"role": "user", "content": "Hi"}]}'
START = '{"model": "m",'
BACKSLASH = "\\"
DOUBLE, OPEN = '\\"$`', "\\$`"
URL = "https://api.example.com/v1/chat/completions"
TYPE = "-H 'Content-Type: application/json'"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def escaped(text: str, special: str) -> str:
    return "".join(f"\\{char}" if char in special else char for char in text)


def chromium(text: str) -> str:
    """As "Copy as cURL (bash)" of Chromium quotes a text: UTF-16 units, and ! escaped."""
    units = text.encode("utf-16-be")
    codes = [units[at] << 8 | units[at + 1] for at in range(0, len(units), 2)]
    special = {ord("\\"): "\\\\", ord("'"): "\\'", ord("\n"): "\\n", ord("\r"): "\\r"}
    plain = (special.get(code, chr(code) if code < 128 and chr(code) != "!" else f"\\u{code:04x}") for code in codes)
    return f"$'{''.join(plain)}'"


def firefox(text: str) -> str:
    """As Firefox does: \\x below U+0100, and ! in octal."""
    units = text.encode("utf-16-be")
    codes = [units[at] << 8 | units[at + 1] for at in range(0, len(units), 2)]
    plain = (
        "\\041" if chr(code) == "!" else chr(code) if 32 <= code < 127 and chr(code) not in "'\\"
        else "\\" + chr(code) if chr(code) in "'\\" else f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
        for code in codes
    )  # fmt: skip
    return f"$'{''.join(plain)}'"


def only(text: str) -> Found:
    found = read(text)
    assert len(found) == 1
    return found[0]


SPELLINGS = {
    "-d": f"curl {URL} {TYPE} -d {quoted(JSON)}",
    "joined short option": f"curl {URL} {TYPE} -d{quoted(JSON)}",
    "combined short options": f"curl -sSLN {URL} {TYPE} -d {quoted(JSON)}",
    "the last of combined options has the value": f"curl -sSNd {quoted(JSON)} {URL}",
    "--data": f"curl -X POST --url {URL} --header 'Content-Type: application/json' --data {quoted(JSON)}",
    "--data-raw": f"curl --location --request POST '{URL}' \\\n--header 'Content-Type: application/json' \\\n--data-raw {quoted(JSON)}",
    "--data-binary": f"curl -XPOST {URL} {TYPE} --data-binary {quoted(JSON)}",
    "--data-ascii": f"curl {URL} --data-ascii {quoted(JSON)}",
    "--json": f"curl --json {quoted(JSON)} {URL}",
    "several --json make one text": f"curl {URL} --json {quoted(START)} --json {quoted(JSON.removeprefix(START))}",
    "JSON over several lines": f"curl {URL} \\\n  -H 'Content-Type: application/json' \\\n  -d {quoted(json.dumps(BODY, indent=2))}",
    "double quotes": f"curl \"{URL}\" -H \"Content-Type: application/json\" -d \"{escaped(JSON, DOUBLE)}\"",
    "Chromium": f"curl '{URL}' \\\n  -H 'accept: */*' \\\n  -H 'accept-language: en' \\\n  -H 'sec-ch-ua: \"Chromium\";v=\"140\"' \\\n  --data-raw {chromium(JSON)} \\\n  --compressed ;\ncurl '{URL.replace('chat/completions', 'models')}' -H 'accept: */*'",
    "Firefox": f"curl '{URL}' \\\n  --compressed \\\n  -X POST \\\n  -H 'User-Agent: Mozilla/5.0 (X11)' \\\n  -H 'Origin: https://example.com' \\\n  -H 'Priority: u=0' \\\n  --data-raw {firefox(JSON)}",
    "Safari": f"curl '{URL}' \\\n-X 'POST' \\\n-H 'Accept: */*' \\\n-H 'Content-Type: application/json' \\\n-H 'Referer: https://example.com/' \\\n--data-binary {chromium(JSON)}",
    "heredoc": f"curl {URL} {TYPE} -d @- <<'EOF'\n{json.dumps(BODY, indent=2)}\nEOF",
    "heredoc, double-quoted word": f'curl {URL} --data-binary @- <<"END"\n{JSON}\nEND\n',
    "heredoc without quotes": f"curl {URL} --json @- << EOF\n{escaped(JSON, OPEN)}\nEOF\n",
    "heredoc with tabs": f"curl {URL} --json @- <<-'EOF'\n\t{JSON}\n\tEOF\n",
    "options after the heredoc's word": f"curl -d @- <<'EOF' {TYPE} {URL}\n{JSON}\nEOF\n",
    "heredoc into jq": f"curl -s {URL} -d @- <<'EOF' | jq -r '.choices[0]\n  .message'\n{JSON}\nEOF\n",
    "heredoc into jq on the line after": f"curl -s {URL} -d @- <<'EOF' |\n{JSON}\nEOF\n  jq -r '.choices[0]'\n",
    "here string": f"curl {URL} -d @- <<< {quoted(JSON)}",
    "cat into curl": f"cat <<'EOF' | curl {URL} \\\n  {TYPE} \\\n  -d @-\n{JSON}\nEOF\n",
    "cat into curl on the line after": f"cat <<'EOF' |\n{JSON}\nEOF\ncurl {URL} -d @-\n",
    "echo into curl": f"echo {quoted(JSON)} | curl {URL} -d @-",
    "printf into curl": f"printf '%s' {quoted(JSON)} | curl {URL} -d @- | jq .",
    "substitution": f"curl {URL} -d \"$(cat <<'EOF'\n{JSON}\nEOF\n)\"",
    "variables": f"BASE={URL.removesuffix('/chat/completions')}\nexport BODY={quoted(JSON)}\ncurl \"$BASE/chat/completions\" -d \"$BODY\"",
    "a variable from a heredoc": f"BODY=$(cat <<'EOF'\n{JSON}\nEOF\n)\nresponse=$(curl -s {URL} -d \"${{BODY}}\")\necho \"$response\"",
    "prompt": f"$ curl {URL} -d {quoted(JSON)}",
    "characters beyond ASCII around it": f"# où: é😀\nA=\"日本 $é\" curl {URL} -o 日本.json -d {quoted(JSON)} <<É\né\nÉ",
    "echo -e": f"echo -ne {quoted(escaped(json.dumps(BODY), BACKSLASH))} | curl {URL} -d @-",
    "prompt of a notebook": f"!curl {URL} -d {quoted(JSON)}",
    "redirected in the midst": f"curl {URL} > out.json {TYPE} -d {quoted(JSON)} 2>&1",
    "fence": f"```bash\ncurl {URL} -d {quoted(JSON)}\n```",
    "comment first": f"# How to call it\ncurl {URL} -d {quoted(JSON)}  # that's all",
    "CRLF": f"curl {URL} \\\r\n  {TYPE} \\\r\n  -d {quoted(JSON)}\r\n",
    "in a script": f"#!/bin/bash\nset -e\nif [ -n \"$1\" ]; then\n  time curl {URL} -d {quoted(JSON)} > out.json 2>/dev/null || exit 1\nfi",
    "options with values of their own": f"curl -o out.json -w '%{{http_code}}' --max-time 60 -m60 --retry 3 {URL} -d {quoted(JSON)}",
    "an address without its beginning": f"curl api.example.com/v1/chat/completions -d {quoted(JSON)}",
}  # fmt: skip

SET_BY_BROWSERS = {
    "Chromium": "3 headers of the kind that clients set by themselves: accept, accept-language, sec-ch-ua",
    "Firefox": "3 headers of the kind that clients set by themselves: User-Agent, Origin, Priority",
    "Safari": "2 headers of the kind that clients set by themselves: Accept, Referer",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings(name):
    found = only(SPELLINGS[name])
    assert found.body == BODY
    assert found.base_url in ("https://api.example.com/v1", "http://api.example.com/v1")
    assert (found.kind, found.title, found.key_name, found.headers) == ("request", "curl command", None, ())
    assert found.notes == ((f"Left out {SET_BY_BROWSERS[name]}.",) if name in SET_BY_BROWSERS else ())


@pytest.mark.parametrize(
    ("header", "key_name"),
    [
        ('-H "Authorization: Bearer $HF_TOKEN"', "HF_TOKEN"),
        ('-H "Authorization: Bearer ${OPENAI_API_KEY}"', "OPENAI_API_KEY"),
        ("-H 'Authorization: Bearer '\"$MY_KEY\"", "MY_KEY"),
        ("-H Authorization:\\ Bearer\\ $MY_KEY", "MY_KEY"),
        ('-H"authorization:Bearer ${MY_KEY:-none}"', "MY_KEY"),
        ('--oauth2-bearer "$MY_KEY"', "MY_KEY"),
        ('-H "Authorization: $MY_KEY"', "MY_KEY"),
        ("", None),
    ],
)
def test_the_variable_that_holds_the_key_is_known_by_its_name(header, key_name):
    found = only(f"curl {URL} {header} -d '{PLAIN}'")
    assert (found.key_name, found.headers, found.notes) == (key_name, (), ())


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("-H 'Authorization: Bearer sk-SECRET-0123456789'", KEY_NOT_KEPT),
        ("-H 'Authorization: Basic U0VDUkVUOlNFQ1JFVA=='", KEY_NOT_KEPT),
        ("-H 'x-api-key: SECRET'", "The header x-api-key was not kept: it may hold a secret."),
        ("-H 'Cookie: session=SECRET'", "The header Cookie was not kept: it may hold a secret."),
        ("-H 'X-Odd: hf_SECRETSECRET0123'", "The header X-Odd was not kept: it may hold a secret."),
        ("-u me:SECRET", "The user and password (-u) were not kept: enter the key as the endpoint's key."),
        ("-b 'id=SECRET'", "The cookies (-b) were not kept: they may hold a secret."),
        ("KEY=SECRET; ", ""),
    ],
)
def test_secrets_are_not_kept_and_that_is_said(words, note):
    before, after = (words, "") if words.endswith("; ") else ("", words)
    if before:
        after = '-H "Authorization: Bearer $KEY"'
    found = only(f"{before}curl {URL} {after} -d '{PLAIN}'")
    assert found.notes == (note or KEY_NOT_KEPT,)
    assert "SECRET" not in repr(found)


def test_an_address_with_a_password_or_a_query_is_cut():
    found = only(f"curl 'https://me:SECRET@api.example.com/v1/chat/completions?key=SECRET#x' -d '{PLAIN}'")
    assert found.base_url == "https://api.example.com/v1"
    assert len(found.notes) == 2
    assert "SECRET" not in repr(found)


def test_headers():
    words = "-H 'X-HF-Bill-To: my-org' -H 'X-Title:  a b ' -H 'X-Empty;' -H 'X-None:' -H 'X-Two: 1' -H 'x-two: 2' -H 'HTTP-Referer: https://a' -H 'X-Joined: a'\\&b"
    found = only(f"curl {URL} {words} -H \"X-Open: $ORG\" -d '{PLAIN}'")
    assert found.headers == (
        ("X-HF-Bill-To", "my-org"),
        ("X-Title", "a b"),
        ("X-Empty", ""),
        ("X-Two", "1, 2"),
        ("HTTP-Referer", "https://a"),
        ("X-Joined", "a&b"),
    )
    assert found.notes == ("The header X-Open was left out: the text does not tell its value ($ORG).",)


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        (TYPE, ""),
        ("-H 'content-type: application/json; charset=utf-8' -H 'Host: h' -H 'Content-Length: 5'", ""),
        ("-H 'Content-Type: text/plain'", "1 header of the kind that clients set by themselves: Content-Type"),
        ("-H 'Accept: */*' -H 'accept: text/event-stream'", "2 headers of the kind that clients set by themselves: Accept, accept"),
        ("-A curl/8 -e https://h/", "2 headers of the kind that clients set by themselves: User-Agent, Referer"),
        ("--user-agent x --referer y", "2 headers of the kind that clients set by themselves: User-Agent, Referer"),
        (" ".join(f"-H 'sec-{at}: x'" for at in range(9)), "9 headers of the kind that clients set by themselves: sec-0, sec-1, sec-2, sec-3, sec-4, sec-5, and 3 more"),
    ],
)  # fmt: skip
def test_headers_that_clients_set_by_themselves_are_left_out_and_named(words, left_out):
    found = only(f"curl {URL} {words} -d '{PLAIN}'")
    assert found.headers == ()
    assert found.notes == ((f"Left out {left_out}.",) if left_out else ())


@pytest.mark.parametrize(
    ("url", "base_url", "note"),
    [
        ("http://localhost:8000/v1/chat/completions/", "http://localhost:8000/v1", ""),
        ("https://h/a%20b/chat/completions", "https://h/a%20b", ""),
        ("https://h/chat/completions", "https://h", ""),
        ("https://h/v1", "https://h/v1", "does not end with /chat/completions"),
        ("https://Bücher.example:080/\\ä/chat/completions", "https://xn--bcher-kva.example:80/%C3%A4", ""),
        ("https://{host}/v1/chat/completions", None, "cannot be called (it must look like https://host/v1)"),
        ("https://me:SECRET@h:99999/v1/chat/completions", None, "cannot be called"),
        ("'https://me:SECRET@h[/v1/chat/completions'", None, "cannot be called"),
        ('"$BASE_URL/chat/completions"', None, "does not tell the address (it stands in $BASE_URL)"),
        ('"${BASE_URL:-https://h/v1}/chat/completions"', "https://h/v1", ""),
    ],
)
def test_addresses(url, base_url, note):
    found = only(f"curl {url} -d '{PLAIN}'")
    assert found.base_url == base_url
    assert note in " ".join(found.notes)
    assert bool(note) == bool(found.notes)
    assert "SECRET" not in repr(found)


@pytest.mark.parametrize("name", ["_", "constructor"])
def test_a_variable_that_can_hold_no_key_is_not_taken_for_one(name):
    found = only(f"curl {URL} -H \"Authorization: Bearer ${name}\" -d '{PLAIN}'")
    assert (found.key_name, len(found.notes)) == ("API_KEY", 1)


def test_several_commands_and_next():
    text = f"curl {URL} -d '{PLAIN}'\ncurl {URL} -d '{PLAIN}' --next {URL} --json '{PLAIN}' && echo done"
    assert [found.title for found in read(text)] == [f"curl command: request {number}" for number in (1, 2, 3)]


def test_a_command_that_cannot_be_read_does_not_keep_the_others_back():
    found = only(f"curl {URL} -d '{PLAIN}'\ncurl {URL} -d @other.json")
    assert found.notes == ("Left out: line 2: the body of the curl command stands in the file other.json.",)


def test_numbers_and_texts_come_in_exactly():
    body = '{"messages": [], "seed": 12345678901234567890, "a": -0.0, "b": 1e-7, "c": 1.0, "d": "\\ud83d\\ude00 \\u2028 \\\\n"}'
    assert repr(only(f"curl {URL} -d '{body}'").body) == repr(json.loads(body))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'curl ^"{URL}^" ^\n  -H ^"accept: */*^" ^\n  --data-raw ^"^{{^}}^"', "Windows"),
        (f'curl "{URL}" ^\n  -H "accept: */*" ^\n  --data-raw "x"', "Windows"),
        (f'Invoke-WebRequest -UseBasicParsing -Uri "{URL}" `\n-Method POST', "Windows"),
        (f"$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\nInvoke-RestMethod {URL}", "Windows"),
        (f"curl.exe {URL} -d x", "Windows"),
        (f"curl {URL} -d @request.json", "line 1: the body of the curl command stands in the file request.json"),
        (f"curl {URL} --json @request.json", "file request.json"),
        (f"curl {URL} -d @- < request.json", "file request.json"),
        (f"cat request.json | curl {URL} -d @-", "file request.json"),
        (f"curl {URL} -d @-", "reads its data from standard input"),
        (f"curl {URL}", "sends no body"),
        (f"curl {URL} -d", "-d at the end of the curl command has no value"),
        (f"curl {URL} -d 'a=b'", "line 1 is wrong at line 1, column 1"),
        (f"curl {URL} -d '[1]'", "not a JSON object"),
        (f"curl {URL} -d '{{\"a\": 1}}'", "has no messages"),
        (f'curl {URL} -d \'{{"input": "x"}}\'', "Responses API"),
        (f'curl {URL} -d \'{{"prompt": "x"}}\'', "text-completion request"),
        (f"curl https://h/v1/responses -d '{PLAIN}'", "its address ends with /responses"),
        (f"curl https://h/v1/threads/messages -d '{PLAIN}'", "its address ends with /messages"),
        (f"curl {URL} -F a=b", "sends a form"),
        (f"curl {URL} --data-urlencode a=b", "sends a form"),
        (f"curl {URL} -G -d a=b", "puts its data into the address"),
        (
            f'curl {URL} -d \'{{"messages": [{{"content": "\'"$PROMPT"\'"}}]}}\'',
            "$PROMPT stands in messages[0].content",
        ),
        (f"curl {URL} -d '{{\"messages\": '\"$MESSAGES\"'}}'", "$MESSAGES stands in the body"),
        (f"curl {URL} -d \"$(jq -n '{{}}')\"", "the output of jq stands in the body"),
        (f'curl {URL} -d @- <<EOF\n{{"messages": "`date`"}}\nEOF', "in backticks"),
        (f"curl {URL} \\ \n  -d '{PLAIN}'", "line 2: -d stands on a line that does not belong"),
        (f"curl {URL} \\\n  # the body\n  -d '{PLAIN}'", "line 3: -d stands on a line that does not belong"),
        (f"curl {URL} -d '{PLAIN}", "line 1, column 53: the text cannot be read as a shell command here"),
    ],
)
def test_what_cannot_be_read_is_said(text, says):
    with pytest.raises(BadRequest) as caught:
        read(text)
    assert says in caught.value.message
    assert caught.value.advice != BadRequest.advice
