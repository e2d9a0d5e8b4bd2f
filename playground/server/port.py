"""Whether the app can listen where it is told to; asked first, because Gradio's own answer comes late and vague."""

from __future__ import annotations

import errno
import os
import socket


def why_not(host: str, port: int) -> str | None:
    """Why nothing can listen there now, in a sentence with the way out; None when it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # elsewhere this option lets two listen on one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"There is no address {host} here. Choose another with --host."
    except PermissionError:
        return f"Port {port} needs more rights than this user has. Choose one above 1023 with --port."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} is taken by another program. Choose another with --port, or stop that program."
        return f"Cannot listen on {host}, port {port}: {error.strerror}. Choose others with --host and --port."
    return None
