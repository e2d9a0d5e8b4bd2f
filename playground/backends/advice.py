"""What is known of single models beyond their own files. Free of torch."""

from __future__ import annotations

CARRIED = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""The model that comes with the app. Local, on the CPU, it has 8-bit weights unless the settings say otherwise."""

ADVISED: dict[str, dict[str, float]] = {
    # Sampling. The model card samples so; the repository's generation_config names nothing, and plain sampling at
    # temperature 1 makes a model of this size babble.
    CARRIED: {"temperature": 0.2, "top_p": 0.9},
}
