"""The program that runs the model itself: it prints what the local backend answers to the same request."""

from __future__ import annotations

import ast
import asyncio
import base64
import inspect
import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from playground.backends.advice import ADVISED, CARRIED
from playground.backends.local import LocalBackend
from playground.backends.local.hub import Hub
from playground.backends.local.weights import Weights
from playground.messages import Image
from playground.request import Endpoint
from playground.snippets.call import call_of
from playground.snippets.generation import TAKEN
from playground.snippets.python_transformers import write
from playground.snippets.transformers_limits import UNSENDABLE
from tests.backends.local.asking import picture, run
from tests.loopback import quiet_environment
from tests.models import SEEING, TINY, default_model_folder, link_in_hub, tiny_models
from tests.snippets.cases import BODIES, PROMPT, TEXTS, body_of, request_of
from tests.snippets.machines import plain_environment

HERE = Endpoint(name="This machine", kind="local")
TALKATIVE = "tests/tiny-talkative"
"""TINY with a template that has a place for all that a message can hold."""

TALKATIVE_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }} {{ message.name }} {{ message.tool_call_id }}\n"
    "{{ message.reasoning_content }}{{ message.content + '' }}"
    "{% for call in message.tool_calls %}{{ call.function.name }}({{ call.function.arguments.items() | list }}){% endfor %}"
    "<|im_end|>\n{% endfor %}"
    "{% if tools %}{{ tools | tojson }}{% endif %}{{ depth }}{{ style }}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
DEVELOPING_TEMPLATE = f"{{# knows the developer #}}{TALKATIVE_TEMPLATE}"
DEVELOPING = "tests/tiny-developing"


# --- models and ways to run ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Hub cache in `hub`: the tiny models, and the default model."""
    home = tmp_path_factory.mktemp("models")
    tiny_models(home)
    link_in_hub(home / "hub", CARRIED, default_model_folder())
    for model, template in ((TALKATIVE, TALKATIVE_TEMPLATE), (DEVELOPING, DEVELOPING_TEMPLATE)):
        own = home / model.replace("/", "-")
        shutil.copytree(folder_of(home, TINY), own)
        (own / "chat_template.jinja").write_text(template)
        link_in_hub(home / "hub", model, own)
    return home


def folder_of(home: Path, model: str) -> Path:
    return home / "hub" / f"models--{model.replace('/', '--')}" / "snapshots" / ("0" * 40)


@pytest.fixture(scope="module")
def backend(home: Path) -> Iterator[LocalBackend]:
    weights = Weights(home / "data", offline=True, hub=Hub(cache=home / "hub"))
    backend = LocalBackend(data_dir=home / "data", offline=True, weights=weights)
    for model in (TINY, TALKATIVE, DEVELOPING, SEEING, CARRIED):  # now its engine's thread is there, for all tests
        asyncio.run(answered(backend, ask("Hi", max_tokens=1, model=model)))
    asyncio.run(answered(backend, ask("Hi", max_tokens=1)))
    yield backend
    asyncio.run(backend.close())


def code_of(body: dict[str, Any], *, stream: bool = False, full: bool = False, files: bool = False) -> str:
    return write(call_of({**body, "stream": True} if stream else body, base_url="", full=full, files=files))


async def answered(backend: LocalBackend, body: dict[str, Any]) -> list[str]:
    return [choice.message.text for choice in (await run(backend, request_of(body, HERE))).choices]


Program = Callable[[dict[str, Any], bool], dict[str, Any]]


@pytest.fixture
def program(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Program:
    """Runs the code of a body here, with the model's folder for its id. Its names, and what it printed as `printed`."""

    def run_here(body: dict[str, Any], stream: bool) -> dict[str, Any]:
        path = tmp_path / "chat.py"
        path.write_text(
            code_of({**body, "model": str(folder_of(home, body["model"]))}, stream=stream), encoding="utf-8"
        )
        capfd.readouterr()
        names = runpy.run_path(str(path))
        return {**names, "printed": capfd.readouterr().out}

    return run_here


def ask(*messages: Any, model: str = TINY, **params: Any) -> dict[str, Any]:
    """A greedy body of a few tokens; a string is a user message."""
    given = [{"role": "user", "content": message} if isinstance(message, str) else message for message in messages]
    body = {"model": model, "messages": given, "temperature": 0, "max_tokens": 12, **params}
    return {name: value for name, value in body.items() if value is not None}


def image(colour: str, **how: Any) -> dict[str, Any]:
    return as_part(picture(colour, **how))


def as_part(shown: Image) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": shown.url}}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def called(arguments: str) -> list[dict[str, Any]]:
    return [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": arguments}}]


# --- as a user runs it ---------------------------------------------------------------------------


def run_as_a_user(code: str, home: Path, folder: Path) -> str:
    """The file run by a Python of its own, with nothing but a Hub cache; what it printed."""
    (folder / "chat.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "chat.py"],
        cwd=folder,
        env={**plain_environment(), **quiet_environment(), "HF_HOME": str(home), "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


FRANCE = "What is the capital of France?"


@pytest.mark.model
async def test_it_streams_what_the_pane_shows(backend: LocalBackend, home: Path, tmp_path: Path) -> None:
    body = {"model": CARRIED, "messages": [{"role": "user", "content": FRANCE}], "temperature": 0}
    assert await answered(backend, body) == ["The capital of France is Paris."]
    assert run_as_a_user(code_of(body, stream=True), home, tmp_path) == "The capital of France is Paris.\n"


@pytest.mark.model
async def test_it_takes_a_folder_for_a_model(backend: LocalBackend, home: Path, tmp_path: Path) -> None:
    asked = ask(
        {"role": "developer", "content": "Answer in one word."},
        {"role": "user", "content": [text("Count "), text("from 1 to 20.")]},
        {"role": "assistant", "content": "1, 2"},
        model=CARRIED,
        max_tokens=14,
        stop=" 6",
        logit_bias={"198": -100},
        frequency_penalty=0.1,
    )
    (expected,) = await answered(backend, asked)
    assert expected
    code = code_of({**asked, "model": str(default_model_folder())})
    assert run_as_a_user(code, home, tmp_path) == f"{expected}\n"


@pytest.mark.model
async def test_it_shows_images_from_files(backend: LocalBackend, home: Path, tmp_path: Path) -> None:
    shown = picture("red")
    messages = [{"role": "system", "content": "Look."}, {"role": "user", "content": [as_part(shown), text("What?")]}]
    body = ask(*messages, model=SEEING)
    call = call_of({**body, "stream": True}, base_url="", files=True)
    assert [item.file for item in call.data] == ["image.png"]
    (tmp_path / "image.png").write_bytes(base64.b64decode(shown.url.partition(",")[2]))
    (expected,) = await answered(backend, body)
    assert run_as_a_user(write(call), home, tmp_path) == f"{expected}\n"


# --- the same text, whatever is asked ------------------------------------------------------------

GREEDY: dict[str, dict[str, Any]] = {
    "a question": ask("Hello"),
    "a system message": ask({"role": "system", "content": "Be brief."}, "Hello"),
    "parts": ask({"role": "user", "content": [text("Hel"), text("lo")]}),
    "a developer": ask({"role": "developer", "content": "Be brief."}, "Hello"),
    "a developer whom the template knows": ask({"role": "developer", "content": "Hm"}, "Hello", model=DEVELOPING),
    "an answer that goes on": ask("Hello", {"role": "assistant", "content": "Well, "}),
    "an answer in parts that goes on": ask("Hello", {"role": "assistant", "content": [text("We"), text("ll")]}),
    "an answer not begun": ask("Hello", {"role": "assistant", "content": ""}),
    "a refusal": ask("Hello", {"role": "assistant", "content": None, "refusal": "No."}, "Why?"),
    "a name": ask({"role": "user", "name": "Ann", "content": "Hello"}, model=TALKATIVE),
    "reasoning": ask("2+2", {"role": "assistant", "content": "4", "reasoning": "two, two"}, "Why?", model=TALKATIVE),
    "a tool's result": ask(
        "Rain?",
        {"role": "assistant", "content": None, "tool_calls": called('{"city":"Oslo", "days": [1, 2.5, null]}')},
        {"role": "tool", "tool_call_id": "c1", "content": "No"},
        model=TALKATIVE,
    ),
    "a call without arguments": ask(
        "Rain?",
        {"role": "assistant", "content": "Wait.", "tool_calls": called("")},
        {"role": "tool", "tool_call_id": "c1", "content": [text("N"), text("o")]},
        model=TALKATIVE,
    ),
    "as long as the model can": ask("Hello " * 940, max_tokens=None),
    "max_completion_tokens": ask("Hello", max_tokens=None, max_completion_tokens=3),
    "a repetition penalty": ask("Hello", repetition_penalty=2),
    "no repetition penalty": ask("Hello", repetition_penalty=1),
    "a frequency penalty": ask("Hello", frequency_penalty=0.02, max_tokens=30),
    "a presence penalty": ask("Hello", presence_penalty=-0.03, max_tokens=30),
    "both penalties": ask("Hello", presence_penalty=0.01, frequency_penalty=-0.02, max_tokens=30),
    "a bias": ask("Hello", logit_bias={"507": 100, "508": 99.5}, frequency_penalty=2),
    "the penalties of tokens that come again": ask(
        "Hello", logit_bias={"507": 100, "508": 99.5, "509": 99.2}, presence_penalty=0.6, frequency_penalty=0.01
    ),
    "no penalties of the question's tokens": ask("Hello", logit_bias={"198": 100, "507": 99.5}, frequency_penalty=0.3),
    "a bias between tokens": ask("Hello", logit_bias={str(token): 0.5 for token in range(100, 2000)}),
    "a ban": ask("Hello", logit_bias={str(token): -100 for token in range(30000)}),
    "what sampling would need": ask("Hello", top_p=0.5, top_k=3, min_p=0.1, seed=1),
    "the likeliest of one": ask("Hello", temperature=1.5, top_k=1),
    "the likeliest of few": ask("Hello", temperature=2, top_k=-1, top_p=0),
    "nothing that matters": ask(
        "Hello", n=1, tools=[], tool_choice="auto", stop=[], logprobs=False, logit_bias={}, presence_penalty=0
    ),
    "an image": ask({"role": "user", "content": [image("red"), text("What?")]}, model=SEEING),
    "images and texts": ask(
        {"role": "developer", "content": "Look."},
        {
            "role": "user",
            "content": [text("One"), image("red", size=(20, 90)), text("two"), image("blue", form="JPEG")],
        },
        {"role": "assistant", "content": None, "refusal": "No"},
        {"role": "user", "content": "Why?"},
        model=SEEING,
    ),
    "an answer about an image that goes on": ask(
        {"role": "user", "content": [image("red")]}, {"role": "assistant", "content": "It is"}, model=SEEING
    ),
}


@pytest.mark.model
@pytest.mark.parametrize("name", GREEDY)
async def test_it_prints_what_the_backend_answers(name: str, backend: LocalBackend, program: Program) -> None:
    (expected,) = await answered(backend, GREEDY[name])
    assert program(GREEDY[name], True)["printed"] == f"{expected}\n"


@pytest.mark.model
@pytest.mark.parametrize("name", ["a question", "an answer that goes on", "an image"])
async def test_it_prints_the_same_without_streaming(name: str, backend: LocalBackend, program: Program) -> None:
    (expected,) = await answered(backend, GREEDY[name])
    assert program(GREEDY[name], False)["printed"] == f"{expected}\n"


@pytest.mark.model
@pytest.mark.parametrize("places", [[(8, 12)], [(0, 1)], [(9, 13), (7, 12)], [(5, 30), (20, 21)]])
async def test_it_ends_before_a_stop_text(
    places: list[tuple[int, int]], backend: LocalBackend, program: Program
) -> None:
    (whole,) = await answered(backend, ask("Hello"))
    asked = ask("Hello", stop=[*(whole[start:end] for start, end in places), "never said"])
    (expected,) = await answered(backend, asked)
    assert len(expected) < len(whole)
    assert [program(asked, stream)["printed"] for stream in (False, True)] == [f"{expected}\n"] * 2


@pytest.mark.model
async def test_it_shows_no_beginning_of_a_stop_text(backend: LocalBackend, program: Program) -> None:
    """However early that comes before its end. Bias and penalty make the answer: one word after the other."""
    tokenizer = program(ask("Hello", max_tokens=1), False)["tokenizer"]
    tokens = [tokenizer.convert_tokens_to_ids(word) for word in ("\u0120one", "\u0120two", "\u0120three", "\u0120four")]
    bias = {str(token): 100 - 0.5 * index for index, token in enumerate(tokens)}
    asked = ask("Hello", max_tokens=4, logit_bias=bias, frequency_penalty=2)
    assert await answered(backend, asked) == [" one two three four"]
    for stop, shown in (("e two thr", " on"), (["four!", "ree f"], " one two th")):
        assert program({**asked, "stop": stop}, True)["printed"] == f"{shown}\n"


@pytest.mark.model
async def test_it_shows_all_of_an_answer_in_which_no_stop_text_comes(backend: LocalBackend, program: Program) -> None:
    (whole,) = await answered(backend, ask("Hello"))
    asked = ask("Hello", stop=whole[-4:] + "?")
    assert [program(asked, stream)["printed"] for stream in (False, True)] == [f"{whole}\n"] * 2


@pytest.mark.model
def test_a_seed_repeats_an_answer(program: Program) -> None:
    said = []
    for seed in (0, 7, -1, 2**63 + 5, 10**30):
        first, again = (program(ask("Hello", temperature=0.8, seed=seed), True)["printed"] for _ in range(2))
        assert first == again
        said.append(first)
    assert len(set(said)) == len(said)


@pytest.mark.model
async def test_several_answers_are_printed_when_all_are_whole(backend: LocalBackend, program: Program) -> None:
    (whole,) = await answered(backend, ask("Hello"))
    asked = ask("Hello", temperature=1, top_k=1, n=2, frequency_penalty=0.02, stop=whole[9:12])
    first, second = await answered(backend, asked)
    assert whole.startswith(first)
    assert first == second != whole
    for stream in (False, True):
        assert program(asked, stream)["printed"] == f"[0] {first}\n[1] {second}\n"
    free = program(ask("Hello", temperature=2, n=2, seed=1), False)["printed"].splitlines()
    assert len(set(free)) == 2


@pytest.mark.model
def test_tools_and_variables_reach_the_template(program: Program) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
    asked = ask("Hello", model=TALKATIVE, tools=tools, chat_template_kwargs={"depth": 3, "style": 'so "fine"'})
    made = program(asked, True)
    said = made["tokenizer"].decode(made["inputs"]["input_ids"][0])
    assert said == f'<|im_start|>user  \nHello<|im_end|>\n{json.dumps(tools)}3so "fine"<|im_start|>assistant\n'


@pytest.mark.model
def test_the_default_model_samples_as_its_card_advises() -> None:
    """As the backend does: what the request leaves open is the card's, and no other cut is made."""
    asked = ask("Hello", model=CARRIED, temperature=None, max_tokens=1)
    made = [sampling_of(code_of({**asked, **given})) for given in ({}, {"top_p": 0.5}, {"temperature": 1, "top_k": 3})]
    assert ADVISED[CARRIED] == {"temperature": 0.2, "top_p": 0.9}
    assert made == [
        ({"temperature": 0.2, "top_p": 0.9}, {"do_sample": True}),
        ({"temperature": 0.2}, {"do_sample": True, "top_p": 0.5}),
        ({"top_p": 0.9}, {"do_sample": True, "temperature": 1.0, "top_k": 3}),
    ]
    assert sampling_of(code_of({**asked, "temperature": 0})) == ({}, {"do_sample": False})
    assert sampling_of(code_of({**asked, "model": TINY})) == ({}, {"do_sample": True})


@pytest.mark.model
def test_without_a_top_k_all_tokens_can_come(program: Program) -> None:
    """The backend's default; that of transformers would be 50."""
    asked = ask("Hello", temperature=2, max_tokens=1, n=100, seed=1)
    drawn = set(program(asked, False)["answers"].flatten().tolist())
    assert len(drawn) > 80


def sampling_of(code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The defaults that the program sets, and how it says that tokens be chosen."""
    calls = {ast.unparse(node.func): node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)}
    update = calls.get("model.generation_config.update")
    chosen = {"do_sample", "temperature", "top_p", "top_k", "min_p"}
    return literals(update), {
        name: value for name, value in literals(calls["model.generate"]).items() if name in chosen
    }


def literals(call: ast.Call | None) -> dict[str, Any]:
    """The keywords of a call that are literals."""
    found = {}
    for keyword in call.keywords if call else []:
        try:
            found[keyword.arg or ""] = ast.literal_eval(keyword.value)
        except ValueError:
            continue
    return found


# --- the code ------------------------------------------------------------------------------------

SHAPES: tuple[dict[str, Any], ...] = (
    {"temperature": 0, "top_p": 0.5, "top_k": 3},
    {"n": 3},
    {"stop": ["a", "b\nc"]},
    {"frequency_penalty": 0.5, "presence_penalty": -2},
    {"messages": [{"role": "user", "content": [image("red"), image("blue"), text("?")]}, PROMPT["messages"][0]]},
    {"tools": [{"type": "function"}], "chat_template_kwargs": {"a": True, "class": 1, "b-c": "x" * 80}, "seed": -1},
)
WIDE = "\u4f60\U0001f600e\u0301"


def programs() -> Iterator[str]:
    """Every shape the code can take, and every hard body."""
    shaped = [
        {**PROMPT, **dict(item for shape in shapes for item in shape.items())}
        for shapes in product(*([{}, shape] for shape in SHAPES))
    ]
    models = [{**PROMPT, "model": "m" * length} for length in range(70, 90)]
    models += [{**PROMPT, "model": WIDE * length + "m" * more} for length in range(8, 24) for more in range(5)]
    models += [{**PROMPT, "model": f"'{WIDE * length}\"'"} for length in range(8, 24)]
    for body, stream in product([*shaped, *models, *BODIES.values()], (True, False)):
        yield code_of(body, stream=stream)
    for body in (PROMPT, *SHAPES):
        yield code_of({**PROMPT, **body}, full=True, files=True)


def test_the_code_is_sound_and_as_its_formatter_leaves_it(tmp_path: Path) -> None:
    for index, code in enumerate(programs()):
        compile(code, "chat.py", "exec")
        assert code.endswith("\n")
        assert not code.endswith("\n\n")
        (tmp_path / f"a{index}.py").write_bytes(code.encode())
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", tmp_path], capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("name", TEXTS)
def test_texts_stay_texts(name: str) -> None:
    """All of them are in the code as they are, and the rest of it is the same whatever they are."""
    texts = TEXTS[name]
    body = {**body_of(texts), "chat_template_kwargs": {"x" + texts: [texts, {texts: texts}]}}
    constants, rest = taken_apart(code_of(body))
    same, plain = taken_apart(
        code_of({**body_of("plain"), "chat_template_kwargs": {"x y": ["plain", {"plain": "plain"}]}})
    )
    assert constants == {
        "MODEL": body["model"],
        "STOP": body["stop"],
        "messages": body["messages"],
        "tools": body["tools"],
        "variables": body["chat_template_kwargs"],
    }
    assert same.keys() == constants.keys()
    assert rest == plain


def test_variables_keep_their_names() -> None:
    """Whether or not Python would take them for keywords: it would read the ligature as two letters."""
    given = {"plain": 1, "\ufb01": 2, "class": 3, "None": 4, "a-b": 5, "": 6}
    assert taken_apart(code_of({**PROMPT, "chat_template_kwargs": given}))[0]["variables"] == given


def taken_apart(code: str) -> tuple[dict[str, Any], list[str]]:
    """The literals that come from the request, by name, and the code without them."""
    tree = ast.parse(code)
    constants: dict[str, Any] = {}
    rest = []
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in ("MODEL", "STOP", "messages", "tools"):
                constants[name] = ast.literal_eval(statement.value)
                continue
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            if ast.unparse(call.func).endswith("apply_chat_template"):
                constants["variables"] = variables(call)
        rest.append(ast.dump(statement))
    return constants, rest


def variables(call: ast.Call) -> dict[str, Any]:
    """The template's variables among the keywords of apply_chat_template, which loses them."""
    ours = [keyword for keyword in call.keywords if keyword.arg not in TAKEN]
    call.keywords = [keyword for keyword in call.keywords if keyword.arg in TAKEN]
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in ours if keyword.arg}
    unnamed = [ast.literal_eval(keyword.value) for keyword in ours if not keyword.arg]
    return {name: value for values in (named, *unnamed) for name, value in values.items()}


def test_the_names_that_apply_chat_template_takes_are_those_of_the_installed_package() -> None:
    from transformers import PreTrainedTokenizerBase, ProcessorMixin

    for kind in (PreTrainedTokenizerBase, ProcessorMixin):
        assert {name for name in inspect.signature(kind.apply_chat_template).parameters if name != "kwargs"} <= TAKEN


KEYWORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "temperature": ({"temperature": 2}, {"do_sample": True, "temperature": 2.0}),
    "zero": ({"temperature": 0.0, "top_p": 0.5}, {"do_sample": False}),
    "cuts": ({"top_p": 1, "min_p": 0, "top_k": 7}, {"do_sample": True, "top_p": 1.0, "min_p": 0.0, "top_k": 7}),
    "no top_k": ({"top_k": -1}, {"do_sample": True, "top_k": 0}),
    "repetition": ({"repetition_penalty": 1}, {"do_sample": True, "repetition_penalty": 1.0}),
    "length": ({"max_tokens": 5}, {"do_sample": True, "max_new_tokens": 5}),
    "newer length": ({"max_completion_tokens": 6}, {"do_sample": True, "max_new_tokens": 6}),
    "bias": (
        {"logit_bias": {"5": -100, "0017": 0.5}},
        {"do_sample": True, "sequence_bias": [[[5], -100.0], [[17], 0.5]]},
    ),
    "answers": ({"n": 3}, {"do_sample": True, "num_return_sequences": 3}),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_parameters_are_keywords_of_generate(name: str) -> None:
    fields, keywords = KEYWORDS[name]
    calls = (node for node in ast.walk(ast.parse(code_of({**PROMPT, **fields}))) if isinstance(node, ast.Call))
    (generate,) = (call for call in calls if ast.unparse(call.func) == "model.generate")
    assert literals(generate) == keywords


def test_the_code_names_what_the_request_leaves_to_the_model() -> None:
    told = [line.strip() for line in code_of(PROMPT, full=True).splitlines() if line.startswith("    #")]
    assert [line.split("=")[0] for line in told[1:]] == [
        "# temperature",
        "# top_p",
        "# min_p",
        "# max_new_tokens",
        "# repetition_penalty",
    ]
    assert "max_new_tokens=512," in told[4]


# --- what it can't do ----------------------------------------------------------------------------

TOOL = [{"type": "function", "function": {"name": "f"}}]
BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "provider's fields": ({"user": "me", "store": False, "x\u202e": 1}, "user, store, 'x\\u202e' means nothing"),
    "many fields": ({f"x{index}": 1 for index in range(9)}, "x0, x1, x2, x3, x4, x5 and others means nothing"),
    "a number that is none": ({"temperature": "hot", "n": True}, "temperature, n has not the form"),
    "a fraction of a token": ({"max_tokens": 1.5}, "max_tokens has not the form"),
    "a number beyond floats": ({"top_p": 10**400}, "top_p has not the form"),
    "a bias without a token": ({"logit_bias": {"Paris": 1}}, "logit_bias has not the form"),
    "stop numbers": ({"stop": 5, "tools": "all", "chat_template_kwargs": []}, "tools, stop, chat_template_kwargs has"),
    "a template": ({"chat_template_kwargs": {"chat_template": "x", "b": 1}}, "chat_template_kwargs.chat_template is a name"),
    "a provider": ({"model": "meta-llama/Llama-3.3-70B-Instruct:fastest"}, "model names a provider"),
    "log probabilities": ({"logprobs": True, "top_logprobs": 2}, "logprobs asks for log probabilities"),
    "a format": ({"response_format": {"type": "json_object"}}, "response_format can't be enforced"),
    "a tool to be called": ({"tools": TOOL, "tool_choice": "required"}, "tool_choice can't be enforced"),
    "no tool to be called": ({"tools": TOOL, "tool_choice": "none"}, "tool_choice can't be enforced"),
    "one call at a time": ({"tools": TOOL, "parallel_tool_calls": False}, "parallel_tool_calls can't be enforced"),
    "effort": ({"reasoning_effort": "high"}, "reasoning_effort is not sent"),
    "equal answers": ({"n": 2, "temperature": 0}, "n asks for several answers"),
    "two lengths": ({"max_tokens": 1, "max_completion_tokens": 2}, "max_completion_tokens differs from max_tokens"),
    "bias and repetition": ({"logit_bias": {"5": 1}, "repetition_penalty": 1.1}, "logit_bias is added before"),
    "a file": ({"model": "mine/qwen-Q8_0.GGUF"}, "model is a file in the app's own folder"),
    "a detail": (
        {"messages": [{"role": "user", "content": [text("a"), {"type": "image_url", "image_url": {"url": "https://h/a", "detail": "low"}}]}]},
        "messages[0]: an image's detail can't be chosen",
    ),
    "a sound": (
        {"messages": [{"role": "user", "content": [text("a"), {"type": "input_audio"}]}]},
        "messages[0].content[1] has no place",
    ),
    "an old call": (
        {"messages": [{"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}}, *PROMPT["messages"]]},
        "messages[0].function_call has no place",
    ),
    "an open call": (
        {"messages": [{"role": "assistant", "content": "Wait", "tool_calls": called("{}")}]},
        "messages[0] asks for tools",
    ),
    "a broken call": (
        {"messages": [{"role": "assistant", "content": "Wait", "tool_calls": called("{city")}, *PROMPT["messages"]]},
        "messages[0].tool_calls has arguments that are not JSON",
    ),
    "half a character": ({"stop": ["a\ud800"]}, "stop holds half a character"),
}  # fmt: skip
WITHIN: dict[str, dict[str, Any]] = {
    **{f"greedy: {name}": body for name, body in GREEDY.items()},
    "nothing at all": {
        **PROMPT,
        "user": None,
        "logprobs": None,
        "response_format": None,
        "tool_choice": None,
        "n": None,
    },
    "text": {**PROMPT, "response_format": {"type": "text"}, "tool_choice": "none", "parallel_tool_calls": True},
    "tools": {
        **PROMPT,
        "tools": TOOL,
        "tool_choice": "auto",
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    "a windows path": {**PROMPT, "model": "C:/models/tiny:latest"},
    "a version": {**PROMPT, "model": "models/tiny:v1.2"},
    "a path with a colon": {**PROMPT, "model": "/models:2"},
    "the same length twice": {**PROMPT, "max_tokens": 2, "max_completion_tokens": 2},
}


def told(body: dict[str, Any]) -> list[str]:
    sent = call_of(body, base_url="").body
    return [f"{where} {row.says}" for row in UNSENDABLE if (where := row.where(sent))]


@pytest.mark.parametrize("name", BEYOND)
def test_what_it_cannot_do_is_said(name: str) -> None:
    """In one line of ASCII, with the field's name first; and there is code all the same."""
    fields, said = BEYOND[name]
    (warning,) = told({**PROMPT, **fields})
    assert warning.startswith(said)
    assert warning.isascii()
    assert warning.isprintable()
    compile(code_of({**PROMPT, **fields}), "chat.py", "exec")


@pytest.mark.parametrize("name", WITHIN)
def test_what_it_can_do_passes_without_a_word(name: str) -> None:
    assert told(WITHIN[name]) == []


def test_each_limit_has_a_case() -> None:
    said = [warning for fields, _ in BEYOND.values() for warning in told({**PROMPT, **fields})]
    assert [row.says for row in UNSENDABLE if not any(warning.endswith(row.says) for warning in said)] == []
