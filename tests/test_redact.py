"""No credential outlives redaction; plain English does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.redact import is_credential_header, is_secret_field, is_secret_header, redact, redact_header

KEY = "planted/key+with=signs-123456"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key {KEY} is wrong", "key [redacted] is wrong"),
        (f"?key={KEY}", "?key=[redacted]"),
        ("planted%2Fkey%2Bwith%3Dsigns-123456", "[redacted]"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"),
        ("authorization: basic dXNlcjpwYXNz", "authorization: basic [redacted]"),
        ("token hf_abcdefGHIJ01 is revoked", "token [redacted] is revoked"),
        ("Incorrect API key provided: sk-proj-abc_123.", "Incorrect API key provided: [redacted]."),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[redacted]"),
        ("https://x.org/v1?api_key=abc&n=1", "https://x.org/v1?api_key=[redacted]&n=1"),
        ('{"api_key": "0123456789abcdef"}', '{"api_key": "[redacted]"}'),
        ("https://me:secret@x.org/v1", "https://[redacted]@x.org/v1"),
        ("x-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "x-[redacted]"),
        ("eyJ-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "[redacted]"),
        ("eyJ" + "a" * 2000 + ".eyJzdWIiOiIxIn0", "[redacted]"),
        ("eyJust a word.", "eyJust a word."),
        ("BEARER abc.def", "BEARER [redacted]"),
        ("/?API_KEY=abc&Access_Token=def", "/?API_KEY=[redacted]&Access_Token=[redacted]"),
        ("Api-Key: 0123456789abcdef", "Api-Key: [redacted]"),
        ("HTTP://me@x.org", "HTTP://[redacted]@x.org"),
        ("a Bearer token is missing", "a Bearer token is missing"),
        ("Basic authentication is off", "Basic authentication is off"),
        ("the risk-averse task-runner", "the risk-averse task-runner"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert redact(text, [KEY, None]) == left
    assert redact(left, [KEY]) == left


@pytest.mark.parametrize(
    "prefix", ["hf_", "sk-", "gsk_", "nvapi-", "xai-", "r8_", "pplx-", "AIza", "ghp_", "github_pat_", "api_org_"]
)  # fmt: skip
def test_keys_are_known_by_how_they_begin(prefix: str) -> None:
    assert redact(f"é {prefix}Ab3_-x") == "é [redacted]"


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Authorization", f"Bearer {KEY}", "Bearer [redacted]"),
        ("authorization", "Basic dXNlcjpwYXNz", "Basic [redacted]"),
        ("Proxy-Authorization", "whatever", "[redacted]"),
        ("X-Api-Key", "hunter2", "[redacted]"),
        ("X-Auth-Token", "hunter2", "[redacted]"),
        ("CF-Access-Client-Secret", "hunter2", "[redacted]"),
        ("Set-Cookie", "session=hunter2", "[redacted]"),
        ("x-goog-api-key", "hunter2", "[redacted]"),
        ("x-apikey", "hunter2", "[redacted]"),
        ("x-ratelimit-remaining-tokens", "1000", "1000"),
        ("x-request-id", "f00", "f00"),
        ("X-HF-Bill-To", "my-team", "my-team"),
        ("Content-Type", "application/json", "application/json"),
        ("location", f"https://x.org/?k={KEY}", "https://x.org/?k=[redacted]"),
        ("x-echo", "Bearer abc.def-ghi", "Bearer [redacted]"),
    ],
)
def test_what_is_left_of_a_header(name: str, value: str, left: str) -> None:
    assert redact_header(name, value, [KEY]) == left


@pytest.mark.parametrize(
    ("name", "is_one", "has_one"),
    [
        ("authorization", True, True),
        ("X-Api-Key", True, True),
        ("X-AccessToken", True, True),
        ("Cookie2", True, True),
        ("X-Session-Affinity", False, True),
        ("X-Key-Version", False, True),
        ("x-ratelimit-remaining-tokens", False, False),
        ("X-Keyboard", False, False),
        ("X-HF-Bill-To", False, False),
    ],
)
def test_a_headers_name_tells_whether_it_is_a_credential_or_may_have_a_part_of_one(
    name: str, is_one: bool, has_one: bool
) -> None:
    assert (is_credential_header(name), is_secret_header(name)) == (is_one, has_one)


def test_the_fields_of_a_body_that_are_credentials_are_known_by_their_whole_names() -> None:
    fields = ("api_key", "Token", "accessToken", "eos_token", "prompt_cache_key", "max_tokens")
    assert [name for name in fields if is_secret_field(name)] == ["api_key", "Token", "accessToken"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key {KEY[:10]}", "key [redacted]"),
        (f"key {KEY[:3]}", f"key {KEY[:3]}"),
        (f"key {KEY[:10]} is", f"key {KEY[:10]} is"),
        (f"key {KEY}", "key [redacted]"),
        ("planted%2Fke", "[redacted]"),
        ("", ""),
    ],
)
def test_a_text_that_breaks_off_within_a_secret(text: str, left: str) -> None:
    assert redact(text, [KEY, None], breaks_off=True) == left


def test_a_short_secret_counts_as_a_whole_word_only() -> None:
    assert redact("the model ollama3 at ollama", ["ollama"]) == "the model ollama3 at [redacted]"
    assert redact("a cat", ["a"]) == "a cat"


@given(st.text(), st.text(), st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=12))
def test_a_secret_never_survives(before: str, after: str, secret: str) -> None:
    assert secret not in redact(before + secret + after, [secret]).replace("[redacted]", "")
