"""The steps of a model against one forward pass over everything."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from playground.backends.local.engine import CHUNK, Engine
from playground.backends.local.model import LoadedModel, bfloat16_is_fast, load
from playground.backends.local.prompt import Prompt
from playground.backends.local.weights import Weights
from tests.models import TINY


@pytest.fixture(scope="module")
def tiny(weights: Weights) -> LoadedModel:
    return load(TINY, weights.folder(TINY, lambda progress: None), torch.device("cpu"))


def tokens(count: int) -> list[int]:
    return torch.randint(100, 40_000, (count,), generator=torch.Generator().manual_seed(count)).tolist()


def at_once(model: LoadedModel, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        scores: torch.Tensor = model.network(input_ids=torch.tensor([ids])).logits[0, -1].float()
    return scores


def quiet(done: int, total: int) -> None:
    pass


@pytest.mark.parametrize("count", [1, 7, CHUNK, CHUNK + 1, 2 * CHUNK - 3])
def test_reading_in_pieces_and_writing_equal_one_pass(tiny: LoadedModel, count: int) -> None:
    ids = tokens(count)
    engine = Engine(tiny)
    torch.testing.assert_close(engine.read(prompt(ids), quiet), at_once(tiny, ids), atol=1e-5, rtol=1e-3)
    torch.testing.assert_close(engine.write(5), at_once(tiny, [*ids, 5]), atol=1e-5, rtol=1e-3)


def test_branches_do_not_touch_each_other(tiny: LoadedModel) -> None:
    ids = tokens(9)
    engine = Engine(tiny)
    engine.read(prompt(ids), quiet)
    engine.branch().write(6)
    torch.testing.assert_close(engine.write(5), at_once(tiny, [*ids, 5]), atol=1e-5, rtol=1e-3)


def prompt(ids: list[int]) -> Prompt:
    return Prompt(inputs={"input_ids": torch.tensor([ids])}, continuing=False)


def test_the_number_format_is_chosen_by_what_this_processor_does_well(weights: Weights, tmp_path: Path) -> None:
    folder = weights.folder(TINY, lambda progress: None)
    half = tmp_path / "half"
    half.mkdir()
    for file in folder.iterdir():
        (half / file.name).symlink_to(file)
    (half / "config.json").unlink()
    (half / "config.json").write_text((folder / "config.json").read_text().replace('"float32"', '"bfloat16"'))
    cpu = torch.device("cpu")
    assert load(TINY, folder, cpu).network.dtype == torch.float32
    assert load(TINY, half, cpu).network.dtype == (torch.bfloat16 if bfloat16_is_fast() else torch.float32)
