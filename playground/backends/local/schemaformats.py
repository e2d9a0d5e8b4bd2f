"""Formats of JSON schemas: as patterns that any checker of formats agrees with, and as ranges of numbers. Pure.

Lengths and digits are bounded, so that no answer can go on for ever in a date.
"""

from __future__ import annotations

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAYS = (
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])"
)
_DATE = f"(?:{_YEAR}-(?:{_DAYS})|{_LEAP}-02-29)"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = rf"{_CLOCK}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:Z|[+-]{_CLOCK})"
_N = "[0-9]{1,6}"
_HOURS = f"T(?:{_N}H(?:{_N}M(?:{_N}S)?)?|{_N}M(?:{_N}S)?|{_N}S)"
_LONG = f"(?:{_N}Y(?:{_N}M(?:{_N}D)?)?|{_N}M(?:{_N}D)?|{_N}D)"
_LABEL = "[A-Za-z0-9](?:-?[A-Za-z0-9]){0,30}"
_LAST = "[A-Za-z](?:-?[A-Za-z0-9]){1,30}"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"

PATTERNS = {
    "date": _DATE,
    "time": _TIME,
    "date-time": f"{_DATE}T{_TIME}",
    "duration": f"P(?:{_LONG}(?:{_HOURS})?|{_HOURS}|{_N}W)",
    "hostname": rf"(?:{_LABEL}\.){{0,3}}{_LAST}",
    "email": rf"{_ATOM}(?:\.{_ATOM}){{0,2}}@(?:{_LABEL}\.){{1,3}}{_LAST}",
}
"""What a text of a format is: narrower than the format where checkers differ (no leap seconds, no year 0)."""

KEPT = frozenset({"ipv4", "ipv6", "uuid", "uri"})
"""Formats that llguidance itself keeps as strictly as checkers do."""

EXACT = 2**53
"""The largest number up to which all whole numbers are exact in JSON as most read it."""

RANGES: dict[str, tuple[float, float]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32)},
    "int64": (-EXACT, EXACT),
    "uint64": (0, EXACT),
    "float": (-1e15, 1e15),
    "double": (-1e15, 1e15),
}
"""What a number of a format may be, both ends included."""

HINTS = frozenset({"password"})
"""Formats that say how a text is shown, not what it is."""
