"""Any OpenAI-compatible API over HTTP. The only importer of the HTTP client and of the SSE parser.

client.py asks and tries again; replies.py turns an answer's bytes into JSON; upstream.py says what a refusal
means; listing.py and pricing.py read lists of models; wiretap.py tells what goes over the wire. All but the client
are without a transport.
"""

from .client import RemoteBackend
from .replies import CutOff

__all__ = ["CutOff", "RemoteBackend"]
