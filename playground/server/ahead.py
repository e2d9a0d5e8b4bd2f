"""The API's place before the page's own middleware.

Gradio answers preflights and allows origins on every path, by rules of its own: on any host but this machine's
names, all of them. Which pages may call /v1 is for the API to say, so its requests don't pass there.
"""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class Ahead:
    """Gives the mount its requests, and all others to the app behind."""

    def __init__(self, mount: Mount, behind: ASGIApp) -> None:
        self._mount = mount
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            match, inner = self._mount.matches(scope)
            if match is not Match.NONE:
                await self._mount.handle({**scope, **inner}, receive, send)
                return
        await self._behind(scope, receive, send)


def put_ahead(mount: Mount, app: Starlette) -> None:
    """Have the mount answer before any middleware of an app that has started (in its lifespan)."""
    assert app.middleware_stack is not None
    app.middleware_stack = Ahead(mount, app.middleware_stack)


def mount_at(path: str, app: ASGIApp) -> Mount:
    """A mount that takes every path below its own: Starlette's leaves those with a line end in them to others."""
    mount = Mount(path, app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount
