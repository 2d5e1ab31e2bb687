"""The intake of one run: batches of rows go the way of every import; what came before is left, what is refused is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from engine.diagnostics import DougongError, Message
from engine.extensions import SourceFault, SourceRow
from engine.model.names import empty_map
from engine.model.sources import Source
from engine.runtime.database.protocol import Session
from engine.runtime.sources.refusals import Refusal, drop_refusals, keep_refusals
from engine.runtime.sources.seen import KeyPrint, print_of, remember_versions, versions_of
from engine.runtime.sources.shapes import ShapeCount
from engine.runtime.sources.standing import move_cursor
from engine.runtime.sources.tables import Counts
from engine.runtime.sources.values import RowUnusable, texts_of
from engine.runtime.transfer.importing import ImportPlan, ImportReport, RowProblem, import_sheet
from engine.runtime.transfer.sheets import ROW_LIMIT, Sheet
from engine.runtime.work import Work

PROBLEMS_KEPT = 1000
Cursor = Mapping[str, object]
Write = Callable[[Callable[[Work], "Taken"]], "Taken"]


@dataclass(frozen=True, slots=True)
class RowRefused:
    """Why one row, or one value of it, was not taken."""

    position: Message
    field: str
    message: Message


@dataclass(frozen=True, slots=True)
class SoundRow:
    """A row that has a key and plain values; its texts by field."""

    row: SourceRow
    texts: Mapping[str, str]
    print: KeyPrint


@dataclass(frozen=True, slots=True)
class UnsoundRow:
    """A row that cannot be taken as it is."""

    row: SourceRow
    field: str
    message: Message


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one batch: counts, and why rows were refused."""

    counts: Counts
    problems: tuple[RowRefused, ...]
    versions: Mapping[KeyPrint, str]


@dataclass(slots=True)
class Intake:
    """What a run has done so far. `afresh` takes the state taken of a row before once more; `again` takes up refused ones.

    `keys` are those of rows without a version; `versions` are what a rehearsal would have noted.
    """

    source: Source
    dry_run: bool
    afresh: bool = False
    again: bool = False
    counts: Counts = field(default_factory=Counts)
    problems: list[RowRefused] = field(default_factory=list)
    shape: ShapeCount = field(default_factory=ShapeCount)
    keys: set[tuple[str, ...]] = field(default_factory=set)
    versions: dict[KeyPrint, str] = field(default_factory=dict)
    marked: bool = False

    def take(self, batch: Sequence[SourceRow], cursor: Cursor | None, write: Write) -> None:
        """Write one batch and, with a cursor, where the next run goes on after it: in one transaction, all or nothing."""
        self.marked = self.marked or cursor is not None
        if not self.marked and self.counts.read + len(batch) > ROW_LIMIT:
            raise SourceFault("too_many_rows", f"超过 {ROW_LIMIT} 行", f"There are over {ROW_LIMIT} rows")
        sound: list[SoundRow] = []
        unsound: list[UnsoundRow] = []
        for row in batch:
            self.shape.take(row.values)
            one = self._looked_at(row)
            sound.append(one) if isinstance(one, SoundRow) else unsound.append(one)
        found = write(lambda work: self._written(work, sound, unsound, cursor))
        self.counts += found.counts
        if self.dry_run:
            self.versions |= found.versions
        self.problems += islice(found.problems, max(0, PROBLEMS_KEPT - len(self.problems)))

    def _looked_at(self, row: SourceRow) -> SoundRow | UnsoundRow:
        try:
            texts = texts_of(row.values)
            key = self._key(texts, row.version)
        except DougongError as error:
            return UnsoundRow(row, str(error.details.get("field", "")), error.message)
        return SoundRow(row, texts, print_of(key))

    def _key(self, texts: Mapping[str, str], version: str) -> tuple[str, ...]:
        """The key of a row. Without one it could be created again and again; two rows of one key and no version would
        overwrite each other every time."""
        empty = [name for name in self.source.key if not texts[name].strip()]
        if empty:
            raise RowUnusable(Message("识别行的字段为空", "A field that identifies the row is empty"), field=empty[0])
        key = tuple(texts[name].strip() for name in self.source.key)
        if version:
            return key
        if key in self.keys:
            words = Message("与本次前面的一行键相同", "An earlier row of this run has the same key")
            raise RowUnusable(words, field=self.source.key[0])
        self.keys.add(key)
        return key

    def _written(
        self, work: Work, sound: Sequence[SoundRow], unsound: Sequence[UnsoundRow], cursor: Cursor | None
    ) -> Taken:
        fresh = self._fresh(work.session, sound)
        report = self._imported(work, fresh)
        wrong: dict[int, list[RowProblem]] = {}
        for one in report.problems:
            wrong.setdefault(one.line, []).append(one)
        taken = [one for at, one in enumerate(fresh) if at not in wrong]
        if not self.dry_run:
            refused = [*(_unsound(work, one) for one in unsound if not self.again)]
            refused += [_refusal(work, fresh[at], problems) for at, problems in wrong.items()]
            drop_refusals(work.session, self.source.name, [one.print.key for one in taken])
            keep_refusals(work.session, self.source, refused)
            remember_versions(work.session, self.source.name, _versions(taken))
            if cursor is not None:
                move_cursor(work.session, self.source, cursor)
        told = [RowRefused(one.row.position, one.field, one.message) for one in unsound]
        told += [RowRefused(fresh[one.line].row.position, one.column, one.message) for one in report.problems]
        counts = Counts(
            read=len(sound) + len(unsound),
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged + len(sound) - len(fresh),
            refused=len(wrong) + len(unsound),
        )
        return Taken(counts, tuple(told), _versions(taken))

    def _fresh(self, session: Session, rows: Sequence[SoundRow]) -> list[SoundRow]:
        """Rows in a newer state than was taken of them: of several states of one row in a batch the newest."""
        newest: dict[KeyPrint, str] = {}
        for one in rows:
            newest[one.print] = max(one.row.version, newest.get(one.print, ""))
        known = versions_of(session, self.source.name, [one.print for one in rows if one.row.version])
        known |= {one: version for one, version in self.versions.items() if version > known.get(one, "")}
        fresh: dict[KeyPrint, SoundRow] = {}
        for one in rows:
            version, before = one.row.version, known.get(one.print, "")
            newer = before <= version if self.afresh else before < version
            if one.print not in fresh and version == newest[one.print] and (newer or not version):
                fresh[one.print] = one
        return list(fresh.values())

    def _imported(self, work: Work, rows: Sequence[SoundRow]) -> ImportReport:
        names = tuple(self.source.fields)
        lines = tuple(tuple(one.texts[name] for name in names) for one in rows)
        plan = ImportPlan(self.source.entity, {name: name for name in names}, self.source.key, self.dry_run)
        return import_sheet(work, plan, Sheet(names, lines, tuple(range(len(rows)))))


def _versions(rows: Iterable[SoundRow]) -> Mapping[KeyPrint, str]:
    return {one.print: one.row.version for one in rows if one.row.version} or empty_map()


def _refusal(work: Work, one: SoundRow, problems: Iterable[RowProblem]) -> Refusal:
    told = tuple((problem.column, problem.message) for problem in problems)
    return Refusal(work.ids.next(), one.print.key, one.row.version, one.row.position, one.texts, told, work.context.now)


def _unsound(work: Work, one: UnsoundRow) -> Refusal:
    told = ((one.field, one.message),)
    cells = dict(_cells(one.row.values))
    return Refusal(work.ids.next(), None, one.row.version, one.row.position, cells, told, work.context.now)


def _cells(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The cells of a row that are plain."""
    for name, value in values.items():
        try:
            yield from texts_of({name: value}).items()
        except RowUnusable:
            continue
