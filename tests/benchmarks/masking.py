"""What constraints cost: their share of a step that writes one token, and what a schema's first use takes.

    python -m tests.benchmarks.masking [--rounds 5] [--tokens 60] [--wall]

The default model in this process, with the network and the choosing that the app has, one stream. `mask` is all that the
constraint adds to a step: finding what may come, ruling the rest out, and going on with the token chosen. First uses are of
schemas that differ each time, after the tokenizer was read, which happens once a model and is told apart. Rounds of all
alternate; medians are over the rounds, of their means for the steps. Times are of this thread on the processor, so that a
busy machine changes them little; `--wall` has them by the clock.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from playground.backends.advice import CARRIED
from playground.backends.local.constraints import Constraint, read_constraint
from playground.backends.local.grammar import Grammars, Mask
from playground.backends.local.model import load
from playground.backends.local.networks.choice import choose_network
from playground.backends.local.networks.pieces import Network, Piece
from playground.backends.local.processors import plan, usable_cores
from playground.backends.local.sampling import History, choose, restricted
from playground.backends.local.settings import Sampling
from tests.backends.local.asking import ask
from tests.models import default_model_folder

Clock = Callable[[], float]
SAMPLING = Sampling(temperature=0.2, top_p=0.9)
PROMPT = "<|im_start|>user\nDescribe a shop and what it sells, as JSON.<|im_end|>\n<|im_start|>assistant\n"
STREET = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 30}, "number": {"type": "integer"}},
          "required": ["name", "number"], "additionalProperties": False}  # fmt: skip
ITEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 40}, "price": {"type": "number", "minimum": 0}, "colour": {"enum": ["red", "green", None]},
        "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z-]{2,12}$"}, "maxItems": 5},
    },
    "required": ["title", "price", "colour", "tags"], "additionalProperties": False,
}  # fmt: skip
SHOP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "street": STREET,
        "items": {"type": "array", "items": ITEM, "minItems": 2},
    },
    "required": ["name", "street", "items"],
    "additionalProperties": False,
}
HELD: dict[str, dict[str, Any]] = {
    "json_object": {"response_format": {"type": "json_object"}},
    "nested schema": {"response_format": {"type": "json", "value": SHOP}},
    "regex": {"response_format": {"type": "regex", "value": r"([A-Z][a-z]{2,9} ){3,9}costs [0-9]{1,4}\.[0-9]{2} (EUR|USD)\."}},
    "choice": {"extra": {"structured_outputs": {"choice": [f"The shop sells {what} of all kinds." for what in ("shoes", "fruit", "books")]}}},
}  # fmt: skip


def constraint_of(how: dict[str, Any]) -> Constraint:
    found = read_constraint(ask("x", **how))
    assert found is not None
    return found


def numbered(number: int, fields: int) -> Constraint:
    """A schema that no other number has, of so many fields, each an item as above."""
    fresh = {f"field{number}x{place}": {**ITEM, "description": str(number)} for place in range(fields)}
    schema = {"type": "object", "properties": fresh, "required": [*fresh], "additionalProperties": False}
    return Constraint("schema", json.dumps(schema), "response_format")


class Writer:
    """One stream of answers of the model, one after another, each begun under the constraint."""

    def __init__(self, network: Network, tokens: tuple[int, ...], mask: Mask, seed: int, clock: Clock) -> None:
        self._clock = clock
        self._network, self._start, self._mask = network, mask, mask.copy()
        self._history, self._generator = History([*tokens]), torch.Generator().manual_seed(seed)
        self._state = network.new_state()
        self._scores = self._run(tokens, prompt=True)

    def _run(self, tokens: tuple[int, ...], *, prompt: bool) -> torch.Tensor:
        (scores,) = self._network.run([Piece(self._state, tokens, prompt=prompt, scores=True)])
        self._state.length += len(tokens)
        return scores

    def step(self) -> tuple[float, float]:
        """Seconds that choosing a token and computing the next scores took, and how many of them the constraint cost."""
        clock = self._clock
        started = clock()
        allowed = self._mask.allowed()
        found = clock() - started
        token = choose(self._scores, SAMPLING, self._history, self._generator, allowed)
        taking = clock()
        self._mask.take(token)
        taken = clock() - taking
        self._history.add(token)
        if self._mask.complete:
            self._mask = self._start.copy()
        before, self._scores = self._scores, self._run((token,), prompt=False)
        whole = clock() - started
        ruling = clock()
        restricted(before, before, allowed)  # once more, alone: `choose` did it among other things
        ruled = clock() - ruling
        return whole, found + taken + ruled


def shares(
    network: Network, grammars: Grammars, tokens: tuple[int, ...], rounds: int, count: int, clock: Clock
) -> None:
    masks = {name: grammars.mask(constraint_of(how)) for name, how in HELD.items()}
    steps: dict[str, list[tuple[float, float, float]]] = {name: [] for name in masks}
    for number in range(rounds):
        for name, mask in masks.items():
            writer = Writer(network, tokens, mask, number, clock)
            times = [writer.step() for _ in range(count)]
            whole, cost = (statistics.fmean(column) for column in zip(*times, strict=True))
            steps[name].append((whole, cost, cost / whole))
    print("| constraint | a step, ms | of it the constraint, us | share |\n| --- | --- | --- | --- |")
    for name, found in steps.items():
        whole, cost, share = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"| {name} | {1e3 * whole:.1f} | {1e6 * cost:.0f} | {share:.1%} |")


def first_uses(grammars: Grammars, rounds: int, clock: Clock) -> None:
    print("\n| first use of a schema of | ms, median | ms, worst |\n| --- | --- | --- |")
    for fields in (1, 5, 25):
        took = []
        for number in range(rounds * 4):
            constraint = numbered(number, fields)
            started = clock()
            grammars.mask(constraint).allowed()
            took.append(1e3 * (clock() - started))
        print(f"| {fields * 5} fields | {statistics.median(took):.1f} | {max(took):.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--wall", action="store_true")
    asked = parser.parse_args()
    clock = time.perf_counter if asked.wall else time.thread_time
    computing = plan(usable_cores())
    torch.set_num_threads(computing.threads)
    model, loaded = load(CARRIED, default_model_folder(), torch.device("cpu"))
    threads = {"threads": computing.threads, "few_threads": computing.few_threads}
    network = choose_network(loaded, eight_bit=True, sees_images=False, **threads).network
    tokens = tuple(model.tokenizer.encode(PROMPT, add_special_tokens=False))
    started = clock()
    model.grammars.mask(constraint_of(HELD["json_object"]))
    print(f"The tokenizer was read in {clock() - started:.2f} s, once a model.\n")
    with torch.inference_mode():
        shares(network, model.grammars, tokens, asked.rounds, asked.tokens, clock)
    first_uses(model.grammars, asked.rounds, clock)


if __name__ == "__main__":
    main()
