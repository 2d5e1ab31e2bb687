"""Altering envelopes at random, as somebody with the database might: moved to another place, or a bit changed."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

from engine.runtime.sovereignty.envelopes import Place, Tampered, open_envelope, seal_envelope

TENANTS, ENTITIES, GROUPS = ("one", "two"), ("customer", "contact", "opportunity", "a|b", "a"), ("G3", "G4")


@dataclass(frozen=True)
class Kept:
    """An envelope with its place and its key."""

    place: Place
    key: bytes
    envelope: bytes


def kept(seeded: random.Random, count: int) -> list[Kept]:
    """Envelopes of different places; some under one key, as rows of one subject are."""
    keys = [os.urandom(16) for _ in range(20)]
    places = {
        Place(
            seeded.choice(TENANTS),
            seeded.choice(ENTITIES),
            seeded.randrange(1, 5_000),
            seeded.choice(GROUPS),
            seeded.randrange(1, 4),
        )
        for _ in range(count)
    }
    made = []
    for place in sorted(places, key=repr):
        key = seeded.choice(keys)
        made.append(
            Kept(place, key, seal_envelope(key, seeded.randrange(1, 4), place, os.urandom(seeded.randrange(200))))
        )
    return made


def is_refused(key: bytes, place: Place, envelope: bytes) -> bool:
    try:
        open_envelope(key, place, envelope)
    except Tampered:
        return True
    return False


def swapped(seeded: random.Random, count: int) -> tuple[int, int]:
    """Envelopes put in each other's places: how many, and how many were refused. The key is now that of where it was, now
    that of where it came."""
    known, found = kept(seeded, max(50, count // 10)), 0
    for _ in range(count):
        one, other = seeded.sample(known, 2)
        found += is_refused(seeded.choice((one.key, other.key)), one.place, other.envelope)
    return count, found


def flipped(seeded: random.Random, count: int) -> tuple[int, int]:
    """Envelopes with one bit changed: how many, and how many were refused."""
    known, found = kept(seeded, 50), 0
    for _ in range(count):
        one = seeded.choice(known)
        bit = seeded.randrange(len(one.envelope) * 8)
        content = bytearray(one.envelope)
        content[bit // 8] ^= 1 << bit % 8
        found += is_refused(one.key, one.place, bytes(content))
    return count, found
