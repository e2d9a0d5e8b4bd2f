"""What the page's scripts are told when it loads."""

from playground.backends.catalog import DEMO
from playground.exports import EXPORTS
from playground.request import Endpoint, ModelRef
from playground.snippets import CLIENTS
from playground.ui.boot import PANES, boot
from playground.ui.context import Context

LOCAL = Endpoint(name="This machine", kind="local", base_url="http://localhost:7860/v1")


def test_the_operators_choices_and_the_pages_limits_are_told():
    context = Context(
        catalog=None,  # type: ignore[arg-type]
        endpoints=(LOCAL, DEMO),
        default=ModelRef(endpoint=LOCAL, id="m"),
        environment={},
        image_side=800,
    )
    told = boot(context)
    assert told["default"] == {"endpoint": "This machine", "model": "m"}
    assert [endpoint["name"] for endpoint in told["endpoints"]] == ["This machine", "Demo"]
    files = {client["id"]: client["file"] for client in told["clients"]}
    assert list(files) == [client.id for client in CLIENTS] + [export.id for export in EXPORTS]
    assert (files["python-openai"], files["data-markdown"]) == ("chat.py", "chat.md")
    assert (told["panes"], told["image_side"]) == (PANES, 800)
