"""JSON and JSONL: requests, answers, messages, lines of fine-tuning and batch files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.errors import BadRequest
from playground.events import Event, TextDelta, ToolCallDelta
from playground.imports import Found, read
from playground.wire import DONE, ChunkWriter, sse

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
REQUEST = {"model": "m", "messages": MESSAGES, "seed": 2**70, "a": None, "b": 1.0, "c": 1e-7}


def completion(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choices = [{"index": at, "message": message, "finish_reason": "stop"} for at, message in enumerate(messages)]
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m-1", "choices": choices, **fields}


ANSWER = {"role": "assistant", "content": "Hello"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}

FORMS: dict[str, tuple[Any, Found]] = {
    "a request": (REQUEST, Found("request", "Request", REQUEST)),
    "a request without a model": ({"messages": MESSAGES}, Found("request", "Request", {"messages": MESSAGES})),
    "messages": (MESSAGES, Found("messages", "Messages", {"messages": MESSAGES})),
    "a message": (MESSAGES[0], Found("messages", "Message", {"messages": MESSAGES[:1]})),
    "an endpoint and what it is sent": (
        {"base_url": "https://h/v1/", "headers": {"X-A": "1", "Authorization": "Bearer $KEY"}, "body": REQUEST},
        Found("request", "Request", REQUEST, "https://h/v1", "API_KEY", (("X-A", "1"),),
              ("The key in it was not kept: enter it as the endpoint's key.",)),
    ),
    "an endpoint with headers in pairs": (
        {"base_url": "https://h/v1/chat/completions", "headers": [["X-A", "1"]], "body": REQUEST},
        Found("request", "Request", REQUEST, "https://h/v1", None, (("X-A", "1"),)),
    ),
    "a response": (completion(ANSWER), Found("response", "Response", {"model": "m-1", "messages": [ANSWER]})),
    "a response of several choices": (
        completion(ANSWER, {**ANSWER, "content": "Hi"}),
        Found("response", "Response", {"model": "m-1", "messages": [ANSWER, {**ANSWER, "content": "Hi"}]}),
    ),
    "a response with reasoning and calls": (
        completion({"role": "assistant", "content": None, "reasoning": "hm", "tool_calls": [{**CALL, "index": 0}]}),
        Found("response", "Response", {"model": "m-1", "messages": [
            {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]}]}),
    ),
    "a response with fields of its own": (
        completion({**ANSWER, "annotations": [{"type": "url_citation"}], "audio": None, "refusal": None}),
        Found("response", "Response", {"model": "m-1", "messages": [ANSWER]}, notes=("Left out of the answer: annotations.",)),
    ),
    "a batch line": (
        {"custom_id": "one", "method": "POST", "url": "/v1/chat/completions", "body": REQUEST},
        Found("request", "Batch request", REQUEST),
    ),
    "a line of a batch's output": (
        {"id": "b", "custom_id": "one", "response": {"status_code": 200, "body": completion(ANSWER)}, "error": None},
        Found("response", "Batch answer", {"model": "m-1", "messages": [ANSWER]}),
    ),
    "a preference": (
        {"input": {"messages": MESSAGES}, "preferred_output": [ANSWER], "non_preferred_output": [MESSAGES[1]]},
        Found("request", "Fine-tuning example", {"messages": [*MESSAGES, ANSWER]},
              notes=("Of the two outputs the preferred one was taken.",)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("indent", [None, 2])
def test_forms(name, indent):
    value, found = FORMS[name]
    assert read(json.dumps(value, indent=indent)) == (found,)
    assert read(f"\ufeff\n```json\n{json.dumps(value, indent=indent)}\n```\n") == (found,)


def jsonl(*values: Any) -> str:
    return "\n".join(json.dumps(value) for value in values) + "\n"


def test_lines_of_a_fine_tuning_file():
    weighted = [*MESSAGES, {**ANSWER, "weight": 0}]
    found = read(jsonl({"messages": MESSAGES}, {"messages": weighted, "tools": [], "id": 7}) + "\n")
    assert found == (
        Found("request", "Line 1: fine-tuning example", {"messages": MESSAGES}),
        Found(
            "request",
            "Line 2: fine-tuning example",
            {"messages": [*MESSAGES, ANSWER], "tools": []},
            notes=(
                "The weights of its messages were left out.",
                "Left out, because a request has no such fields: id.",
            ),
        ),
    )


GOOD = json.dumps({"messages": MESSAGES})
BROKEN: dict[str, tuple[list[str], list[int], str]] = {
    "broken JSON": ([GOOD, '{"messages": [', GOOD], [1, 3], "the JSON is wrong at line 2, column 15: Expecting value"),
    "no JSON": ([GOOD, GOOD, "oops"], [1, 2], "the JSON is wrong at line 3, column 1: Expecting value"),
    "another thing": ([GOOD, "", '{"a": 1}', GOOD], [1, 4], "line 3: the JSON holds no chat-completion request or answer"),
    "a list": ([GOOD, "[1]", GOOD], [1, 3], "line 2: the JSON holds no chat-completion request or answer"),
    "another API": ([GOOD, '{"model": "m", "input": "Hi"}'], [1], "line 2: this is a request to the Responses API"),
    "the first one, cut off": (['{"messages": [{"role"', GOOD], [2], "the JSON is wrong at line 1, column 22: Expecting ':' delimiter"),
    "the first one, a title": (["messages", GOOD, GOOD], [2, 3], "the JSON is wrong at line 1, column 1: Expecting value"),
    "several": (
        [GOOD, *["{}"] * 2, "{", GOOD, *["x"] * 12],
        [1, 5],
        "line 2: the JSON holds no chat-completion request or answer; line 3: the JSON holds no chat-completion request "
        "or answer; the JSON is wrong at line 4, column 2: Expecting property name enclosed in double quotes; and 12 more "
        "(line 6, line 7, line 8, line 9, line 10, line 11, line 12, line 13, line 14, line 15, ...)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_lines_that_cannot_be_read_do_not_keep_the_others_back(name):
    lines, good, said = BROKEN[name]
    found = read("\n".join(lines))
    assert [one.title for one in found] == [f"Line {number}: fine-tuning example" for number in good]
    assert {one.notes for one in found} == {(f"Not read: {said}.",)}


def test_items_of_a_list_do_not_keep_the_others_back_either():
    (found,) = read(json.dumps([{"a": 1}, REQUEST]))
    assert found.title == "Item 2: request"
    assert found.notes == ("Not read: item 1: the JSON holds no chat-completion request or answer.",)


def test_one_broken_object_over_several_lines_is_not_taken_for_lines():
    text = '{"model": "m",, "messages": [\n{"role": "user", "content": "Hi"}\n]}'
    with pytest.raises(BadRequest, match="line 1, column 15"):
        read(text)
    assert read(text.replace(",,", ","))[0].title == "Request"


def test_lines_of_a_batch_and_of_its_output():
    asked = {"method": "POST", "url": "/v1/chat/completions", "body": REQUEST}
    found = read(jsonl({"custom_id": "a", **asked}, {"custom_id": "b", **asked}))
    assert [one.title for one in found] == ["Line 1: batch request, a", "Line 2: batch request, b"]
    answered = {"status_code": 200, "body": completion(ANSWER)}
    failed = {"custom_id": "b", "response": {"status_code": 400, "body": {"error": {"message": "no"}}}, "error": None}
    (one,) = read(jsonl({"custom_id": "a", "response": answered, "error": None}, failed))
    assert (one.kind, one.title) == ("response", "Line 1: batch answer, a")
    assert one.notes == ("Left out, because there is an error instead of an answer: line 2.",)


def test_a_list_of_requests():
    found = read(json.dumps([REQUEST, {"custom_id": "a", "url": "/v1/chat/completions", "body": REQUEST}]))
    assert [(one.title, one.body) for one in found] == [
        ("Item 1: request", REQUEST),
        ("Item 2: batch request, a", REQUEST),
    ]


def test_of_many_lines_the_first_thousand_are_read():
    found = read(jsonl(*[{"messages": MESSAGES}] * 1003))
    assert len(found) == 1000
    assert {one.notes for one in found} == {("Only the first 1000 of 1003 were read.",)}


def chunks(*, usage: bool = True) -> list[dict[str, Any]]:
    writer = ChunkWriter("x", 1, "m-1", include_usage=usage, n=1)
    events: list[Event] = [
        TextDelta(text="Hel"),
        TextDelta(text="lo\n"),
        ToolCallDelta(index=0, id="c", name="f", arguments='{"a"'),
    ]
    return [*writer.start(), *(chunk for event in [*events, ToolCallDelta(index=0, arguments=": 1}")] for chunk in writer.write(event))]  # fmt: skip


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
FOLDED = {"model": "m-1", "messages": [{"role": "assistant", "content": "Hello\n", "tool_calls": [CALL]}]}


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(sse, [*chunks(), END])) + DONE,
        "".join(map(sse, [*chunks(), END])),
        ": ping\n\n" + "".join(f"event: x\r\nid: 1\r\n{sse(chunk).strip()}\r\n\r\n" for chunk in [*chunks(), END]),
        "\n".join(sse(chunk).strip() for chunk in [*chunks(), END]) + "\ndata: [DONE]",
        "".join(sse(chunk).replace("data: ", "data:") for chunk in [*chunks(), END]),
        "".join(
            "data: " + json.dumps(chunk, indent=1).replace("\n", "\ndata: ") + "\n\n" for chunk in [*chunks(), END]
        ),
    ],
    ids=["whole", "without an end mark", "with other fields", "without blank lines", "without blanks", "several lines"],
)
def test_a_stream_is_folded(text):
    assert read(text) == (Found("response", "Streamed response", FOLDED),)


def test_chunks_as_lines_of_json_are_a_stream_too():
    end = {**END, "object": "chat.completion.chunk"}
    assert read(jsonl(*chunks(), end)) == (Found("response", "Streamed response", FOLDED),)


def test_a_stream_without_an_end_says_so():
    (found,) = read("".join(map(sse, chunks())))
    assert found.notes == ("The stream has no end: the answer may be cut off.",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        (" \n ", "the text is empty"),
        ('{"model": "m",\n "messages": [}', "the JSON is wrong at line 2, column 15"),
        ('[\n  {"role": "user"},\n  {"role": ]\n', "line 3, column 12"),
        ('{"messages": [\n{"messages": ]}\n', "line 2, column 14"),
        ('{"messages": []} x', "line 1, column 18"),
        ('{"messages": [], "messages": []}', "the key 'messages' is given twice"),
        ('{"messages": [], "a": NaN}', "NaN is not JSON"),
        ('{"messages": [], "a": 1e999}', "1e999 is too large a number"),
        ('{"a": ' + "1" * 5000 + "}", "a number has too many digits"),
        ("{}", "no chat-completion request or answer"),
        ("[]", "no chat-completion request or answer"),
        ("[1, 2]", "no chat-completion request or answer"),
        ('{"a": 1}\n{"b": 1}', "line 1: the JSON holds no chat-completion"),
        ('{"model": "m", "input": "Hi"}', "Responses API"),
        ('{"object": "response", "output": []}', "Responses API"),
        ('{"model": "m", "prompt": "Hi"}', "text-completion request"),
        ('{"choices": [{"text": "Hi"}]}', "text-completion API"),
        ('{"choices": []}', "the response says nothing"),
        ('{"error": {"message": "bad key sk-SECRET0123456789"}}', "an endpoint's error"),
        ('{"custom_id": "a", "url": "/v1/responses", "body": {"input": "x"}}', "this batch line is for /v1/responses"),
        ('{"custom_id": "a", "url": "/v1/embeddings", "body": {}}', "this batch line is for /v1/embeddings"),
        ('{"custom_id": "a", "response": null, "error": {}}\n' * 2, "line 1 holds an error"),
        ('{"base_url": 1, "body": {"messages": []}}', "base_url must be a text"),
        ('{"base_url": "https://h", "headers": {"A": 1}, "body": {"messages": []}}', "headers an object of texts"),
        ('{"base_url": "https://h", "headers": ["A"], "body": {"messages": []}}', "headers must be an object of texts"),
        ("data: {\n\n", "the event in line 1 is wrong"),
        ("event: x\n\n", "the events hold no data"),
        ('data: {"error": {"message": "overloaded"}}\n\n', "the response holds an error: overloaded"),
        ('event: response.created\ndata: {"type": "response.created"}\n\n', "another API (response.created)"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(text, says):
    with pytest.raises(BadRequest) as caught:
        read(text)
    assert says in caught.value.message
    assert "SECRET" not in caught.value.message
    assert caught.value.advice != BadRequest.advice


def test_a_text_beyond_the_cap_is_refused():
    with pytest.raises(BadRequest, match="longer than 8 MB"):
        read(" " * 8_000_001)
