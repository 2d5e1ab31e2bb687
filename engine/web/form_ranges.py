"""Ranges of forms: what ends is not taken before it begins, whatever a browser lets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.errors import FieldProblem, ValidationFailed
from engine.model.pages import Form, Item
from engine.runtime.records.preview import Preview, preview
from engine.runtime.work import Work
from engine.widgets.properties import text

RANGE = "range"


def check_ranges(work: Work, entity: Entity, record: int | None, values: Mapping[str, object]) -> None:
    """Raises ValidationFailed for a range of the entity's form that would end before it begins."""
    ranges = _ranges(work.model.form_of(entity.name), values)
    if not ranges:
        return
    found = preview(work, entity, record, values, {})
    problems = tuple(
        FieldProblem(text(one, "ends"), RANGE, _words(entity, one)) for one in ranges if _turned(one, found)
    )
    if problems:
        raise ValidationFailed(problems)


def _ranges(form: Form | None, values: Mapping[str, object]) -> list[Item]:
    """The ranges of which a form sends a side."""
    items = form.walk() if form is not None else ()
    return [one for one in items if one.widget == RANGE and any(name in values for name in one.entered)]


def _turned(item: Item, found: Preview) -> bool:
    begins, ends = (found.cells.cell((text(item, name),)) for name in ("begins", "ends"))
    return isinstance(begins, date) and isinstance(ends, date) and ends < begins


def _words(entity: Entity, item: Item) -> Message:
    begins, ends = (entity.fields[text(item, name)].label for name in ("begins", "ends"))
    return Message(
        f"{ends.text('zh')}不能早于{begins.text('zh')}", f"{ends.text('en')} is before {begins.text('en').lower()}"
    )
