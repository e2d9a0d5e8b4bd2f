"""The API over local models, each started once: tiny ones of random weights, and the default model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from tests.backends.local.asking import ask, run
from tests.models import TINY, default_model_data_dir, tiny_models
from tests.server.running import api


@pytest.fixture(scope="session")
def tiny_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that runs TINY."""
    weights = tiny_models(tmp_path_factory.mktemp("served-models"))
    yield from _served(LocalBackend(data_dir=Path(), default_model=TINY, weights=weights, device="cpu"), TINY)


@pytest.fixture(scope="session")
def real_url() -> Iterator[str]:
    """The URL of a server that runs the default model."""
    yield from _served(LocalBackend(data_dir=default_model_data_dir(), offline=True, device="cpu"), CARRIED)


def _served(backend: LocalBackend, model: str) -> Iterator[str]:
    for _ in range(2):  # the second time starts the thread that reads prompts
        asyncio.run(run(backend, ask("Hi", model=model, max_tokens=1)))
    with api(backend) as url:
        yield url
    asyncio.run(backend.close())
