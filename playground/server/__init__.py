"""Our own chat-completion API, over the same backends as the page: see api.py for what it promises."""

from .ahead import mount_at, put_ahead
from .api import create_api, health_route

__all__ = ["create_api", "health_route", "mount_at", "put_ahead"]
