"""Addresses of records as pages link them."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(high + low for high in ALPHABET for low in ALPHABET)


def public_id(number: int) -> str:
    """A record's id as people see it: 13 characters of Crockford base32."""
    return (
        ALPHABET[number >> 60 & 31]
        + _PAIRS[number >> 50 & 1023]
        + _PAIRS[number >> 40 & 1023]
        + _PAIRS[number >> 30 & 1023]
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )


def record_link(entity: str, record: int) -> str:
    return f"/r/{entity}/{public_id(record)}"
