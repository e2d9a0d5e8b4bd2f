"""The code view: coloured pieces that are, joined, exactly the code; errors instead of half a snippet."""

import pytest

from playground import snippets
from playground.ui.code import COLOURED, code_view, pieces
from playground.ui.document import read_pane
from tests.ui.contexts import CONTEXT

PANE = {
    "endpoint": {"name": "This machine"},
    "model": "m",
    "messages": [{"role": "user", "content": "  <b>'\"\\\n\t\u2028 héllo\r\n\n"}],
    "params": {"temperature": "0.7"},
}


@pytest.mark.parametrize("client", [client.id for client in snippets.CLIENTS])
@pytest.mark.parametrize("stream", [True, False])
def test_the_pieces_are_the_code_of_the_request_that_runs(client, stream):
    shown = code_view({"pane": PANE, "client": client, "stream": stream}, CONTEXT)
    made = snippets.render(read_pane(PANE, CONTEXT), client, stream=stream)
    assert "".join(text for _, text in shown["pieces"]) == made.code
    assert any(kind == "string" for kind, _ in shown["pieces"])


def test_code_too_long_to_colour_quickly_is_shown_plain():
    code = "x = 1\n" * COLOURED
    assert list(pieces(code, "python")) == [("", code)]


def test_a_request_that_cannot_be_made_shows_why():
    shown = code_view({"pane": {**PANE, "params": {"seed": "1.5"}}, "client": "sh-curl", "stream": True}, CONTEXT)
    assert shown["error"]["param"] == "seed"
