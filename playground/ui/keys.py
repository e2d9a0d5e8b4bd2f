"""API keys of one browser session: typed keys live in memory, the operator's in the environment."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from ..request import Endpoint


@dataclass(frozen=True)
class Keys:
    """The keys a visitor typed, each bound to the address it was typed for: editing the URL asks anew."""

    typed: tuple[tuple[str, str | None, SecretStr], ...] = ()

    def typing(self, endpoint: Endpoint, key: str) -> Keys:
        """These keys with one more, or without it where `key` is empty."""
        kept = tuple(entry for entry in self.typed if entry[:2] != (endpoint.name, endpoint.base_url))
        fresh = ((endpoint.name, endpoint.base_url, SecretStr(key.strip())),) if key.strip() else ()
        return Keys(kept + fresh)

    def of(self, endpoint: Endpoint) -> SecretStr | None:
        found = (key for name, url, key in self.typed if (name, url) == (endpoint.name, endpoint.base_url))
        return next(found, None)
