"""Field storage: the seam between field types and columns. Only compilers of statements ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, TEXT_KINDS, Field, FieldKind
from engine.model.rich_texts import RichText
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.storage.json import choices_text, parse_json
from engine.runtime.storage.numbers import scaled, unscaled
from engine.runtime.storage.rich_texts import of_stored

POSTGRES: Literal["postgres"] = "postgres"


class Operation(StrEnum):
    """What a storage can do inside the database; what it cannot is done by the engine over permitted rows."""

    EQUAL = "equal"
    RANGE = "range"
    PREFIX = "prefix"
    CONTAINS = "contains"
    SORT = "sort"
    GROUP = "group"
    SUM = "sum"


_KEY = frozenset({Operation.EQUAL, Operation.SORT, Operation.GROUP})
_ORDERED = _KEY | {Operation.RANGE}
_TEXT = _ORDERED | {Operation.PREFIX, Operation.CONTAINS}
_NUMBER = _ORDERED | {Operation.SUM}


@dataclass(frozen=True, slots=True)
class FieldStorage:
    """How one field lies in its column.

    `encode` takes a Python value of the field's type (Decimal, date, aware datetime, tuple of option names, id) and
    raises ValidationFailed for any other; `decode` gives it back. `dialect` is `sqlite` or `postgres`.
    """

    field: Field
    physical: PhysicalKind
    operations: frozenset[Operation]
    to_stored: Callable[[object, str], object]
    from_stored: Callable[[object, str], object]

    def encode(self, value: object, dialect: str) -> object:
        typed = parse_json(value, self.field)
        return None if typed is None else self.to_stored(typed, dialect)

    @property
    def is_python(self) -> bool:
        """Whether what is stored is the Python value itself."""
        return self.from_stored is _same

    @property
    def is_stored(self) -> bool:
        """Whether the Python value itself is what is stored."""
        return self.to_stored is _same

    def decode(self, stored: object, dialect: str) -> object:
        return None if stored is None else self.from_stored(stored, dialect)


def storage_of(field: Field) -> FieldStorage:
    """The storage of a field: plain, scaled integer, or text; of a sealed one its form outside of the envelope, and nothing
    that the database could do with it."""
    made = _STORAGES[field.kind](field)
    return replace(made, operations=frozenset()) if field.sealed else made


def _same(value: object, dialect: str) -> object:
    return value


def _text(field: Field) -> FieldStorage:
    if field.rich:
        return FieldStorage(field, PhysicalKind.TEXT, _TEXT, _with_formatting, _rich)
    return FieldStorage(field, PhysicalKind.TEXT, _TEXT, _same, _same)


def _with_formatting(value: object, dialect: str) -> object:
    return value.stored if isinstance(value, RichText) else value


def _rich(stored: object, dialect: str) -> object:
    return of_stored(str(stored))


def _option(field: Field) -> FieldStorage:
    return FieldStorage(field, PhysicalKind.TEXT, _KEY, _same, _same)


def _options(field: Field) -> FieldStorage:
    def encode(value: object, dialect: str) -> object:
        return choices_text(tuple(str(one) for one in value)) if isinstance(value, tuple | list) else None

    def decode(stored: object, dialect: str) -> object:
        return tuple(json.loads(stored)) if isinstance(stored, str) else tuple(stored)  # type: ignore[arg-type]

    return FieldStorage(field, PhysicalKind.TEXT, frozenset({Operation.CONTAINS}), encode, decode)


def _whole(field: Field) -> FieldStorage:
    return FieldStorage(field, PhysicalKind.INTEGER, _NUMBER, _same, lambda stored, dialect: int(str(stored)))


def _scaled(field: Field) -> FieldStorage:
    def encode(value: object, dialect: str) -> object:
        return scaled(value if isinstance(value, Decimal) else Decimal(str(value)), field.scale)

    def decode(stored: object, dialect: str) -> object:
        return unscaled(stored if isinstance(stored, int) else int(str(stored)), field.scale)

    return FieldStorage(field, PhysicalKind.INTEGER, _NUMBER, encode, decode)


def _reference(field: Field) -> FieldStorage:
    return FieldStorage(field, PhysicalKind.INTEGER, _KEY, _same, _same)


def _boolean(field: Field) -> FieldStorage:
    def encode(value: object, dialect: str) -> object:
        return bool(value) if dialect == POSTGRES else int(bool(value))

    return FieldStorage(field, PhysicalKind.BOOLEAN, _KEY, encode, lambda stored, dialect: bool(stored))


def _date(field: Field) -> FieldStorage:
    return FieldStorage(field, PhysicalKind.DATE, _ORDERED, encode_date, decode_date)


def encode_date(value: object, dialect: str) -> object:
    return value.isoformat() if isinstance(value, date) and dialect != POSTGRES else value


def decode_date(stored: object, dialect: str) -> object:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode_instant(value: object, dialect: str) -> object:
    """Microseconds since the epoch, in both databases."""
    return (value - EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


def decode_instant(stored: object, dialect: str) -> object:
    return EPOCH + timedelta(microseconds=int(str(stored)))


def _instant(field: Field) -> FieldStorage:
    return FieldStorage(field, PhysicalKind.INSTANT, _ORDERED, encode_instant, decode_instant)


def _duration(field: Field) -> FieldStorage:
    def encode(value: object, dialect: str) -> object:
        return value.days * 86_400 + value.seconds if isinstance(value, timedelta) else value

    def decode(stored: object, dialect: str) -> object:
        return timedelta(seconds=int(str(stored)))

    return FieldStorage(field, PhysicalKind.INTEGER, _NUMBER, encode, decode)


_STORAGES: Mapping[FieldKind, Callable[[Field], FieldStorage]] = {
    **dict.fromkeys(TEXT_KINDS, _text),
    **dict.fromkeys(NUMERIC_KINDS, _scaled),
    **dict.fromkeys(REFERENCE_KINDS, _reference),
    FieldKind.INTEGER: _whole,
    FieldKind.CHOICE: _option,
    FieldKind.STATE: _option,
    FieldKind.CHOICES: _options,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.DATE: _date,
    FieldKind.INSTANT: _instant,
    FieldKind.DURATION: _duration,
    FieldKind.ATTACHMENT: _reference,
}
