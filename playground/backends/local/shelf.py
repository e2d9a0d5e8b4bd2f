"""The operator's own models: folders in transformers' format and GGUF files, somewhere below one folder.

Their ids are their paths in it: `my-finetune`, `qwen/qwen3-0.6b-q8_0.gguf`. Nothing outside of it has an id, so that
a caller of the API can't name any file of this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

DEPTH = 3
NAME = re.compile(r"[^./\\:\0][^/\\:\0]{0,199}")  # of a file or folder: no hidden one, none elsewhere
LATER_PART = re.compile(r"-(?!0*1-of-)\d+-of-\d+\.gguf$", re.IGNORECASE)


class Shelf:
    """The models below `folder`, DEPTH levels down at most; none if it is None or missing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, model_id: str) -> Path | None:
        """The model's folder or GGUF file."""
        parts = model_id.split("/")
        if self._folder is None or len(parts) > DEPTH or not all(map(NAME.fullmatch, parts)):
            return None
        place = self._folder.joinpath(*parts)
        try:
            return place if _holds_model(place) else None
        except OSError:  # a name that this file system can't have
            return None

    def listed(self) -> list[tuple[str, Path]]:
        """The id and place of each model, in order of id."""
        if self._folder is None:
            return []
        return sorted((place.relative_to(self._folder).as_posix(), place) for place in _models(self._folder, DEPTH))


def _models(folder: Path, depth: int) -> Iterator[Path]:
    try:
        places = [place for place in folder.iterdir() if not place.name.startswith(".")]
    except OSError:  # not there, or not readable
        return
    for place in places:
        if _holds_model(place):
            yield place
        elif depth > 1 and place.is_dir():
            yield from _models(place, depth - 1)


def _holds_model(place: Path) -> bool:
    """Whether this is a model's folder, or a file of one: not its eyes alone (mmproj), nor a later part."""
    if place.is_dir():
        return (place / "config.json").exists()
    name = place.name.lower()
    return name.endswith(".gguf") and "mmproj" not in name and not LATER_PART.search(name) and place.is_file()
