"""Which items of a form show for what is typed, as the server says it; what stands in one that does not show is not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.model.entities import Entity
from engine.model.formula import FormulaError
from engine.model.pages import Form, Item
from engine.runtime.formula.value import compile_value
from engine.runtime.records.preview import Preview, preview
from engine.runtime.work import Work
from engine.web.form_bodies import FormBody, without_blank_rows

Rows = Sequence[Mapping[str, object]]


def shown_items(form: Form | None, found: Preview) -> dict[str, bool]:
    """Whether each item with a condition shows, by its id."""
    asked = [item for item in form.walk() if item.visible_when is not None] if form is not None else []
    return {item.id: _holds(item, found) for item in asked}


def _holds(item: Item, found: Preview) -> bool:
    value = compile_value(item.visible_when)(found.cells, found.moment) if item.visible_when else True
    return bool(value) and not isinstance(value, FormulaError)


def without_hidden(work: Work, entity: Entity, record: int | None, body: FormBody) -> FormBody:
    """The body without the values of fields that stand in nothing but items that do not show; they stay as they are.

    A field that every row must have is taken wherever it stands.
    """
    form = work.model.form_of(entity.name)
    conditional = set(_fields(form.items if form else (), {}, under=False)) if form else set()
    given = {name for name, one in body.values.items() if record is not None or one not in (None, "")}
    asked = {name for name in conditional & given if not entity.fields[name].required}
    if form is None or not asked:
        return body
    rows = {name: [one for one in those if not one.get("_delete")] for name, those in _rows(body).items()}
    shown = shown_items(form, preview(work, entity, record, body.values, rows))
    hidden = asked - set(_fields(form.items, shown, under=True))
    return replace(body, values={name: one for name, one in body.values.items() if name not in hidden})


def _rows(body: FormBody) -> Mapping[str, Rows]:
    return without_blank_rows(body.children)


def _fields(items: Iterable[Item], shown: Mapping[str, bool], under: bool, inside: bool = False) -> Iterator[str]:
    """With `under` the fields of items that show; else those that stand below any condition."""
    for item in items:
        conditional = inside or item.visible_when is not None
        if under and not shown.get(item.id, True):
            continue
        if under or conditional:
            yield from item.entered
        yield from _fields(item.items, shown, under, conditional)
