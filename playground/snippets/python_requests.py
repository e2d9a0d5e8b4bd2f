"""Python with the requests package.

It reads ~/.netrc, and an entry for the host would take the place of the Authorization header. What could keep it from that
is an authentication class of one's own, or a session that ignores the proxies of the environment as well: neither is
what one would type, and the entry is the user's own word on that host.
"""

from __future__ import annotations

from . import python
from .call import Call
from .python_http import STATUS, arguments, events, head, reading
from .python_reading import indented

# Where only the connection's end ends the answer, the package would gather 512 bytes before it gives any.
_CHUNKS = [
    "def chunks(response: requests.Response) -> Iterator[dict]:",
    "    for line in response.iter_lines(chunk_size=1):",
]
_STATUS = ["if not response.ok:", f"    {STATUS}"]


def write(call: Call) -> str:
    url = python.string(call.url)
    if call.stream:
        post = (
            f"with requests.post(\n    {url},\n{arguments(call, 4)}    stream=True,\n    timeout=600,\n) as response:"
        )
        blocks = ["\n".join(events(_CHUNKS, 8)), "\n".join([post, *indented([*_STATUS, *reading(call)])])]
    else:
        post = f"response = requests.post(\n    {url},\n{arguments(call, 4)}    timeout=600,\n)"
        blocks = ["\n".join([post, *_STATUS]), "\n".join(reading(call))]
    return python.module([*head(call, "requests", "Iterator"), *blocks])
