"""Copies: the form of a new row that begins with what stands in another one, as far as its writer may read and write it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.entities import Copied, Entity
from engine.model.errors import NotFound
from engine.model.requests import Record
from engine.runtime.access.rights import allowed_actions, writable_fields
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.web.form_lines import OWN, entered_texts, parts_of, stored_lines
from engine.widgets.default_items import enterable

LIKE = "like"
"""What an address names the row by that a new one is entered from."""


def copy_url(work: Work, entity: Entity, record: str) -> str:
    """Where a row is entered from this one; '' where its entity does not say so, or the reader may make none."""
    makes = entity.copied is not None and Action.CREATE in allowed_actions(work.model, work.context, entity.name)
    return f"/r/{entity.name}/new?{LIKE}={record}" if makes else ""


def copied_values(work: Work, entity: Entity, name: str) -> dict[str, object]:
    """What a form begins with that is entered from a row. Raises NotFound for one that the writer may not read."""
    copied, record = _original(work, entity, name)
    writable = writable_fields(work.model, work.context, entity.name)
    texts = _entered(entity, record, writable - copied.fresh)
    if copied.counts is not None and isinstance(known := record.cells.get(copied.counts), int):
        texts[copied.counts] = known + 1
    return texts | ({copied.origin: encode_id(record.id)} if copied.origin is not None else {})


def copied_lines(work: Work, entity: Entity, name: str) -> Mapping[str, list[dict[str, object]]]:
    """The lines that come along."""
    copied, record = _original(work, entity, name)
    found = {}
    for part in parts_of(work, entity).values():
        if part.name in copied.parts:
            hidden = OWN | {part.by}
            found[part.name] = [
                {field: value for field, value in line.cells.items() if field not in hidden and "@" not in field}
                for line in stored_lines(work, part, record.id)
            ]
    return found


def new_title(entity: Entity, values: Mapping[str, object], language: str) -> str:
    """What the form of a new row is called: one that counts on from another row is its next version."""
    label, copied = entity.label.text(language), entity.copied
    number = values.get(copied.counts) if copied is not None and copied.counts is not None else None
    if copied is None or copied.origin is None or not values.get(copied.origin):
        return Message(f"新建{label}", f"New {label.lower()}").text(language)
    if number in (None, ""):
        return f"{label} · {copied.label.text(language)}"
    return Message(f"{label}新版本（第 {number} 版）", f"{label}: new version, no. {number}").text(language)


def _original(work: Work, entity: Entity, name: str) -> tuple[Copied, Record]:
    if entity.copied is None:
        raise NotFound
    return entity.copied, get_record(work, entity.name, decode_id(name))


def _entered(entity: Entity, record: Record, names: frozenset[str]) -> dict[str, object]:
    """The cells that people enter, whole ones alone."""
    return {
        name: text
        for name, text in entered_texts(entity, record).items()
        if name in names and enterable(entity.fields[name]) and name not in record.masked and text not in (None, "")
    }
