"""A request as data to take along: every format of EXPORTS."""

import json

import pytest

from playground.exports import EXPORTS, export
from playground.jsonvalue import loads
from playground.messages import Image, Message, assistant, system, tool, user
from playground.params import Params
from playground.request import ChatRequest, Endpoint, ModelRef
from playground.wire import payload
from playground.wire.requests import STREAMED

PIXELS = "data:image/png;base64," + "iVBORw0K" * 40
MODEL = ModelRef(endpoint=Endpoint(name="e", base_url="https://a.example/v1"), id="org/model")
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
TOOLS = ({"type": "function", "function": {"name": "get_weather"}},)


def ask(*messages: Message, **params: object) -> ChatRequest:
    return ChatRequest(model=MODEL, messages=messages, params=Params(**params))


TALK = ask(
    system("Be brief.\u2028\x85"),
    Message(role="user", name="Ann", content="Weather? \ud800 </script> `x`"),
    Message.model_validate({"role": "assistant", "content": None, "tool_calls": [CALL]}),
    tool("call_1", "21 °C"),
    assistant("It is warm."),
    tools=TOOLS,
    seed=9007199254740993,
    temperature=0.70,
)


@pytest.mark.parametrize("stream", [True, False])
def test_the_request_is_what_goes_over_the_wire(stream):
    text = export(TALK, "data-request", stream=stream).text
    assert loads(text) == payload(TALK, STREAMED if stream else None)
    assert "9007199254740993" in text


def test_the_messages_are_those_of_the_request():
    assert loads(export(TALK, "data-messages").text) == payload(TALK)["messages"]


@pytest.mark.parametrize("talk", [TALK, ask(user("a\u2028b\u2029c\x85d\r\n\v\f\x1c"), tools=TOOLS)])
def test_a_conversation_is_one_line_of_jsonl_whatever_it_says(talk):
    text = export(talk, "data-jsonl").text
    assert text.splitlines() == [text.removesuffix("\n")]
    assert loads(text) == {"messages": payload(talk)["messages"], "tools": list(TOOLS)}


def test_a_line_of_jsonl_holds_what_is_trained_on():
    assert loads(export(ask(user("hi"), temperature=1), "data-jsonl").text).keys() == {"messages"}


@pytest.mark.parametrize("row", EXPORTS, ids=lambda row: row.id)
@pytest.mark.parametrize("images", ["inline", "file"])
def test_every_format_can_be_written_to_a_file(row, images):
    assert row.file.count(".") == 1
    export(ask(user("hi", Image.of(PIXELS)), *TALK.messages[:1]), row.id, images=images).text.encode()


def markdown(*messages: Message) -> str:
    head, _, rest = export(ask(*messages), "data-markdown", images="file").text.partition("\n\n")
    assert head == "# Conversation with org/model"
    return rest


def parsed(**fields: object) -> Message:
    return Message.model_validate(fields)


@pytest.mark.parametrize(
    ("message", "written"),
    [
        (system("One.\n\n* two\r\n"), "## System\n\nOne.\n\n* two\r\n\n"),
        (parsed(role="user", name="Ann", content="hi"), "## User: Ann\n\nhi\n"),
        (parsed(role="developer", content="x"), "## Developer\n\nx\n"),
        (parsed(role="assistant", content=""), "## Assistant\n"),
        (
            parsed(role="assistant", content="Yes.", reasoning_content="Hm.\n\nWell."),
            "## Assistant\n\n> **Reasoning**\n>\n> Hm.\n>\n> Well.\n\nYes.\n",
        ),
        (parsed(role="assistant", refusal="No."), "## Assistant\n\n> **Refusal**\n>\n> No.\n"),
        (
            parsed(role="assistant", content=None, tool_calls=[CALL]),
            '## Assistant\n\nCalls `get_weather` (call_1):\n\n```json\n{"city": "Paris"}\n```\n',
        ),
        (tool("call_7", "a ``` b ```` c"), "## Tool: call_7\n\n`````\na ``` b ```` c\n`````\n"),
        (
            parsed(role="assistant", content="x", annotations=[{"url": "u"}], audio=None),
            '## Assistant\n\nx\n\n```json\n{\n  "annotations": [\n    {\n      "url": "u"\n    }\n  ]\n}\n```\n',
        ),
        (
            user("Look:", Image.of("https://a.example/a (b)<c>.png?x=1&y=2"), "and then?"),
            "## User\n\nLook:\n\n![image](https://a.example/a%20%28b%29%3Cc%3E.png?x=1&y=2)\n\nand then?\n",
        ),
        (user(PIXELS), f"## User\n\n{PIXELS}\n"),
    ],
)
def test_a_message_reads_well_as_markdown(message, written):
    assert markdown(message) == written


def test_a_tools_answer_says_which_function_it_comes_from():
    assert "## Tool: get_weather (call_1)\n\n```\n21 °C\n```\n" in markdown(*TALK.messages[2:4])


def test_markdown_holds_images_or_points_at_their_files():
    seeing = ask(
        user("a", Image.of(PIXELS)), user("b", Image.of("https://a.example/b.png")), user("c", Image.of(PIXELS))
    )
    inline = export(seeing, "data-markdown", images="inline")
    assert (inline.text.count(f"![image]({PIXELS})"), inline.files) == (2, ())
    beside = export(seeing, "data-markdown", images="file")
    [(name, url)] = beside.files
    assert (beside.text.count(f"![image]({name})"), url) == (2, PIXELS)
    assert PIXELS not in beside.text
    assert (
        PIXELS
        in json.loads(export(seeing, "data-request", images="file").text)["messages"][0]["content"][1]["image_url"][
            "url"
        ]
    )
