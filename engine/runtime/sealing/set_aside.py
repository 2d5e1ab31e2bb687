"""Set aside: texts that hold what is sealed and lie outside of rows for a while. They are sealed as wholes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error

from engine.model.app import AppModel
from engine.model.sealing import sealing_of
from engine.runtime.sealing.rows import vault_of
from engine.runtime.sovereignty.envelopes import Tampered
from engine.runtime.sovereignty.keyring import INSTALLATION, KeyDestroyed
from engine.runtime.work import Work

GROUP = "G4"
MARK = "sealed:"
"""How a text begins that is sealed: nothing that is set aside in the clear begins so."""


def holds_sealed(model: AppModel, entity: str) -> bool:
    """Whether what is entered for an entity, with the rows of its parts, may hold what is sealed."""
    declared = model.entities.get(entity)
    if declared is None:
        return False
    parts = (one.entity for one in declared.collections.values() if model.entities[one.entity].part_of == one.by)
    return bool(sealing_of(model, entity).columns) or any(holds_sealed(model, one) for one in parts)


def set_aside(work: Work, store: str, entity: str, record: int, owner: int, text: str) -> str:
    """A text as it is kept in `store` for a record and one who owns it; in the clear where nothing of it is sealed."""
    if not holds_sealed(work.model, entity):
        return text
    vault = vault_of(work)
    place = vault.place(f"{store}/{entity}", record, GROUP, owner)
    return MARK + b64encode(vault.seal(INSTALLATION, place, text.encode())).decode()


def taken_out(work: Work, store: str, entity: str, record: int, owner: int, kept: str) -> str | None:
    """A text that was set aside; None when its key is gone: nobody rewrites what lies here for a while. Raises Tampered."""
    if not kept.startswith(MARK):
        return kept
    vault = vault_of(work)
    place = vault.place(f"{store}/{entity}", record, GROUP, owner)
    try:
        envelope = b64decode(kept.removeprefix(MARK), validate=True)
    except Error:
        raise Tampered(place) from None
    try:
        return vault.open(INSTALLATION, place, envelope).decode()
    except KeyDestroyed:
        return None
