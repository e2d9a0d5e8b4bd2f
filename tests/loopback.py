"""This machine's own network, and nothing beyond it."""

from __future__ import annotations

import ipaddress
import socket


def pick_port() -> int:
    """A port that is free now. Prefer to listen on port 0 where the listener can tell its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def is_loopback(host: object) -> bool:
    """Whether an address, or the name localhost, is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def quiet_environment() -> dict[str, str]:
    """The variables that keep a process off the internet, package indexes aside, and off proxies."""
    return {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
