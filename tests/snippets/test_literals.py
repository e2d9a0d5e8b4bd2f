"""The literal writers give back what they were given, and leave nothing for a formatter to do."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.snippets import javascript, python, shell
from tests.snippets.cases import TEXTS
from tests.snippets.machines import Machines
from tests.strategies import json_values

# Pieces that mean something to a parser or to a formatter, beside any text at all.
_PIECES = [
    '"',
    "'",
    "`",
    "\\",
    "\n",
    "\r",
    "${",
    "}",
    '"""',
    "'''",
    "\t",
    "\0",
    "\u2028",
    "\u202e",
    "\U0001f469\u200d\U0001f52c",
]
texts = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from([*_PIECES, "a", " ", "word ", "\u4f60", "\u00e9"]), max_size=40).map("".join),
    st.sampled_from(sorted(TEXTS.values())),
)
keys = (
    texts | st.from_regex(r"[a-z_$][a-z0-9_$]{0,7}", fullmatch=True) | st.from_regex(r"[0-9.e-]{1,6}", fullmatch=True)
)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = json_values | st.recursive(
    scalars | texts,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(keys, inner, max_size=4) | st.lists(scalars, max_size=30)
    ),
    max_leaves=12,
)


def tagged(value: Any) -> Any:
    """The value in a shape whose equality tells True from 1, and 1 from 1.0."""
    if isinstance(value, dict):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    return type(value).__name__, repr(value)


@settings(max_examples=400)
@given(value=values)
def test_a_python_literal_reads_back_as_the_value(value: Any) -> None:
    assert tagged(ast.literal_eval(python.literal(value))) == tagged(value)


def through_node(runs: Machines, code: str) -> Any:
    done = runs.node.do(value=code)
    assert not done.error, f"{done.error}\n{code}"
    return json.loads(done.out, parse_int=float)


def as_javascript(value: Any) -> Any:
    """A JSON value with JavaScript's numbers, which are all floats."""
    return json.loads(json.dumps(value), parse_int=float)


@settings(max_examples=300)
@given(value=values)
def test_a_javascript_literal_evaluates_to_the_value(runs: Machines, value: Any) -> None:
    assert tagged(through_node(runs, javascript.literal(value))) == tagged(as_javascript(_without_minus_zero(value)))


def _without_minus_zero(value: Any) -> Any:
    """JSON.stringify writes -0 as 0."""
    if isinstance(value, dict):
        return {key: _without_minus_zero(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_minus_zero(item) for item in value]
    return 0.0 if isinstance(value, float) and value == 0 else value


@settings(max_examples=300)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_javascript_writes_them(runs: Machines, value: float) -> None:
    written = runs.node.do(value=f"String({json.dumps(value)})").out
    assert javascript.number(value) == json.loads(written).replace("e+", "e") or value == 0


@settings(max_examples=40)
@given(text=texts, words=st.lists(texts, max_size=3))
def test_a_shell_passes_words_and_heredocs_on_unchanged(text: str, words: list[str]) -> None:
    words = [word.replace("\0", "") for word in words]
    document = shell.json_text([text, words])
    script = f"printf '%s\\0' {' '.join(map(shell.word, words))}\ncat {shell.heredoc(document)}"
    done = subprocess.run(["bash"], input=script.encode(), capture_output=True, timeout=10, check=True)
    *passed, body = done.stdout.split(b"\0", max(len(words), 1))
    assert [word.decode() for word in passed] == (words or [""])
    assert json.loads(body) == [text, words]


@pytest.mark.parametrize("text", ["", "JSON", "JSON\nJSON_2", "a\nJSON\nb"])
def test_a_heredoc_ends_only_at_its_own_marker(text: str) -> None:
    done = subprocess.run(["bash"], input=f"cat {shell.heredoc(text)}".encode(), capture_output=True, check=True)
    assert done.stdout.decode() == f"{text}\n"


def invisible(text: str) -> set[str]:
    return {char for char in text if not char.isprintable() and char not in "\n\u200c\u200d"}


@settings(max_examples=200)
@given(value=values)
def test_nothing_invisible_stands_in_code(value: Any) -> None:
    """Marks that reorder a line, blanks that a clipboard changes, controls, line ends of another system."""
    for write in (python.literal, javascript.literal, shell.json_text):
        assert not invisible(write(value))


@pytest.mark.parametrize("text", ["one\ntwo", "  one\n\n  two\n"])
def test_lines_stay_lines(text: str) -> None:
    assert text in python.literal(text)
    assert text in javascript.literal(text)


# --- formatters ----------------------------------------------------------------------------------


def as_python_program(value: Any) -> str:
    return f"f(\n    name={python.literal(value, 4, 9, 1)},\n)\n"


def as_javascript_program(value: Any) -> str:
    return f"f({{\n  {javascript.property('name', value, 2)},\n}});\n"


@settings(max_examples=20)
@given(programs=st.lists(values.map(as_python_program), min_size=15, max_size=15))
def test_ruff_leaves_python_as_it_is(programs: list[str]) -> None:
    program = "\n".join(programs)
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "--stdin-filename", "a.py", "-"],
        input=program.encode(),
        capture_output=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


@settings(max_examples=300)
@given(value=values)
def test_prettier_leaves_javascript_as_it_is(runs: Machines, value: Any) -> None:
    program = as_javascript_program(value)
    done = runs.node.do(format=program)
    assert (done.out, done.error) == (program, "")


_EDGE = ["x" * count for count in range(60, 82)]


@pytest.mark.parametrize(
    "make", [lambda t: t, lambda t: [t], lambda t: {"a": t}, lambda t: {"longer": t}, lambda t: [{"a": t}, {"b": t}]]
)
@pytest.mark.parametrize("tail", ["", '"', "\u4f60\u597d", "e\u0301", "\U0001f600\u2764\ufe0f"])
def test_lines_at_the_margin(make: Any, tail: str, runs: Machines, tmp_path: Path) -> None:
    cases = [make(text + tail) for text in _EDGE] + [make(-int("9" * 15)), make([7] * 30), make(["\U0001f600"] * 14)]
    for case in cases:
        program = as_javascript_program(case)
        done = runs.node.do(format=program)
        assert (done.out, done.error) == (program, "")
    path = tmp_path / "a.py"
    path.write_text("\n".join(map(as_python_program, cases)))
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", path], capture_output=True
    )
    assert formatted.returncode == 0, formatted.stdout.decode()
