"""Texts of envelopes: what the column of an envelope holds. Before the envelope stands what is needed to open it.

`form(1) row_version(8) subject's record(8) length(1) subject's entity`, then the envelope; all of it in base64. An envelope
stays valid while its row is changed elsewhere: it is bound to the version in which it was sealed, which stands here. What
stands here is told by nobody else, and altering it only makes the envelope one that does not open.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from binascii import Error, a2b_base64
from typing import NamedTuple

from engine.runtime.sovereignty.key_rows import SubjectRef

FORM = 1
_HEAD = struct.Struct(">BqqB")


class EnvelopeText(NamedTuple):
    """An envelope with the version of the row that it was sealed in, and whose key it is sealed under."""

    row_version: int
    subject: SubjectRef
    envelope: bytes


class NotAnEnvelope(Exception):
    """The text of a column is none that was written here."""


def envelope_text(one: EnvelopeText) -> str:
    entity = one.subject.entity.encode()
    return b64encode(
        _HEAD.pack(FORM, one.row_version, one.subject.record, len(entity)) + entity + one.envelope
    ).decode()


def read_envelope_text(text: str) -> EnvelopeText:
    """Raises NotAnEnvelope."""
    try:
        content = a2b_base64(text, strict_mode=True)
        form, version, record, length = _HEAD.unpack_from(content)
        entity = content[_HEAD.size : _HEAD.size + length].decode()
    except (Error, ValueError, struct.error):
        raise NotAnEnvelope from None
    if form != FORM:
        raise NotAnEnvelope
    return EnvelopeText(version, SubjectRef(entity, record), content[_HEAD.size + length :])
