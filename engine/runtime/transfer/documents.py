"""Documents: lines of a sheet that repeat the key of their whole are one record with its parts, such as an order with its lines.

A column fills a part's field by `lines.product`. Lines that follow each other with one key are one document: its own fields
come from the first of them. Where the document stands already, parts that it has already are left, others are added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from engine.diagnostics import DougongError, Message
from engine.model.access import READABLE, Action
from engine.model.entities import Entity
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.query.lookup import Key, rows_with
from engine.runtime.query.rights import permitted_rows
from engine.runtime.records.batches import FEW, Batch, Entered, Result, writes_in_batches
from engine.runtime.records.cells import CellReader
from engine.runtime.records.stored import columns_of, decoded
from engine.runtime.records.writing import MOST_CHILDREN, create, update
from engine.runtime.rows import select
from engine.runtime.storage.json import parse_json
from engine.runtime.storage.tables import unique_columns
from engine.runtime.transfer.cell_values import cell_value, only_row
from engine.runtime.work import Work

OTHER_LINE = Message("同一单据的其他行有误", "Another line of the same document is refused")
AT_ONCE = 1_000
"""Documents that are written together."""
Cells = Mapping[str, str]
Line = tuple[int, dict[str, object]]
"""What a line says of a part, with the place of the line in its document."""


def part_of(entity: Entity, name: str, entities: Mapping[str, Entity]) -> Entity | None:
    """The entity of the parts that a collection of an entity holds; None for any other name."""
    collection = entity.collections.get(name)
    part = entities.get(collection.entity) if collection is not None else None
    return part if part is not None and collection is not None and part.part_of == collection.by else None


def part_fields(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[tuple[str, Entity, str]]:
    """Every field of every part that a column may fill: its name as in a plan, the part, the field."""
    for name, collection in entity.collections.items():
        part = part_of(entity, name, entities)
        for one in part.fields if part is not None else ():
            if part is not None and one != collection.by:
                yield f"{name}.{one}", part, one


@dataclass(frozen=True, slots=True)
class _Read:
    """What the lines of a document say: of its own fields, without empty ones that have a default, and of its parts."""

    values: Mapping[str, object]
    said: Mapping[str, object]
    parts: Mapping[str, list[Line]]


@dataclass
class Documents:
    """Writes documents for one writer in one unit of work. `columns` say which column fills which field.

    New ones are written many at once. One that stands already, that anything is wrong with, or that a batch may not hold
    is written by itself, in its turn.
    """

    work: Work
    entity: Entity
    columns: Mapping[str, str]
    key: tuple[str, ...]
    _known: dict[tuple[str, str], object] = field(default_factory=dict)
    _places: dict[str, list[int]] = field(default_factory=dict)
    """Of the document at hand: the lines that its parts, by collection, are written from."""

    def written(self, rows: Sequence[Cells]) -> Iterator[Result]:
        """Write rows in their order; what became of the document of each."""
        named = [self.columns[name] for name in self.key if name in self.columns]
        cut = groupby(rows, key=lambda row: tuple(row[column].strip() for column in named))
        documents, start, most = [[*lines] for _, lines in cut], 0, AT_ONCE
        while start < len(documents):
            piece = documents[start : start + most]
            results = self._together(piece) if self._batched else []
            for lines, result in zip(piece, results, strict=False):
                yield from [result] * len(lines) if result == "created" else self.alone(lines)
            start, most = start + len(results), min(most * 4, AT_ONCE)
            if len(results) < len(piece):
                yield from self.alone(documents[start])
                start, most = start + 1, FEW

    @cached_property
    def _batched(self) -> bool:
        """Whether batches may hold such documents: parts in which no two rows must be unlike, and fields that are not told row by row."""
        fields: dict[str, set[str]] = {}
        for one in self.columns:
            collection, _, name = one.rpartition(".")
            fields.setdefault(collection, set()).add(name)
        own = fields.pop("", set()) | {*self.key}
        return writes_in_batches(self.work, self.entity, own) and all(
            self._is_plain(part_of(self.entity, name, self.work.model.entities), names)
            for name, names in fields.items()
        )

    def _is_plain(self, part: Entity | None, names: set[str]) -> bool:
        if part is None or part.uniques or part.duplicates or any(unique_columns(part)):
            return False
        return writes_in_batches(self.work, part, names)

    @cached_property
    def _batch(self) -> Batch:
        return Batch(self.work, self.entity, CellReader(self.entity, self.work.context.zone))

    def _together(self, documents: Sequence[Sequence[Cells]]) -> list[Result]:
        """Write new documents from the first on as far as they can be written together; what became of each of those."""
        entered: list[Entered] = []
        try:
            found = [*self._sound(documents)]
            keys = {key: None for _, key in found if key is not None}
            standing: set[Key] = {*rows_with(self.work, self.entity.name, self.key, keys)}
        except DougongError as error:
            if error.status >= 500:
                raise
            return []
        for read, key in found:
            if key is not None and key in standing:
                break
            if key is not None:
                standing.add(key)
            parts = {name: [line for _, line in lines] for name, lines in read.parts.items()}
            entered.append(Entered(read.said, None, parts))
        return self._batch.write(entered) if entered else []

    def _sound(self, documents: Sequence[Sequence[Cells]]) -> Iterator[tuple[_Read, Key | None]]:
        """What documents say, and the key of each, until one with which anything is wrong."""
        for lines in documents:
            problems: list[FieldProblem] = []
            read = self._read(lines, problems)
            if problems or any(len(one) > MOST_CHILDREN for one in read.parts.values()):
                return
            try:
                key = self._sought(read.values)
            except ValidationFailed:
                return
            yield read, key

    def alone(self, rows: Sequence[Cells]) -> list[Result]:
        """Write one document as people write it; what became of each of its lines."""
        try:
            with self.work.savepoint():
                return [self._write(rows)] * len(rows)
        except ValidationFailed as error:
            return [self._of_line(error, at) for at in range(len(rows))]
        except DougongError as error:
            if error.status >= 500:
                raise
            return [error] * len(rows)

    def _of_line(self, error: ValidationFailed, at: int) -> ValidationFailed:
        """What of a refusal is about one line: its parts' fields, and on the first line those of the whole."""
        found: list[FieldProblem] = []
        for one in error.problems:
            name, _, rest = one.field.partition(".")
            place, _, part = rest.partition(".")
            if not place.isdecimal():
                found += [one] if at == 0 else []
            elif self._places[name][int(place)] == at:
                found.append(FieldProblem(f"{name}.{part}", one.code, one.message))
        return ValidationFailed(tuple(found) or (FieldProblem("", "other_line", OTHER_LINE),))

    def _read(self, rows: Sequence[Cells], problems: list[FieldProblem]) -> _Read:
        own = {name: column for name, column in self.columns.items() if "." not in name}
        values = {name: self._said(self.entity, name, rows[0][column], name, problems) for name, column in own.items()}
        said = {
            name: value for name, value in values.items() if value is not None or not _has_default(self.entity, name)
        }
        return _Read(values, said, self._parts(rows, problems))

    def _write(self, rows: Sequence[Cells]) -> Result:
        problems: list[FieldProblem] = []
        read = self._read(rows, problems)
        parts, said = read.parts, read.said
        if problems:
            self._places = {name: [*range(len(rows))] for name in parts}
            raise ValidationFailed(tuple(problems))
        existing = self._existing(read.values)
        if existing is not None:
            parts = {name: self._added(name, existing, given) for name, given in parts.items()}
        self._places = {name: [at for at, _ in lines] for name, lines in parts.items()}
        children = {name: [line for _, line in lines] for name, lines in parts.items()}
        if existing is None:
            create(self.work, self.entity.name, said, children=children)
            return "created"
        changed = update(self.work, self.entity.name, existing, said, children=children)
        return "updated" if changed.written else "unchanged"

    def _parts(self, rows: Sequence[Cells], problems: list[FieldProblem]) -> dict[str, list[Line]]:
        """The parts that the lines bring; a line may bring none. Cells that stand for nothing are added to the problems."""
        found: dict[str, list[Line]] = {}
        for name in dict.fromkeys(one.partition(".")[0] for one in self.columns if "." in one):
            part = part_of(self.entity, name, self.work.model.entities)
            mine = {one.partition(".")[2]: column for one, column in self.columns.items() if one.startswith(f"{name}.")}
            if part is not None:
                lines = [
                    {
                        one: self._said(part, one, row[column], f"{name}.{at}.{one}", problems)
                        for one, column in mine.items()
                    }
                    for at, row in enumerate(rows)
                ]
                found[name] = [
                    (
                        at,
                        {one: value for one, value in line.items() if value is not None or not _has_default(part, one)},
                    )
                    for at, line in enumerate(lines)
                    if any(value is not None for value in line.values())
                ]
        return found

    def _existing(self, values: Mapping[str, object]) -> int | None:
        sought = self._sought(values)
        if sought is None:
            return None
        found = only_row(self.work, self.entity, dict(zip(self.key, sought, strict=True)))
        return found.id if found is not None else None

    def _sought(self, values: Mapping[str, object]) -> Key | None:
        """What finds a document that stands; None where its key is not filled. Raises ValidationFailed."""
        if not self.key or any(values.get(name) in (None, "") for name in self.key):
            return None
        return tuple(parse_json(values[name], self.entity.fields[name], self.work.context.zone) for name in self.key)

    def _added(self, name: str, whole: int, given: Sequence[Line]) -> list[Line]:
        """Of the parts given those that the document does not hold already, each as often as it does."""
        collection, part = self.entity.collections[name], part_of(self.entity, name, self.work.model.entities)
        assert part is not None
        standing = self._standing(part, collection.by, whole)
        added: list[Line] = []
        for at, line in given:
            typed = self._typed(part, line)
            same = next((one for one in standing if typed is not None and typed.items() <= one.items()), None)
            if same is None:
                added.append((at, line))
            else:
                standing.remove(same)
        return added

    def _standing(self, part: Entity, by: str, whole: int) -> list[Mapping[str, object]]:
        """The parts of a document, as far as the writer may read them."""
        work, names = self.work, columns_of(part)
        rows = select(work.session, part.name, ("id",), {by: whole, "deleted_at is null": None}, ("id",))
        found = permitted_rows(work, part.name, [int(str(row[0])) for row in rows], Action.READ, names)
        return [
            {name: value for name, value in decoded(work, part, one.row).values.items() if one.rights[name] in READABLE}
            for _, one in sorted(found.items())
        ]

    def _typed(self, part: Entity, line: Mapping[str, object]) -> dict[str, object] | None:
        """The values of a line as a row holds them; None for one that will be refused."""
        try:
            return {name: parse_json(value, part.fields[name], self.work.context.zone) for name, value in line.items()}
        except ValidationFailed:
            return None

    def _said(self, entity: Entity, name: str, text: str, place: str, problems: list[FieldProblem]) -> object:
        """What a cell stands for; None for one that stands for nothing, which is a problem at its place."""
        try:
            return self._value(entity, name, text)
        except DougongError as error:
            if error.status >= 500:
                raise
            problems.append(FieldProblem(place, error.code, error.message))
            return None

    def _value(self, entity: Entity, name: str, text: str) -> object:
        key = (f"{entity.name}.{name}", text.strip())
        if key not in self._known:
            self._known[key] = cell_value(self.work, entity, entity.fields[name], text.strip())
        return self._known[key]


def _has_default(entity: Entity, name: str) -> bool:
    one = entity.fields[name]
    return one.default is not None or one.default_formula is not None
