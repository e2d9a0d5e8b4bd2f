"""Takes credentials out of text before anybody reads it: errors, logs, the raw view."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MARK = "[redacted]"

# Words that follow "Bearer" or "Basic" in plain English and are no credential.
_WORDS = "token|tokens|auth|authentication|authorization|authorisation|scheme|realm|header|credentials?|key|or|and|is"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b(bearer|basic)\s+(?!(?:{_WORDS})\b)[\w.~+/=-]{{3,}}", re.I), rf"\1 {MARK}"),
    (
        re.compile(r"\b(?:hf_|sk-|gsk_|nvapi-|xai-|r8_|pplx-|AIza|ghp_|github_pat_|api_org_)[\w-]{6,}"),
        MARK,
    ),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), MARK),
    (re.compile(r"([?&](?:api[_-]?key|key|(?:access_)?token)=)[^&\s\"'<>\[]+", re.I), rf"\1{MARK}"),
    (re.compile(r"(api[_-]?key\"?\s*[:=]\s*\"?)(?=[^\s\"',;}]*\d)[^\s\"',;}\[]{12,}", re.I), rf"\1{MARK}"),
    (re.compile(r"(https?://)[^/\s@\"'<>]+@", re.I), rf"\1{MARK}@"),
)
_SHORTEST = 4
_UNMISTAKABLE = 12


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """The text without the given secrets, and without anything that looks like a credential.

    Secrets are found plain, URL-quoted and JSON-escaped. Those under four characters are left: they hide
    nothing, and cutting them would make the text unreadable. Those under twelve count as whole words only.
    Redacting twice changes nothing more.
    """
    forms = {form for secret in secrets if secret and len(secret) >= _SHORTEST for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MARK) if len(form) >= _UNMISTAKABLE else _word(form).sub(MARK, text)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1]


def _word(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])")
