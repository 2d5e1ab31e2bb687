"""Moving: fields that are sealed or unsealed by a change of definitions, row by row, in their rows and in what versions keep of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.sealing import ENVELOPES, Sealing, sealing_of
from engine.runtime.database.protocol import Row, Session
from engine.runtime.identifiers import decode_id
from engine.runtime.rows import select, update, update_many
from engine.runtime.schema.live import live_table
from engine.runtime.sealing.rows import Content, Kept, Opening, from_kept, opened, sealed_texts, subject_of
from engine.runtime.sovereignty.key_rows import SubjectRef
from engine.runtime.sovereignty.vault import Vault
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import kept_json, parse_json
from engine.runtime.storage.tables import version_table_name

BATCH = 500
MoverOf = Callable[[AppModel], "Mover"]
"""Makes what moves values as a model says."""


def mover_of(vault: Vault | None) -> MoverOf:
    """What moves values by the keys of a vault, for the model that is to be served."""
    return lambda model: Mover(model, vault)


@dataclass(frozen=True, slots=True)
class Mover:
    """Satisfies engine.runtime.schema.tables.Sealer: moves values as the definitions say that are to be served."""

    model: AppModel
    vault: Vault | None

    def move(self, session: Session, table: str, sealed: Sequence[str], opened: Sequence[str]) -> None:
        """Raises NoVault, Tampered, KeyDestroyed, and ValidationFailed for a value that its field cannot hold."""
        entity = self.model.entities[table]
        moving = _Moving(self, session, entity, sealing_of(self.model, table), tuple(sealed), tuple(opened))
        moving.rows()
        moving.versions()


@dataclass(frozen=True, slots=True)
class _Moving:
    """One table on its way."""

    keys: Mover
    session: Session
    entity: Entity
    sealing: Sealing
    sealed: tuple[str, ...]
    opened: tuple[str, ...]

    def rows(self) -> None:
        """Fill envelopes anew out of columns and envelopes, and columns out of envelopes."""
        live = live_table(self.session, self.entity.name)
        envelopes = [one for one in ENVELOPES if live is not None and live.column(one) is not None]
        by = [self.sealing.by] if self.sealing.by is not None else []
        columns = ("id", "version", *by, *self.sealed, *envelopes)
        for batch in self._batches(columns):
            found = [dict(zip(columns, row, strict=True)) for row in batch]
            texts = iter(self._sealed([self._held(row, envelopes) for row in found], found))
            update_many(
                self.session,
                self.entity.name,
                [
                    (row["id"], {**dict.fromkeys(envelopes), **sealed, **plain})
                    for row, (sealed, plain) in zip(found, texts, strict=True)
                ],
            )

    def _batches(self, columns: Sequence[str]) -> Iterator[list[Row]]:
        last = -1
        while rows := select(self.session, self.entity.name, columns, {"id >": last}, ("id",), BATCH):
            yield rows
            last = int(str(rows[-1][0]))

    def _held(self, row: Mapping[str, object], envelopes: Sequence[str]) -> dict[str, object]:
        """What a row holds of all that is or was sealed, in JSON forms."""
        record = int(str(row["id"]))
        openings = [Opening(self.entity.name, record, one, str(row[one])) for one in envelopes if row[one] is not None]
        held = {name: value for one in opened(self.keys, openings) for name, value in one.items()}
        for name in self.sealed:
            field, stored = self.entity.fields[name], row[name]
            value = None if stored is None else storage_of(field).decode(stored, self.session.dialect)
            if value is not None:
                held[name] = kept_json(value, field)
        return {name: self._as_declared(name, value) for name, value in held.items()}

    def _as_declared(self, name: str, kept: object) -> object:
        """A value in the form that its field has now. Raises ValidationFailed for what has none."""
        field = self.entity.fields.get(name)
        if field is None or kept is None or name not in self.sealing.fields:
            return kept
        return kept_json(from_kept(kept, field), field)

    def _sealed(
        self, held: Sequence[Kept], rows: Sequence[Mapping[str, object]]
    ) -> list[tuple[dict[str, object], dict[str, object]]]:
        """For each row its envelopes, and what stands in columns of its own from now on."""
        contents: list[Content] = []
        places: list[tuple[int, str]] = []
        for at, (one, row) in enumerate(zip(held, rows, strict=True)):
            record, version = int(str(row["id"])), int(str(row["version"]))
            subject = subject_of(self.sealing, record, row)
            for column, kept in self._parted(one).items():
                places.append((at, column))
                contents.append(Content(self.entity.name, record, version, subject, column, kept))
        found: list[tuple[dict[str, object], dict[str, object]]] = [({}, self._plain(one)) for one in held]
        for (at, column), text in zip(places, sealed_texts(self.keys, contents), strict=True):
            found[at][0][column] = text
        return found

    def _parted(self, kept: Kept) -> dict[str, dict[str, object]]:
        """What is sealed, by the column of its envelope; nothing for a column that would hold nothing."""
        parted = {
            column: {field.name: kept[field.name] for field in fields if field.name in kept}
            for column, fields in self.sealing.columns.items()
        }
        return {column: content for column, content in parted.items() if content}

    def _plain(self, kept: Kept) -> dict[str, object]:
        """The columns of fields that are sealed no more."""
        found: dict[str, object] = {}
        for name in self.opened:
            field = self.entity.fields[name]
            value = parse_json(kept.get(name), field)
            found[name] = None if value is None else storage_of(field).to_stored(value, self.session.dialect)
        return found

    def versions(self) -> None:
        """Rewrite what versions keep of the rows before and after each change."""
        table = version_table_name(self.entity.name)
        columns = ("record", "version", "before", "after")
        last = -1
        while rows := select(self.session, table, columns, {"record >": last}, ("record", "version"), BATCH):
            if len(rows) == BATCH and rows[0][0] != rows[-1][0]:
                rows = [row for row in rows if row[0] != rows[-1][0]]  # perhaps not all versions of it
            elif len(rows) == BATCH:
                rows = select(self.session, table, columns, {"record": rows[0][0]}, ("version",))
            self._rewrite(table, rows)
            last = int(str(rows[-1][0]))

    def _rewrite(self, table: str, rows: Sequence[Row]) -> None:
        subjects = self._subjects({int(str(row[0])) for row in rows})
        for record, version, *texts in rows:
            again = {
                name: self._text(subjects, int(str(record)), int(str(version)) - older, str(text))
                for name, text, older in zip(("before", "after"), texts, (1, 0), strict=True)
                if text is not None
            }
            if again != dict(zip(("before", "after"), texts, strict=True)):
                update(self.session, table, again, {"record": record, "version": version})

    def _subjects(self, records: set[int]) -> dict[int, SubjectRef]:
        """Whose key the rows are sealed under now."""
        by = [self.sealing.by] if self.sealing.by is not None else []
        rows = select(self.session, self.entity.name, ("id", *by), {"id in": sorted(records)})
        return {
            int(str(row[0])): subject_of(self.sealing, int(str(row[0])), dict(zip(by, row[1:], strict=True)))
            for row in rows
        }

    def _text(self, subjects: Mapping[int, SubjectRef], record: int, version: int, text: str) -> str:
        kept = json.loads(text)
        envelopes = [one for one in ENVELOPES if kept.get(one) is not None]
        moving = self.sealing.fields | {*self.opened}
        if not envelopes and not moving & kept.keys():
            return text
        found = {name: value for name, value in kept.items() if name not in ENVELOPES}
        for one in opened(
            self.keys, [Opening(self.entity.name, record, one, kept[one]) for one in envelopes], lenient=True
        ):
            found.update(one)
        subject = self._subject_then(found, record) or subjects.get(record, subject_of(self.sealing, record, {}))
        parted = self._parted(found)
        contents = [
            Content(self.entity.name, record, version, subject, column, content) for column, content in parted.items()
        ]
        texts = sealed_texts(self.keys, contents)
        plain = {name: value for name, value in found.items() if name not in self.sealing.fields}
        return json.dumps({**plain, **dict(zip(parted, texts, strict=True))}, ensure_ascii=False)

    def _subject_then(self, kept: Kept, record: int) -> SubjectRef | None:
        """Whose a row was, where a version says so."""
        by = kept.get(self.sealing.by) if self.sealing.by is not None else None
        return subject_of(self.sealing, record, {str(self.sealing.by): decode_id(str(by))}) if by is not None else None
