"""How fast the local backend is, against plain `transformers` on the same model in the same run.

    python -m tests.benchmarks.local_speed [--tokens 64] [--rounds 3]

Plain means what a user writes first: AutoModelForCausalLM.from_pretrained in float32, and generate(). Rounds of
both alternate, and the best of each counts, so that a busy moment of the machine falls on neither alone.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.backends.local import LocalBackend
from playground.backends.local.weights import CARRIED
from playground.events import collect
from playground.messages import user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.models import default_model_data_dir, default_model_folder

SHORT = "Write a long story about a fox."
LONG = "Summarise this. " + "The quick brown fox jumps over the lazy dog, and then it sleeps. " * 75


@dataclass(frozen=True)
class Speed:
    """Tokens per second after the first, and seconds to the first token."""

    rate: float
    ttft: float


Measure = Callable[[str, int], Speed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    backend = LocalBackend(data_dir=default_model_data_dir(), device="cpu")
    with asyncio.Runner() as runner:
        ways = {"plain generate, float32": plain(), "local backend": ours(runner, backend)}
        for measure in ways.values():
            measure(SHORT, 4)
        found: dict[str, list[tuple[Speed, Speed]]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, measure in ways.items():
                found[name].append((measure(SHORT, options.tokens), measure(LONG, 2)))
        runner.run(backend.close())
    report({name: best(rounds) for name, rounds in found.items()})


def best(rounds: list[tuple[Speed, Speed]]) -> tuple[float, float, float]:
    return (
        max(short.rate for short, _ in rounds),
        min(short.ttft for short, _ in rounds),
        min(long.ttft for _, long in rounds),
    )


def ours(runner: asyncio.Runner, backend: LocalBackend) -> Measure:
    model = ModelRef(endpoint=Endpoint(name="This machine", kind="local"), id=CARRIED)

    def measure(prompt: str, tokens: int) -> Speed:
        params = {"temperature": 0, "max_tokens": tokens, "logit_bias": {"2": -100}}
        request = ChatRequest.model_validate({"model": model, "messages": (user(prompt),), "params": params})
        reply = runner.run(collect(backend.stream(request)))
        assert reply.timings is not None
        assert reply.usage is not None
        assert reply.timings.ttft is not None
        return Speed(reply.timings.tokens_per_second(reply.usage.completion_tokens) or 0, reply.timings.ttft)

    return measure


def plain() -> Measure:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = default_model_folder()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)

    def measure(prompt: str, tokens: int) -> Speed:
        start = time.perf_counter()
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        streamer: Any = Arrivals()
        how = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "streamer": streamer}
        thread = threading.Thread(target=network.generate, kwargs={**inputs, **how})
        thread.start()
        thread.join()
        first, last = streamer.times[1], streamer.times[-1]  # the prompt is streamed first
        return Speed((tokens - 1) / (last - first) if tokens > 1 else 0, first - start)

    return measure


class Arrivals:
    """A streamer that notes when tokens come."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: object) -> None:
        self.times.append(time.perf_counter())

    def end(self) -> None:
        pass


def report(found: dict[str, tuple[float, float, float]]) -> None:
    heads = ("tokens/s", "first token, short", "first token, long")
    print(f"{'':26}{heads[0]:>12}{heads[1]:>22}{heads[2]:>22}")
    for name, (rate, short, long) in found.items():
        print(f"{name:26}{rate:12.1f}{short:20.3f} s{long:20.3f} s")
    (plain_rate, plain_short, plain_long), (rate, short, long) = found.values()
    print(f"{'times as fast':26}{rate / plain_rate:12.2f}{plain_short / short:22.2f}{plain_long / long:22.2f}")


if __name__ == "__main__":
    main()
