"""Envelopes: the sealed values of one row and level group, bound to their place. Pure: keys come in, bytes go out.

`version(1) algorithm(1) key_version(2) nonce(12) ciphertext tag(16)`; what is authenticated besides is the head and the place.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from engine.diagnostics import DougongError, Message
from engine.runtime.sovereignty.ciphers import NONCE, TAG, NotAuthentic, seal, unseal

VERSION, SM4_GCM = 1, 1
LAST_KEY_VERSION = 0xFFFF
_HEAD = struct.Struct(">BBH")
_NUMBERS = struct.Struct(">qq")
_LENGTH = struct.Struct(">I")
SHORTEST = _HEAD.size + NONCE + TAG
GROUPS = ("G3", "G4")


@dataclass(frozen=True, slots=True)
class Place:
    """What an envelope is bound to: in any other place it does not open. `group` is the level group, G3 or G4."""

    tenant: str
    entity: str
    record: int
    group: str
    row_version: int


class Tampered(DougongError):
    """An envelope was altered, moved, or sealed under another key."""

    code = "envelope_tampered"
    status = 500

    def __init__(self, place: Place) -> None:
        super().__init__(
            Message(
                f"{place.entity} 第 {place.record} 号记录的密封内容({place.group})打不开：它被改动过，或不属于这里。"
                "请从备份恢复这一行，并查清谁能直接写数据库",
                f"What is sealed ({place.group}) in record {place.record} of {place.entity} does not open: it was altered or "
                "belongs elsewhere. Restore the row from a backup and find out who writes to the database itself",
            ),
            entity=place.entity,
            record=place.record,
            group=place.group,
        )


class UnknownEnvelope(Tampered):
    """An envelope whose version or algorithm this product does not know: altered, or of a newer product."""

    code = "envelope_unknown"


def seal_envelope(key: bytes, key_version: int, place: Place, plain: bytes) -> bytes:
    """Seal values for a place under a data key of 16 bytes and its version (1 to 65535)."""
    head = _HEAD.pack(VERSION, SM4_GCM, key_version)
    return head + seal(key, _authenticated(head, place), plain)


def open_envelope(key: bytes, place: Place, envelope: bytes) -> bytes:
    """The values that were sealed for this place. Raises Tampered, UnknownEnvelope."""
    head = envelope[: _HEAD.size]
    if len(envelope) < SHORTEST:
        raise Tampered(place)
    if head[0] != VERSION or head[1] != SM4_GCM:
        raise UnknownEnvelope(place)
    try:
        return unseal(key, _authenticated(head, place), envelope[_HEAD.size :])
    except NotAuthentic:
        raise Tampered(place) from None


def key_version_of(envelope: bytes, place: Place) -> int:
    """The version of the data key that an envelope was sealed under. Raises Tampered, UnknownEnvelope."""
    if len(envelope) < SHORTEST:
        raise Tampered(place)
    version, algorithm, key_version = _HEAD.unpack_from(envelope)
    if version != VERSION or algorithm != SM4_GCM:
        raise UnknownEnvelope(place)
    return int(key_version)


def joined(*parts: bytes) -> bytes:
    """Parts one after another, each behind its length: no two lists of parts give the same bytes."""
    return b"".join(_LENGTH.pack(len(one)) + one for one in parts)


def _authenticated(head: bytes, place: Place) -> bytes:
    prefix = _named(place.tenant, place.entity, place.group)
    return b"".join((prefix, head, _NUMBERS.pack(place.record, place.row_version)))


@lru_cache(maxsize=4096)
def _named(tenant: str, entity: str, group: str) -> bytes:
    return joined(b"row", tenant.encode(), entity.encode(), group.encode())
