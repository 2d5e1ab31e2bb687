"""Generating: rows of one generator with their children, loaded in bulk, formulas computed by set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from engine.diagnostics import Message
from engine.model.demo import Generator
from engine.model.entities import Entity
from engine.model.errors import ValidationFailed
from engine.model.formula import FormulaError
from engine.runtime.demo.recipes import BadRecipe, Draw, Drawing, following
from engine.runtime.demo.rows import MadeRow, MadeRows
from engine.runtime.records.loading import load_rows
from engine.runtime.work import Work

Season = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One row to make: its loop's row and day, and its parent."""

    each: MadeRow | None = None
    day: date | None = None
    parent: MadeRow | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A generator made out once for all its rows: how each field is drawn, and the state a row begins in."""

    generator: Generator
    entity: Entity
    drawings: tuple[tuple[str, Drawing], ...]
    first_state: Mapping[str, object]
    children: tuple[_Plan, ...]


def _planned(work: Work, generator: Generator) -> _Plan:
    workflow = work.model.workflow_of(generator.entity)
    return _Plan(
        generator,
        work.model.entities[generator.entity],
        tuple((name, following(one, f"{generator.id}.{name}")) for name, one in generator.fields.items()),
        {workflow.field: workflow.initial} if workflow is not None else {},
        tuple(_planned(work, child) for child in generator.children),
    )


def generate(work: Work, generator: Generator, made: MadeRows, random: Random) -> int:
    """Make the rows of a generator and of its children; the number of rows of its own."""
    batches: dict[str, list[MadeRow]] = {}
    count, plan = 0, _planned(work, generator)
    for turn in _turns(work, generator, made, random):
        _make(work, plan, made, random, turn, count, batches)
        count += 1
    for entity_name, rows in batches.items():
        try:
            load_rows(work, work.model.entities[entity_name], [(row.id, row.values) for row in rows])
        except ValidationFailed as error:
            raise _unfit(generator, entity_name, error) from error
    return count


def _unfit(generator: Generator, entity: str, error: ValidationFailed) -> BadRecipe:
    """What a recipe gave does not fit its field."""
    told = "; ".join(f"{one.field}: {one.message.en}" for one in error.problems)
    return BadRecipe(Message(f"{generator.place} {entity}:{told}", f"{generator.place} {entity}: {told}"))


def _make(
    work: Work,
    plan: _Plan,
    made: MadeRows,
    random: Random,
    turn: _Turn,
    index: int,
    batches: dict[str, list[MadeRow]],
) -> None:
    entity = plan.entity
    row = MadeRow(work.ids.next(), entity.name, {})
    if turn.parent is not None and entity.part_of:
        row.values[entity.part_of] = turn.parent.id
    at = Draw(
        random,
        made,
        plan.generator.id,
        index,
        work.context.today,
        work.context.zone,
        row.values,
        turn.parent,
        turn.each,
        turn.day,
    )
    for name, drawing in plan.drawings:
        value = drawing(at)
        row.values[name] = (
            None if isinstance(value, FormulaError) else Decimal(repr(value)) if isinstance(value, float) else value
        )
    for name, state in plan.first_state.items():
        row.values.setdefault(name, state)
    made.add(row)
    batches.setdefault(entity.name, []).append(row)
    for child in plan.children:
        for number in range(_number(child.generator.count, random)):
            _make(work, child, made, random, replace(turn, parent=row), number, batches)


def _turns(work: Work, generator: Generator, made: MadeRows, random: Random) -> Iterator[_Turn]:
    """A plain count, or a loop over rows (`per`) and days with a season."""
    count = generator.count
    if isinstance(count, int) or not {"per", "days"} & count.keys():
        yield from (_Turn() for _ in range(_number(count, random)))
        return
    season = count.get("season")
    loop: list[MadeRow | None] = list(made.of(str(count["per"]))) if "per" in count else [None]
    for each in loop:
        for day in _days(work, count.get("days"), count.get("every")):
            wished = _number(count.get("each", 1), random)
            for _ in range(round(wished * _factor(season, day))):
                yield _Turn(each=each, day=day)


def _days(work: Work, given: object, beside: object = None) -> Iterator[date | None]:
    """Days from today: each, every n-th, `week` (Mondays) or `month` (firsts)."""
    if not isinstance(given, Mapping):
        yield None
        return
    every = given.get("every", beside if beside is not None else 1)
    step = every if isinstance(every, int) else 1
    for offset in range(int(str(given["from"])), int(str(given["to"])) + 1, step):
        day = work.context.today + timedelta(days=offset)
        if (every == "week" and day.weekday() != 0) or (every == "month" and day.day != 1):
            continue
        yield day


def _factor(season: object, day: date | None) -> float:
    """How busy a day is: by weekday (Monday first) and by month."""
    if not isinstance(season, Mapping) or day is None:
        return 1.0
    weekdays, months = season.get("weekday"), season.get("month")
    factor = float(str(weekdays[day.weekday()])) if isinstance(weekdays, list | tuple) and len(weekdays) == 7 else 1.0
    if isinstance(months, Mapping):
        factor *= float(str(months.get(day.month, months.get(str(day.month), 1))))
    return factor


def _number(given: object, random: Random) -> int:
    if isinstance(given, Mapping):
        inner = given.get("number", given)
        if isinstance(inner, Mapping):
            low, high = Decimal(str(inner.get("from", 0))), Decimal(str(inner.get("to", 1)))
            return round(random.uniform(float(low) - 0.499, float(high) + 0.499)) if low < high else round(low)
        return round(Decimal(str(inner)))
    return round(Decimal(str(given)))
