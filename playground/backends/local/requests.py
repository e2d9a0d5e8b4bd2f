"""From a request to a task for its model's engine."""

from __future__ import annotations

from functools import partial

from ...errors import BadRequest
from ...events import Stopwatch
from ...request import ChatRequest
from .answer import Answer
from .calls import DEFAULT, CallNames, CallReader, Form
from .engine import Send, Task
from .grammar import Mask
from .model import LoadedModel
from .prompt import build_prompt
from .settings import Sampling, Settings
from .thinking import Splitter


def task_of(request: ChatRequest, settings: Settings, model: LoadedModel, send: Send, watch: Stopwatch) -> Task:
    """The request as a task. Raises PlaygroundError where it doesn't fit the model."""
    sampling = settings.sampling(model.defaults)
    _check_bias(sampling, model)
    use = settings.tools
    prompt = build_prompt(request.messages, model, settings.variables, () if use is None else use.tools)
    tokens = prompt.tokens
    room = model.context_length - len(tokens)
    form = None if use is None else model.form or DEFAULT
    mask = _mask(settings, form, model)
    marks = None if prompt.continuing else model.marks
    opening = None if mask is None or marks is None or prompt.thinking else model.grammars.opening(marks)
    names = CallNames(settings.seed)
    answers = [
        Answer(
            choice,
            settings,
            sampling,
            model.vocabulary,
            model.ends,
            tokens,
            room if settings.max_tokens is None else min(room, settings.max_tokens),
            continuing=prompt.continuing,
            mask=mask and mask.copy(),
            splitter=None
            if marks is None
            else Splitter(marks, inside=prompt.thinking, exact=settings.constraint is not None),
            opening=opening and opening.copy(),
            reader=None if form is None else CallReader(form, partial(names.of, choice), choice),
        )
        for choice in range(settings.n)
    ]
    return Task(tokens, answers, send, watch, prompt.inputs if len(prompt.inputs) > 1 else None)


def _mask(settings: Settings, form: Form | None, model: LoadedModel) -> Mask | None:
    """What holds each answer to the request's constraint and tools."""
    if settings.tools is not None and form is not None:
        return model.grammars.mask_for_tools(settings.tools, form, settings.constraint)
    return None if settings.constraint is None else model.grammars.mask(settings.constraint)


def _check_bias(sampling: Sampling, model: LoadedModel) -> None:
    unknown = [token for token, _ in sampling.logit_bias if token >= model.vocabulary.size]
    if unknown:
        raise BadRequest(
            f"logit_bias names token {unknown[0]}; {model.id} has the tokens 0 to {model.vocabulary.size - 1}.",
            param="logit_bias",
        )
