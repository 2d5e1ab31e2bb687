"""Sealed rows: the envelopes of a row from the values of its sealed fields, and the values back out of envelopes.

What an envelope holds is JSON by field name, in the form that versions keep, filled up with spaces so that its length tells
little. Fields of a row that are empty are not in it; a row without any sealed value has no envelope. What a version keeps of
the row before it names the empty ones that were filled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.entities import TEXT_KINDS, Entity, Field, FieldKind
from engine.model.sealing import ENVELOPES, GROUPS, Sealing, sealing_of
from engine.runtime.sealing.envelope_texts import EnvelopeText, NotAnEnvelope, envelope_text, read_envelope_text
from engine.runtime.sovereignty.envelopes import Tampered
from engine.runtime.sovereignty.key_rows import INSTALLATION, SubjectRef
from engine.runtime.sovereignty.keyring import KeyDestroyed
from engine.runtime.sovereignty.vault import Sealed, Vault
from engine.runtime.sovereignty.vault import Sealing as ToSeal
from engine.runtime.storage.json import kept_json, parse_json

Values = Mapping[str, object]
Kept = Mapping[str, object]
"""Values in their JSON form, by field name."""
PADDED_TO = 32
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Keys(Protocol):
    """Where sealing happens: the definitions that say what is sealed, and the vault. A unit of work is one."""

    @property
    def model(self) -> AppModel: ...

    @property
    def vault(self) -> Vault | None: ...


class NoVault(DougongError):
    """Sealed fields where there are no keys."""

    code = "no_vault"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                "这里没有密钥库，不能读写密封字段", "There are no keys here: sealed fields are neither read nor written"
            )
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is to be sealed: its id, the version that it is of, all its values, and of which fields they are to be kept:
    None for all."""

    record: int
    version: int
    values: Values
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What an envelope is to hold: of which row in which version, under whose key, in which column."""

    entity: str
    record: int
    version: int
    subject: SubjectRef
    column: str
    kept: Kept


class Opening(NamedTuple):
    """An envelope of a row that is to be opened: its entity, its id, the column it lies in, and what that holds."""

    entity: str
    record: int
    column: str
    text: str


def vault_of(keys: Keys) -> Vault:
    """Raises NoVault."""
    if keys.vault is None:
        raise NoVault
    return keys.vault


def subject_of(sealing: Sealing, record: int, values: Values) -> SubjectRef:
    """Whose key seals a row."""
    if not sealing.subject:
        return INSTALLATION
    if sealing.by is None:
        return SubjectRef(sealing.subject, record)
    found = values.get(sealing.by)
    return SubjectRef(sealing.subject, found) if isinstance(found, int) else INSTALLATION


def envelopes(
    keys: Keys, entity: Entity, rows: Sequence[Row], columns: Iterable[str] | None = None
) -> list[dict[str, str | None]]:
    """The texts of the envelopes of rows, by column, in the order of the rows; of the named columns or of all."""
    sealing = sealing_of(keys.model, entity.name)
    wanted = tuple(sealing.columns) if columns is None else tuple(columns)
    made: list[dict[str, str | None]] = [dict.fromkeys(wanted) for _ in rows]
    places: list[tuple[int, str]] = []
    contents: list[Content] = []
    for at, row in enumerate(rows):
        for column in wanted:
            kept = dict(_content_of(sealing, column, row))
            if kept:
                places.append((at, column))
                subject = subject_of(sealing, row.record, row.values)
                contents.append(Content(entity.name, row.record, row.version, subject, column, kept))
    for (at, column), text in zip(places, sealed_texts(keys, contents), strict=True):
        made[at][column] = text
    return made


def sealed_texts(keys: Keys, contents: Sequence[Content]) -> list[str]:
    """What the columns of envelopes hold for their contents, in their order."""
    if not contents:
        return []
    vault = vault_of(keys)
    items = [
        ToSeal(
            one.subject,
            vault.place(one.entity, one.record, GROUPS[ENVELOPES.index(one.column)], one.version),
            _padded(one.kept),
        )
        for one in contents
    ]
    return [
        envelope_text(EnvelopeText(item.place.row_version, item.subject, sealed))
        for item, sealed in zip(items, vault.seal_many(items), strict=True)
    ]


def _padded(kept: Kept) -> bytes:
    plain = _ENCODER.encode(kept).encode()
    return plain + b" " * (-len(plain) % PADDED_TO)


def changed_envelopes(keys: Keys, entity: Entity, before: Row, changed: Values) -> dict[str, str | None]:
    """The envelopes that a change of a row writes anew: those of what changes in them, all where the row's subject changes.

    `before` is the row as it stood, with the version that it will have.
    """
    sealing = sealing_of(keys.model, entity.name)
    if not sealing.columns:
        return {}
    again = sealing.by is not None and sealing.by in changed
    columns = [
        column for column, fields in sealing.columns.items() if again or any(one.name in changed for one in fields)
    ]
    if not columns:
        return {}
    after = Row(before.record, before.version, {**before.values, **changed})
    return envelopes(keys, entity, [after], columns)[0]


def opened(keys: Keys, openings: Sequence[Opening], lenient: bool = False) -> list[Kept]:
    """What envelopes hold, in their order; the keys of all of them are asked for at once.

    Raises Tampered, and KeyDestroyed where a key is gone; `lenient` readers find nothing in the latter.
    """
    if not openings:
        return []
    vault = vault_of(keys)
    items: list[Sealed] = []
    for one in openings:
        group = GROUPS[ENVELOPES.index(one.column)]
        try:
            text = read_envelope_text(one.text)
        except NotAnEnvelope:
            raise Tampered(vault.place(one.entity, one.record, group, 0)) from None
        items.append(Sealed(text.subject, vault.place(one.entity, one.record, group, text.row_version), text.envelope))
    return [_content(found, lenient) for found in vault.open_many(items)]


def _content(found: bytes | Tampered | KeyDestroyed, lenient: bool) -> Kept:
    if isinstance(found, bytes):
        content: Kept = json.loads(found)
        return content
    if lenient and isinstance(found, KeyDestroyed):
        return {}
    raise found


def opened_values(keys: Keys, entity: Entity, record: int, texts: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The values of all sealed fields of a row, from the columns of its envelopes."""
    sealing = sealing_of(keys.model, entity.name)
    openings = [Opening(entity.name, record, column, str(text)) for column, text in texts if text is not None]
    kept = {name: value for one in opened(keys, openings) for name, value in one.items()}
    return {name: from_kept(kept.get(name), entity.fields[name]) for name in sealing.fields}


def from_kept(kept: object, field: Field) -> object:
    """The value that an envelope holds of a field: as it was written, whatever would be taken from people today.

    Raises ValidationFailed for what is of another kind; a change of the kind rewrites envelopes.
    """
    if kept is None:
        return None
    if field.kind in TEXT_KINDS or field.kind is FieldKind.CHOICE:
        return str(kept)
    if field.kind is FieldKind.CHOICES and isinstance(kept, list):
        return tuple(str(one) for one in kept)
    return parse_json(kept, field)


def kept_rows(keys: Keys, entity: Entity, rows: Sequence[Row | None]) -> list[Values | None]:
    """Rows, or parts of them, as versions keep them: envelopes by their columns in place of sealed values."""
    fields = sealing_of(keys.model, entity.name).fields
    sealed = iter(envelopes(keys, entity, [row for row in rows if row is not None]) if fields else ())
    return [None if row is None else _kept(row, fields, next(sealed, {})) for row in rows]


def _kept(row: Row, fields: frozenset[str], sealed: Mapping[str, str | None]) -> Values:
    if row.only is None and not fields:
        return row.values
    names = row.values if row.only is None else [one for one in row.values if one in row.only]
    plain = {name: row.values[name] for name in names if name not in fields}
    return {**plain, **{column: text for column, text in sealed.items() if text is not None}}


def version_values(keys: Keys, entity: Entity, record: int, text: object) -> dict[str, object]:
    """What a version says of a row before or after it, in JSON forms by field name; nothing where it says nothing."""
    return open_kept(keys, entity, record, json.loads(str(text))) if text is not None else {}


def open_kept(keys: Keys, entity: Entity, record: int, kept: Kept) -> dict[str, object]:
    """What a version keeps of a row, with what is in its envelopes in their place."""
    if not sealing_of(keys.model, entity.name).columns:
        return dict(kept)
    sealed = [Opening(entity.name, record, one, str(kept[one])) for one in ENVELOPES if kept.get(one) is not None]
    plain = {name: value for name, value in kept.items() if name not in ENVELOPES}
    for one in opened(keys, sealed, lenient=True):
        plain.update(one)
    return plain


def _content_of(sealing: Sealing, column: str, row: Row) -> Iterator[tuple[str, object]]:
    for field in sealing.columns.get(column, ()):
        value = row.values.get(field.name)
        if row.only is not None and field.name in row.only:
            yield field.name, None if value is None else kept_json(value, field)
        elif row.only is None and value is not None:
            yield field.name, kept_json(value, field)
