"""Roll-ups: which figures of an entity are kept folded, by which of its columns. Derived from dashboards and metrics."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from engine.model.access import Action, EntityAccess
from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, Entity, FieldKind
from engine.model.formula import Reference
from engine.model.metrics import Aggregation, Metric, target_of
from engine.model.pages import Item, Page, PageKind
from engine.model.rollup_splits import SCOPE_UNIT, Columns, Split, for_all_units, kept_splits
from engine.model.sought import sought

ADDED_UP = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.AVERAGE})
"""What is told from sums of parts; the others from the values that rows have, whatever their number."""
SEALED = frozenset({"G3", "G4"})
"""Levels that are never copied into a roll-up: who may open a row's cell is not who may open a sum's."""
UNSPLITTABLE = frozenset(
    {
        FieldKind.LONG_TEXT,
        FieldKind.CHOICES,
        FieldKind.ATTACHMENT,
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.INSTANT,
        FieldKind.RECORD,
        FieldKind.ADDRESS,
        FieldKind.LOCATION,
        FieldKind.MONEY,
        FieldKind.DECIMAL,
    }
)
LAYOUT = 2
"""Changes with the columns that cells have of themselves: tables laid out otherwise are other tables."""
MOST_COLUMNS = 8
"""Columns of one split: with more of them there is about a cell a row."""


class Refusal(StrEnum):
    """Why a metric cannot be kept folded."""

    DERIVED = "derived"
    PART = "part"
    MEASURE = "measure"
    SEALED = "sealed"
    TIME = "time"
    SUBJECT = "subject"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Level:
    """Cells of one split, by day or by month of a date; `number` marks them in the table of cells."""

    number: int
    split: Split
    month: str | None = None


@dataclass(frozen=True)
class Rollup:
    """The figures of one entity that are kept folded: the fields summed, and every set of columns they are split by, the
    smallest first.

    Rows are always counted. A column is a field of the entity or `scope_unit`; columns of rows that a relation leads to
    are none: those are joined when a figure is read, so that they are never stale.
    """

    entity: str
    measures: tuple[str, ...]
    splits: tuple[Split, ...]
    times: tuple[str, ...]
    """The dates by which its figures are asked for periods: a split with one of them is kept by month too."""
    by_month: tuple[Split, ...] = ()
    """Coarser splits that are kept by month alone: a month's cells are few, and a long period has many."""
    stored: tuple[str, ...] = ()
    """How each field that it holds is stored: `amount money 2`."""

    @cached_property
    def mark(self) -> str:
        """Six characters that change with anything that the roll-up holds: they end the names of its tables."""
        return hashlib.sha256(
            repr((LAYOUT, self.entity, self.measures, self.splits, self.times, self.by_month, self.stored)).encode()
        ).hexdigest()[:6]

    @property
    def cells(self) -> str:
        """The table of folded figures."""
        return f"{self.entity}__rollup_{self.mark}"

    @property
    def deltas(self) -> str:
        """The table of what writes have added since."""
        return f"{self.entity}__delta_{self.mark}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of any split, in name order."""
        return tuple(sorted({name for split in self.splits for name in split}))

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """Every split as it is, then those with a date by its month, the smaller ones first."""
        months = [(split, self.month_of(split)) for split in (*self.by_month, *self.splits)]
        kept = [*((split, None) for split in self.splits), *(one for one in months if one[1] is not None)]
        return tuple(Level(number, split, month) for number, (split, month) in enumerate(kept))

    def level_for(self, used: Columns, month: str | None = None) -> Level | None:
        """The smallest level that has all these columns, by month of a date or as it is; None when none has."""
        return next((one for one in self.levels if one.month == month and used <= {*one.split}), None)

    @property
    def day(self) -> str | None:
        """The one date by which figures are asked for periods: a build goes along it. None where there are several or none."""
        return self.times[0] if len(self.times) == 1 and self.times[0] in self.columns else None

    def month_of(self, split: Split) -> str | None:
        """The date that a split is kept by month of; None when it has none or several."""
        times = [one for one in split if one in self.times]
        return times[0] if len(times) == 1 else None


def rollups_of(model: AppModel) -> Mapping[str, Rollup]:
    """The roll-ups of a model, by entity."""
    return model.derived(_rollups)


def refusal(entities: Mapping[str, Entity], metric: Metric, split: tuple[str, ...] = ()) -> Refusal | None:
    """Why a metric cannot be kept folded by these dimensions; None when it can."""
    entity = entities.get(metric.entity or "")
    if entity is None or metric.measure is None:
        return Refusal.DERIVED
    if not _told_by_unit(entity, metric):
        return Refusal.PART
    return _measure_refusal(entity, metric) or _column_refusal(entity, metric, split)


def _told_by_unit(entity: Entity, metric: Metric) -> bool:
    """Whether who reads a row can be told by its own unit: a part has that of its whole, and is folded where its metric says so."""
    return entity.part_of is None or (bool(metric.rollup) and entity.owned_by is None)


def _measure_refusal(entity: Entity, metric: Metric) -> Refusal | None:
    """A number of the row itself is added up; anything else is worked out from columns that cells are split by: by a number
    only where the metric asks for it, as there may be about a cell a row.
    """
    summed = _summed(entity, metric)
    if summed:
        return Refusal.SEALED if _sealed(entity, summed) else None
    numbers = (name for name in _argument_columns(entity, metric) if _number(entity, name))
    return Refusal.MEASURE if any(numbers) and not metric.rollup else None


def _number(entity: Entity, name: str) -> bool:
    field = entity.fields.get(name)
    return field is not None and field.kind in NUMERIC_KINDS


def _column_refusal(entity: Entity, metric: Metric, split: tuple[str, ...]) -> Refusal | None:
    time = entity.fields.get(metric.time) if metric.time is not None else None
    if metric.time is not None and (time is None or time.kind is not FieldKind.DATE):
        return Refusal.TIME
    columns = _columns(entity, metric, split)
    if entity.subject in columns:
        return Refusal.SUBJECT
    values = {one for one in _argument_columns(entity, metric) if _number(entity, one) and not _sealed(entity, one)}
    fits = len(columns) <= MOST_COLUMNS and all(one in values or _splittable(entity, one) for one in columns)
    return None if fits else Refusal.COLUMN


def _narrow(metric: Metric) -> bool:
    """Whether its condition looks at rows far off (`associate.user = user.id`): few rows pass, and an index finds them."""
    far = any("." in one for one in metric.where.references) if metric.where is not None else False
    return far and metric.rollup is None


def _summed(entity: Entity, metric: Metric) -> str:
    """The own number that a metric adds up; empty when it counts rows, looks for values, or takes something computed or far."""
    measure = metric.measure
    node = measure.argument.node if measure is not None and measure.argument is not None else None
    own = node.path[0] if isinstance(node, Reference) and len(node.path) == 1 else ""
    added_up = measure is not None and measure.aggregation in ADDED_UP
    return own if added_up and _number(entity, own) else ""


def _argument_columns(entity: Entity, metric: Metric) -> frozenset[str]:
    """The own columns that cells are split by for what a metric measures: none for a number that is added up, nor for a date
    that an index finds."""
    argument = metric.measure.argument if metric.measure is not None else None
    if argument is None or _summed(entity, metric) or sought(entity, metric) is not None:
        return frozenset()
    return frozenset(reference.split(".")[0] for reference in argument.references)


def dimensions_asked(model: AppModel) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """By which dimensions the dashboards split each base metric, and what its own definition adds."""
    asked: dict[str, set[tuple[str, ...]]] = {}
    for page in model.pages.values():
        if page.kind is PageKind.DASHBOARD:
            for item in page.walk():
                for name, split in _asked_on(model, page, item):
                    asked.setdefault(name, set()).add(split)
    for metric in model.metrics.values():
        if metric.rollup is False:
            asked.pop(metric.name, None)
        elif metric.rollup is not None:
            asked.setdefault(metric.name, set()).add(() if metric.rollup is True else metric.rollup)
    return {name: frozenset(splits) for name, splits in asked.items()}


@dataclass(slots=True)
class _Needed:
    """What the figures of one entity need: the splits for readers of some rows and of all, the numbers added up, the dates."""

    of_some: set[Columns] = field(default_factory=set)
    of_all: set[Columns] = field(default_factory=set)
    measures: set[str] = field(default_factory=set)
    times: set[str] = field(default_factory=set)


def _rollups(model: AppModel) -> Mapping[str, Rollup]:
    needed: dict[str, _Needed] = {}
    for name, asked in dimensions_asked(model).items():
        metric = model.metrics[name]
        for split in asked:
            if metric.entity is None or refusal(model.entities, metric, split) is not None or _narrow(metric):
                continue
            entity = model.entities[metric.entity]
            columns, need = _columns(entity, metric, split), needed.setdefault(metric.entity, _Needed())
            need.of_some.add(columns | scope_columns(model, metric.entity))
            need.of_all.add(for_all_units(model, entity, columns))
            need.measures.update({_summed(entity, metric)} - {""})
            need.times.update({metric.time} if metric.time else ())
    return {name: _rollup(model, model.entities[name], need) for name, need in sorted(needed.items())}


def _rollup(model: AppModel, entity: Entity, need: _Needed) -> Rollup:
    measures = tuple(sorted(need.measures))
    splits, by_month = kept_splits(model, entity, need.of_some, need.of_all)
    held = sorted({*measures, *(name for split in splits for name in split)})
    fields = [entity.fields[name] for name in held if name in entity.fields]
    return Rollup(
        entity.name,
        measures,
        splits,
        tuple(sorted(need.times)),
        by_month,
        tuple(f"{one.name} {one.kind} {one.scale}" for one in fields),
    )


def scope_columns(model: AppModel, entity: str) -> frozenset[str]:
    """The entity's own columns that its row rules name, and the unit that a row belongs to."""
    access, declared = model.access.get(entity, EntityAccess(entity)), model.entities[entity]
    named = {SCOPE_UNIT}
    for grant in access.grants:
        if Action.READ in grant.actions and grant.rows is not None:
            first = {reference.split(".")[0] for reference in grant.rows.references}
            if all(_splittable(declared, one) for one in first):
                named |= first
    return frozenset(named)


def _asked_on(model: AppModel, page: Page, item: Item) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The base metrics that an item shows, each with the dimensions that it has of those asked for."""
    listed = item.properties.get("metrics")
    counted = (item.properties.get(key) for key in ("metric", "counts"))
    named = [*(listed if isinstance(listed, list | tuple) else ()), *counted]
    shown = model.metrics.get(str(item.properties.get("metric")))
    named.append(target_of(item.properties, shown) if shown is not None else item.properties.get("target_metric"))
    wanted = [str(item.properties[key]) for key in ("by", "by2", "weekday", "hour") if item.properties.get(key)]
    filtered = [one.dimension for one in page.filters]
    for name in dict.fromkeys(str(one) for one in named if one):
        for metric in _bases(model, name):
            for split in (wanted, [*wanted, *filtered]):
                yield metric.name, tuple(sorted({one for one in split if metric.dimension(one) is not None}))


def _bases(model: AppModel, name: str) -> Iterator[Metric]:
    metric = model.metrics.get(name)
    if metric is None:
        return
    if metric.entity is not None:
        yield metric
    for one in metric.inputs:
        yield from _bases(model, one)


def _columns(entity: Entity, metric: Metric, split: tuple[str, ...]) -> frozenset[str]:
    """The own columns that a metric needs for a split: first steps of its dimensions, conditions and measure, and its time."""
    found = {one.path[0] for name in split if (one := metric.dimension(name)) is not None}
    found |= {reference.split(".")[0] for reference in (metric.where.references if metric.where else ())}
    found |= _argument_columns(entity, metric)
    return frozenset(found | ({metric.time} if metric.time else set()))


def _splittable(entity: Entity, name: str) -> bool:
    if name == SCOPE_UNIT:
        return True
    field = entity.fields.get(name)
    return field is not None and field.kind not in UNSPLITTABLE and not _sealed(entity, name)


def _sealed(entity: Entity, name: str) -> bool:
    field = entity.fields[name]
    return field.level in SEALED or field.floor in SEALED
