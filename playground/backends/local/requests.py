"""From a request to a task for its model's engine."""

from __future__ import annotations

from functools import partial

from ...errors import BadRequest
from ...events import Stopwatch
from ...request import ChatRequest
from .answer import Answer
from .calls import DEFAULT, CallNames, CallReader, Form
from .channels import CALLS, ChannelForm, ChannelSplitter, in_channels
from .engine import Send, Task
from .grammar import Mask
from .model import LoadedModel
from .prompt import Prompt, build_prompt
from .settings import Sampling, Settings
from .template import says
from .thinking import Splitter
from .tools import NO_TOOLS


def task_of(request: ChatRequest, settings: Settings, model: LoadedModel, send: Send, watch: Stopwatch) -> Task:
    """The request as a task. Raises PlaygroundError where it doesn't fit the model."""
    sampling = settings.sampling(model.defaults)
    _check_bias(sampling, model)
    use = settings.tools
    prompt = build_prompt(request.messages, model, settings.variables, () if use is None else use.tools)
    tokens = prompt.tokens
    room = model.context_length - len(tokens)
    form = _form(settings, model, prompt)
    mask = _mask(settings, form, model, prompt)
    if mask is not None and prompt.continuing and settings.constraint is not None:
        mask = model.grammars.gone_on(mask, says(request.messages[-1]), settings.constraint)
    opening = None if mask is None else _opening(model, prompt)
    names = CallNames(settings.seed, tokens)
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
            splitter=_splitter(settings, model, prompt),
            opening=opening and opening.copy(),
            reader=_reader(settings, form, names, choice),
        )
        for choice in range(settings.n)
    ]
    return Task(tokens, answers, send, watch, prompt.inputs if len(prompt.inputs) > 1 else None)


def _form(settings: Settings, model: LoadedModel, prompt: Prompt) -> Form | None:
    """How calls are written, where there may be some. An answer in channels that was begun as text has no more of them."""
    if settings.tools is None:
        return None
    if prompt.continuing and isinstance(model.form, ChannelForm):
        if settings.tools.choice == "required":
            raise BadRequest(
                f"{model.id} can't call a tool in a message whose text has begun.",
                param="tool_choice",
                advice="Delete the last message, or leave the choice to the model.",
            )
        return None
    return model.form or (CALLS if in_channels(model.marks) else DEFAULT)


def _mask(settings: Settings, form: Form | None, model: LoadedModel, prompt: Prompt) -> Mask | None:
    """What holds each answer to the request's constraint and tools."""
    if settings.tools is not None and form is not None:
        return model.grammars.mask_for_tools(settings.tools, form, settings.constraint)
    if settings.constraint is None:
        return None
    if in_channels(model.marks) and not prompt.continuing:
        return model.grammars.mask_for_tools(NO_TOOLS, CALLS, settings.constraint)
    return model.grammars.mask(settings.constraint)


def _splitter(settings: Settings, model: LoadedModel, prompt: Prompt) -> Splitter | None:
    """What takes the thinking apart, a new one for each answer."""
    if model.marks is None or prompt.continuing:
        return None
    exact = settings.constraint is not None
    if in_channels(model.marks):
        return ChannelSplitter(inside=prompt.thinking, exact=exact)
    return Splitter(model.marks, inside=prompt.thinking, exact=exact)


def _reader(settings: Settings, form: Form | None, names: CallNames, choice: int) -> CallReader | None:
    """What takes calls out of the text, a new one for each answer."""
    use = settings.tools
    if use is None or form is None or use.choice == "none":
        return None
    schemas = {tool.name: tool.arguments.schema for tool in use.callable}
    first, must = settings.constraint is not None, use.choice == "required"
    return CallReader(form, partial(names.of, choice), choice, schemas, first=first, must=must)


def _opening(model: LoadedModel, prompt: Prompt) -> Mask | None:
    """What opens the thinking of an answer that may have some before what it is held to."""
    if model.marks is None or prompt.continuing or prompt.thinking or in_channels(model.marks):
        return None
    return model.grammars.opening(model.marks)


def _check_bias(sampling: Sampling, model: LoadedModel) -> None:
    unknown = [token for token, _ in sampling.logit_bias if token >= model.vocabulary.size]
    if unknown:
        raise BadRequest(
            f"logit_bias names token {unknown[0]}; {model.id} has the tokens 0 to {model.vocabulary.size - 1}.",
            param="logit_bias",
        )
