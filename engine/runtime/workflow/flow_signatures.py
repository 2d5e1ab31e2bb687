"""Signatures of decisions: a keyed SM3 over who decided what, and over the SM3 of the record's version that they decided on.

SM3: GB/T 32905-2016; HMAC: RFC 2104. The key is the installation's, so a row that was altered in the database, the
decision's or the record's, no longer fits its signature.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.whole_versions import keep_whole
from engine.runtime.work import Work
from engine.runtime.workflow.flow_codec import encode_event
from engine.runtime.workflow.flow_events import Decided
from engine.runtime.workflow.flow_instances import Instance, LogEntry, Note

PURPOSE = b"flow decision"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Seal(StrEnum):
    """What a signature is found to be: it fits, something was altered since, or the version is no longer kept."""

    VALID = "valid"
    ALTERED = "altered"
    GONE = "gone"


def signature(work: Work, row: Instance, event: Decided, note: Note, at: int) -> str:
    """The signature of a decision on `note.version` of an instance's record, taken at `at` (microseconds).

    The version says from now on itself what the record held: what is signed is a text that nothing works out again.
    """
    if row.entity in work.model.entities:
        keep_whole(work, work.model.entities[row.entity], row.record, note.version or 0)
    return _sealed(work, _content(work, row, event, note, at)).finalize().hex()


def verified(work: Work, row: Instance, entry: LogEntry) -> Seal | None:
    """Whether what was decided, and what it was decided on, still stands as it was signed; None for what was not signed."""
    if entry.signature is None or not isinstance(entry.event, Decided):
        return None
    note = Note(entry.actor, entry.behalf, entry.step, entry.comment, entry.version)
    if version_hash(work, row.entity, row.record, entry.version or 0) is None:
        return Seal.GONE
    try:
        _sealed(work, _content(work, row, entry.event, note, entry.at)).verify(bytes.fromhex(entry.signature))
    except (InvalidSignature, ValueError):
        return Seal.ALTERED
    return Seal.VALID


def version_hash(work: Work, entity: str, record: int, version: int) -> str | None:
    """The SM3 of a record as one of its versions has it, in hexadecimal; None for a version that is not kept."""
    found = select(work.session, version_table_name(entity), ("after",), {"record": record, "version": version})
    if not found or found[0][0] is None:
        return None
    digest = hashes.Hash(hashes.SM3())
    digest.update(str(found[0][0]).encode())
    return digest.finalize().hex()


def _content(work: Work, row: Instance, event: Decided, note: Note, at: int) -> Sequence[object]:
    whom = (note.actor, note.behalf, note.step, note.comment)
    what = (row.entity, row.record, note.version, version_hash(work, row.entity, row.record, note.version or 0))
    return (row.id, row.flow, encode_event(event), *whom, *what, at)


def _sealed(work: Work, content: Sequence[object]) -> hmac.HMAC:
    seal = hmac.HMAC(_signing_key(work.key), hashes.SM3())
    seal.update(_ENCODER.encode(content).encode())
    return seal


@lru_cache(maxsize=8)
def _signing_key(key: bytes) -> bytes:
    """The key of signatures that follows from an installation's."""
    return HKDF(hashes.SM3(), 32, None, PURPOSE).derive(key)
