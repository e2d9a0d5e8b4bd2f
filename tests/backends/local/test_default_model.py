"""The default model, as it comes to this machine and as it answers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.backends.advice import CARRIED
from playground.backends.local import LocalBackend
from playground.backends.local.networks.choice import choose_network
from playground.backends.local.networks.int8 import in_eight_bits, quantise
from playground.events import LogprobsDelta, TextDelta
from playground.messages import assistant, user
from playground.request import ChatRequest
from tests.backends.local.asking import ask, events, run, say
from tests.models import default_model_folder

pytestmark = pytest.mark.model
FRANCE = "What is the capital of France?"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)


def smol(*messages: Any, **params: Any) -> ChatRequest:
    return ask(*messages, model=CARRIED, **params)


def test_the_tokenizer_is_the_models_own(tokenizer: Any) -> None:
    """Ids as the model's published tokenizer gives them: digits one by one, spaces before them on their own."""
    assert tokenizer.tokenize("in  2024, it's") == ["in", "ĠĠ", "2", "0", "2", "4", ",", "Ġit", "'s"]
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token, tokenizer.unk_token) == (
        "<|im_start|>", "<|im_end|>", "<|im_end|>", "<|endoftext|>",
    )  # fmt: skip
    assert tokenizer.encode("<|im_start|>user\nHi<|im_end|>") == [1, 4093, 198, 26843, 2]
    assert (len(tokenizer), tokenizer.model_max_length) == (49152, 8192)


def test_the_chat_template_is_the_models_own(tokenizer: Any) -> None:
    rendered = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert rendered == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


async def test_it_answers_a_question_and_ends(real: LocalBackend) -> None:
    reply = await run(real, smol(FRANCE))
    assert reply.choices[0].message.text == "The capital of France is Paris."
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (37, 8)


async def test_greedy_answers_equal_those_of_transformers_over_the_same_weights(
    real: LocalBackend, tokenizer: Any
) -> None:
    plain: Any = AutoModelForCausalLM.from_pretrained(default_model_folder(), dtype=torch.float32)
    whole, scale = quantise(plain.lm_head.weight)
    plain.model.embed_tokens.weight.data = whole * scale[:, None]  # one matrix with the head
    in_eight_bits(plain)
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Count from 1 to 20."}],
        add_generation_prompt=True, return_tensors="pt", return_dict=True,
    )  # fmt: skip
    with torch.inference_mode():
        made = plain.generate(**inputs, max_new_tokens=24, do_sample=False, repetition_penalty=1.1)
    expected = tokenizer.decode(made[0, inputs["input_ids"].shape[-1] :], skip_special_tokens=True)
    assert await say(real, smol("Count from 1 to 20.", max_tokens=24, repetition_penalty=1.1)) == expected


async def test_a_started_answer_is_continued(real: LocalBackend) -> None:
    text = await say(real, smol(user(FRANCE), assistant("The capital of France"), max_tokens=3))
    assert text == " is Paris."


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        (" is", "The capital of France"),
        ("tal of Fr", "The capi"),
        (["nowhere", "Paris"], "The capital of France is "),
        ("Paris?", "The capital of France is Paris."),
    ],
)
async def test_stop_strings_end_it_across_token_boundaries(real: LocalBackend, stop: Any, text: str) -> None:
    shown = await events(real, smol(FRANCE, stop=stop, logprobs=True))
    assert "".join(event.text for event in shown if isinstance(event, TextDelta)) == text
    spelled = b"".join(bytes(t.bytes or b"") for e in shown if isinstance(e, LogprobsDelta) for t in e.tokens)
    assert spelled.decode() in (text, f"{text}tal", f"{text}Paris")  # whole tokens, so the last may reach further


async def test_log_probabilities_tell_each_token_and_its_rivals(real: LocalBackend) -> None:
    reply = await run(real, smol(FRANCE, logprobs=True, top_logprobs=3))
    tokens = reply.choices[0].logprobs
    assert [token.token for token in tokens] == ["The", " capital", " of", " France", " is", " Paris", "."]
    for token in tokens:
        assert token.top[0].token == token.token
        assert token.top[0].logprob == pytest.approx(token.logprob)
        assert len(token.top) == 3
        assert sorted(token.top, key=lambda rival: -rival.logprob) == list(token.top)
        assert bytes(token.bytes or b"") == token.token.encode()


async def test_log_probabilities_do_not_depend_on_temperature(real: LocalBackend) -> None:
    asked = {"logprobs": True, "max_tokens": 3, "top_k": 1}
    cold = (await run(real, smol(FRANCE, **asked))).choices[0].logprobs
    warm = (await run(real, smol(FRANCE, temperature=2, **asked))).choices[0].logprobs
    assert cold == warm


async def test_sampling_is_by_default_as_the_model_card_advises(real: LocalBackend) -> None:
    for seed in range(3):
        plain = await say(real, smol("Name a colour.", temperature=None, seed=seed, max_tokens=12))
        advised = await say(real, smol("Name a colour.", temperature=0.2, top_p=0.9, seed=seed, max_tokens=12))
        assert plain == advised


async def test_without_a_seed_answers_vary_and_with_one_they_repeat(real: LocalBackend) -> None:
    asked = {"temperature": 1.5, "max_tokens": 6}
    free = {await say(real, smol("Tell me a story.", **asked)) for _ in range(4)}
    seeded = {await say(real, smol("Tell me a story.", seed=5, **asked)) for _ in range(3)}
    assert len(free) > 1
    assert len(seeded) == 1


async def test_answers_of_one_request_differ_and_equal_themselves(real: LocalBackend) -> None:
    asked = smol("Tell me a story.", temperature=1, seed=5, n=2, max_tokens=6)
    first, second = (await run(real, asked)).choices
    assert first.message.text != second.message.text
    assert first.message.text == await say(real, smol("Tell me a story.", temperature=1, seed=5, max_tokens=6))


async def test_bias_bans_and_forces(real: LocalBackend, tokenizer: Any) -> None:
    paris = tokenizer.convert_tokens_to_ids("ĠParis")
    assert "Paris" not in await say(real, smol(FRANCE, logit_bias={str(paris): -100}, max_tokens=8))
    assert await say(real, smol(FRANCE, logit_bias={str(paris): 100}, max_tokens=3)) == " Paris Paris Paris"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_requests_run_together_in_full_weights_too(dtype: torch.dtype) -> None:
    network: Any = AutoModelForCausalLM.from_pretrained(default_model_folder(), dtype=dtype)
    chosen = choose_network(network, eight_bit=False, sees_images=False)
    assert (chosen.alone_because, chosen.network.batches, chosen.network.shares) == (None, True, True)
