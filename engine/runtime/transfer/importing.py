"""Importing: rows of a sheet into an entity: mapping, rehearsal with a problem per row, upsert by key, relations by natural key.

Rows are written in batches; a row that cannot be is written alone, by the same services as everything that people write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, overload

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, ValidationFailed
from engine.model.uncollected import uncollected
from engine.runtime.query.lookup import rows_with
from engine.runtime.records.batches import FEW, Batch, Entered, Result, writes_in_batches
from engine.runtime.records.cells import CellReader
from engine.runtime.records.writing import create, update
from engine.runtime.storage.json import parse_json
from engine.runtime.transfer.cell_values import (
    Value,
    cell_value,
    cell_values,
    is_as_written,
    keys_of,
    only_row,
    several_rows,
)
from engine.runtime.transfer.documents import Documents, part_fields
from engine.runtime.transfer.sheets import Sheet
from engine.runtime.work import Work

BATCH = 8_000
"""Rows that are looked up and written together."""
RowOutcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How columns of a sheet fill fields: column name to field name; `key` fields find rows to update."""

    entity: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def has_parts(self) -> bool:
        """Whether columns fill parts of the rows, as `lines.product`."""
        return any("." in name for name in self.columns.values())


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one line of the sheet."""

    line: int
    column: str
    message: Message


@dataclass(slots=True)
class ImportReport:
    """What an import did or, on a dry run, would do; `unchanged` rows said what stands already."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def count(self, outcome: RowOutcome) -> None:
        """One more row that ended so."""
        if outcome == "created":
            self.created += 1
        elif outcome == "updated":
            self.updated += 1
        else:
            self.unchanged += 1


def import_sheet(work: Work, plan: ImportPlan, sheet: Sheet) -> ImportReport:
    """Write the rows of a sheet with the caller's rights; one bad row does not keep the others out.

    On a dry run all of it is rolled back.
    """
    entity = work.model.entities.get(plan.entity)
    if entity is None:
        raise BadRequest(Message(f"没有实体 {plan.entity}", f"There is no entity {plan.entity}"))
    check_plan(entity, work.model.entities, plan, sheet.header)
    importer = Importer(work, entity, plan)
    importer.carry_out(SheetRows(sheet.header, [(sheet.line(at), row) for at, row in enumerate(sheet.rows)]))
    return importer.report


def check_plan(entity: Entity, entities: Mapping[str, Entity], plan: ImportPlan, header: Sequence[str]) -> None:
    """Raises BadRequest for columns that the sheet has not, fields that the entity has not, and parts without a key."""
    missing = [column for column in plan.columns if column not in header]
    parts = {name for name, _, _ in part_fields(entity, entities)}
    unknown = [name for name in (*plan.columns.values(), *plan.key) if name not in entity.fields and name not in parts]
    if missing:
        raise BadRequest(Message(f"表中没有列：{'、'.join(missing)}", f"The sheet has no column: {', '.join(missing)}"))
    sealed = [name for name in plan.columns.values() if _is_sealed(entity, entities, name)]
    if sealed:
        names = ", ".join(sealed)
        raise BadRequest(
            Message(
                f"密封字段不能从表格导入：{names}。表格会以明文留在服务器上；请在表单中填写，或用接口写入",
                f"Sealed fields are not imported from a sheet, which would lie on the server in the clear: {names}. Enter them in "
                "the form, or write them by the interface",
            )
        )
    if unknown:
        raise BadRequest(Message(f"没有字段：{'、'.join(unknown)}", f"There is no field: {', '.join(unknown)}"))

    if plan.has_parts and not plan.key:
        raise BadRequest(
            Message(
                "含明细列时，请选择识别主记录的字段", "Where columns fill parts, choose what finds the whole record"
            )
        )


def _is_sealed(entity: Entity, entities: Mapping[str, Entity], name: str) -> bool:
    """Whether what a column fills is sealed, in the entity or in a part of it."""
    own = entity.fields.get(name)
    parts = (part.fields[field] for full, part, field in part_fields(entity, entities) if full == name)
    return (own is not None and own.sealed) or any(one.sealed for one in parts)


class _Rehearsed(Exception):
    """Leaves a savepoint after a rehearsal, so that nothing stays."""


class SheetRow(NamedTuple):
    """One line of a sheet: its number, and its cells by column."""

    line: int
    cells: Mapping[str, str]


class SheetRows(Sequence[SheetRow]):
    """Lines of a sheet as they are kept, of which most are only asked column by column."""

    def __init__(self, header: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]) -> None:
        self._header, self._lines = header, lines
        self._columns: dict[str, Sequence[str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> SheetRow: ...

    @overload
    def __getitem__(self, at: slice) -> SheetRows: ...

    def __getitem__(self, at: int | slice) -> SheetRow | SheetRows:
        if isinstance(at, slice):
            return SheetRows(self._header, self._lines[at])
        line, cells = self._lines[at]
        return SheetRow(line, dict(zip(self._header, cells, strict=True)))

    def texts(self, column: str) -> list[str]:
        """The cells of a column, without what is blank around them."""
        if not self._columns:
            columns = zip(*[cells for _, cells in self._lines], strict=True)
            self._columns = dict(zip(self._header, columns, strict=False))
        return [*map(str.strip, self._columns.get(column, ()))]


def _texts(rows: Sequence[SheetRow], column: str) -> list[str]:
    return rows.texts(column) if isinstance(rows, SheetRows) else [row.cells[column].strip() for row in rows]


Key = tuple[object, ...]
Standing = int | DougongError | None
"""The row that has a key: its id, none, or why it cannot be told."""


class _Line(NamedTuple):
    """A row on its way: what is said of its fields, the key that finds it, and the titles by which it names its like."""

    said: Mapping[str, object]
    key: Key | None
    names: frozenset[str] = frozenset()
    wrong: DougongError | None = None


@dataclass
class Importer:
    """Writes rows by one plan in one unit of work, and counts what becomes of them."""

    work: Work
    entity: Entity
    plan: ImportPlan
    report: ImportReport = field(default_factory=ImportReport)
    cells: CellReader | None = None
    """What an earlier importer of the same sheet has read, to be gone on with."""

    def carry_out(self, rows: Sequence[SheetRow]) -> None:
        """Write rows in their order; of a rehearsal nothing stays."""
        with uncollected(), suppress(_Rehearsed), self.work.savepoint():
            self.write(rows)
            if self.plan.dry_run:
                raise _Rehearsed

    def write(self, rows: Sequence[SheetRow]) -> None:
        """Write rows in their order."""
        for at, outcome in enumerate(self._outcomes(rows)):
            if isinstance(outcome, str):
                self.report.count(outcome)
            else:
                self.count(rows[at], outcome)

    def _outcomes(self, rows: Sequence[SheetRow]) -> Iterator[Result]:
        if self.plan.has_parts:
            documents = Documents(self.work, self.entity, self.columns, self.plan.key)
            yield from documents.written([row.cells for row in rows])
            return
        if not writes_in_batches(self.work, self.entity, {*self.plan.columns.values(), *self.plan.key}):
            yield from map(self.alone, rows)
            return
        if self.cells is None or not self.cells.of(self.entity, self.work.context.zone):
            self.cells = CellReader(self.entity, self.work.context.zone)
        batch = Batch(self.work, self.entity, self.cells)
        for start in range(0, len(rows), BATCH):
            yield from _Stretch(self, batch, rows[start : start + BATCH]).written()

    def count(self, row: SheetRow, outcome: Result) -> None:
        if isinstance(outcome, ValidationFailed):
            self.report.problems += [
                RowProblem(row.line, self.columns.get(one.field, one.field), one.message) for one in outcome.problems
            ]
        elif isinstance(outcome, DougongError):
            column = self.columns.get(str(outcome.details.get("field", "")), "")
            self.report.problems.append(RowProblem(row.line, column, outcome.message))
        else:
            self.report.count(outcome)

    @cached_property
    def columns(self) -> dict[str, str]:
        """Columns by the field that they fill; of several for one field the last."""
        return {name: column for column, name in self.plan.columns.items()}

    def said(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """What a row says: an empty cell of a field with a default says nothing, so that a repetition changes nothing."""
        if None not in values.values():
            return values
        silent = self.silent
        return {name: value for name, value in values.items() if value is not None or name not in silent}

    @cached_property
    def silent(self) -> frozenset[str]:
        """The fields with a default."""
        fields = self.entity.fields.values()
        return frozenset(one.name for one in fields if one.default is not None or one.default_formula is not None)

    def key(self, values: Mapping[str, object]) -> Key | None:
        """What finds the standing row; None where the plan has no key or the row does not fill it. Raises ValidationFailed."""
        found: list[object] = []
        for name in self.plan.key:
            raw = values.get(name)
            if raw is None or raw == "":
                return None
            read = self.cells.cell(name, raw) if self.cells is not None else None
            if read is not None and not read[1]:
                found.append(read[0])
            else:
                found.append(parse_json(raw, self.entity.fields[name], self.work.context.zone))
        return tuple(found) or None

    def keys(self, columns: Mapping[str, Sequence[object]]) -> list[Key] | None:
        """What finds the standing rows, of lines given as columns; None where each has to be asked by itself."""
        found: list[list[object]] = []
        for name in self.plan.key:
            column = columns.get(name, (None,))
            if self.cells is None or None in column or "" in column:
                return None
            read = self.cells.column(name, column)
            if any(wrong for _, wrong in read):
                return None
            found.append([value for value, _ in read])
        return [*zip(*found, strict=True)] or None

    def alone(self, row: SheetRow) -> Result:
        """Write one row as people write it."""
        try:
            with self.work.savepoint():
                return self._write(row)
        except DougongError as error:
            if error.status >= 500:
                raise
            return error

    def _write(self, row: SheetRow) -> Result:
        work, entity = self.work, self.entity
        values = {
            name: cell_value(work, entity, entity.fields[name], row.cells[column].strip())
            for name, column in self.columns.items()
        }
        key, said = self.key(values), self.said(values)
        existing = only_row(work, entity, dict(zip(self.plan.key, key, strict=True))) if key is not None else None
        if existing is None:
            create(work, entity.name, said)
            return "created"
        return "updated" if update(work, entity.name, existing.id, said).written else "unchanged"


@dataclass(slots=True)
class _Stretch:
    """Rows that are looked up together, and written piece by piece: a row that an earlier one of its piece may decide begins
    the next piece."""

    importer: Importer
    batch: Batch
    rows: Sequence[SheetRow]
    _lines: list[_Line | DougongError] = field(default_factory=list)
    _standing: dict[Key, Standing] = field(default_factory=dict)
    _reach: int = BATCH
    """How many rows the next piece has at most: few where one before was ended by a row that had to be written alone."""

    def written(self) -> list[Result]:
        """Write all rows; what became of each."""
        self._lines = self._read(self.rows)
        outcomes: dict[int, Result] = {}
        start = 0
        while start < len(self.rows):
            if start and self._own:
                self._lines[start:] = self._read(self.rows[start:])
            start = self._piece(start, outcomes)
        return [outcomes[at] for at in range(len(self.rows))]

    def _piece(self, start: int, outcomes: dict[int, Result]) -> int:
        """Write rows from `start` on; where the next piece starts."""
        most = min(start + self._reach, len(self.rows))
        self._look_up(self._lines[start:most])
        entered, places, firsts = list[Entered](), list[int](), dict[Key, _Line]()
        repeated: dict[Key, list[int]] = {}
        called: set[str] = set()
        own, lines = self._own, self._lines
        end = start
        for end in range(start, most + 1):
            line = lines[end] if end < most else None
            if line.__class__ is not _Line or (called and line.names & called):
                if not isinstance(line, DougongError):
                    break
                outcomes[end] = line
                continue
            if line.wrong is not None:
                outcomes[end] = line.wrong
                continue
            if line.key is not None and line.key in firsts:
                if firsts[line.key].said != line.said:
                    break
                repeated.setdefault(line.key, []).append(end)
                continue
            standing = self._standing.get(line.key) if line.key is not None else None
            if isinstance(standing, DougongError):
                outcomes[end] = standing
                continue
            if line.key is not None:
                firsts[line.key] = line
            if own:
                called |= {str(line.said[name]) for name in keys_of(self.importer.entity) if line.said.get(name)}
            entered.append(Entered(line.said, standing))
            places.append(end)
        results = self.batch.write(entered)
        outcomes |= zip(places, results, strict=False)
        alone = places[len(results)] if len(results) < len(entered) else None
        end = end if alone is None else alone
        self._repeat({key: [at for at in found if at < end] for key, found in repeated.items()}, firsts, outcomes)
        self._reach = min(self._reach * 4, BATCH) if alone is None else FEW
        if alone is not None:
            outcomes[alone] = self.importer.alone(self.rows[alone])
            end += 1
        for key in firsts:
            self._standing.pop(key, None)
        return end

    def _repeat(
        self, repeated: Mapping[Key, Sequence[int]], firsts: Mapping[Key, _Line], outcomes: dict[int, Result]
    ) -> None:
        """Rows that say again what an earlier one of their piece said: all of one key end as the first of them does."""
        first = [found[0] for found in repeated.values() if found]
        if not first:
            return
        again = _Stretch(self.importer, self.batch, [self.rows[at] for at in first]).written()
        for found, outcome in zip((one for one in repeated.values() if one), again, strict=True):
            outcomes |= dict.fromkeys(found, outcome)

    # ---- looking up

    @property
    def _own(self) -> tuple[str, ...]:
        """The fields filled that point at rows of the same entity."""
        entity = self.importer.entity
        relations = ((name, entity.fields[name].relation) for name in self.importer.columns)
        return tuple(name for name, one in relations if one is not None and one.entity == entity.name)

    def _read(self, rows: Sequence[SheetRow]) -> list[_Line | DougongError]:
        """What rows say, each column looked up at once."""
        work, entity, columns = self.importer.work, self.importer.entity, self.importer.columns
        texts = {name: _texts(rows, column) for name, column in columns.items()}
        found = {
            name: cell_values(work, entity, entity.fields[name], column)
            for name, column in texts.items()
            if not is_as_written(entity.fields[name])
        }
        if not self._own and not any(
            isinstance(one, DougongError) for known in found.values() for one in known.values()
        ):
            return self._sound(
                {
                    name: [*map(found[name].__getitem__, column)] if name in found else [one or None for one in column]
                    for name, column in texts.items()
                }
            )
        for name, column in texts.items():
            if name not in found:
                found[name] = {text: text or None for text in column}
        return [self._line({name: (texts[name][at], found[name]) for name in columns}) for at in range(len(rows))]

    def _sound(self, columns: Mapping[str, Sequence[object]]) -> list[_Line | DougongError]:
        """Lines whose cells all stand for something, and for nothing of this sheet."""
        importer, names = self.importer, tuple(columns)
        rows: list[Mapping[str, object]] = [
            dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
        said = rows
        if any(name in importer.silent and None in column for name, column in columns.items()):
            said = [importer.said(row) for row in rows]
        keys = importer.keys(columns)
        if keys is not None:
            return [*map(_Line, said, keys)]
        return [self._by_itself(row) for row in rows]

    def _by_itself(self, values: Mapping[str, object]) -> _Line | DougongError:
        try:
            return _Line(self.importer.said(values), self.importer.key(values))
        except ValidationFailed as error:
            return error

    def _line(self, cells: Mapping[str, tuple[str, Mapping[str, Value]]]) -> _Line | DougongError:
        values = {name: known[text] for name, (text, known) in cells.items()}
        names = frozenset(cells[name][0] for name in self._own)
        wrong = [(name, value) for name, value in values.items() if isinstance(value, DougongError)]
        if wrong:
            lasting = [value for name, value in wrong if name not in self._own]
            return lasting[0] if lasting else _Line({}, None, names, wrong[0][1])
        try:
            key = self.importer.key(values)
        except ValidationFailed as error:
            return error
        return _Line(self.importer.said(values), key, names)

    def _look_up(self, lines: Sequence[_Line | DougongError]) -> None:
        """Which rows stand for the keys of lines, as far as that is not known."""
        keys = (one.key for one in lines if isinstance(one, _Line))
        wanted = dict.fromkeys(key for key in keys if key is not None and key not in self._standing)
        if not wanted:
            return
        names, entity = self.importer.plan.key, self.importer.entity
        try:
            found = rows_with(self.importer.work, entity.name, names, wanted)
        except DougongError as error:
            if error.status >= 500:
                raise
            self._standing |= dict.fromkeys(wanted, error)
            return
        for key in wanted:
            records = found.get(key, [])
            self._standing[key] = several_rows(names[0]) if len(records) > 1 else next(iter(records), None)
