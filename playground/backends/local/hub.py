"""Models of the Hugging Face Hub: found in the cache on this disk, or fetched into it."""

from __future__ import annotations

import io
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, ModelInfo, snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils._validators import validate_repo_id
from tqdm.std import tqdm  # type: ignore[import-untyped]

from ...errors import ModelNotFound, ModelUnavailable, PlaygroundError
from ...events import Progress
from .folders import read_facts
from .reports import Report

PATIENCE = 5.0
WANTED = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")


class Hub:
    """The Hub and its cache. `endpoint` and `cache` are given in tests; else the Hub's own settings hold.

    `signed_in` says whether the operator's token (HF_TOKEN) is sent along; not on behalf of strangers.
    """

    def __init__(self, *, endpoint: str | None = None, cache: Path | None = None, signed_in: bool = True) -> None:
        self._token = None if signed_in else False
        self._endpoint = endpoint
        self._cache = cache or Path(HF_HUB_CACHE)

    def cached(self, model_id: str) -> Path | None:
        """The folder of a model that is whole in the cache, or None. Touches no network."""
        try:
            folder = Path(snapshot_download(model_id, cache_dir=self._cache, local_files_only=True))
        except LocalEntryNotFoundError as error:
            partial = getattr(error, "snapshot_path", None)
            if partial is None:
                return None
            folder = Path(partial)
        except HFValidationError:
            return None
        return folder if read_facts(folder).whole else None

    def listed(self) -> list[tuple[str, Path]]:
        """The id and folder of every model in the cache, whole or not, in order of id."""
        if not self._cache.is_dir():
            return []
        found = []
        for place in sorted(self._cache.glob("models--*--*")):
            main = place / "refs" / "main"
            if main.is_file():
                model_id = place.name.removeprefix("models--").replace("--", "/")
                found.append((model_id, place / "snapshots" / main.read_text().strip()))
        return found

    def fetch(self, model_id: str, report: Report) -> Path:
        """Download a model's safetensors, tokenizer and settings; files that are there stay.

        Raises ModelUnavailable (gated, or without safetensors) or ModelNotFound, that within seconds when
        the Hub can't be reached. What was fetched before an interruption is kept for the next call.
        """
        report(Progress(message=f"Asking the Hugging Face Hub for {model_id}"))
        try:
            info = self._ask(model_id)
            sizes = wanted({file.rfilename: file.size or 0 for file in info.siblings or ()})
            if not any(name.endswith(".safetensors") for name in sizes):
                raise _without_weights(model_id, [file.rfilename for file in info.siblings or ()])
            return self._download(model_id, str(info.sha), sizes, report)
        except (HTTPError, OfflineModeIsEnabled, LocalEntryNotFoundError, HFValidationError) as error:
            raise _translated(error, model_id) from error
        except OSError as error:
            raise ModelUnavailable(
                f"{model_id} could not be written to {self._cache}: {error}.",
                advice="Make room on the disk, or set HF_HOME to another folder and restart.",
            ) from error

    def _ask(self, model_id: str) -> ModelInfo:
        try:
            return HfApi(endpoint=self._endpoint, token=self._token).model_info(
                model_id, timeout=PATIENCE, files_metadata=True
            )
        except HFValidationError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise ModelUnavailable(
                f"What answers in the Hub's place about {model_id} can't be understood.",
                advice="Check for a sign-in page or proxy between this machine and huggingface.co.",
            ) from error

    def _download(self, model_id: str, revision: str, sizes: dict[str, int], report: Report) -> Path:
        folder = snapshot_download(
            model_id,
            revision=revision,
            endpoint=self._endpoint,
            cache_dir=self._cache,
            token=self._token,
            allow_patterns=list(sizes),
            etag_timeout=PATIENCE,
            tqdm_class=_bar(f"Downloading {model_id}", sum(sizes.values()), report),
        )
        self._remember(model_id, revision)
        return Path(folder)

    def _remember(self, model_id: str, revision: str) -> None:
        """Point the cache's `main` at the revision, so that later look-ups without a network find it."""
        ref = self._cache / f"models--{model_id.replace('/', '--')}" / "refs" / "main"
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(revision)


def wanted(sizes: dict[str, int]) -> dict[str, int]:
    """The files of a repository (name to bytes) that a local model needs: in its root, and no other format."""
    return {
        name: size
        for name, size in sizes.items()
        if "/" not in name and any(fnmatch(name, pattern) for pattern in WANTED) and "consolidated" not in name
    }


def check_id(model_id: str) -> None:
    """Raises ModelNotFound unless the id has the form of the Hub's ids (never a path on this disk)."""
    try:
        validate_repo_id(model_id)
    except HFValidationError as error:
        raise ModelNotFound(
            f"{model_id} is not the id of a model.",
            param="model",
            advice="An id looks like owner/name, as in the address of the model's page on the Hub.",
        ) from error


def _without_weights(model_id: str, names: list[str]) -> ModelUnavailable:
    if any(name.endswith(".gguf") for name in names):
        return ModelUnavailable(
            f"{model_id} holds GGUF files, of which there are several to choose from.",
            advice="Download one, and start the app with --models-dir and the folder it is in; or choose the repository "
            "that it was made from.",
        )
    return ModelUnavailable(
        f"{model_id} has no weights in safetensors, and weights in Python's pickle format are not loaded: reading them can "
        "run any code.",
        advice="Choose another repository of the model, or convert it with transformers' save_pretrained.",
    )


def _translated(error: Exception, model_id: str) -> PlaygroundError:
    if isinstance(error, GatedRepoError):
        return ModelUnavailable(
            f"{model_id} is gated: its owner wants you to ask for access.",
            advice=f"Ask on https://huggingface.co/{model_id}, then start the app with HF_TOKEN set to your token.",
        )
    if isinstance(error, (RepositoryNotFoundError, HFValidationError)):
        return ModelNotFound(
            f"The Hub has no model {model_id}, or it is private.",
            param="model",
            advice="Check how the id is spelled; for a private model, start the app with HF_TOKEN set.",
        )
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return ModelUnavailable(f"The Hub answered {error.response.status_code} when asked for {model_id}.")
    return ModelNotFound(
        f"{model_id} is not on this machine, and the Hugging Face Hub can't be reached to look for it.",
        param="model",
        advice="Check this machine's network, or choose a model that is already here, or a remote endpoint.",
    )


def _bar(message: str, total: int, report: Report) -> type[tqdm]:
    """A progress bar class for the Hub's downloader that reports bytes instead of drawing."""
    highest = 0

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **(kwargs | {"file": io.StringIO(), "disable": False}))

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal highest
            drawn: bool | None = super().update(n)
            if self.unit == "B" and self.n > highest:
                highest = int(self.n)
                report(Progress(message=message, done=min(highest, total), total=total))
            return drawn

    return Bar
