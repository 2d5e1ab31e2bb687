"""Addresses of records as pages link them."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def public_id(number: int) -> str:
    """A record's id as people see it: 13 characters of Crockford base32."""
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def record_link(entity: str, record: int) -> str:
    return f"/r/{entity}/{public_id(record)}"
