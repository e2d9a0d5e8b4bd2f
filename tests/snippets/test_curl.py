"""What curl prints: a stream's text by way of jq, and whatever else an endpoint says."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from playground.request import Endpoint
from playground.snippets import render
from tests.snippets.cases import PROMPT, request_of
from tests.snippets.machines import Machines
from tests.snippets.recorder import COMPLETION, SAID, Recorder
from tests.snippets.test_reading import ASKING, CALLING, SEVERAL, THINKING, choice


def printed(runs: Machines, recorder: Recorder, asked: dict[str, Any], *, stream: bool = True) -> str:
    endpoint = Endpoint(name="recorder", base_url=recorder.origin + "/v1")
    ran = runs.run(render(request_of({**PROMPT, **asked}, endpoint), "sh-curl", stream=stream).code, ".sh")
    assert not ran.error
    return ran.out


def test_only_the_text_of_a_stream_is_printed(runs: Machines, recorder: Recorder) -> None:
    assert printed(runs, recorder, {}) == SAID


def test_a_whole_answer_is_printed_as_it_came(runs: Machines, recorder: Recorder) -> None:
    assert json.loads(printed(runs, recorder, {}, stream=False)) == COMPLETION


@pytest.mark.parametrize("stream", [True, False])
def test_nothing_is_said_beside_the_answer_where_it_goes_into_a_pipe(stream: bool, recorder: Recorder) -> None:
    endpoint = Endpoint(name="recorder", base_url=recorder.origin + "/v1")
    code = render(request_of(PROMPT, endpoint), "sh-curl", stream=stream).code
    done = subprocess.run(["bash", "-c", code], capture_output=True, timeout=10, check=True)
    assert done.stderr == b""


def test_reasoning_and_tool_calls(runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = (*THINKING, *CALLING)
    asked = {**ASKING["tools"], **ASKING["thoughts"]}
    assert printed(runs, recorder, asked) == 'Hmm.42\nweather {"city": "Oslo"}\ntime {}\n'
    assert printed(runs, recorder, {}) == "42\n"


def test_several_answers_are_kept_apart(runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = SEVERAL
    assert printed(runs, recorder, ASKING["several"]) == "[0] Yes\n[1] No!\n"
    recorder.chunks = (*THINKING, *CALLING, *(choice(1, content="Yes") for _ in range(2)))
    everything = {**ASKING["tools"], **ASKING["thoughts"], **ASKING["several"]}
    assert printed(runs, recorder, everything) == '[0] Hmm.42\nweather {"city": "Oslo"}\ntime {}\n[1] YesYes\n'


def test_hard_text(runs: Machines, recorder: Recorder) -> None:
    text = "\u2028 \u0085 \\ \" ' $(x) data: [DONE] \U0001f600 \n\n\t end"
    recorder.chunks = (choice(content=text), choice(content="!"))
    assert printed(runs, recorder, {}) == f"{text}!\n"


@pytest.mark.parametrize("asked", [{}, {"n": 2}])
def test_an_error_in_the_stream_is_shown(asked: dict[str, Any], runs: Machines, recorder: Recorder) -> None:
    recorder.chunks = (choice(content="Hel"), {"error": {"message": "out of memory"}})
    assert "out of memory" in printed(runs, recorder, asked)


ERROR = '{"error": {"message": "no such model"}}'


@pytest.mark.parametrize("asked", [{}, {"n": 2}])
@pytest.mark.parametrize("answer", [ERROR, "<html>Bad gateway</html>"])
def test_what_is_no_stream_is_printed_as_it_came(asked: dict[str, Any], answer: str) -> None:
    code = render(request_of({**PROMPT, **asked}, Endpoint(name="x", base_url="http://h")), "sh-curl").code
    reader = code[code.index("  jq ") :]
    done = subprocess.run(["bash", "-c", reader], input=answer.encode(), capture_output=True, timeout=10, check=True)
    assert done.stdout.decode() == f"{answer}\n"
