"""Cell values: what the text of a sheet's cell stands for: options by label, references by natural key or title, percents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.diagnostics import DougongError, Message
from engine.model.entities import REFERENCE_KINDS, TEXT_KINDS, Entity, Field, FieldKind
from engine.model.errors import BadRequest
from engine.model.requests import AllOf, Condition, QueryRequest, Record
from engine.runtime.query.lists import list_records
from engine.runtime.query.lookup import rows_with
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.picker import pick
from engine.runtime.storage.texts import clean_text
from engine.runtime.transfer.written_dates import iso_date, iso_moment
from engine.runtime.work import Work

Value = object | DougongError
"""What a cell stands for, or why it stands for nothing."""


def cell_value(work: Work, entity: Entity, one: Field, text: str) -> object:
    """A cell's text as a field's input. Raises BadRequest, UnknownField for a reference to nothing."""
    if text == "":
        return None
    if one.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return next((c.name for c in one.choices if text in {c.name, *c.label.texts.values()}), text)
    if one.kind in REFERENCE_KINDS:
        return _reference(work, entity, one, text)
    if one.kind is FieldKind.PERCENT and text.endswith("%"):
        return str(_percent(text))
    if one.kind is FieldKind.DATE:
        return iso_date(text) or text
    if one.kind is FieldKind.INSTANT:
        return iso_moment(text) or text
    return text


def cell_values(work: Work, entity: Entity, one: Field, texts: Iterable[str]) -> Mapping[str, Value]:
    """What each of the different texts of a column stands for."""
    different = dict.fromkeys(texts)
    if is_as_written(one):
        return {text: text or None for text in different}
    known: dict[str, Value] = _related(work, one, [*different]) if one.relation is not None else {}
    for text in different:
        if text not in known:
            try:
                known[text] = cell_value(work, entity, one, text)
            except DougongError as error:
                if error.status >= 500:
                    raise
                known[text] = error
    return known


def is_as_written(one: Field) -> bool:
    """Whether a cell of a field stands for its own text."""
    return one.kind not in _READ


_READ = REFERENCE_KINDS | {FieldKind.CHOICE, FieldKind.STATE, FieldKind.PERCENT, FieldKind.DATE, FieldKind.INSTANT}


def keys_of(target: Entity) -> tuple[str, ...]:
    """The fields by which a sheet names a row: the natural key where it is one plain field, and the title."""
    keys = [name for name in target.natural_key if target.fields[name].relation is None][:1] or [target.title]
    return tuple(dict.fromkeys((*keys, target.title)))


def only_row(work: Work, entity: Entity, values: Mapping[str, object]) -> Record | None:
    """The one readable row with these values. Raises BadRequest when there are more."""
    first = next(iter(values))
    conditions = tuple(Condition((name,), "eq", value) for name, value in values.items())
    where = conditions[0] if len(conditions) == 1 else AllOf(conditions)
    found = list_records(work, QueryRequest(entity.name, ((first,),), where, limit=2)).records
    if len(found) > 1:
        raise several_rows(first)
    return found[0] if found else None


def several_rows(key: str) -> BadRequest:
    return BadRequest(Message("有多行与此键相同", "Several rows have this key"), field=key)


def _related(work: Work, one: Field, texts: Sequence[str]) -> dict[str, Value]:
    """The rows that texts name, as far as that can be asked at once; the others are left out."""
    target = work.model.entities[one.relation.entity] if one.relation else None
    names = keys_of(target) if target is not None else ()
    if target is None or not all(name in target.fields and target.fields[name].kind in TEXT_KINDS for name in names):
        return {}
    if find(Reader(work.model, work.context), target.name, (TITLE,)) is None:
        return {}
    waiting = {text: written for text in texts if (written := _written(text))}
    known: dict[str, Value] = {}
    try:
        for name in names:
            found = rows_with(work, target.name, (name,), [(written,) for written in waiting.values()])
            for text, written in [*waiting.items()]:
                records = found.get((written,), [])
                if records:
                    known[text] = records[0] if len(records) == 1 else several_rows(name)
                    del waiting[text]
    except DougongError as error:
        if error.status >= 500:
            raise
        return {}
    return known | {text: nothing_called(work, one, text) for text in waiting}


def _written(text: str) -> str:
    """A text as it would be stored; empty for one that never is."""
    try:
        return clean_text(text).strip()
    except ValueError:
        return ""


def _reference(work: Work, entity: Entity, one: Field, text: str) -> object:
    if one.relation is not None:
        target = work.model.entities[one.relation.entity]
        for name in keys_of(target):
            found = only_row(work, target, {name: text})
            if found is not None:
                return found.id
    else:
        exact = [option for option in pick(work, entity.name, one.name, text, 10) if option.label == text]
        if len(exact) == 1:
            return exact[0].id
    raise nothing_called(work, one, text)


def nothing_called(work: Work, one: Field, text: str) -> BadRequest:
    label = one.label.text(work.context.language)
    words = Message(f"{label}：没有找到“{text[:60]}”", f"{label}: nothing is called “{text[:60]}”")
    return BadRequest(words, field=one.name)


def _percent(text: str) -> str:
    digits = text.removesuffix("%").strip()
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, part = digits.partition(".")
    padded = whole.rjust(3, "0")
    return f"{sign}{padded[:-2]}.{padded[-2:]}{part}"
