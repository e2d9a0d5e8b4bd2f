"""Takes credentials out of text before anybody reads it: errors, logs, the raw view."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MARK = "[redacted]"

# Words that follow "Bearer" or "Basic" in plain English and are no credential.
_WORDS = "token|tokens|auth|authentication|authorization|authorisation|scheme|realm|header|credentials?|key|or|and|is"
_PREFIXES = ("hf_", "sk-", "gsk_", "nvapi-", "xai-", "r8_", "pplx-", "AIza", "ghp_", "github_pat_", "api_org_")
# What a text has in it, in small letters, where the pattern can match: to look for that first is ten times as fast, and
# most texts are pieces of answers. Each pattern takes time in proportion to the text, whatever the text is: an endpoint
# may send megabytes.
_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (
        ("bearer", "basic"),
        re.compile(rf"\b(bearer|basic)\s+(?!(?:{_WORDS})\b)[\w.~+/=-]{{3,}}", re.I),
        rf"\1 {MARK}",
    ),
    (
        tuple(prefix.lower() for prefix in _PREFIXES),
        re.compile(rf"\b(?:{'|'.join(_PREFIXES)})[\w-]{{6,}}"),
        MARK,
    ),
    (("eyj",), re.compile(r"\beyJ[\w-]{8}(?:\w++|-(?!eyJ))*+\.[\w-]{4,}(?:\.[\w-]*)?"), MARK),
    (
        ("key=", "token="),
        re.compile(r"([?&](?:api[_-]?key|key|(?:access_)?token)=)[^&\s\"'<>\[]+", re.I),
        rf"\1{MARK}",
    ),
    (
        ("apikey", "api_key", "api-key"),
        re.compile(r"(api[_-]?key\"?\s*[:=]\s*\"?)(?=[^\s\"',;}]{0,64}\d)[^\s\"',;}\[]{12,}", re.I),
        rf"\1{MARK}",
    ),
    (("://",), re.compile(r"(https?://)[^/\s@\"'<>]+@", re.I), rf"\1{MARK}@"),
)
_NOUNS = "auth|authorization|cookie2?|key|token|secret|password|credentials?|signature|session|jwt"
_IS_ONE = re.compile(rf"(?:{_NOUNS})$", re.I)
_HAS_ONE = re.compile(rf"(?:{_NOUNS})(?=$|[-_])", re.I)
_FIELDS = frozenset(("api_key", "apikey", "api-key", "access_token", "accesstoken", "token", "password", "secret"))
_SCHEME = re.compile(r"(bearer|basic|token|apikey) +(?=\S)", re.I)
_SHORTEST = 4
_UNMISTAKABLE = 12


def redact(text: str, secrets: Iterable[str | None] = (), *, breaks_off: bool = False) -> str:
    """The text without the given secrets, and without anything that looks like a credential.

    Secrets are found plain, URL-quoted and JSON-escaped. Those under four characters are left: they hide
    nothing, and cutting them would make the text unreadable. Those under twelve count as whole words only.
    Redacting twice changes nothing more. Where the text `breaks_off`, the beginning of a secret at its end goes too.
    """
    forms = {form for secret in secrets if secret and len(secret) >= _SHORTEST for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MARK) if len(form) >= _UNMISTAKABLE else _word(form).sub(MARK, text)
    small = text.lower()
    for needed, pattern, instead in _PATTERNS:
        if any(part in small for part in needed):
            text = pattern.sub(instead, text)
    return _without_begun(text, forms) if breaks_off else text


def has_secret(text: str) -> bool:
    """Whether the text has something in it that looks like a credential."""
    return redact(text) != text


def is_credential_header(name: str) -> bool:
    """Whether a header of this name is a credential. One about a key or a session (X-Session-Affinity) is none."""
    return _IS_ONE.search(name) is not None


def is_secret_header(name: str) -> bool:
    """Whether a header of this name may carry a credential, be it in part. Counts of tokens do not."""
    return _HAS_ONE.search(name) is not None


def is_secret_field(name: str) -> bool:
    """Whether a field of this name in a request's body is a credential. Others of such names (eos_token) are none."""
    return name.lower() in _FIELDS


def redact_header(name: str, value: str, secrets: Iterable[str | None] = ()) -> str:
    """The header's value as it may be shown: of a credential only the scheme (`Bearer`), of others the redacted text."""
    if not is_secret_header(name):
        return redact(value, secrets)
    scheme = _SCHEME.match(value)
    return f"{scheme[1]} {MARK}" if scheme else MARK


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1]


def _without_begun(text: str, forms: Iterable[str]) -> str:
    begun = max(
        (size for form in forms for size in range(_SHORTEST, len(form)) if text.endswith(form[:size])), default=0
    )
    return text[: len(text) - begun] + MARK if begun else text


def _word(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])")
