"""The API over local models, each started once: tiny ones of random weights, and the default model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.backends.local.weights import Weights
from tests.backends.local.asking import ask, run
from tests.models import SEEING, THINKING, TINY, add_thinker, default_model_data_dir, tiny_models
from tests.server.running import api


@pytest.fixture(scope="session")
def served_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Weights, int]:
    """The weights of the tiny models, THINKING among them, and the token that closes its thinking."""
    home = tmp_path_factory.mktemp("served-models")
    weights = tiny_models(home)
    return weights, add_thinker(home)


@pytest.fixture(scope="session")
def tiny_backend(served_models: tuple[Weights, int]) -> LocalBackend:
    """What `tiny_url` serves."""
    return LocalBackend(data_dir=Path(), default_model=TINY, weights=served_models[0], device="cpu")


@pytest.fixture(scope="session")
def tiny_url(tiny_backend: LocalBackend) -> Iterator[str]:
    """The URL of a server that runs TINY, SEEING and THINKING."""
    yield from _served(tiny_backend, TINY, SEEING, THINKING)


@pytest.fixture(scope="session")
def real_url() -> Iterator[str]:
    """The URL of a server that runs the default model."""
    yield from _served(LocalBackend(data_dir=default_model_data_dir(), offline=True, device="cpu"), CARRIED)


def _served(backend: LocalBackend, *models: str) -> Iterator[str]:
    for model in (*models, models[0]):  # the second time starts the thread that reads prompts
        asyncio.run(run(backend, ask("Hi", model=model, max_tokens=1)))
    with api(backend) as url:
        yield url
    asyncio.run(backend.close())
