"""One backend over tiny models and one over the default model, each started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.backends.local.weights import Weights
from tests.backends.local.asking import started
from tests.models import SEEING, TINY, default_model_data_dir, tiny_models


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """The weights of the tiny models."""
    return tiny_models(tmp_path_factory.mktemp("tiny-models"))


@pytest.fixture(scope="session")
def local(weights: Weights) -> Iterator[LocalBackend]:
    """A local backend that has the tiny models, one of them loaded."""
    yield from started(LocalBackend(data_dir=Path(), default_model=TINY, weights=weights, device="cpu"), TINY, SEEING)


@pytest.fixture(scope="session")
def real() -> Iterator[LocalBackend]:
    """A local backend with the default model loaded."""
    yield from started(LocalBackend(data_dir=default_model_data_dir(), offline=True, device="cpu"), CARRIED)
