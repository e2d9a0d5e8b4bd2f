"""curl in a POSIX shell. The body comes from a heredoc, so that it can be of any length and content.

A streamed answer goes through jq, which prints its text; a whole one is printed as it came.
"""

from __future__ import annotations

import json

from .call import Call
from .comments import hints
from .media import Data
from .shell import heredoc, json_parts, json_text, word


def write(call: Call) -> str:
    told = "".join(f"# {hint}\n" for hint in hints(call.unset, '"{name}": {value},', _literal, "  #"))
    return told + (_from_files(call) if call.files else _from_heredoc(call))


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _from_heredoc(call: Call) -> str:
    body = heredoc(json_text(call.body), " |" if call.stream else "")
    return f"{_curl(call)} {body}" + (f"  {_reader(call)}\n" if call.stream else "")


def _from_files(call: Call) -> str:
    """The body is put together from heredocs and files. JSON's own line breaks mean nothing, so all can go."""
    lines = ["{"]
    for part in json_parts(call.body):
        lines.append(f"  base64 < {word(part.file or '')}" if isinstance(part, Data) else f"  cat {heredoc(part)[:-1]}")
    lines += [f"}} | tr -d '\\r\\n' | {_curl(call)}" + (f" | {_reader(call)}" if call.stream else "")]
    return "\n".join(lines) + "\n"


def _curl(call: Call) -> str:
    key = [f'-H "Authorization: Bearer ${call.key_name}"'] if call.key_name else []
    headers = [f"-H {word(_header(name, value))}" for name, value in call.headers.items()]
    # Into a file or a pipe curl would show how far it is, on standard error.
    start = f"curl --silent --show-error{' --no-buffer' if call.stream else ''} {word(call.url)}"
    return " \\\n  ".join([start, *key, '-H "Content-Type: application/json"', *headers, "--data-binary @-"])


def _header(name: str, value: str) -> str:
    """curl's way to write a header: a semicolon sends an empty one, where a colon would leave it out."""
    return f"{name}: {value}" if value else f"{name};"


_OTHER = 'test("^(data|event|id|retry)?:|^\\r?$")'  # lines of a stream of events that say nothing here


def _reader(call: Call) -> str:
    """The jq command that prints the text of a stream of events, and as it came what is not one (an error, say)."""
    lines = _apart(call) if call.several else _together(call)
    options = "--null-input --raw-output" if call.several else "--unbuffered --join-output"
    return f"jq --raw-input {options} '\n" + "".join(f"    {line}\n" for line in lines) + "  '"


def _said(call: Call) -> str:
    """What a delta can say, each tool call on a line of its own."""
    said = [".reasoning_content // .reasoning"] if call.thoughts else []
    said += [".content"]
    said += ['(.tool_calls[]?.function | (.name | strings | "\\n\\(.) "), .arguments)'] if call.calls else []
    return ", ".join(said)


def _together(call: Call) -> list[str]:
    return [
        'if test("^data: ?[{]") then',
        f'  ltrimstr("data:") | fromjson | .error, (.choices[]?.delta // empty | {_said(call)}) | values',
        'elif test("^data: ?[[]DONE") then "\\n"',
        f"elif {_OTHER} then empty",
        'else . + "\\n" end',
    ]


def _apart(call: Call) -> list[str]:
    """Answers that come interleaved, put together and printed one after another when the stream has ended."""
    return [
        '[inputs | if test("^data: ?[{]") then ltrimstr("data:") | fromjson | .error, .choices[]? | values',
        f"  elif {_OTHER} then empty else . end]",
        '| (map(select(type == "object" and has("index"))) | group_by(.index)[]',
        f'  | "[\\(.[0].index)] \\([.[].delta // empty | {_said(call)} | strings] | add // "")"),',
        '  (.[] | select(type == "string" or (has("index") | not)))',
    ]
