"""Writing: stored values as JSON without a Python value in between, made once for a column of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, TEXT_KINDS, Field, FieldKind
from engine.runtime.identifiers import encode_id
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import json_of

Writer = Callable[[object], object]


def json_writer(field: Field, dialect: str) -> Writer | None:
    """What gives `json_of` of the decoded value for each stored value that is not empty; None when that is the same."""
    if field.kind in _SAME:
        return None
    make = _WRITERS.get(field.kind)
    return make(field) if make is not None else _through_python(field, dialect)


def _through_python(field: Field, dialect: str) -> Writer:
    decode = storage_of(field).from_stored
    return lambda stored: json_of(decode(stored, dialect), field)


def _decimal(field: Field) -> Writer:
    """Digits with the field's decimal places, from the scaled integer."""
    scale, unit = field.scale, 10**field.scale

    def write(stored: object) -> str:
        whole = stored if isinstance(stored, int) else int(str(stored))
        if not scale:
            return str(whole)
        upper, lower = divmod(abs(whole), unit)
        return f"{'-' if whole < 0 else ''}{upper}.{lower:0{scale}d}"

    return write


def _whole(field: Field) -> Writer:
    return lambda stored: int(str(stored))


def _reference(field: Field) -> Writer:
    return lambda stored: encode_id(stored if isinstance(stored, int) else int(str(stored)))


def _boolean(field: Field) -> Writer:
    return bool


def _date(field: Field) -> Writer:
    """SQLite keeps the text itself, PostgreSQL a date whose text it is."""
    return str


_SAME = TEXT_KINDS | {FieldKind.CHOICE, FieldKind.STATE}
_WRITERS: Mapping[FieldKind, Callable[[Field], Writer]] = {
    **dict.fromkeys(NUMERIC_KINDS, _decimal),
    **dict.fromkeys(REFERENCE_KINDS, _reference),
    FieldKind.INTEGER: _whole,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.DATE: _date,
}
