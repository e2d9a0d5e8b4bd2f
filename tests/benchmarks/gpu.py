"""The local engine on a GPU, against plain `generate` and transformers' continuous batching on the same weights.

    python -m tests.benchmarks.gpu [--streams 1 8 32] [--tokens 128] [--prompt 200] [--rounds 3]
    python -m tests.benchmarks.gpu --profile

The model is made here: random weights in the shape of Llama 3.2 1B with the default model's tokenizer, greedy,
and never the token that ends an answer. Each engine runs alone, its first round is left out and the best of the others
counts. On a CPU without AVX-512 the app's engine computes in float32. tokens/s is from the first token of any answer to the last of all; the first token's time is the median's.
With --profile: what a step is made of that writes a token for each stream. `--shape small --device cpu` tries it all
out on any machine. Random weights make near ties, which bfloat16 decides by its rounding, so that texts part soon;
with `--dtype float32` they are the same.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from playground.backends.local import LocalBackend
from playground.backends.local.detokenize import Vocabulary
from playground.backends.local.hub import Hub
from playground.backends.local.model import best_device
from playground.backends.local.weights import Weights
from playground.events import TextDelta
from playground.messages import user
from playground.request import ChatRequest, Endpoint, ModelRef
from tests.benchmarks.steps import profiled
from tests.models import default_model_folder, link_in_hub

MODEL = "benchmarks/made"
END = 2  # the token that ends an answer
SHAPES: dict[str, dict[str, Any]] = {
    "1b": {
        "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 64,
    },
    "small": {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 16, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 16,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Prompt:
    """The same prompt as text, for an engine that puts it into the chat template, and as that template's tokens."""

    text: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Arrivals:
    """When the tokens of answers that began together came, in seconds from the request; and the first answer's text."""

    times: tuple[tuple[float, ...], ...]
    text: str

    @property
    def rate(self) -> float:
        first, last = min(one[0] for one in self.times), max(one[-1] for one in self.times)
        return sum(len(one) - 1 for one in self.times) / (last - first)

    @property
    def first(self) -> float:
        return statistics.median(one[0] for one in self.times)


Measure = Callable[[Sequence[Prompt], int], Arrivals]
Engine = Callable[[Path, torch.device], AbstractContextManager[Measure]]


# --- the model and its prompts -------------------------------------------------------------------------


def make_model(folder: Path, shape: str, dtype: torch.dtype, device: torch.device) -> None:
    """Weights and tokenizer, in a folder that anything of transformers loads."""
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(default_model_folder())
    config = transformers.LlamaConfig(
        **SHAPES[shape], vocab_size=len(tokenizer), max_position_embeddings=8192, tie_word_embeddings=False,
        bos_token_id=1, eos_token_id=END, pad_token_id=END, dtype=dtype,
    )  # fmt: skip
    torch.manual_seed(0)
    with device:
        network: Any = transformers.LlamaForCausalLM(config)
    network.to(dtype)
    network.lm_head.weight.data[_not_text(tokenizer)] = 0  # their score is 0, and some other's is always higher
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _not_text(tokenizer: Any) -> list[int]:
    """All tokens but those of ASCII text: an answer of these shows each token when it comes, and has no end."""
    vocabulary = Vocabulary(tokenizer)
    return [
        token
        for token in range(len(tokenizer))
        if vocabulary.is_special(token)
        or not (vocabulary.bytes_of(token).isascii() and vocabulary.bytes_of(token).strip())
    ]


def prompts(tokenizer: Any, count: int, length: int, seed: int) -> list[Prompt]:
    """Prompts of about so many tokens that have no beginning in common but the template's."""
    found = []
    for number in range(count):
        words = random.Random(f"{seed} {number}").choices(WORDS, k=length)
        ids = _templated(tokenizer, "")
        text = " ".join(words[: max(1, length - len(ids))])
        found.append(Prompt(text, tuple(_templated(tokenizer, text))))
    return found


WORDS = ("time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child")


def _templated(tokenizer: Any, text: str) -> list[int]:
    messages = [{"role": "user", "content": text}]
    ids: list[int] = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"]
    return ids


# --- the engines ---------------------------------------------------------------------------------------


@contextmanager
def ours(folder: Path, device: torch.device) -> Iterator[Measure]:
    """This app's engine, without HTTP: times are those of its events."""
    with tempfile.TemporaryDirectory() as home, asyncio.Runner() as runner:
        cache = Path(home) / "hub"
        link_in_hub(cache, MODEL, folder)
        weights = Weights(Path(home) / "data", offline=True, hub=Hub(cache=cache))
        backend = LocalBackend(
            data_dir=Path(home), default_model=MODEL, weights=weights, device=str(device), eight_bit=False
        )
        try:
            yield lambda asked, tokens: runner.run(_asked(backend, asked, tokens))
        finally:
            runner.run(backend.close())


async def _asked(backend: LocalBackend, asked: Sequence[Prompt], tokens: int) -> Arrivals:
    start = time.perf_counter()

    async def one(prompt: Prompt) -> tuple[tuple[float, ...], str]:
        request = ChatRequest.model_validate(
            {
                "model": ModelRef(endpoint=Endpoint(name="This machine", kind="local"), id=MODEL),
                "messages": (user(prompt.text),),
                "params": {"temperature": 0, "max_tokens": tokens},
            }
        )
        times, text = [], ""
        async for event in backend.stream(request):
            if isinstance(event, TextDelta):
                times.append(time.perf_counter() - start)
                text += event.text
        return tuple(times), text

    answers = await asyncio.gather(*(one(prompt) for prompt in asked))
    if [len(times) for times, _ in answers] != [tokens] * len(asked):
        raise SystemExit(f"answers of other lengths than {tokens}: {[len(times) for times, _ in answers]}")
    return Arrivals(tuple(times for times, _ in answers), answers[0][1])


@contextmanager
def plain(folder: Path, device: torch.device) -> Iterator[Measure]:
    """generate() over a batch that is padded to the longest prompt."""
    network = _network(folder, device)

    def measure(asked: Sequence[Prompt], tokens: int) -> Arrivals:
        longest = max(len(prompt.ids) for prompt in asked)
        ids = torch.tensor([[END] * (longest - len(prompt.ids)) + list(prompt.ids) for prompt in asked])
        mask = torch.tensor([[0] * (longest - len(prompt.ids)) + [1] * len(prompt.ids) for prompt in asked])
        clock: Any = Clock()
        made = network.generate(
            ids.to(device), attention_mask=mask.to(device), max_new_tokens=tokens, do_sample=False, streamer=clock
        )
        times = tuple(clock.times[1:])  # the prompt is streamed first
        return Arrivals((times,) * len(asked), _text(folder, made[0, longest:].tolist()))

    yield measure


class Clock:
    """A streamer that notes when tokens come."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.times: list[float] = []

    def put(self, value: object) -> None:
        self.times.append(time.perf_counter() - self.start)

    def end(self) -> None:
        pass


def batched(*, graphs: bool | None) -> Engine:
    """transformers' continuous batching, which keeps its manager and caches from round to round."""

    @contextmanager
    def engine(folder: Path, device: torch.device) -> Iterator[Measure]:
        network = _network(folder, device)
        how = transformers.ContinuousBatchingConfig(use_cuda_graph=graphs)

        def measure(asked: Sequence[Prompt], tokens: int) -> Arrivals:
            greedy = transformers.GenerationConfig(
                max_new_tokens=tokens, do_sample=False, eos_token_id=END, pad_token_id=END
            )
            found = network.generate_batch(
                [list(prompt.ids) for prompt in asked], generation_config=greedy, continuous_batching_config=how,
                record_timestamps=True, persistent_manager=True,
            )  # fmt: skip
            answers = list(found.values())
            if [len(answer.generated_tokens) for answer in answers] != [tokens] * len(asked):
                raise SystemExit(f"continuous batching failed: {[answer.error for answer in answers]}")
            start = min(answer.created_time for answer in answers)
            times = tuple(tuple(at - start for at in answer.timestamps) for answer in answers)
            return Arrivals(times, _text(folder, answers[0].generated_tokens))

        try:
            yield measure
        finally:
            network.destroy_cached_continuous_batching_manager()

    return engine


def _network(folder: Path, device: torch.device) -> Any:
    network: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    return network.to(device).eval()


def _text(folder: Path, ids: list[int]) -> str:
    return str(transformers.AutoTokenizer.from_pretrained(folder).decode(ids))


PLAIN = "plain generate"
ENGINES: dict[str, Engine] = {
    PLAIN: plain,
    "continuous batching": batched(graphs=None),
    "continuous batching, CUDA graphs": batched(graphs=True),
    "this app's engine": ours,
}


# --- the run -------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--prompt", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", choices=SHAPES, default="1b")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--device", default=None)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.getLogger("ContinuousBatchingLogger").setLevel(logging.ERROR)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    device = best_device(options.device)
    print(f"{machine(device)}; Llama shape {options.shape}, {options.dtype}, prompts of about {options.prompt} tokens, "
          f"{options.tokens} tokens each\n", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "model"
        make_model(folder, options.shape, getattr(torch, options.dtype), device)
        if options.profile:
            for streams in options.streams:
                print(profiled(_network(folder, device), streams, options.prompt), flush=True)
            return
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        report(
            {
                name: measured(engine, folder, device, tokenizer, options)
                for name, engine in ENGINES.items()
                if "CUDA" not in name or device.type == "cuda"
            }
        )


def machine(device: torch.device) -> str:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return f"{name} ({device}), torch {torch.__version__}, transformers {transformers.__version__}"


def measured(
    engine: Engine, folder: Path, device: torch.device, tokenizer: Any, options: argparse.Namespace
) -> dict[int, list[Arrivals]]:
    """The rounds of each number of streams. The largest number comes first: it decides how an engine lays itself out."""
    found: dict[int, list[Arrivals]] = {}
    with engine(folder, device) as measure:
        for streams in sorted(options.streams, reverse=True):
            rounds = [prompts(tokenizer, streams, options.prompt, seed) for seed in range(options.rounds + 1)]
            found[streams] = [measure(asked, options.tokens) for asked in rounds][1:]
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return found


def report(found: dict[str, dict[int, list[Arrivals]]]) -> None:
    print("| streams | engine | tokens/s | over plain | first token, ms | same text as plain |")
    print("| --- | --- | --- | --- | --- | --- |")
    for streams in sorted(found[PLAIN]):
        base = max(one.rate for one in found[PLAIN][streams])
        for name, rounds in found.items():
            rate = max(one.rate for one in rounds[streams])
            first = min(one.first for one in rounds[streams])
            pairs = zip(rounds[streams], found[PLAIN][streams], strict=True)
            same = statistics.mean(alike(one.text, other.text) for one, other in pairs)
            print(f"| {streams} | {name} | {rate:.1f} | {rate / base:.2f} | {1e3 * first:.1f} | {same:.0%} |")


def alike(text: str, other: str) -> float:
    """The share of a text until the first difference."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((place for place, (one, another) in pairs if one != another), len(other)) / max(1, len(other))


if __name__ == "__main__":
    main()
