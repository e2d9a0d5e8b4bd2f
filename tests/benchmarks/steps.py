"""What a step of the engine is made of that writes one token for each of several streams."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from playground.backends.local.networks.packed import PackedNetwork
from playground.backends.local.networks.pieces import Network, Piece
from playground.backends.local.sampling import History, choose
from playground.backends.local.settings import Sampling

STEPS = 20
ROWS = 8
NOT_COUNTED = ("aten::as_strided", "aten::view", "aten::select", "aten::narrow", "aten::slice", "aten::transpose",
               "aten::unsqueeze", "aten::squeeze", "aten::reshape", "aten::expand", "aten::t", "aten::detach", "aten::empty", "aten::empty_strided", "aten::empty_like")  # fmt: skip


def profiled(loaded: Any, streams: int, prompt: int) -> str:
    """The time of a step and of what it consists of, as text. The model is not to be used otherwise after that."""
    network = PackedNetwork(loaded)
    cuda = loaded.device.type == "cuda"
    with torch.inference_mode():
        writing = _begun(network, streams, prompt)
        _steps(network, writing)  # warms up
        start = time.perf_counter()
        choosing = _steps(network, writing)
        took = (time.perf_counter() - start) / STEPS
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
        with profile(activities=activities, acc_events=True) as noted:
            _steps(network, writing)
    rows = noted.key_averages()
    kernels = [row for row in rows if row.device_type.name == "CUDA"]
    ops = [row for row in rows if row.key.startswith("aten::") and row.key not in NOT_COUNTED]
    busy = sum(row.self_device_time_total for row in kernels) / STEPS / 1e3
    made = sum(row.count for row in kernels)
    device = f", {made / STEPS:.0f} kernels, which keep the device busy for {busy:.2f} ms" if cuda else ""
    lines = [
        f"streams: {streams}; a step takes {1e3 * took:.2f} ms, {1e3 * choosing / STEPS:.2f} of them to choose tokens; "
        f"{sum(row.count for row in ops) / STEPS:.0f} operations{device}",
        "",
        "| by the device's time | a step | ms a step |" if cuda else "| by the processor's time | a step | ms a step |",
        "| --- | --- | --- |",
    ]
    times = {row.key: (row.self_device_time_total if cuda else row.self_cpu_time_total) for row in kernels or ops}
    counts = {row.key: row.count for row in kernels or ops}
    for name in sorted(times, key=lambda name: -times[name])[:ROWS]:
        lines.append(f"| `{name[:90]}` | {counts[name] / STEPS:.0f} | {times[name] / STEPS / 1e3:.3f} |")
    return "\n".join([*lines, ""])


def _begun(network: Network, streams: int, prompt: int) -> list[tuple[Any, int]]:
    """The states of so many streams after their prompts, and the token that each writes next."""
    states = []
    for number in range(streams):
        state = network.new_state()
        tokens = tuple(10 + (number + place) % 200 for place in range(prompt))
        network.run([Piece(state, tokens, prompt=True, scores=False)])
        state.length = prompt
        states.append((state, 10 + number))
    return states


def _steps(network: Network, writing: list[tuple[Any, int]]) -> float:
    """So many greedy steps as the engine makes them. Returns the seconds that choosing took."""
    histories = [History([]) for _ in writing]
    generator, greedy, choosing = torch.Generator(), Sampling(temperature=0), 0.0
    for _ in range(STEPS):
        found = network.run([Piece(state, (token,), prompt=False, scores=True) for state, token in writing])
        start = time.perf_counter()
        chosen = [choose(scores, greedy, history, generator) for scores, history in zip(found, histories, strict=True)]
        choosing += time.perf_counter() - start
        for (state, _), place in zip(writing, range(len(writing)), strict=True):
            state.length += 1
            writing[place] = (state, chosen[place])
    return choosing
