"""Which network computes a model of transformers here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .alone import AloneNetwork
from .int8 import in_eight_bits
from .lean import LeanNetwork, is_lean
from .packed import PackedNetwork
from .pieces import Network, NotBatchable


@dataclass(frozen=True)
class Chosen:
    """A network, the number format of its weights, and why requests are not computed together, if they aren't."""

    network: Network
    weights: str
    alone_because: str | None = None


def choose_network(
    network: Any, *, eight_bit: bool, sees_images: bool, threads: int | None = None, few_threads: int | None = None
) -> Chosen:
    """The fastest network for a model, which is not to be used otherwise after that.

    `eight_bit` asks for 8-bit weights, which only the CPU gets. `threads` and `few_threads` are as in LeanNetwork.
    """
    on_cpu = network.device.type == "cpu"
    if eight_bit and on_cpu and not sees_images and is_lean(network):
        return Chosen(LeanNetwork(network, threads=threads, few_threads=few_threads), "8-bit")
    weights = str(network.dtype).removeprefix("torch.")
    if eight_bit and on_cpu:
        in_eight_bits(network)
        weights = "8-bit"
    if sees_images:
        return Chosen(AloneNetwork(network, threads=threads), weights, "it sees images")
    try:
        return Chosen(PackedNetwork(network, threads=threads), weights)
    except NotBatchable as error:
        return Chosen(AloneNetwork(network, threads=threads), weights, str(error))
