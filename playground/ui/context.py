"""What the page is built from; app.py makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from ..backends.catalog import Catalog
from ..request import Endpoint, ModelRef
from .keys import Keys


@dataclass(frozen=True)
class Context:
    """`endpoints` are the operator's, this machine first; `environment` maps an endpoint's name to the key
    that the operator set for it. Only these endpoints ever get a key from the environment. Images are scaled
    down to `image_side` pixels on their longest side before they are sent."""

    catalog: Catalog
    endpoints: tuple[Endpoint, ...]
    default: ModelRef
    environment: Mapping[str, SecretStr]
    image_side: int

    def endpoint(self, name: str) -> Endpoint | None:
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)

    def key(self, endpoint: Endpoint, keys: Keys) -> str | None:
        """The key to send: the visitor's own, else the operator's for an endpoint of the operator's."""
        secret = keys.of(endpoint)
        if secret is None and endpoint in self.endpoints:
            secret = self.environment.get(endpoint.name)
        return None if secret is None else secret.get_secret_value()
