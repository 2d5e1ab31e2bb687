"""Steps of a form: which one is shown, and what of its problems is told before the others are reached.

A step is left when the whole form, saved and taken back, finds nothing wrong in it or before it: it is judged as saving will judge it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest
from engine.model.pages import Form, Item
from engine.runtime.records.preview import preview
from engine.runtime.work import Work
from engine.web.form_bodies import FormBody, without_blank_rows
from engine.web.shown_items import shown_items

STEP = "step"
Problems = Mapping[str, tuple[str, ...]]


class StepDone(BadRequest):
    """Not a mistake: nothing is wrong with the steps so far, and nothing is written before the last one."""

    code = "step_done"
    status = 200

    def __init__(self) -> None:
        super().__init__(Message("这一步没有问题", "Nothing is wrong with this step"))


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the form shows it: done, current, or ahead."""

    id: str
    label: str
    position: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a form and where somebody stands; `before` and `after` are the ids beside it, "" at an end."""

    steps: tuple[Step, ...]
    at: str
    number: int
    before: str
    after: str


def problems_so_far(form: Form | None, body: FormBody, problems: Problems) -> Problems:
    """The problems of a step that somebody wants to leave, and of those before it."""
    asked: set[str] = set()
    for item in _steps(form):
        asked |= set(_names(item))
        if item.id == body.step:
            break
    return {name: words for name, words in problems.items() if name.partition(".")[0] in asked}


def steps_of(
    work: Work, entity: Entity, record: int | None, form: Form | None, body: FormBody, problems: Problems
) -> Steps | None:
    """Where a form stands; None for one without steps."""
    items = _shown(work, entity, record, form, body)
    if not items:
        return None
    ids = [item.id for item in items]
    at = _at(items, ids, body, problems)
    language = work.context.language
    positions = ("done" if place < at else "current" if place == at else "ahead" for place in range(len(items)))
    return Steps(
        tuple(Step(one.id, one.label.text(language), where) for one, where in zip(items, positions, strict=True)),
        ids[at],
        at + 1,
        ids[at - 1] if at else "",
        ids[at + 1] if at + 1 < len(ids) else "",
    )


def _at(items: Sequence[Item], ids: Sequence[str], body: FormBody, problems: Problems) -> int:
    if body.back in ids:
        return ids.index(body.back)
    wrong = {name.partition(".")[0] for name in problems}
    found = next((place for place, item in enumerate(items) if wrong & set(_names(item))), None)
    if found is not None:
        return found
    if body.step in ids:
        return min(ids.index(body.step) + 1, len(ids) - 1)
    return ids.index(body.at) if body.at in ids else 0


def _steps(form: Form | None) -> tuple[Item, ...]:
    return tuple(item for item in form.items if item.widget == STEP) if form is not None else ()


def _shown(work: Work, entity: Entity, record: int | None, form: Form | None, body: FormBody) -> tuple[Item, ...]:
    """The steps that the reader has, for what is typed."""
    roles = work.context.principal.roles
    mine = tuple(one for one in _steps(form) if one.roles is None or one.roles & roles)
    if all(one.visible_when is None for one in mine):
        return mine
    found = preview(work, entity, record, body.values, without_blank_rows(body.children))
    shown = shown_items(form, found)
    return tuple(one for one in mine if shown.get(one.id, True))


def _names(item: Item) -> Iterator[str]:
    """The fields and collections that a step asks for."""
    for one in item.walk():
        yield from one.entered
        collection = one.properties.get("collection")
        if isinstance(collection, str):
            yield collection
