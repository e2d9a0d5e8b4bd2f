"""Sampling that a model's card advises where the model's own files name none. Free of torch."""

from __future__ import annotations

ADVISED: dict[str, dict[str, float]] = {
    # The model card samples so; the repository's generation_config names nothing, and plain sampling at
    # temperature 1 makes a model of this size babble.
    "HuggingFaceTB/SmolLM2-135M-Instruct": {"temperature": 0.2, "top_p": 0.9},
}
