"""Programs with transformers, which run the model themselves, as the request that asks a model for the same."""

from __future__ import annotations

import ast
from typing import Any

from ..snippets.generation import SAMPLING, TAKEN
from .found import Findings, Sent, found
from .python_values import arguments, evaluate
from .scope import Scope
from .values import Made

TITLE = "Python program with transformers"
_SEEDS = frozenset({"manual_seed", "set_seed", "manual_seed_all"})
_NUMBERS = (*SAMPLING, "repetition_penalty")


class Generation:
    """What a program with transformers has set up until it generates."""

    def __init__(self) -> None:
        self._model: Any = None
        self._template: dict[Any, Any] = {}
        self._seed: Any = None

    def note(self, node: ast.Call, name: str, scope: Scope, findings: Findings) -> bool:
        """Note a call. Whether it generates."""
        if name == "from_pretrained" and node.args:
            self._model = evaluate(node.args[0], scope)
        elif name in _SEEDS and node.args:
            self._seed = _seed(node.args[0], scope)
        elif name == "apply_chat_template":
            self._template = _template(node, scope)
        elif name == "generate" and self._template:
            _, given = arguments(node, scope)
            self._add(node.lineno, self._model, given, findings)
            return True
        else:
            return self._pipeline(node, scope, findings)
        return False

    def _pipeline(self, node: ast.Call, scope: Scope, findings: Findings) -> bool:
        """`pipe(messages, ...)`, where `pipe = pipeline("text-generation", model=...)`."""
        pipe = evaluate(node.func, scope) if isinstance(node.func, (ast.Name, ast.Call)) else None
        if not isinstance(pipe, Made) or pipe.name.rpartition(".")[2] != "pipeline" or not node.args:
            return False
        by_place, given = arguments(node, scope)
        self._template = {"messages": by_place[0]}
        model = pipe.keywords.get("model", pipe.arguments[1] if len(pipe.arguments) > 1 else None)
        self._add(node.lineno, model, given, findings)
        return True

    def _add(self, line: int, model: Any, given: dict[Any, Any], findings: Findings) -> None:
        body = {} if model is None else {"model": model}
        body |= self._template
        body |= _asked({**_configured(given.get("generation_config")), **given})
        if type(self._seed) is int:
            body["seed"] = self._seed
        findings.add(lambda: found(Sent(TITLE, line, None, body, local=True)))


def _seed(node: ast.expr, scope: Scope) -> Any:
    """The seed; torch takes the rest of a division of larger ones."""
    return evaluate(node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) else node, scope)


def _template(node: ast.Call, scope: Scope) -> dict[Any, Any]:
    by_place, given = arguments(node, scope)
    messages = _whole(node.args[0], scope) if node.args else given.get("messages", given.get("conversation"))
    tools = given.get("tools", by_place[1] if len(by_place) > 1 else None)
    found: dict[Any, Any] = {"messages": messages}
    if tools is not None:
        found["tools"] = tools
    variables = {key: value for key, value in given.items() if key not in TAKEN}
    return {**found, "chat_template_kwargs": variables} if variables else found


def _whole(node: ast.expr, scope: Scope) -> Any:
    """The messages; without the last one, where that is the empty beginning of an answer, they mean the same."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.slice) == ":-1":
        every = evaluate(node.value, scope)
        last = every[-1] if isinstance(every, list) and every else None
        if isinstance(last, dict) and last.get("role") == "assistant" and not last.get("content"):
            return every
    return evaluate(node, scope)


def _configured(config: Any) -> dict[Any, Any]:
    return dict(config.keywords) if isinstance(config, Made) else {}


def _asked(given: dict[Any, Any]) -> dict[str, Any]:
    """The parameters that the keywords of `generate` stand for."""
    found: dict[str, Any] = {}
    if type(given.get("max_new_tokens")) is int:
        found["max_tokens"] = given["max_new_tokens"]
    if given.get("do_sample") is False:
        found["temperature"] = 0
    found |= {name: given[name] for name in _NUMBERS if type(given.get(name)) in (int, float)}
    if type(given.get("num_return_sequences")) is int:
        found["n"] = given["num_return_sequences"]
    if given.get("stop_strings"):
        found["stop"] = given["stop_strings"]
    bias = _bias(given.get("sequence_bias"))
    if bias:
        found["logit_bias"] = bias
    for processor in given.get("logits_processor") or () if isinstance(given.get("logits_processor"), list) else ():
        found |= _penalties(processor)
    if given.get("streamer") is not None:
        found["stream"] = True
    return found


def _bias(given: Any) -> dict[str, Any]:
    pairs = given if isinstance(given, list) else []
    return {
        str(pair[0][0]): pair[1]
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], list) and len(pair[0]) == 1
    }


def _penalties(processor: Any) -> dict[str, Any]:
    keywords = processor.keywords if isinstance(processor, Made) else {}
    names = ("frequency_penalty", "presence_penalty")
    return {name: keywords[name] for name in names if type(keywords.get(name)) in (int, float)}
