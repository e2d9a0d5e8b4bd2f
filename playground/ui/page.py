"""The page: a header, one component per pane, the parameter panel and the composer.

Each region is a gr.HTML with a script of its own in assets/js (main.js mounts them); what they share, the
conversation and the settings, lives in the browser (store.js). Only runs, model lists and typed keys go to
the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from .boot import PANES, boot
from .code import code_files, code_view
from .context import Context
from .handlers import Handlers
from .importing import imported as read_import
from .keys import Keys
from .tools import builtin_result, tools_of_python

ASSETS = Path(__file__).resolve().parents[2] / "assets"
TITLE = "Chat Completion Playground"

# Gradio finds an event's name in quotes in the script, hence the list at its end.
_SCRIPT = """
const env = {{ element, props, trigger, watch, server, index: {index} }};
import(new URL("ui/js/main.js", document.baseURI)).then((main) => main.mount("{region}", env));
const events = [{events}];
"""


def _region(name: str, *events: str, index: int = 0, **props: Any) -> gr.HTML:
    quoted = ", ".join(f'"{event}"' for event in events)
    return gr.HTML(
        html_template='<div class="region"></div>',
        js_on_load=_SCRIPT.format(region=name, index=index, events=quoted),
        apply_default_css=False,
        container=False,
        padding=False,
        elem_id=f"{name}-{index}" if name == "pane" else name,
        elem_classes=["region-block"],
        **props,
    )


def build(context: Context) -> gr.Blocks:
    """The Blocks of the page. Launch it with `launch_options()` and the routes of `asset_routes()`."""
    handlers = Handlers(context)

    def codes(asks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [code_view(ask, context) for ask in asks]

    def files(ask: dict[str, Any]) -> list[list[str]]:
        return code_files(ask, context)

    def imported(ask: dict[str, Any]) -> dict[str, Any]:
        return read_import(ask, context)

    async def raw(ask: dict[str, Any]) -> dict[str, Any]:  # asynchronous, so that it reads where the runs write
        return handlers.raw(ask)

    page = gr.Blocks(title=TITLE, fill_width=True, fill_height=True, analytics_enabled=False)
    with page:
        keys = gr.State(Keys())
        header = _region(
            "header",
            "models",
            "keep_model",
            "keep_key",
            boot=boot(context),
            answer=None,
            server_functions=[codes, files, imported, tools_of_python, builtin_result],
        )
        with gr.Row(elem_id="workbench"):
            with gr.Column(elem_id="desk"):
                _region("codebar")
                with gr.Row(elem_id="panes"):
                    panes = [
                        _region("pane", "run", "stop", index=index, live=None, server_functions=[raw])
                        for index in range(PANES)
                    ]
                _region("composer")
            _region("side")
        for pane in panes:
            _wire_pane(pane, keys, handlers)
        page.unload(handlers.left)
        header.models(handlers.models, [keys], [header], **_EVENT)
        header.keep_model(handlers.keep_model, [keys], [header], **_EVENT)
        header.keep_key(handlers.keep_key, [keys], [header, keys], **_EVENT)
    return page


def _wire_pane(pane: gr.HTML, keys: gr.State, handlers: Handlers) -> None:
    pane.run(handlers.run, [keys], [pane], **_EVENT)
    # Not by `cancels`: Gradio cancels whatever runs for the pane by then, also a run that was started since.
    pane.stop(handlers.stop, None, None, queue=False, **_EVENT)


_EVENT: dict[str, Any] = {
    "trigger_mode": "multiple",
    "concurrency_limit": None,
    "show_progress": "hidden",
    "api_visibility": "private",
}


class _Assets(StaticFiles):
    """The page's scripts and styles, checked for a newer version at every load."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def asset_routes() -> list[Mount]:
    """Routes to pass to `launch(app_kwargs={"routes": [...]})`, before Gradio's own."""
    return [Mount(f"/ui/{folder}", _Assets(directory=ASSETS / folder)) for folder in ("js", "css")]


_HEAD = """
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="ui/css/app.css">
<link rel="modulepreload" href="ui/js/main.js">
"""


def launch_options() -> dict[str, Any]:
    """What `Blocks.launch` has to be given for the page to look and behave as designed.

    `run_history` would keep typed keys in the browser's storage; with `ssr_mode` a Node server would
    answer for /v1.
    """
    theme = gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="zinc",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"],
        font_mono=["ui-monospace", "SF Mono", "Cascadia Code", "DejaVu Sans Mono", "monospace"],
    )
    return {"theme": theme, "head": _HEAD, "footer_links": [], "run_history": False, "ssr_mode": False}
