"""Records on offer: what a field that points at any record may be set to, and how such a link reads for its reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.requests import Record, RecordPage
from engine.runtime.identifiers import encode_id
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.picker import pick
from engine.runtime.query.records import find_record
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.runtime.written import Written, link_of, subjects_written_about, written_on
from engine.widgets.contract import RecordOffer

LOOKED_BACK = timedelta(days=30)
"""How long ago somebody may have written about a subject that a field offers."""


def offer_of(written: Written) -> RecordOffer:
    """What somebody wrote, as a widget shows it."""
    return RecordOffer(written.link.text, written.record, written.link.field, written.at)


def link_choices(work: Work, field: Field, chosen: object) -> tuple[tuple[str, str], ...]:
    """The links that a field offers to its writer, with words; the chosen one is among them."""
    if field.offers == "subjects":
        found = subjects_written_about(work, work.context.today - LOOKED_BACK)
    elif field.offers == "any":
        found = ()
    else:
        found = written_on(work, work.context.today)
    choices = [(one.link.text, link_words(work, one.link.text, field.offers != "subjects") or "—") for one in found]
    if isinstance(chosen, str) and chosen and chosen not in {value for value, _ in choices}:
        choices.append((chosen, link_words(work, chosen) or "—"))
    return tuple(choices)


def choices_of(work: Work, entity: Entity, field: Field, chosen: object) -> tuple[tuple[str, str], ...]:
    """The first rows that a picker without JavaScript offers, with the chosen one among them."""
    if field.kind is FieldKind.RECORD:
        return link_choices(work, field, chosen)
    found = [(encode_id(one.id), one.label) for one in pick(work, entity.name, field.name, "", 50)]
    if isinstance(chosen, str) and chosen and chosen not in {value for value, _ in found}:
        found += [(encode_id(one.id), one.label) for one in pick(work, entity.name, field.name, "", 1, only=chosen)]
    return tuple(found)


def link_words(work: Work, text: object, told: bool = True) -> str | None:
    """How a link reads: what kind of record, its title, the field; None for a record that the reader may not see."""
    link, language = link_of(work.model, text), work.context.language
    title = find(Reader(work.model, work.context), link.entity, (TITLE,)) if link is not None else None
    if link is None or title is None:
        return None
    record = find_record(work, link.entity, link.record, ((TITLE,),))
    if record is None:
        return None
    words = str(json_of(record.cells.get(TITLE), title.field) or "—")
    field = find(Reader(work.model, work.context), link.entity, (link.field,)) if link.field else None
    kind = work.model.entities[link.entity].label.text(language)
    parts = (kind if told else "", words, field.field.label.text(language) if field is not None else "")
    return " · ".join(part for part in parts if part)


def with_link_titles(work: Work, page: RecordPage) -> RecordPage:
    """The page with the words of every link that stands in its cells."""
    names = {(one.entity, name) for one in page.records for name in one.cells}
    if not any(_is_link(work.model, entity, name) for entity, name in names):
        return page
    return replace(page, records=tuple(titled(work, one) for one in page.records))


def titled(work: Work, record: Record) -> Record:
    """The record with the words of every link that stands in its cells."""
    titles: dict[str, object] = {}
    for name, value in record.cells.items():
        if value and name not in record.masked and _is_link(work.model, record.entity, name):
            words = link_words(work, value)
            if words is not None:
                titles[f"{name}.{TITLE}"] = words
    return replace(record, cells={**record.cells, **titles}) if titles else record


def _is_link(model: AppModel, entity: str, name: str) -> bool:
    """Whether a cell holds a link to a record of any entity."""
    field = model.field(entity, tuple(name.split("."))) if "@" not in name else None
    return field is not None and field.kind is FieldKind.RECORD
