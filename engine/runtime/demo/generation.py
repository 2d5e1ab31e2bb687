"""Generating: rows of one generator with their children, loaded in bulk, formulas worked out while rows are made where they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from engine.diagnostics import Message
from engine.model.demo import Generator
from engine.model.errors import ValidationFailed
from engine.runtime.demo.recipes import BadRecipe, Draw, Drawing, Ground, following
from engine.runtime.demo.rows import MadeRow, MadeRows
from engine.runtime.demo.working_out import Told, WorkingOut
from engine.runtime.records.loading import Loading
from engine.runtime.work import Work

TOGETHER = 5_000
"""Rows that are written at a time: all of them at once would fill the memory."""
IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Turn:
    """One row to make: its loop's row and day."""

    each: MadeRow | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A generator made out once for all its rows: how each field is drawn, and the state a row begins in."""

    entity: str
    part_of: str | None
    drawings: tuple[tuple[str, Drawing], ...]
    first_state: tuple[tuple[str, object], ...]
    fill: Callable[[MadeRow], None]
    children: tuple[tuple[Callable[[], int], _Plan], ...]


@dataclass
class Making:
    """A run of generators: what was made so far, the one source of chance, and what rows tell of themselves."""

    work: Work
    made: MadeRows
    random: Random
    loading: Loading
    told: Told
    _ids: Iterator[int] = field(init=False)
    _waiting: dict[str, list[tuple[int, Mapping[str, object]]]] = field(default_factory=dict)
    _filling: dict[str, WorkingOut] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = _fresh(self.work)

    def generate(self, generator: Generator) -> int:
        """Make the rows of a generator and of its children; the number of rows of its own."""
        count, plan, written = 0, self._planned(generator), self.made.count
        for turn in self._turns(generator):
            self._make(plan, turn, None)
            count += 1
            if self.made.count - written > TOGETHER:
                self._write(generator)
                written = self.made.count
        self._write(generator)
        return count

    def _planned(self, generator: Generator) -> _Plan:
        entity, workflow = self.work.model.entities[generator.entity], self.work.model.workflow_of(generator.entity)
        if entity.name not in self._filling:
            self._filling[entity.name] = WorkingOut(self.told, entity, self.made, self.work.context)
        today, zone = self.work.context.today, self.work.context.zone
        return _Plan(
            entity.name,
            entity.part_of,
            tuple(
                (name, following(one, Ground(self.random, self.made, f"{generator.id}.{name}", today, zone)))
                for name, one in generator.fields.items()
            ),
            ((workflow.field, workflow.initial),) if workflow is not None else (),
            self._filling[entity.name].fill,
            tuple((_counting(child.count, self.random), self._planned(child)) for child in generator.children),
        )

    def _make(self, plan: _Plan, turn: _Turn, parent: MadeRow | None) -> None:
        values: dict[str, object] = {}
        row = MadeRow(next(self._ids), plan.entity, values)
        if parent is not None and plan.part_of:
            values[plan.part_of] = parent.id
        at = Draw(values, parent, turn.each, turn.day)
        for name, drawing in plan.drawings:
            values[name] = drawing(at)
        for name, state in plan.first_state:
            values.setdefault(name, state)
        plan.fill(row)
        self.made.add(row)
        self._waiting.setdefault(plan.entity, []).append((row.id, values))
        for number, child in plan.children:
            for _ in range(number()):
                self._make(child, turn, row)

    def _write(self, generator: Generator) -> None:
        """Parents were made before their parts, so the entities are written in the order in which they came."""
        for entity, rows in self._waiting.items():
            try:
                self.loading.add(self.work.model.entities[entity], rows, self._filling[entity].fields)
            except ValidationFailed as error:
                raise _unfit(generator, entity, error) from error
        self._waiting.clear()

    def _turns(self, generator: Generator) -> Iterator[_Turn]:
        """A plain count, or a loop over rows (`per`) and days with a season."""
        count = generator.count
        if isinstance(count, int) or not {"per", "days"} & count.keys():
            yield from (_Turn() for _ in range(_counting(count, self.random)()))
            return
        season, number = count.get("season"), _counting(count.get("each", 1), self.random)
        loop: list[MadeRow | None] = list(self.made.of(str(count["per"]))) if "per" in count else [None]
        for each in loop:
            for day in _days(self.work, count.get("days"), count.get("every")):
                wished, turn = number(), _Turn(each, day)
                for _ in range(round(wished * _factor(season, day))):
                    yield turn


def _fresh(work: Work) -> Iterator[int]:
    while True:
        yield from work.ids.many(IDS_AT_ONCE)


def _unfit(generator: Generator, entity: str, error: ValidationFailed) -> BadRecipe:
    """What a recipe gave does not fit its field."""
    told = "; ".join(f"{one.field}: {one.message.en}" for one in error.problems)
    return BadRecipe(Message(f"{generator.place} {entity}:{told}", f"{generator.place} {entity}: {told}"))


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


def _counting(given: object, random: Random) -> Callable[[], int]:
    """What draws how many: a number, or one between two."""
    inner = given.get("number", given) if isinstance(given, Mapping) else given
    if not isinstance(inner, Mapping):
        fixed = round(Decimal(str(inner)))
        return lambda: fixed
    low, high = Decimal(str(inner.get("from", 0))), Decimal(str(inner.get("to", 1)))
    if low >= high:
        only = round(low)
        return lambda: only
    start, end, draw = float(low) - 0.499, float(high) + 0.499, random.uniform
    return lambda: round(draw(start, end))
