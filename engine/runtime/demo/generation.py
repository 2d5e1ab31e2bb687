"""Generating: rows of one generator with their children, loaded in bulk, formulas worked out while rows are made where they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random

from engine.diagnostics import Message
from engine.model.demo import Generator
from engine.model.errors import ValidationFailed
from engine.runtime.demo.counting import counting, days_of, season_factor
from engine.runtime.demo.recipes import BadRecipe, Draw, Drawing, Ground, following, words_of
from engine.runtime.demo.rows import MadeRow, MadeRows
from engine.runtime.demo.working_out import Told, WorkingOut
from engine.runtime.records.loading import Loading
from engine.runtime.work import Work

TOGETHER = 5_000
"""Rows that are written at a time: all of them at once would fill the memory."""
IDS_AT_ONCE = 500


def _nobody(count: int) -> None:
    """Nobody waits for the rows."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One row to make: its loop's row and day."""

    each: MadeRow | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A generator made out once for all its rows: how each field is drawn, and the state a row begins in.

    `at_once` fills each row as it is made, where others of the same run look at what is told of it; else many are filled at once.
    """

    entity: str
    part_of: str | None
    drawings: tuple[tuple[str, Drawing], ...]
    first_state: tuple[tuple[str, object], ...]
    at_once: WorkingOut | None
    children: tuple[tuple[Callable[[], int], _Plan], ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """What all rows of one generator share: the source of chance, and whether they are filled as they are made."""

    random: Random
    at_once: bool


@dataclass
class Making:
    """A run of generators: what was made so far, and what rows tell of themselves."""

    work: Work
    made: MadeRows
    loading: Loading
    told: Told
    heard: Callable[[int], None] = _nobody
    """Is told how many rows are made whenever some are written."""
    _ids: Iterator[int] = field(init=False)
    _waiting: dict[str, list[tuple[int, dict[str, object]]]] = field(default_factory=dict)
    _filling: dict[str, WorkingOut] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = _fresh(self.work)

    def generate(self, generator: Generator, chance: Random) -> int:
        """Make the rows of a generator and of its children, by this source of chance; the number of rows of its own."""
        run = _Run(chance, self._looked_at(generator))
        count, plan, written = 0, self._planned(generator, run), self.made.count
        for turn in self._turns(generator, chance):
            self._make(plan, turn, None)
            count += 1
            if self.made.count - written > TOGETHER:
                self._write(generator, run)
                written = self.made.count
        self._write(generator, run)
        return count

    def _looked_at(self, generator: Generator) -> bool:
        """Whether a row of this run may be asked for what is told of it before all that were made are filled."""
        order = [*dict.fromkeys(one.entity for one in generator.walk())]
        ahead = any(entity in order[at:] for at, name in enumerate(order) for entity, _ in self._filled(name).elsewhere)
        return ahead or self._asks(generator, frozenset(order), frozenset())

    def _asks(self, generator: Generator, run: frozenset[str], above: frozenset[str]) -> bool:
        """Whether a recipe names what is told of its row, of the row above, or of rows that these point at."""
        relations = (one.relation for one in self.work.model.entities[generator.entity].fields.values())
        near = {generator.entity, *(one.entity for one in relations if one is not None)}
        told = {name for entity in (near | above) & run for name in self._filled(entity).fields}
        if any(told & words_of(recipe) for recipe in generator.fields.values()):
            return True
        return any(self._asks(child, run, frozenset(near)) for child in generator.children)

    def _filled(self, name: str) -> WorkingOut:
        if name not in self._filling:
            self._filling[name] = WorkingOut(self.told, self.work.model.entities[name], self.made, self.work.context)
        return self._filling[name]

    def _planned(self, generator: Generator, run: _Run) -> _Plan:
        entity, workflow = self.work.model.entities[generator.entity], self.work.model.workflow_of(generator.entity)
        today, zone = self.work.context.today, self.work.context.zone
        return _Plan(
            entity.name,
            entity.part_of,
            tuple(
                (name, following(one, Ground(run.random, self.made, f"{generator.id}.{name}", today, zone)))
                for name, one in generator.fields.items()
            ),
            ((workflow.field, workflow.initial),) if workflow is not None else (),
            self._filled(entity.name) if run.at_once else None,
            tuple((counting(child.count, run.random), self._planned(child, run)) for child in generator.children),
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
        if plan.at_once is not None:
            plan.at_once.fill([values])
        self.made.add(row)
        self._waiting.setdefault(plan.entity, []).append((row.id, values))
        for number, child in plan.children:
            for _ in range(number()):
                self._make(child, turn, row)

    def _write(self, generator: Generator, run: _Run) -> None:
        """Parents were made before their parts, so the entities are written in the order in which they came."""
        if not run.at_once:
            for name in dict.fromkeys(one.entity for one in generator.walk()):
                self._filled(name).fill([values for _, values in self._waiting.get(name, ())])
        for entity, rows in self._waiting.items():
            try:
                self.loading.add(self.work.model.entities[entity], rows, self._filling[entity].fields)
            except ValidationFailed as error:
                raise _unfit(generator, entity, error) from error
        self._waiting.clear()
        self.heard(self.made.count)

    def _turns(self, generator: Generator, chance: Random) -> Iterator[_Turn]:
        """A plain count, or a loop over rows (`per`) and days with a season."""
        count = generator.count
        if isinstance(count, int) or not {"per", "days"} & count.keys():
            yield from (_Turn() for _ in range(counting(count, chance)()))
            return
        season, number = count.get("season"), counting(count.get("each", 1), chance)
        where = count.get("where")
        rows = self.made.of(str(count.get("per")), where if isinstance(where, Mapping) else None)
        loop: list[MadeRow | None] = list(rows) if "per" in count else [None]
        for each in loop:
            for day in days_of(self.work.context.today, count.get("days"), count.get("every")):
                wished, turn = number(), _Turn(each, day)
                for _ in range(round(wished * season_factor(season, day))):
                    yield turn


def _fresh(work: Work) -> Iterator[int]:
    while True:
        yield from work.ids.many(IDS_AT_ONCE)


def _unfit(generator: Generator, entity: str, error: ValidationFailed) -> BadRecipe:
    """What a recipe gave does not fit its field."""
    told = "; ".join(f"{one.field}: {one.message.en}" for one in error.problems)
    return BadRecipe(Message(f"{generator.place} {entity}:{told}", f"{generator.place} {entity}: {told}"))
