"""Whatever valid Python is pasted is read into sound tools, or refused with its line; never slowly, never by a crash."""

from __future__ import annotations

import ast
import re

from hypothesis import given, settings
from jsonschema import Draft202012Validator

from playground.errors import BadRequest
from playground.jsonvalue import dumps, freeze, thaw
from playground.params import BY_NAME, TOOL_NAME, check
from playground.tools import read_functions
from tests.tools.sources import SOURCES


@settings(max_examples=300, deadline=None)
@given(source=SOURCES)
def test_any_function_is_read_into_a_sound_tool_or_refused_with_its_line(source: str) -> None:
    ast.parse(source)
    try:
        read = read_functions(source)
    except BadRequest as error:
        assert re.match(r"line \d+: .", error.message)
        assert error.advice
        return
    assert check(BY_NAME["tools"], read.tools)
    for tool in read.tools:
        assert thaw(freeze(tool)) == tool
        assert dumps(tool)
        assert re.fullmatch(TOOL_NAME, tool["function"]["name"])
        Draft202012Validator.check_schema(tool["function"]["parameters"])
    assert len(set(read.notes)) == len(read.notes)
