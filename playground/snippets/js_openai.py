"""JavaScript with the openai package, as a module for Node."""

from __future__ import annotations

from . import javascript
from .call import NO_KEY, Call


def write(call: Call) -> str:
    result = "stream" if call.stream else "completion"
    blocks = [
        'import OpenAI from "openai";',
        f"const client = new OpenAI({{\n{_client(call)}}});",
        f"const {result} = await client.chat.completions.create({{\n{_entries(call.body)}}});",
        "\n".join(_reading_stream(call) if call.stream else _reading(call)),
    ]
    return "\n\n".join(blocks) + "\n"


def _client(call: Call) -> str:
    # Without `?? ""` an unset variable would make the package send OPENAI_API_KEY to this address.
    key = f'process.env.{call.key_name} ?? ""' if call.key_name else javascript.string(NO_KEY)
    headers = _entries({"defaultHeaders": call.headers}) if call.headers else ""
    return f"{_entries({'baseURL': call.base_url})}  apiKey: {key},\n{headers}"


def _entries(values: dict[str, object]) -> str:
    return "".join(f"  {javascript.property(key, value, 2)},\n" for key, value in values.items())


def _reading(call: Call) -> list[str]:
    if call.several:
        lines = ["for (const { index, message } of completion.choices) {", "  console.log(`[${index}]`);"]
        return [*lines, *(f"  {line}" for line in _message(call)), "}"]
    if call.calls or call.thoughts:
        return ["const { message } = completion.choices[0];", *_message(call)]
    return ['console.log(completion.choices[0].message.content ?? "");']


def _message(call: Call) -> list[str]:
    lines: list[str] = []
    if call.thoughts:
        lines += [
            "const thought = message.reasoning_content || message.reasoning;",
            "if (thought) console.log(`${thought}\\n`);",
        ]
    lines += ["if (message.content) console.log(message.content);"]
    if call.calls:
        lines += [
            "for (const call of message.tool_calls ?? []) {",
            "  console.log(`${call.function.name}(${call.function.arguments})`);",
            "}",
        ]
    return lines


def _reading_stream(call: Call) -> list[str]:
    if not (call.several or call.calls or call.thoughts):
        return [
            "for await (const chunk of stream) {",
            '  process.stdout.write(chunk.choices?.[0]?.delta?.content ?? "");',
            "}",
            'process.stdout.write("\\n");',
        ]
    start = ["const thoughts = [];"] if call.thoughts and call.several else []
    start += ["const answers = [];"] if call.several else []
    start += ["let thinking = false;"] if call.thoughts and not call.several else []
    start += ["const calls = {};"] if call.calls else []
    return [
        *start,
        "for await (const chunk of stream) {",
        "  for (const { index, delta } of chunk.choices ?? []) {",
        *(f"    {line}" for line in _delta(call)),
        "  }",
        "}",
        *_after(call),
    ]


def _delta(call: Call) -> list[str]:
    lines: list[str] = []
    if call.thoughts:
        lines += ["const thought = delta?.reasoning_content || delta?.reasoning;", "if (thought) {"]
        if call.several:
            lines += ['  thoughts[index] = (thoughts[index] ?? "") + thought;', "}"]
        else:
            lines += ["  thinking = true;", "  process.stdout.write(thought);", "}"]
    lines += ["if (delta?.content) {"]
    if call.several:
        lines += ['  answers[index] = (answers[index] ?? "") + delta.content;', "}"]
    else:
        gap = ['  if (thinking) process.stdout.write("\\n\\n");', "  thinking = false;"] if call.thoughts else []
        lines += [*gap, "  process.stdout.write(delta.content);", "}"]
    if call.calls:
        lines += [
            "for (const part of delta?.tool_calls ?? []) {",
            "  const key = `${index}.${part.index}`;",
            '  const call = (calls[key] ??= { index, name: "", arguments: "" });',
            '  call.name ||= part.function?.name ?? "";',
            '  call.arguments += part.function?.arguments ?? "";',
            "}",
        ]
    return lines


def _after(call: Call) -> list[str]:
    lines: list[str] = []
    if call.several:
        if call.thoughts:
            lines += ["thoughts.forEach((text, index) => console.log(`[${index}] ${text}\\n`));"]
        lines += ["answers.forEach((text, index) => console.log(`[${index}] ${text}`));"]
    else:
        lines += ['process.stdout.write("\\n");']
    if call.calls:
        label = "[${call.index}] " if call.several else ""
        lines += [
            "for (const call of Object.values(calls)) {",
            f"  console.log(`{label}${{call.name}}(${{call.arguments}})`);",
            "}",
        ]
    return lines
