"""The recorder and the machines, started once for this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.snippets.machines import Machines, machines, node_and_npm
from tests.snippets.recorder import Recorder, recording


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("snippets")) as started:
        yield started


@pytest.fixture(scope="session")
def _recorder() -> Iterator[Recorder]:
    with recording() as started:
        yield started


@pytest.fixture
def recorder(_recorder: Recorder) -> Recorder:
    _recorder.reset()
    return _recorder


@pytest.fixture(scope="session")
def node() -> Path:
    return node_and_npm()[0]
