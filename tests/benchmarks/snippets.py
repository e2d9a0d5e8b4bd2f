"""How long it takes to write a conversation of 100 messages as code, for each client.

    python -m tests.benchmarks.snippets [--rounds 15]

Processor time, so that a busy machine does not blur it; the goal is a median under 5 ms.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from playground.request import Endpoint
from playground.snippets import CLIENTS, render
from tests.snippets.cases import request_of

HERE = Endpoint(name="there", base_url="https://example.com/v1", key_name="API_KEY")
PLAIN = "A longer answer with \u201cquotes\u201d, caf\u00e9 and \u65e5\u672c.\nLine by line.\n" * 8
FOREIGN = "\u4f60\u597d\uff0c\u4e16\u754c\u3002\U0001f600 \u0645\u0631\u062d\u0628\u0627\n" * 16


def alternating(*contents: Any) -> list[dict[str, Any]]:
    return [{"role": ("user", "assistant")[index % 2], "content": contents[index % 2]} for index in range(100)]


def with_tools() -> list[dict[str, Any]]:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
    return [
        {"role": "user", "content": [{"type": "text", "text": PLAIN}, {"type": "text", "text": "And this?"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"temperature": 7}'},
        {"role": "assistant", "content": PLAIN},
    ] * 25


SHAPES = {
    "plain": alternating("One short question?", PLAIN),
    "parts and tool calls": with_tools(),
    "Chinese, Arabic, emoji": alternating(FOREIGN[:12], FOREIGN),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Milliseconds to write 100 messages as code, median.")
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"| client | {' | '.join(SHAPES)} |\n| --- |{' --- |' * len(SHAPES)}")
    for client in CLIENTS:
        figures = [_median(client.id, messages, rounds) for messages in SHAPES.values()]
        print(f"| {client.id} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")


def _median(client: str, messages: list[dict[str, Any]], rounds: int) -> float:
    request = request_of({"model": "m", "messages": messages}, HERE)
    took = []
    for _ in range(rounds):
        start = time.process_time()
        render(request, client)
        took.append(time.process_time() - start)
    return 1000 * statistics.median(took)


if __name__ == "__main__":
    main()
