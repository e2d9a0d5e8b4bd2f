"""What the JavaScript programs do with the answer: print its text, and what else the request can produce."""

from __future__ import annotations

from .call import Call


def whole(call: Call) -> str:
    """Prints `completion`, a chat completion."""
    if call.several:
        start = ["for (const { index, message } of completion.choices) {", "  console.log(`[${index}]`);"]
        return "\n".join([*start, *(f"  {line}" for line in _message(call)), "}"])
    if call.calls or call.thoughts:
        return "\n".join(["const { message } = completion.choices[0];", *_message(call)])
    return 'console.log(completion.choices[0].message.content ?? "");'


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


def streamed(call: Call, chunks: str = "stream") -> str:
    """Prints the chunks that come from the expression `chunks`, as they come; several answers at the end, in turn."""
    if not (call.several or call.calls or call.thoughts):
        lines = [
            f"for await (const chunk of {chunks}) {{",
            '  process.stdout.write(chunk.choices?.[0]?.delta?.content ?? "");',
            "}",
            'process.stdout.write("\\n");',
        ]
        return "\n".join(lines)
    start = ["const thoughts = [];"] if call.thoughts and call.several else []
    start += ["const answers = [];"] if call.several else []
    start += ["let thinking = false;"] if call.thoughts and not call.several else []
    start += ["const calls = {};"] if call.calls else []
    lines = [
        *start,
        f"for await (const chunk of {chunks}) {{",
        "  for (const { index, delta } of chunk.choices ?? []) {",
        *(f"    {line}" for line in _delta(call)),
        "  }",
        "}",
        *_after(call),
    ]
    return "\n".join(lines)


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
