"""Stored envelopes: where they lie in the tables of an application, for what renews keys and seals them anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.model.app import AppModel
from engine.model.sealing import ENVELOPES, GROUPS, sealing_of
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.rows import select, update
from engine.runtime.schema.live import LiveTable, live_schema
from engine.runtime.sealing.envelope_texts import EnvelopeText, NotAnEnvelope, envelope_text, read_envelope_text
from engine.runtime.sovereignty.rewriting import Position, SealedRows, StoredEnvelope
from engine.runtime.sovereignty.vault import Sealed, Vault
from engine.runtime.storage.tables import version_table_name

KEPT = ("before", "after")
"""The columns of versions that keep rows as JSON."""


@dataclass(frozen=True, slots=True)
class RowEnvelopes:
    """The envelopes of an entity's rows. Satisfies SealedRows."""

    vault: Vault
    entity: str
    table: str
    columns: tuple[str, ...]

    def part(
        self, session: Session, after: Position | None, limit: int
    ) -> tuple[Sequence[StoredEnvelope], Position | None]:
        last = -1 if after is None else after[0]
        rows = select(session, self.table, ("id", *self.columns), {"id >": last}, ("id",), limit)
        found = [
            one
            for identity, *texts in rows
            for column, text in zip(self.columns, texts, strict=True)
            for one in _stored(self.vault, self.entity, (_number(identity),), column, "", text)
        ]
        return found, (_number(rows[-1][0]),) if len(rows) == limit else None

    def put(self, session: Session, stored: StoredEnvelope, envelope: bytes) -> bool:
        values = {stored.column: _text_of(stored, envelope)}
        return update(session, self.table, values, {"id": stored.row[0], stored.column: _text_of(stored)}) == 1


@dataclass(frozen=True, slots=True)
class VersionEnvelopes:
    """The envelopes that versions keep of an entity's rows. Satisfies SealedRows."""

    vault: Vault
    entity: str
    table: str

    def part(
        self, session: Session, after: Position | None, limit: int
    ) -> tuple[Sequence[StoredEnvelope], Position | None]:
        rows = self._rows(session, after, limit)
        found = [
            one
            for record, version, *texts in rows
            for column, text in zip(KEPT, texts, strict=True)
            if text is not None
            for name, held in _envelopes(str(text)).items()
            for one in _stored(self.vault, self.entity, (_number(record), _number(version)), column, name, held)
        ]
        return found, (_number(rows[-1][0]), _number(rows[-1][1])) if len(rows) == limit else None

    def put(self, session: Session, stored: StoredEnvelope, envelope: bytes) -> bool:
        where = {"record": stored.row[0], "version": stored.row[1]}
        rows = select(session, self.table, (stored.column,), where)
        if not rows or rows[0][0] is None:
            return False
        text = str(rows[0][0])
        kept = json.loads(text)
        if kept.get(stored.name) != _text_of(stored):
            return False
        kept[stored.name] = _text_of(stored, envelope)
        again = json.dumps(kept, ensure_ascii=False)
        return update(session, self.table, {stored.column: again}, {**where, stored.column: text}) == 1

    def _rows(self, session: Session, after: Position | None, limit: int) -> list[Row]:
        """So many versions behind one, those of its own record first."""
        columns, order = ("record", "version", *KEPT), ("record", "version")
        if after is None:
            return select(session, self.table, columns, {}, order, limit)
        here = {"record": after[0], "version >": after[1]}
        rows = select(session, self.table, columns, here, order, limit)
        if len(rows) < limit:
            rows = [*rows, *select(session, self.table, columns, {"record >": after[0]}, order, limit - len(rows))]
        return rows


def sealed_tables(model: AppModel, vault: Vault) -> list[SealedRows]:
    """What is sealed anew when keys are renewed: rows and versions of all entities with sealed fields."""
    found: list[SealedRows] = []
    for name in model.entities:
        columns = tuple(sealing_of(model, name).columns)
        if columns:
            found.append(RowEnvelopes(vault, name, name, columns))
            found.append(VersionEnvelopes(vault, name, version_table_name(name)))
    return found


def standing_tables(database: Database, vault: Vault) -> list[SealedRows]:
    """Every table in which envelopes may lie, retired ones too: for counting which keys are needed, never for writing."""
    tables = database.write(live_schema)
    return [one for table in tables.values() for one in _in_table(table, vault)]


def _in_table(table: LiveTable, vault: Vault) -> Iterator[SealedRows]:
    names = {column.name for column in table.columns}
    columns = tuple(sorted(name for name in names if any(one in name for one in ENVELOPES)))
    if columns and "id" in names:
        yield RowEnvelopes(vault, table.name, table.name, columns)
    if {"record", "version", *KEPT} <= names:
        yield VersionEnvelopes(vault, table.name, table.name)


def _stored(vault: Vault, entity: str, row: Position, column: str, name: str, text: object) -> Iterator[StoredEnvelope]:
    """An envelope, if there is one; what cannot be read as one is no business of keys."""
    if text is None:
        return
    try:
        found = read_envelope_text(str(text))
    except NotAnEnvelope:
        return
    group = next(group for one, group in zip(ENVELOPES, GROUPS, strict=True) if one in (name or column))
    place = vault.place(entity, row[0], group, found.row_version)
    yield StoredEnvelope(row, column, name, Sealed(found.subject, place, found.envelope))


def _envelopes(text: str) -> Mapping[str, object]:
    """The texts of envelopes in what a version keeps of a row."""
    if not any(one in text for one in ENVELOPES):
        return {}
    kept = json.loads(text)
    return {name: kept[name] for name in ENVELOPES if kept.get(name) is not None}


def _text_of(stored: StoredEnvelope, envelope: bytes | None = None) -> str:
    sealed = stored.sealed if envelope is None else replace(stored.sealed, envelope=envelope)
    return envelope_text(EnvelopeText(sealed.place.row_version, sealed.subject, sealed.envelope))


def _number(value: object) -> int:
    return int(str(value))
