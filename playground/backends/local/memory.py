"""How much memory a model takes, and how much there is."""

from __future__ import annotations

import math
from pathlib import Path

import psutil
import torch

CGROUP = Path("/sys/fs/cgroup")
SPARE = 256 * 2**20  # bytes that are left to the rest of the machine
LIVELY = 1.15  # what runs take beside the weights


def needed(folder: Path, *, eight_bit: bool, widened: bool = False) -> int:
    """The bytes that a model of this folder takes at most while it is loaded, caches of conversations not counted.

    `widened` tells that its numbers become twice as long as they are stored.
    """
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors")) * (2 if widened else 1)
    return int(stored * LIVELY * (1.5 if eight_bit else 1))  # both kinds of weights stand side by side for a while


def available(device: torch.device) -> int:
    """The bytes that are free on a device, as far as can be told; what a container leaves, in a container."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return max(0, min(psutil.virtual_memory().available, _container_left()) - SPARE)


def _container_left() -> int:
    try:
        limit, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return 2**63
    return int(limit) - int(used) + _unused_files() if limit.isdigit() else 2**63


def _unused_files() -> int:
    """The bytes of files that a container holds in memory, and would give back."""
    try:
        counts = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
    except OSError:
        return 0
    return int(counts.get("inactive_file", 0))


def taken(device: torch.device) -> int:
    """The bytes that this process has taken of a device's memory."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    size: int = psutil.Process().memory_info().rss
    return size


def readable(size: float) -> str:
    """Bytes as people write them: 1.2 GB, 340 MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{math.ceil(size / 1e6)} MB"
