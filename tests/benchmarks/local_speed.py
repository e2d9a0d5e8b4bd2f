"""How fast the local backend is, against plain `transformers` on the same model in the same run.

    python -m tests.benchmarks.local_speed [--tokens 64] [--rounds 3]

Plain means what a user writes first: AutoModelForCausalLM.from_pretrained in float32, and generate(). Rounds of
both alternate, and the best of each counts, so that a busy moment of the machine falls on neither alone.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
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
    parser = argparse.ArgumentParser(description="Local tokens per second and time to first token, against plain.")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    default_model_folder()
    with Elsewhere(plain) as plainly, asyncio.Runner() as runner:
        backend = LocalBackend(data_dir=default_model_data_dir(), device="cpu")
        ways: dict[str, Measure] = {"plain generate, float32": plainly, "local backend": ours(runner, backend)}
        found: dict[str, list[tuple[Speed, Speed]]] = {name: [] for name in ways}
        for measure in ways.values():
            measure(SHORT, 4)
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
        assert reply.timings.ttft is not None
        return Speed(reply.timings.tokens_per_second(tokens) or 0, reply.timings.ttft)

    return measure


class Elsewhere:
    """A measure in a process of its own, so that neither side's settings of torch reach the other."""

    def __init__(self, make: Callable[[], Measure]) -> None:
        self._here, there = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, make))

    def __enter__(self) -> Measure:
        self._process.start()
        return self._measure

    def __exit__(self, *_: object) -> None:
        self._here.send(None)
        self._process.join()

    def _measure(self, prompt: str, tokens: int) -> Speed:
        self._here.send((prompt, tokens))
        speed: Speed = self._here.recv()
        return speed


def _serve(pipe: Connection, make: Callable[[], Measure]) -> None:
    measure = make()
    while (asked := pipe.recv()) is not None:
        pipe.send(measure(*asked))


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
        arrivals: Any = Arrivals()
        network.generate(**inputs, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, streamer=arrivals)
        first, last = arrivals.times[1], arrivals.times[-1]  # the prompt is streamed first
        return Speed((tokens - 1) / (last - first), first - start)

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
