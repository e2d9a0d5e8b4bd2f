"""What the worker's thread does for a request: weights, model, prompt, answers. The only one to import torch early.

Imported with the first request, because torch and transformers take seconds to import.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator

import torch

from ...errors import BadRequest, ModelUnavailable, PlaygroundError
from ...events import Event, Finished, Progress, Stopwatch, Usage
from ...request import ChatRequest
from .answer import Answer
from .engine import Engine
from .model import LoadedModel, best_device, free_memory, load
from .prompt import Prompt, build_prompt
from .reports import Report
from .settings import Sampling, Settings
from .weights import Weights

log = logging.getLogger(__name__)
Emit = Callable[[Event], None]
Check = Callable[[], None]


class Runner:
    """Holds one model in memory, and runs requests on it one after the other. Made and used in one thread."""

    def __init__(self, weights: Weights, device: str | None, threads: int) -> None:
        torch.set_num_threads(min(threads, torch.get_num_threads()))
        self._weights = weights
        self._asked_device = device
        self._model: LoadedModel | None = None

    def run(self, request: ChatRequest, settings: Settings, watch: Stopwatch, emit: Emit, check: Check) -> None:
        """Run a request to its Finished event. `check` raises Abandoned once the request is cancelled.

        Raises PlaygroundError.
        """
        try:
            for event in self._events(request, settings, watch, emit, check):
                emit(event)
        except (MemoryError, RuntimeError) as error:
            traceback.clear_frames(error.__traceback__)  # they hold the tensors
            free_memory()
            if _out_of_memory(error):
                raise _too_large(request.model.id) from error
            log.exception("running %s failed", request.model.id)
            raise PlaygroundError(f"Running {request.model.id} failed: {_first_line(error)}") from error

    def unload(self) -> None:
        if self._model is not None:
            self._model = None
            free_memory()

    def _events(
        self, request: ChatRequest, settings: Settings, watch: Stopwatch, report: Report, check: Check
    ) -> Iterator[Event]:
        model = self._loaded(request.model.id, report)
        sampling = settings.sampling(model.defaults)
        _check_bias(sampling, model)
        prompt = build_prompt(request.messages, model)
        first, engine = _read(model, prompt, report, check)
        answers = []
        for choice in range(settings.n):
            answer = _answer(choice, settings, sampling, model, prompt)
            for delta in _write(answer, engine if choice == settings.n - 1 else engine.branch(), first, check):
                watch.first()
                yield delta
            answers.append(answer)
        usage = Usage(prompt_tokens=len(prompt.tokens), completion_tokens=sum(answer.count for answer in answers))
        yield Finished(reasons=tuple(answer.reason for answer in answers), timings=watch.timings(), usage=usage)

    def _loaded(self, model_id: str, report: Report) -> LoadedModel:
        if self._model is None or self._model.id != model_id:
            folder = self._weights.folder(model_id, report)
            self.unload()
            report(Progress(message=f"Loading {model_id}"))
            self._model = load(model_id, folder, best_device(self._asked_device))
        return self._model


def _read(model: LoadedModel, prompt: Prompt, report: Report, check: Check) -> tuple[torch.Tensor, Engine]:
    def progress(done: int, total: int) -> None:
        check()
        report(Progress(message="Reading the conversation", done=done, total=total))

    engine = Engine(model)
    return engine.read(prompt, progress), engine


def _answer(choice: int, settings: Settings, sampling: Sampling, model: LoadedModel, prompt: Prompt) -> Answer:
    tokens = prompt.tokens
    room = model.context_length - len(tokens)
    return Answer(
        choice,
        settings,
        sampling,
        model.vocabulary,
        model.ends,
        tokens,
        room if settings.max_tokens is None else min(room, settings.max_tokens),
        continuing=prompt.continuing,
    )


def _write(answer: Answer, engine: Engine, scores: torch.Tensor, check: Check) -> Iterator[Event]:
    while True:
        check()
        yield from answer.take(scores)
        if answer.reason is not None:
            return
        scores = engine.write(answer.token)


def _check_bias(sampling: Sampling, model: LoadedModel) -> None:
    unknown = [token for token, _ in sampling.logit_bias if token >= model.vocabulary.size]
    if unknown:
        raise BadRequest(
            f"logit_bias names token {unknown[0]}; {model.id} has the tokens 0 to {model.vocabulary.size - 1}.",
            param="logit_bias",
        )


def _out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        sign in words for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


def _too_large(model_id: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"This machine ran out of memory while running {model_id}.",
        code="out_of_memory",
        advice="Shorten the conversation or lower max_tokens and n, choose a smaller model, or close other programs.",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
