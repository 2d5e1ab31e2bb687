"""Fresh rows: what is entered for new rows becomes rows that are ready to be written, column by column.

What a cell means, what fills an empty one, and which must not be empty depends on its field: it is asked once for a column of
all rows for which the same fields were given, and answered for each of them as for a row by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity, Field
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.records.cells import CellReader
from engine.runtime.records.defaults import Columns, Defaults
from engine.runtime.records.ownership import owning_unit_of, path_to_unit
from engine.runtime.records.parsing import cannot_write, must_be_filled
from engine.runtime.work import Work

Problems = dict[int, list[FieldProblem]]
"""What is wrong with rows, by their places."""


@dataclass(slots=True)
class Fresh:
    """A new row that is ready to be written: its place, all its fields in order, those given by its writer, its unit.

    `whole` are the values with the numbers that it gets.
    """

    at: int
    values: dict[str, object]
    given: frozenset[str]
    unit: int | None
    id: int = 0
    whole: dict[str, object] = field(default_factory=dict)


Ready = Fresh | ValidationFailed | None
"""A row, what is wrong with it, or None for one that is told by itself."""


@dataclass(slots=True)
class FreshRows:
    """Makes new rows of one entity out of what is entered for them."""

    work: Work
    entity: Entity
    cells: CellReader
    whole: str = ""
    """For rows of a part: the field that leads to their wholes."""
    _units: dict[object, int | None] = field(default_factory=dict)
    _required: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        self._required = tuple(one for one in self.entity.fields.values() if one.required and not one.computed)

    def ready(
        self,
        entered: Mapping[int, Mapping[str, object]],
        writable: frozenset[str],
        defaults: Defaults,
        wholes: Mapping[int, int] | None = None,
    ) -> dict[int, Ready]:
        """The rows by their places, from the values entered at each; of parts with the ids of their wholes."""
        shapes: dict[tuple[str, ...], list[int]] = {}
        for at, values in entered.items():
            shapes.setdefault(tuple(values), []).append(at)
        found: dict[int, Ready] = {}
        for names, places in shapes.items():
            raws = zip(*[entered[at].values() for at in places], strict=True)
            problems: Problems = {}
            for sound, columns in self._read(places, dict(zip(names, raws, strict=True)), writable, problems):
                given = frozenset(columns)
                if wholes is not None:
                    columns[self.whole] = [wholes[at] for at in sound]
                found |= self._filled(sound, given, defaults.fill(columns, len(sound)), problems)
        return found

    def missing(self, columns: Columns, places: Sequence[int], problems: Problems) -> None:
        """Add what must be filled and is empty, but of fields with which something else is wrong."""
        for one in self._required:
            column = columns.get(one.name)
            if column is not None and all(column):
                continue
            for index, at in enumerate(places):
                if column is None or column[index] in (None, ()):
                    known = problems.setdefault(at, [])
                    if all(other.field != one.name for other in known):
                        known.append(FieldProblem(one.name, "required", must_be_filled(one)))

    def _read(
        self,
        places: Sequence[int],
        given: Mapping[str, Sequence[object]],
        writable: frozenset[str],
        problems: Problems,
    ) -> Iterator[tuple[Sequence[int], Columns]]:
        """The values of writable fields, of rows together that have the same ones; what is wrong is added to the problems."""
        columns: Columns = {}
        bad: dict[int, tuple[str, ...]] = {}
        for name, raws in given.items():
            if name not in writable:
                problem = FieldProblem(name, "not_writable", cannot_write(self.entity.fields[name]))
                for at in places:
                    problems.setdefault(at, []).append(problem)
                continue
            read = self.cells.column(name, raws)
            columns[name] = [value for value, _ in read]
            for index, (_, wrong) in enumerate(read):
                if wrong:
                    problems.setdefault(places[index], []).extend(wrong)
                    bad[index] = (*bad.get(index, ()), name)
        if not bad:
            yield places, columns
            return
        alike: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(places)):
            alike.setdefault(bad.get(index, ()), []).append(index)
        for without, indexes in alike.items():
            kept: Columns = {name: [one[at] for at in indexes] for name, one in columns.items() if name not in without}
            yield [places[at] for at in indexes], kept

    def _filled(
        self, places: Sequence[int], given: frozenset[str], columns: Columns, problems: Problems
    ) -> Iterator[tuple[int, Ready]]:
        doubtful = set[int]()
        for name in columns.keys() - given - {self.whole}:
            columns[name] = self._typed(name, columns[name], doubtful)
        self.missing(columns, places, problems)
        fields, nothing = self.entity.fields, [None] * len(places)
        rows = zip(*[columns.get(name, nothing) for name in fields], strict=True)
        for index, (at, row, unit) in enumerate(zip(places, rows, self._units_of(columns, nothing), strict=True)):
            if index in doubtful:
                yield at, None
            elif wrong := problems.get(at):
                yield at, ValidationFailed(tuple(wrong))
            else:
                yield at, Fresh(at, dict(zip(fields, row, strict=True)), given, unit)

    def _typed(self, name: str, column: Sequence[object], doubtful: set[int]) -> list[object]:
        """What defaults gave as values of their field; rows where it is none are added to the doubtful."""
        typed: dict[object, object] = {None: None}
        for value in set(column) - typed.keys():
            try:
                typed[value] = self.cells.typed(name, value)
            except ValidationFailed:
                doubtful.update(index for index, one in enumerate(column) if one == value)
        return [typed.get(value) for value in column]

    def _units_of(self, columns: Columns, nothing: Sequence[None]) -> Sequence[int | None]:
        path = path_to_unit(self.entity)
        if not path:
            return nothing
        first = columns.get(path[0], nothing)
        for value in dict.fromkeys(first):
            if value not in self._units:
                self._units[value] = owning_unit_of(self.work, self.entity, {path[0]: value})
        return [self._units[value] for value in first]
