"""Tokens to text, one at a time: characters whole, spaces right, and each token's own bytes.

A token of a byte-level vocabulary can end in the middle of a character. So tokens become bytes first, and
a UTF-8 decoder that waits for the rest of a character makes the text. The text of all tokens together is
what the tokenizer's own `decode` gives for the answer, except that a character cut off at the end is left out.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

BYTE_FALLBACK = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class Vocabulary:
    """The bytes of each token of a transformers tokenizer (fast or slow), worked out once a token."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.added_tokens_decoder
        self._added = {int(id): str(token) for id, token in added.items()}
        self._special = {id for id, token in added.items() if token.special} | set(tokenizer.all_special_ids)
        self._alphabet = _byte_alphabet() if _is_byte_level(tokenizer) else None
        self._anchor, self._anchored = _anchor(tokenizer)
        self._known: dict[int, bytes] = {}
        self.size = len(tokenizer)

    def is_special(self, token: int) -> bool:
        """Whether the token is markup, such as the end of a message, and leaves no text."""
        return token in self._special

    def bytes_of(self, token: int) -> bytes:
        """The token's bytes inside a text, its leading space included; b"" for an id without a token."""
        known = self._known.get(token)
        if known is None:
            known = self._known[token] = self._work_out(token)
        return known

    def first_bytes_of(self, token: int) -> bytes:
        """The token's bytes at the start of a text, where some tokenizers drop a leading space."""
        if self._alphabet is not None:
            return self.bytes_of(token)
        text = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return self.bytes_of(token) if "\ufffd" in text else text.encode()

    def _work_out(self, token: int) -> bytes:
        if token in self._added:
            return self._added[token].encode()
        piece = self._tokenizer.convert_ids_to_tokens(token)
        if piece is None:
            return b""
        if self._alphabet is not None and all(character in self._alphabet for character in piece):
            return bytes(self._alphabet[character] for character in piece)
        if byte := BYTE_FALLBACK.fullmatch(piece):
            return bytes([int(byte[1], 16)])
        text = self._tokenizer.decode([self._anchor, token], clean_up_tokenization_spaces=False)
        return str(text).removeprefix(self._anchored).encode()


class Detokenizer:
    """The text of one answer as it grows; `continuing` when the answer goes on inside a message.

    Special tokens leave no text, but for those that stand in `shown`.
    """

    def __init__(self, vocabulary: Vocabulary, *, continuing: bool = False, shown: str = "") -> None:
        self._shown = shown
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._inside = continuing

    def feed(self, token: int) -> str:
        """The characters that this token completes; special tokens leave nothing."""
        if self._vocabulary.is_special(token) and not self._is_shown(token):
            return ""
        read = self._vocabulary.bytes_of if self._inside else self._vocabulary.first_bytes_of
        self._inside = True
        return self._decoder.decode(read(token))

    @property
    def partial(self) -> bool:
        """Whether part of a character has come, and the rest not yet."""
        return bool(self._decoder.getstate()[0])

    def peek(self, token: int) -> tuple[str, bool]:
        """What `feed` would give for this token, and whether part of a character would be left."""
        state, inside = self._decoder.getstate(), self._inside
        text, cut = self.feed(token), self.partial
        self._decoder.setstate(state)
        self._inside = inside
        return text, cut

    def _is_shown(self, token: int) -> bool:
        text = self._vocabulary.bytes_of(token).decode(errors="replace")
        return bool(text) and text in self._shown


def _is_byte_level(tokenizer: Any) -> bool:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    decoder = getattr(backend, "decoder", None)
    return decoder is not None and b'"ByteLevel"' in decoder.__getstate__()


def _anchor(tokenizer: Any) -> tuple[int, str]:
    """A token that is surely inside a text, and its text: what follows it keeps its leading space."""
    token = tokenizer.encode("a", add_special_tokens=False)[-1]
    return token, str(tokenizer.decode([token], clean_up_tokenization_spaces=False))


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's spelling of bytes: printable Latin-1 as itself, the rest shifted from U+0100 up."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    plain = {chr(byte): byte for byte in printable}
    return plain | {chr(0x100 + index): byte for index, byte in enumerate(others)}
