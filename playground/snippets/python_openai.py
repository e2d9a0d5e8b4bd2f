"""Python with the openai package."""

from __future__ import annotations

from typing import Any

from . import python
from .call import NO_KEY, Call

NAMED = frozenset(
    [
        *("model", "messages", "stream", "stream_options"),
        *("temperature", "top_p", "seed", "max_tokens", "max_completion_tokens", "stop", "n"),
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("response_format", "reasoning_effort", "tools", "tool_choice", "parallel_tool_calls"),
        *("user", "metadata", "store", "service_tier", "modalities", "audio", "prediction"),
    ]
)
"""What `chat.completions.create` takes by name, in every version of the last two years. All else goes through
`extra_body`, which sends it just the same."""


def write(call: Call) -> str:
    named = {key: value for key, value in call.body.items() if key in NAMED}
    extra = {key: value for key, value in call.body.items() if key not in NAMED}
    if extra:
        named["extra_body"] = extra
    result = "stream" if call.stream else "completion"
    blocks = [
        _imports(call),
        f"client = OpenAI(\n{_client(call)})",
        f"{result} = client.chat.completions.create(\n{_arguments(named)})",
        "\n".join(_reading_stream(call) if call.stream else _reading(call)),
    ]
    return "\n\n".join(blocks) + "\n"


def _imports(call: Call) -> str:
    standard = ["import os"] if call.key_name else []
    if call.stream and call.several:
        standard.append("from collections import defaultdict")
    openai = "from openai import OpenAI"
    return "\n".join([*standard, "", openai] if standard else [openai])


def _client(call: Call) -> str:
    key = f"os.environ[{python.string(call.key_name)}]" if call.key_name else python.string(NO_KEY)
    lines = [f"    base_url={python.string(call.base_url)},\n", f"    api_key={key},\n"]
    if call.headers:
        lines.append(_arguments({"default_headers": call.headers}))
    return "".join(lines)


def _arguments(values: dict[str, Any]) -> str:
    return "".join(f"    {key}={python.literal(value, 4, len(key) + 5, 1)},\n" for key, value in values.items())


def _reading(call: Call) -> list[str]:
    if call.several:
        lines = ["for choice in completion.choices:", "    message = choice.message", '    print(f"[{choice.index}]")']
        return lines + [f"    {line}" for line in _message(call)]
    if call.calls or call.thoughts:
        return ["message = completion.choices[0].message", *_message(call)]
    return ['print(completion.choices[0].message.content or "")']


def _message(call: Call) -> list[str]:
    lines: list[str] = []
    if call.thoughts:
        lines += [*_thought("message"), "if thought:", '    print(thought, end="\\n\\n")']
    lines += ["if message.content:", "    print(message.content)"]
    if call.calls:
        lines += [
            "for call in message.tool_calls or []:",
            '    print(f"{call.function.name}({call.function.arguments})")',
        ]
    return lines


def _thought(owner: str) -> list[str]:
    """The reasoning, which the package's types don't know, under either of its names."""
    return [
        f"extra = {owner}.model_extra or {{}}",
        'thought = extra.get("reasoning_content") or extra.get("reasoning")',
    ]


def _reading_stream(call: Call) -> list[str]:
    each = ["for chunk in stream:", "    for choice in chunk.choices or []:"]
    if not (call.several or call.calls or call.thoughts):
        return [
            *each,
            "        if choice.delta and choice.delta.content:",
            '            print(choice.delta.content, end="", flush=True)',
            "print()",
        ]
    start = ["thoughts = defaultdict(str)"] if call.thoughts and call.several else []
    start += ["answers = defaultdict(str)"] if call.several else []
    start += ["thinking = False"] if call.thoughts and not call.several else []
    start += ["calls = {}"] if call.calls else []
    body = ["delta = choice.delta", "if not delta:", "    continue", *_delta(call)]
    return [*start, *each, *(f"        {line}" for line in body), *_after(call)]


def _delta(call: Call) -> list[str]:
    lines: list[str] = []
    if call.thoughts:
        lines += [*_thought("delta"), "if thought:"]
        if call.several:
            lines += ["    thoughts[choice.index] += thought"]
        else:
            lines += ["    thinking = True", '    print(thought, end="", flush=True)']
    lines += ["if delta.content:"]
    if call.several:
        lines += ["    answers[choice.index] += delta.content"]
    else:
        if call.thoughts:
            lines += ["    if thinking:", "        thinking = False", '        print("\\n")']
        lines += ['    print(delta.content, end="", flush=True)']
    if call.calls:
        lines += [
            "for part in delta.tool_calls or []:",
            "    key = (choice.index, part.index)",
            '    name, arguments = calls.get(key, ("", ""))',
            "    if part.function:",
            '        name = name or part.function.name or ""',
            '        arguments += part.function.arguments or ""',
            "    calls[key] = (name, arguments)",
        ]
    return lines


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
        key = "(index, _)" if call.several else "_"
        pairs = "calls.items()" if call.several else "calls.values()"
        target = f"{key}, (name, arguments)" if call.several else "name, arguments"
        lines += [f"for {target} in {pairs}:", f'    print(f"{label}{{name}}({{arguments}})")']
    return lines
