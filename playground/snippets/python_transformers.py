"""Python with transformers: the model runs in the program itself, on what the app's local backend would give it.

It makes no HTTP call: base URL, headers and key play no part. Where the body stands in the code, for who reads it back:

    model                   MODEL = "...", without the provider that a router's id names
    messages                messages = [...] as the API has them; a loop below it fits them to chat templates
    long images             constants of media.Data, as in all clients
    tools                   tools = [...]
    chat_template_kwargs    keywords of apply_chat_template, other than generation.TAKEN
    stop                    STOP = [...], a list even of one
    seed                    torch.manual_seed(seed), or (seed % 2**63) where torch does not take it
    frequency_penalty, presence_penalty
                            keywords of AnswerPenalties
    temperature 0           do_sample=False in generate
    temperature, top_p, top_k, min_p, repetition_penalty
                            keywords of generate, by the same names (top_k below 1 is 0)
    max_tokens, max_completion_tokens
                            max_new_tokens in generate
    logit_bias              sequence_bias=[[[token], bias], ...] in generate
    n                       num_return_sequences in generate
    stream                  streamer in generate; several answers are printed at the end all the same

A keyword of generate that is not a literal stands for what the request leaves to the model, and so does a change of
`model.generation_config`. What changes nothing (null, no tools, n 1, penalties 0) leaves no trace; what can't be done
is in `transformers_limits.UNSENDABLE`.

Greedy answers are the local backend's, but where that computes in another number format than the model's own: in 8-bit
weights, or on processors without 512-bit vectors. A seed repeats the program's answer; it draws other tokens than the
backend's, which draws by a routine of its own (torch's takes milliseconds a token for a whole vocabulary).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from keyword import iskeyword
from typing import Any

from ..backends.advice import ADVISED
from . import python
from .call import Call
from .generation import (
    SAMPLING,
    Body,
    answers,
    biases,
    greedy,
    max_tokens,
    messages_of,
    model_and_provider,
    number,
    penalties,
    sees,
    stops,
    template_variables,
)
from .text import quote_for, widths

_LONGEST = "model.config.get_text_config().max_position_embeddings"
_DROPPED = """\
# A chat template that has no place for tools drops them without a word. The app that
# wrote this describes them in the system message then, and asks for Hermes' markup.
"""
_TOP_K = "    top_k=model.generation_config.top_k or 0,  # transformers' own is 50\n"


def write(call: Call) -> str:
    body = call.body
    messages = messages_of(body)
    blocks = [
        _imports(call),
        *([_PENALTIES] if penalties(body) else []),
        *([_UP_TO_STOP] if _streams(call) and stops(body) else []),
        "\n".join(_constants(body)),
        *python.definitions(call.data),
        "\n".join(_loading(body)),
        f"messages = {python.literal(body.get('messages'), 0, 11)}",
        *([f"{_DROPPED}tools = {python.literal(body['tools'], 0, 8)}"] if body.get("tools") else []),
        *_fitting(messages, sees(body)),
        _inputs(body, messages),
        _generating(call),
    ]
    return python.module(blocks)


def _streams(call: Call) -> bool:
    """A streamer follows one answer; several are printed when they are whole."""
    return call.stream and answers(call.body) == 1


def _reader(body: Body) -> str:
    return "processor" if sees(body) else "tokenizer"


def _tokenizer(body: Body) -> str:
    return "processor.tokenizer" if sees(body) else "tokenizer"


def _imports(call: Call) -> str:
    body = call.body
    names = (
        ["AutoModelForImageTextToText", "AutoProcessor"] if sees(body) else ["AutoModelForCausalLM", "AutoTokenizer"]
    )
    names += ["LogitsProcessor"] if penalties(body) else []
    names += ["TextStreamer"] if _streams(call) else []
    line = f"from transformers import {', '.join(names)}"
    if len(line) > python.COLUMNS:
        line = "from transformers import (\n" + "".join(f"    {name},\n" for name in names) + ")"
    calls = any(message.get("tool_calls") for message in messages_of(body))
    return python.imports([*(["import json"] if calls else []), *python.needed(call.data)], ["import torch", line])


_PENALTIES = '''class AnswerPenalties(LogitsProcessor):
    """Lowers the tokens of the answer: by one penalty for each use, by the other once."""

    def __init__(self, prompt_length, frequency_penalty=0, presence_penalty=0):
        self.prompt_length = prompt_length
        self.frequency = frequency_penalty
        self.presence = presence_penalty

    def __call__(self, input_ids, scores):
        used = input_ids[:, self.prompt_length :]
        ones = torch.ones_like(used, dtype=scores.dtype)
        counts = torch.zeros_like(scores).scatter_add(1, used, ones)
        return scores - (counts * self.frequency + (counts > 0) * self.presence)'''

_UP_TO_STOP = '''class UpToStop(TextStreamer):
    """Prints the answer up to the first stop string, and nothing of that."""

    text = ""
    shown = 0

    def on_finalized_text(self, text, stream_end=False):
        self.text += text
        unsure = 0 if stream_end else max(map(len, STOP)) - 1
        found = [self.text.find(stop) for stop in STOP if stop in self.text]
        end = max(self.shown, min([*found, len(self.text) - unsure]))
        print(self.text[self.shown : end], end="\\n" if stream_end else "", flush=True)
        self.shown = end'''


def _constants(body: Body) -> Iterator[str]:
    yield _named_text("MODEL", model_and_provider(body)[0])
    if found := stops(body):
        yield f"STOP = {python.literal(found, 0, 7)}"


def _named_text(name: str, text: str) -> str:
    """`NAME = "text"`. Formatters put parentheses about a text that fits only on a line of its own."""
    written = python.string(text)
    room, alone = python.COLUMNS - len(f"{name} = "), python.COLUMNS - len("    ")
    least, most = widths(written)
    if most <= room or least > alone:
        return f"{name} = {written}"
    if not written.isascii():  # its width is a matter of opinion
        quote = quote_for(text)
        plain = text.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
        written = f"{quote}{plain}{quote}"
    return f"{name} = (\n    {written}\n)" if room < len(written) <= alone else f"{name} = {written}"


def _loading(body: Body) -> Iterator[str]:
    yield 'device = torch.accelerator.current_accelerator(check_available=True) or "cpu"'
    if sees(body):
        yield 'processor = AutoProcessor.from_pretrained(MODEL, backend="pil")'
        yield 'model = AutoModelForImageTextToText.from_pretrained(MODEL, dtype="auto")'
        yield "model.to(device)"
    else:
        yield "tokenizer = AutoTokenizer.from_pretrained(MODEL)"
        yield 'model = AutoModelForCausalLM.from_pretrained(MODEL, dtype="auto").to(device)'
    advised = ADVISED.get(model_and_provider(body)[0], {})
    left = {name: value for name, value in advised.items() if number(body, name) is None}
    if left and not greedy(body):
        given = ", ".join(f"{name}={python.literal(value)}" for name, value in left.items())
        yield "# As the model's card advises; its files say nothing about sampling."
        yield f"model.generation_config.update({given})"


def _fitting(messages: list[dict[str, Any]], sees: bool) -> Iterator[str]:
    """The loop that fits messages to what chat templates read, where they don't fit as they are."""
    contents = [message.get("content") for message in messages]
    developer = any(message.get("role") == "developer" for message in messages)
    refused = any(message.get("refusal") and not message.get("content") for message in messages)
    changes = (
        (developer, _DEVELOPER),
        (refused or None in contents, _NO_CONTENT),
        (sees and not all(isinstance(content, list) for content in contents), _AS_PARTS),
        (not sees and any(isinstance(content, list) for content in contents), _AS_TEXT),
        (any(message.get("tool_calls") for message in messages), _ARGUMENTS),
    )
    lines = [line for needed, change in changes if needed for line in change.splitlines()]
    if lines:
        reader = "processor" if sees else "tokenizer"
        knows = [f'knows_developer = "developer" in str({reader}.chat_template)'] if developer else []
        loop = ["for message in messages:", *(f"    {line}" for line in lines)]
        yield "\n".join(["# Chat templates read some things otherwise than the API does.", *knows, *loop])


_DEVELOPER = """\
if message["role"] == "developer" and not knows_developer:
    message["role"] = "system"
"""
_NO_CONTENT = """\
message["content"] = message.get("content") or message.get("refusal") or ""
"""
_AS_PARTS = """\
if isinstance(message["content"], str):
    message["content"] = [{"type": "text", "text": message["content"]}]
"""
_AS_TEXT = """\
if isinstance(message["content"], list):
    message["content"] = "".join(part["text"] for part in message["content"])
"""
_ARGUMENTS = """\
for tool_call in message.get("tool_calls") or []:
    function = tool_call["function"]
    function["arguments"] = json.loads(function["arguments"] or "{}")
"""


def _inputs(body: Body, messages: list[dict[str, Any]]) -> str:
    last = messages[-1] if messages else {}
    begun = last.get("role") == "assistant" and not last.get("tool_calls")
    empty = begun and len(messages) > 1 and not (last.get("content") or last.get("refusal"))
    lines = ["    messages[:-1],\n" if empty else "    messages,\n"]
    lines += ["    tools=tools,\n"] if body.get("tools") else []
    lines += _variables(template_variables(body))
    lines += ["    continue_final_message=True,\n" if begun and not empty else "    add_generation_prompt=True,\n"]
    lines += ["    tokenize=True,\n"] if sees(body) else []
    lines += ['    return_dict=True,\n    return_tensors="pt",\n']
    placed = ".to(device, dtype=model.dtype)" if sees(body) else ".to(device)"
    return f"inputs = {_reader(body)}.apply_chat_template(\n{''.join(lines)}){placed}"


def _variables(values: dict[str, Any]) -> list[str]:
    """Variables of the template, as keywords where Python has a way to write them so."""
    plain = {key: item for key, item in values.items() if key.isascii() and key.isidentifier() and not iskeyword(key)}
    others = {key: item for key, item in values.items() if key not in plain}
    return [python.keywords(plain, 4), *([f"    **{python.literal(others, 4, 6, 1)},\n"] if others else [])]


def _generating(call: Call) -> str:
    body, streams = call.body, _streams(call)
    lines = _seeding(body)
    if penalties(body) or not streams:
        lines += ['prompt_length = inputs["input_ids"].shape[1]\n']
    if penalties(body):
        lines += ["penalties = AnswerPenalties(\n    prompt_length,\n", python.keywords(penalties(body), 4), ")\n"]
    if streams:
        kind = "UpToStop" if stops(body) else "TextStreamer"
        lines += [f"streamer = {kind}({_tokenizer(body)}, skip_prompt=True, skip_special_tokens=True)\n"]
    lines += ["model.generate(\n" if streams else "output = model.generate(\n", "    **inputs,\n"]
    lines += [*_choosing(body), *_ending(body), *(["    streamer=streamer,\n"] if streams else []), _hints(call), ")\n"]
    lines += [] if streams else _printing(body)
    return "".join(lines).removesuffix("\n")


def _seeding(body: Body) -> list[str]:
    seed = number(body, "seed")
    if seed is None:
        return []
    return [f"torch.manual_seed({seed})\n" if 0 <= seed < 2**63 else f"torch.manual_seed({seed} % 2**63)\n"]


def _choosing(body: Body) -> Iterator[str]:
    """Keywords of generate: how it chooses tokens."""
    given = {name: value for name in SAMPLING if (value := number(body, name)) is not None}
    if greedy(body):
        yield "    do_sample=False,\n"
        idle = [f"{name}={python.literal(value)}" for name, value in given.items() if name != "temperature"]
        yield f"    # Nothing to do without sampling: {', '.join(idle)}\n" if idle else ""
    elif "top_k" in given:
        yield python.keywords({"do_sample": True, **given, "top_k": max(0, given["top_k"])}, 4)
    else:
        yield python.keywords({"do_sample": True, **given}, 4) + _TOP_K
    repetition = number(body, "repetition_penalty")
    yield python.keywords({} if repetition is None else {"repetition_penalty": repetition}, 4)
    pairs = [[[token], bias] for token, bias in biases(body).items()]
    yield python.keywords({"sequence_bias": pairs} if pairs else {}, 4)
    yield "    logits_processor=[penalties],\n" if penalties(body) else ""


def _ending(body: Body) -> Iterator[str]:
    """Keywords of generate: how long answers get, and how many there are."""
    limit = max_tokens(body)
    yield f"    max_length={_LONGEST},\n" if limit is None else python.keywords({"max_new_tokens": limit}, 4)
    yield python.keywords({"num_return_sequences": answers(body)} if answers(body) > 1 else {}, 4)
    yield f"    stop_strings=STOP,\n    tokenizer={_tokenizer(body)},\n" if stops(body) else ""


def _hints(call: Call) -> str:
    """Comments, in generate's own words, for what the request leaves to the model."""
    names = {name: name for name in ("temperature", "top_p", "min_p") if not greedy(call.body)}
    names |= {"max_tokens": "max_new_tokens", "repetition_penalty": "repetition_penalty"}
    unset = [replace(param, name=names[param.name]) for param in call.unset if param.name in names]
    return python.keywords({}, 4, unset)


def _printing(body: Body) -> list[str]:
    end = "end = min((text.find(stop) for stop in STOP if stop in text), default=len(text))\n"
    cut, text = ([end], "text[:end]") if stops(body) else ([], "text")
    if answers(body) == 1:
        return [
            f"text = {_reader(body)}.decode(output[0, prompt_length:], skip_special_tokens=True)\n",
            *cut,
            f"print({text})\n",
        ]
    return [
        "answers = output[:, prompt_length:]\n",
        f"texts = {_reader(body)}.batch_decode(answers, skip_special_tokens=True)\n",
        "for index, text in enumerate(texts):\n",
        *(f"    {line}" for line in cut),
        f'    print(f"[{{index}}] {{{text}}}")\n',
    ]
