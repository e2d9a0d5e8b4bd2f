"""What 8-bit weights cost the default model: its scores on a fixed text against float32's.

    python -m tests.benchmarks.quality

The text is given token by token, as an answer is written, so that the measured way is the one that answers take.
Perplexity is over the text; agreement says how often the likeliest next token is the same; KL is the mean divergence of
the two distributions in nats. bfloat16, as the model is published, stands beside for scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.backends.local.networks.choice import choose_network
from playground.backends.local.networks.pieces import Network, Piece
from tests.models import default_model_folder

TEXT = '''\
<|im_start|>user
How do lighthouses work, and why are there fewer of them today?<|im_end|>
<|im_start|>assistant
A lighthouse is a tower with a bright lamp at the top. It tells sailors where the coast is when they can't see it. The first
ones burned wood or coal; later ones burned oil, then gas, and most have been electric since the 1920s. In 1823 a French
engineer, Augustin Fresnel, built a lens of glass rings around the lamp. The rings bend the light that would be lost above
and below, and send it out to sea as one beam, which could be seen from more than 30 kilometres away.

Every lighthouse has its own pattern, so that nobody takes one for another. One may flash twice every ten seconds, the next
once every five. Sailors find the pattern in a printed list and know where they are.

There are fewer today for three reasons:

1. Ships know their position by satellite, to within a few metres.
2. A keeper has to be paid, and a tower has to be painted every few years.
3. Small lights on buoys do the same work for less.

Some towers are still lit, because electronics can fail.<|im_end|>
<|im_start|>user
Write a Python function that says how long a flash pattern is.<|im_end|>
<|im_start|>assistant
```python
def period(flashes: int, lit: float, dark: float, pause: float) -> float:
    """Seconds from the first flash of a group to the first of the next."""
    if flashes < 1:
        raise ValueError("a group has at least one flash")
    return flashes * lit + (flashes - 1) * dark + pause


print(period(2, 0.5, 1.0, 8.0))  # 10.0
```

The old keeper on the island had done the same sum in his head for forty years. Every evening at dusk he climbed the 212
steps, wound the clockwork, and waited until the lens began to turn. "It never stops," he told the children who came on
Sundays, "because if it stops, somebody drowns." They asked whether he was lonely. He thought about it, looked at the grey
water, and said that the sea was talkative enough. In winter no boat came for weeks. Then he read the same six books again,
mended his nets, baked bread, and wrote down the weather three times a day, in a small and careful hand.<|im_end|>
'''


def written(network: Network, ids: list[int]) -> Iterator[Tensor]:
    """The logits after each token but the last, each written as the next token of an answer."""
    state = network.new_state()
    for token in ids[:-1]:
        (scores,) = network.run([Piece(state, (token,), prompt=False, scores=True)])
        state.length += 1
        yield scores


def plain(ids: list[int], dtype: torch.dtype) -> Tensor:
    """The same logits by transformers, all at once."""
    network: Any = AutoModelForCausalLM.from_pretrained(default_model_folder(), dtype=dtype)
    logits: Tensor = network(torch.tensor([ids])).logits[0, :-1].float()
    return logits


def figures(logits: Tensor, reference: Tensor, ids: list[int]) -> tuple[float, float, float]:
    """Perplexity, agreement and divergence."""
    found, expected = logits.log_softmax(-1), reference.log_softmax(-1)
    likelihood = found.gather(1, torch.tensor(ids[1:])[:, None]).mean()
    agreement = (found.argmax(-1) == expected.argmax(-1)).float().mean()
    divergence = (expected.exp() * (expected - found)).sum(-1).mean()
    return math.exp(-likelihood), float(agreement), float(divergence)


def main() -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(default_model_folder())
    ids: list[int] = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        reference = plain(ids, torch.float32)
        network: Any = AutoModelForCausalLM.from_pretrained(default_model_folder(), dtype=torch.float32)
        chosen = choose_network(network, eight_bit=True, sees_images=False)
        kinds = {
            "float32": reference,
            "bfloat16": plain(ids, torch.bfloat16),
            f"{chosen.weights}, as the app has it": torch.stack(list(written(chosen.network, ids))),
        }
        print(f"{len(ids)} tokens\n\n| weights | perplexity | next token agrees | KL |\n| --- | --- | --- | --- |")
        for name, logits in kinds.items():
            perplexity, agreement, divergence = figures(logits, reference, ids)
            print(f"| {name} | {perplexity:.3f} | {agreement:.1%} | {divergence:.5f} |")


if __name__ == "__main__":
    main()
