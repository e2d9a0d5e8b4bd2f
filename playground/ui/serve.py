"""Starting the page, and ending it."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import Any, NoReturn

import gradio as gr


def serve(page: gr.Blocks, options: dict[str, Any], *, host: str, port: int, announcement: str) -> NoReturn:
    """Launch with these options, say where, stay until Ctrl+C, and end the process."""
    name = f"[{host}]" if ":" in host else host
    try:
        page.launch(server_name=name, server_port=port, prevent_thread_lock=True, quiet=True, **options)
        _say(announcement)
        while page.is_running:
            time.sleep(0.5)
    except KeyboardInterrupt:
        _say("\nStopping.")
    if page.is_running:
        # Answers under way are cancelled after a second; without a limit they would be waited for.
        page.server.config.timeout_graceful_shutdown = 1
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        page.close(verbose=False)
    # A model's thread that is in the middle of a step would abort the interpreter on its way out.
    logging.shutdown()
    os._exit(0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
