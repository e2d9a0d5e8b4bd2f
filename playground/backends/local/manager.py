"""The models in memory: loaded when they are asked for, an engine each, put away when others need the room.

Imported with the first request, because torch and transformers take seconds to import.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from ...errors import ModelUnavailable
from ...events import Progress
from ..advice import CARRIED
from ..base import Residence
from .engine import Engine
from .memory import available, needed, readable, taken
from .model import LoadedModel, best_device, free_memory, load, widens
from .networks.choice import Chosen, choose_network
from .processors import Plan
from .reports import Report
from .weights import Weights
from .worker import Turns

log = logging.getLogger(__name__)
PREFIX_SHARE = 0.1  # of the free memory, for beginnings of prompts
STATE_SHARE = 0.5  # of the free memory, for answers on their way
MOST_PREFIX_BYTES = 2**29
WAIT_S = 0.1


@dataclass
class InMemory:
    """A model in memory. `users` are requests that are being prepared for its engine; `need` is what it was thought to
    take, `nbytes` what came with it."""

    model: LoadedModel
    engine: Engine
    chosen: Chosen
    device: torch.device
    nbytes: int
    need: int = 0
    users: int = 0

    @property
    def worth(self) -> int:
        """The bytes that are free, at most, once it is put away."""
        return max(self.nbytes, self.need)

    @property
    def idle(self) -> bool:
        return self.users == 0 and self.engine.held == 0


class Manager:
    """Keeps models in memory. `load` is called in one thread; the rest from any.

    `device` is torch's name of one, None for the best. `plan` says how many threads compute. `eight_bit` tells whether
    models get 8-bit weights on the CPU; if None, the embedded model and GGUF files do. `free` tells the free bytes of a
    device. `idle_seconds` is after how long an unused model is put away.
    """

    def __init__(
        self,
        weights: Weights,
        device: str | None,
        *,
        plan: Plan,
        eight_bit: bool | None = None,
        free: Callable[[torch.device], int] = available,
        idle_seconds: float | None = None,
    ) -> None:
        self._threads = min(plan.threads, torch.get_num_threads())
        self._few_threads = min(plan.few_threads, self._threads)
        torch.set_num_threads(self._threads)
        self._weights, self._asked_device = weights, device
        self._eight_bit, self._free, self._idle_seconds = eight_bit, free, idle_seconds
        self._turns = Turns()
        self._changed = threading.Lock()
        self._models: dict[str, InMemory] = {}
        self._timer: threading.Timer | None = None

    @contextmanager
    def using(self, model_id: str) -> Iterator[InMemory | None]:
        """The model, if it is in memory; it stays there inside the `with`, and while its engine runs something."""
        with self._changed:
            found = self._models.get(model_id)
            if found is not None:
                found.users += 1
        try:
            yield found
        finally:
            if found is not None:
                with self._changed:
                    found.users -= 1

    def has(self, model_id: str) -> bool:
        """Whether the model is in memory now."""
        return model_id in self._models

    def load(self, model_id: str, report: Report) -> None:
        """Bring a model into memory, in the place of others where it must be. Raises PlaygroundError."""
        if model_id in self._models:
            return
        folder = self._weights.folder(model_id, report)
        device = best_device(self._asked_device)
        eight_bit = _in_eight_bits(model_id) if self._eight_bit is None else self._eight_bit
        need = self._make_room(model_id, folder, device, report, eight_bit=eight_bit)
        report(Progress(message=f"Loading {model_id}"))
        before = taken(device)
        made = self._made(model_id, folder, device, eight_bit=eight_bit)
        made.need = need
        made.nbytes = max(0, taken(device) - before)
        log.info("%s is in memory: %s weights on %s, %s", model_id, made.chosen.weights, device, readable(made.nbytes))
        with self._changed:
            self._models[model_id] = made
        self._watch()

    def unload(self, model_id: str) -> bool:
        """Put a model away. False if it is in use, or not in memory."""
        with self._changed:
            found = self._models.get(model_id)
            if found is None or not found.idle:
                return False
            del self._models[model_id]
        found.engine.close()
        del found
        free_memory()
        return True

    def residences(self) -> dict[str, Residence]:
        """The models in memory now, by id."""
        return {
            found.model.id: Residence(
                device=str(found.device),
                weights=found.chosen.weights,
                nbytes=found.nbytes,
                alone_because=found.chosen.alone_because,
                running=found.engine.held,
                own_tool_markup=found.model.form is not None,
            )
            for found in self._in_memory()
        }

    def steps(self, model_id: str) -> int:
        """How many steps the engine of a model in memory has made."""
        return self._models[model_id].engine.steps

    def _in_memory(self) -> tuple[InMemory, ...]:
        with self._changed:
            return tuple(self._models.values())

    @property
    def held(self) -> int:
        """How many requests the engines run or hold waiting."""
        return sum(found.engine.held for found in self._in_memory())

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for found in self._in_memory():
            found.engine.close()
        self._models.clear()
        free_memory()

    def _watch(self) -> None:
        """Look again when a model may have been unused for long enough."""
        if self._idle_seconds is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        idle = [found.engine.idle_for for found in self._in_memory()]
        if not idle:
            return
        self._timer = threading.Timer(max(0.05, self._idle_seconds - max(idle)), self._put_idle_away)
        self._timer.daemon = True
        self._timer.start()

    def _put_idle_away(self) -> None:
        for found in self._in_memory():
            if found.engine.idle_for >= (self._idle_seconds or 0) and self.unload(found.model.id):
                log.info("%s was put away: unused for %.0f s", found.model.id, self._idle_seconds)
        self._watch()

    def _made(self, model_id: str, folder: Path, device: torch.device, *, eight_bit: bool) -> InMemory:
        model, network = load(model_id, folder, device)
        chosen = choose_network(
            network,
            eight_bit=eight_bit,
            sees_images=model.processor is not None,
            threads=self._threads,
            few_threads=self._few_threads,
        )
        del network
        free_memory()
        free = self._free(device)
        engine = Engine(
            chosen.network,
            model_id,
            prefix_bytes=min(MOST_PREFIX_BYTES, int(PREFIX_SHARE * free)),
            state_bytes=int(STATE_SHARE * free),
            turns=self._turns,
        )
        return InMemory(model, engine, chosen, device, 0)

    def _make_room(self, model_id: str, folder: Path, device: torch.device, report: Report, *, eight_bit: bool) -> int:
        """Put idle models away, the longest unused first, until this one fits; wait for those that are busy.

        Returns how many bytes it is thought to take.
        """
        need = needed(folder, eight_bit=eight_bit and device.type == "cpu", widened=widens(folder, device))
        free_memory()
        while (free := self._free(device)) < need:
            others = sorted(self._in_memory(), key=lambda other: other.engine.idle_for, reverse=True)
            if free + sum(other.worth for other in others) < need:
                raise ModelUnavailable(
                    f"{model_id} needs about {readable(need)} of memory, and {readable(free)} are free.",
                    code="out_of_memory",
                    advice="Choose a smaller model, or close other programs.",
                )
            if any(self.unload(other.model.id) for other in others):
                continue
            report(
                Progress(
                    message=f"Waiting for {others[-1].model.id} to finish: {model_id} does not fit beside it "
                    f"(it needs {readable(need)}, {readable(free)} are free)"
                )
            )
            threading.Event().wait(WAIT_S)
        return need


def _in_eight_bits(model_id: str) -> bool:
    """Whether the model's own weights have no more than 8 bits, or are known to lose nothing to speak of by that."""
    return model_id == CARRIED or model_id.lower().endswith(".gguf")
