"""Hashes of texts: how a draft, its journal and browsers name one."""

from __future__ import annotations

import hashlib


def hash_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
