"""Tokens to text, against the tokenizers' own decoding of the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from playground.backends.local.detokenize import Detokenizer, Vocabulary
from tests.models import default_model_folder

TEXTS = ["Hello, world", "naïve café", "日本語", "👩‍👩‍👧 family", "  two  spaces\n\ttab", "", " x", "a\u0301"]


@pytest.fixture(scope="module")
def byte_level() -> Any:
    return AutoTokenizer.from_pretrained(default_model_folder(), local_files_only=True)


@pytest.fixture(scope="module")
def sentencepiece() -> Any:
    """A tokenizer as Llama 2 has it: spaces as ▁, unknown bytes as <0x..>, the first space dropped."""
    pieces = ["<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    pieces += ["▁", "a", "b", "▁a", "▁b", "ab", "▁ab", "é"]
    core = Tokenizer(
        models.BPE(
            vocab={piece: id for id, piece in enumerate(pieces)},
            merges=[("▁", "a"), ("▁", "b"), ("a", "b"), ("▁a", "b")],
            unk_token="<unk>",
            byte_fallback=True,
        )
    )
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    core.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>", eos_token="</s>")


@pytest.fixture(params=["byte_level", "sentencepiece"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def pieces_of(tokenizer: Any, ids: list[int], *, continuing: bool = False) -> list[str]:
    text = Detokenizer(Vocabulary(tokenizer), continuing=continuing)
    return [text.feed(id) for id in ids]


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_make_the_text_and_no_piece_has_half_a_character(tokenizer: Any, text: str) -> None:
    pieces = pieces_of(tokenizer, tokenizer.encode(text, add_special_tokens=False))
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


@given(ids=st.lists(st.integers(0, 49_151), max_size=12))
def test_any_tokens_give_what_decoding_all_of_them_gives(byte_level: Any, ids: list[int]) -> None:
    whole = byte_level.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    pieces = "".join(pieces_of(byte_level, ids))
    assert whole == pieces or (whole.startswith(pieces) and set(whole[len(pieces) :]) == {"\ufffd"})


def test_a_character_comes_with_its_last_token(byte_level: Any) -> None:
    ids = byte_level.encode("🦊", add_special_tokens=False)
    assert len(ids) > 1
    assert pieces_of(byte_level, ids) == [""] * (len(ids) - 1) + ["🦊"]


def test_special_tokens_leave_nothing(byte_level: Any) -> None:
    ids = byte_level.encode("<|im_start|>a<|im_end|><repo_name>b", add_special_tokens=False)
    assert "".join(pieces_of(byte_level, ids)) == "ab"


def test_the_first_space_is_dropped_at_the_start_of_a_text_and_kept_inside_one(sentencepiece: Any) -> None:
    ids = sentencepiece.convert_tokens_to_ids(["▁ab", "▁a"])
    assert "".join(pieces_of(sentencepiece, ids)) == "ab a"
    assert "".join(pieces_of(sentencepiece, ids, continuing=True)) == " ab a"


def test_each_token_has_its_own_bytes(byte_level: Any, sentencepiece: Any) -> None:
    of = Vocabulary(byte_level).bytes_of
    fox = byte_level.encode(" a🦊", add_special_tokens=False)
    assert b"".join(of(id) for id in fox) == " a🦊".encode()
    assert of(byte_level.convert_tokens_to_ids("<|im_end|>")) == b"<|im_end|>"
    spelled = {piece: Vocabulary(sentencepiece).bytes_of(sentencepiece.convert_tokens_to_ids(piece))
               for piece in ("▁ab", "ab", "<0xF0>", "é")}  # fmt: skip
    assert spelled == {"▁ab": b" ab", "ab": b"ab", "<0xF0>": b"\xf0", "é": "é".encode()}
