"""Row groups: what a list can be grouped by, how an address names one group, in which order groups stand, how one is called.

Parameters of an address: `group` is the field (`none` where the definition groups), `fold` the groups that stand
otherwise than at first, open or closed, `only` the one group that is shown with all of its rows.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.pages import Item
from engine.model.requests import Condition, Filter, Path
from engine.widgets.cells import show
from engine.widgets.contract import RowGroup, Scene
from engine.widgets.kept_views import FOLD, GROUP, ONLY
from engine.widgets.properties import path_of, text

UNGROUPED, EMPTY = "none", "~"
OPENED = 12
"""Groups that are open at first."""
SHOWN = 60
"""Groups that a page names at most."""
ROWS = 10
"""Rows of an open group; the others stand on a page of the group alone."""
TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})
OPTIONS = frozenset({FieldKind.CHOICE, FieldKind.STATE})
GROUPABLE = TIMES | OPTIONS | REFERENCE_KINDS | {FieldKind.BOOLEAN}


def groupable(scene: Scene, entity: Entity) -> tuple[tuple[str, str], ...]:
    """The own fields that a list of rows can be grouped by, as far as the reader may read them, with their labels."""
    readable = scene.readable[entity.name]
    fields = (field for name, field in entity.fields.items() if name in readable and _groups(field))
    return tuple((field.name, scene.words(field.label) or field.name) for field in fields)


def _groups(field: Field) -> bool:
    """Whether the database can put rows together by a field: not by what it does not see."""
    return field.kind in GROUPABLE and not field.sealed


def grouping(item: Item, scene: Scene, entity: Entity) -> tuple[Path, Field] | None:
    """What a list is grouped by at its address; None for nothing, or nothing that the reader may read."""
    name = scene.parameters.get(GROUP) or text(item, "group_by")
    path = path_of(name) if name and name != UNGROUPED else ()
    field = scene.readable_field(entity.name, path) if path else None
    return (path, field) if field is not None and _groups(field) else None


def only_filter(item: Item, scene: Scene, entity: Entity) -> tuple[Filter, ...]:
    """The condition of the one group that the address names, for a table."""
    by, key = grouping(item, scene, entity), scene.parameters.get(ONLY, "")
    if by is None or not key or item.widget != "table":
        return ()
    path, field = by
    value = value_of(field, key)
    return (within(path, field, value),) if value is not None or key == EMPTY else ()


def within(path: Path, field: Field, value: object) -> Condition:
    """The rows of one group: those of a value, of a month, or without a value."""
    if value is None:
        return Condition(path, "empty")
    if field.kind in TIMES and isinstance(value, date):
        last = value.replace(day=monthrange(value.year, value.month)[1])
        return Condition(path, "between", (value, last))
    return Condition(path, "eq", value)


def key_of(value: object) -> str:
    """How an address names the group of a value."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def value_of(field: Field, key: str) -> object:
    """The value of a group that an address names; None for none."""
    if field.kind in OPTIONS:
        return key if any(choice.name == key for choice in field.choices) else None
    if field.kind is FieldKind.BOOLEAN:
        return {"true": True, "false": False}.get(key)
    if field.kind in REFERENCE_KINDS:
        return int(key) if key.isdecimal() and len(key) < 20 else None
    try:
        return date.fromisoformat(f"{key}-01")
    except ValueError:
        return None


def arranged(field: Field, groups: Iterable[RowGroup]) -> list[RowGroup]:
    """Choices as declared, months with the latest first, others with the largest first; rows without a value last."""
    declared = {choice.name: at for at, choice in enumerate(field.choices)}

    def place(one: RowGroup) -> tuple[bool, int, str]:
        rank = -one.count
        if field.kind in OPTIONS:
            rank = declared.get(str(one.value), len(declared))
        elif field.kind in TIMES and isinstance(one.value, date):
            rank = -one.value.toordinal()
        return one.value is None, rank, one.title or str(one.value)

    return sorted(groups, key=place)


def folded(scene: Scene) -> frozenset[str]:
    """The groups that stand otherwise than at first."""
    return frozenset(filter(None, scene.parameters.get(FOLD, "").split(",")))


def group_words(field: Field, value: object, title: str | None, scene: Scene) -> str:
    """How a group is called."""
    if value is None:
        return "未填" if scene.language == "zh" else "None"
    if field.kind in TIMES and isinstance(value, date):
        return f"{value.year} 年 {value.month} 月" if scene.language == "zh" else f"{value:%B %Y}"
    return title or show(value, field, scene).text
