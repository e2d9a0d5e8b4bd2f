"""The code view: coloured pieces that are, joined, exactly the code or the data; errors instead of half a snippet."""

import json

import pytest

from playground import exports, snippets
from playground.ui.code import COLOURED, code_files, code_view, pieces
from playground.ui.document import read_pane
from tests.ui.contexts import CONTEXT

PIXELS = "data:image/png;base64," + "iVBORw0K" * 40
HARD = '  <b>\'"\\\n\t\u2028 héllo\r\n\n# not a heading\n```json\n{"a": 1}\n````\n> q\r~~~\n'
PANE = {
    "endpoint": {"name": "This machine"},
    "model": "m",
    "messages": [{"role": "system", "content": HARD}, {"role": "user", "content": HARD * 2}],
    "params": {"temperature": "0.7"},
}
SEEING = {
    **PANE,
    "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PIXELS}}]}],
}


def joined(shown):
    return "".join(text for _, text in shown["pieces"])


@pytest.mark.parametrize("client", [client.id for client in snippets.CLIENTS])
@pytest.mark.parametrize(
    "options", [{"stream": True}, {"stream": False, "full": True}, {"stream": True, "images": "file"}], ids=str
)
def test_the_pieces_are_the_code_of_the_request_that_runs(client, options):
    shown = code_view({"pane": PANE, "client": client, **options}, CONTEXT)
    made = snippets.render(read_pane(PANE, CONTEXT), client, **options)
    assert joined(shown) == made.code
    assert any(kind == "string" for kind, _ in shown["pieces"])
    assert (shown["install"], shown["warnings"], shown["run"]) == (made.install, list(made.warnings), made.run)


@pytest.mark.parametrize("row", exports.EXPORTS, ids=lambda row: row.id)
@pytest.mark.parametrize("stream", [True, False])
def test_the_pieces_are_the_data_of_the_conversation(row, stream):
    shown = code_view({"pane": PANE, "client": row.id, "stream": stream}, CONTEXT)
    assert joined(shown) == exports.export(read_pane(PANE, CONTEXT), row.id, stream=stream).text
    assert (shown["install"], shown["run"], shown["warnings"]) == ("", "", [])


def test_what_is_to_be_set_before_the_code_runs_is_named():
    pane = {**PANE, "endpoint": {"name": "mine", "base_url": "https://a.example/v1", "key_name": "MY_KEY"}}
    shown = code_view({"pane": pane, "client": "python-openai", "stream": True}, CONTEXT)
    assert (shown["key_name"], shown["run"]) == ("MY_KEY", "python chat.py")


@pytest.mark.parametrize("client", ["python-openai", "data-markdown"])
def test_images_are_in_the_text_or_in_files_beside_it(client):
    inline = code_view({"pane": SEEING, "client": client, "images": "inline"}, CONTEXT)
    assert (PIXELS in joined(inline), inline["files"], inline["has_files"]) == (True, [], True)
    beside = code_view({"pane": SEEING, "client": client, "images": "file"}, CONTEXT)
    [name] = beside["files"]
    assert (PIXELS in joined(beside), name in joined(beside)) == (False, True)
    assert code_files({"pane": SEEING, "client": client, "images": "file"}, CONTEXT) == [[name, PIXELS]]
    for url in ("https://a.example/a.png", "data:image/png;base64,AAAA"):
        pane = json.loads(json.dumps(SEEING).replace(PIXELS, url))
        assert code_view({"pane": pane, "client": client}, CONTEXT)["has_files"] is False


def test_code_too_long_to_colour_quickly_is_shown_plain():
    code = "x = 1\n" * COLOURED
    assert list(pieces(code, "python")) == [("", code)]


@pytest.mark.parametrize("client", ["sh-curl", "data-messages"])
def test_a_request_that_cannot_be_made_shows_why(client):
    shown = code_view({"pane": {**PANE, "params": {"seed": "1.5"}}, "client": client, "stream": True}, CONTEXT)
    assert shown["error"]["param"] == "seed"
    assert code_files({"pane": {**PANE, "params": {"seed": "1.5"}}, "client": client}, CONTEXT) == []
