"""Addresses in a text as the base URLs that requests from here go to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ..address import base_address
from .apis import PATH, Api, out_of_scope
from .values import Mixed, as_hole, with_default

_OTHER_APIS = ("/responses", "/completions", "/messages", "/embeddings", "/generate", "/generatecontent")
_DEPLOYMENT = re.compile(rf"/openai/deployments/([^/]+){re.escape(PATH)}$")
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_MOVED: tuple[tuple[str, Api, str], ...] = (
    ("/v1/messages", "anthropic", "Anthropic's"),
    ("/api/chat", "ollama", "Ollama's"),
)


@dataclass(frozen=True)
class Address:
    """`base_url` is None where the text does not tell it. `api` is the API that the address is of, `model` the model
    that it names."""

    base_url: str | None
    api: Api = "openai"
    model: str | None = None
    notes: tuple[str, ...] = ()


def address_of(url: Any) -> Address:
    """Reads a whole address. Raises BadRequest for one of an API that is out of scope."""
    url = with_default(url)
    hole = as_hole(url)
    if url is None or hole is not None:
        said = f" (it stands in {hole.said})" if hole else ""
        return _unknown(url, f"The text does not tell the address{said}: choose the endpoint.")
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        return _unknown(url, "Its address is not a whole one: choose the endpoint.")
    try:
        return _read(urlsplit(url))
    except ValueError:  # whose text may quote a password
        return Address(
            None, notes=("Its address cannot be called (it must look like https://host/v1): choose the endpoint.",)
        )


def _unknown(url: Any, note: str) -> Address:
    """An address of which only the end is known, if anything."""
    end = url.parts[-1] if isinstance(url, Mixed) else None  # the end of a relative one may be anybody's
    path = end.partition("?")[0].rstrip("/") if isinstance(end, str) else ""
    deployment = _DEPLOYMENT.search(path)
    if deployment:
        return Address(None, "azure", unquote(deployment[1]), (note,))
    api = next((api for ending, api, _ in _MOVED if path.endswith(ending)), None)
    return Address(None, api or "openai", notes=(note,))


def _read(parts: SplitResult) -> Address:
    path = parts.path.rstrip("/")
    deployment = _DEPLOYMENT.search(path)
    if deployment:
        return _azure(parts, path, deployment)
    query = bool(parts.query or parts.fragment)
    for ending, api, whose in _MOVED:
        if path.endswith(ending):
            note = (
                f"Its address ({ending}) is of {whose} own API: requests from here go to /v1{PATH} on the same server."
            )
            return Address(_base(parts, f"{path.removesuffix(ending)}/v1"), api, notes=(note, *_about(parts, query)))
    if path.endswith(PATH):
        return Address(_base(parts, path.removesuffix(PATH)), notes=_about(parts, query))
    if path.lower().endswith(_OTHER_APIS):
        raise out_of_scope(f"its address ends with {path[path.rindex('/') :]}")
    note = f"Its address does not end with {PATH}: requests from here will."
    return Address(_base(parts, path), notes=(*_about(parts, query), note))


def _azure(parts: SplitResult, path: str, deployment: re.Match[str]) -> Address:
    """A deployment's own address needs an api-version in its query, that of its resource (/openai/v1) none."""
    others = bool(parse_qs(parts.query).keys() - {"api-version"} or parts.fragment)
    if (parts.hostname or "").endswith(_AZURE_HOSTS):
        note = (
            "Its address is that of an Azure deployment: requests from here go to /openai/v1 of the same resource, with "
            "the deployment as the model and without an api-version."
        )
        base = _base(parts, f"{path[: deployment.start()]}/openai/v1")
        return Address(base, "azure", unquote(deployment[1]), (note, *_about(parts, others)))
    note = (
        "Its address is that of an Azure deployment: requests from here go there without an api-version, and may be "
        "refused."
    )
    return Address(
        _base(parts, path.removesuffix(PATH)), "azure", unquote(deployment[1]), (note, *_about(parts, others))
    )


def _base(parts: SplitResult, path: str) -> str:
    return base_address(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}")


def _about(parts: SplitResult, query: bool) -> tuple[str, ...]:
    """Notes on what of an address an endpoint does not hold."""
    notes: list[str] = []
    if "@" in parts.netloc:
        notes.append("The name and password in the address were not kept: enter the key as the endpoint's key.")
    if query:
        notes.append("What follows the path in its address (? or #) was left out.")
    return tuple(notes)
