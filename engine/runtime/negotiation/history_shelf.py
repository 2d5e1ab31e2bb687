"""The history shelf: matrices of a process, each for readers with the same rights, kept right by the event log."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, Field, FieldKind
from engine.model.formula import Formula, scale_of
from engine.model.negotiations import Negotiation, Path
from engine.runtime.database.protocol import Row
from engine.runtime.events import EventPosition, end_of_log, settled_before, visible_events
from engine.runtime.facts.epoch import epoch_of
from engine.runtime.negotiation.history_matrix import Column, HistoryMatrix, matrix_of
from engine.runtime.negotiation.readings import Question, kind_of, statement_of, stored_rows, tables_of
from engine.runtime.query.statements import bound_of
from engine.runtime.work import Work

MOST_KEPT = 8
MOST_FOLLOWED = 2_000
"""Events that a matrix follows one by one; beyond them it is read anew."""
MOST_AGAIN = 20_000
"""Rows of a matrix that are read again one by one; beyond them all are."""


@dataclass
class _Kept:
    """A matrix and how far the log was read for it; one thread at a time follows it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    matrix: HistoryMatrix | None = None
    read: EventPosition = field(default_factory=EventPosition)
    ahead: frozenset[int] = frozenset()
    epoch: int = 0


class HistoryShelf:
    """Matrices by negotiation and rights; the least used goes first. One a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, _Kept] = OrderedDict()

    def matrix(self, work: Work, negotiation: Negotiation) -> HistoryMatrix:
        """The decided rows that the reader of this work may see, as they stand in its snapshot or a little later."""
        reading = HistoryReading(work, negotiation)
        key = reading.rights()
        if key is None:
            return reading.made([])
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        with kept.lock:
            return _followed(reading, kept)


def _followed(reading: HistoryReading, kept: _Kept) -> HistoryMatrix:
    session = reading.work.session
    epoch = epoch_of(session)
    if kept.matrix is not None and kept.epoch == epoch:
        found = _caught_up(reading, kept, kept.matrix)
        if found is not None:
            kept.matrix = found
            return found
    read = end_of_log(session)
    kept.matrix, kept.read, kept.ahead, kept.epoch = reading.whole(), read, frozenset(), epoch
    return kept.matrix


def _caught_up(reading: HistoryReading, kept: _Kept, matrix: HistoryMatrix) -> HistoryMatrix | None:
    """The matrix with what the log has told since; None where it is to be read anew."""
    session = reading.work.session
    events = visible_events(session, kept.read, MOST_FOLLOWED + 1)
    if len(events) > MOST_FOLLOWED:
        return None
    fresh = [(entity, record) for position, entity, record in events if position.event not in kept.ahead]
    if fresh:
        changed = reading.changed(matrix, fresh)
        if changed is None or len(changed) > MOST_AGAIN:
            return None
        if changed:
            matrix = reading.again(matrix, changed)
    settled, ahead = settled_before(session), list[int]()
    for position, _, _ in events:
        if position.transaction < settled and not ahead:
            kept.read = position
        else:
            ahead.append(position.event)
    kept.ahead = frozenset(ahead)
    return matrix


@dataclass(frozen=True)
class HistoryReading:
    """How the decided rows of a negotiation are read for one reader."""

    work: Work
    negotiation: Negotiation

    @property
    def question(self) -> Question:
        history = self.negotiation.history
        terms = (one.field for one in self.negotiation.levers)
        likeness = (one.path for one in self.negotiation.similar)
        return Question(history.entity, (history.won, *terms, *likeness, *self._links), (history.decided,))

    @property
    def few(self) -> Question:
        whole = self.question
        return Question(whole.entity, whole.columns, whole.where, among=("id",))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of likeness: numbers and dates as numbers, all else as one of a list."""
        return tuple(
            Column(".".join(one.path), _is_number(self._kind(one.path)), one.weight, one.log)
            for one in self.negotiation.similar
        )

    @property
    def _links(self) -> tuple[Path, ...]:
        """The relations along which columns are read, shortest first."""
        paths = [one.path for one in self.negotiation.similar] + [one.field for one in self.negotiation.levers]
        found = {path[:end]: None for path in paths for end in range(1, len(path))}
        return tuple(sorted(found, key=lambda path: (len(path), path)))

    def rights(self) -> object | None:
        """What decides which rows and cells are read: two readers with the same share a matrix. None: they read none."""
        statement = statement_of(self.work, self.question)
        if statement is None:
            return None
        bound = tuple((name, repr(value)) for name, value in sorted(bound_of(self.work, statement).items()))
        return self.negotiation.name, self.work.model.fingerprint, statement.statement, bound

    def whole(self) -> HistoryMatrix:
        return self.made(stored_rows(self.work, self.question))

    def made(self, rows: Sequence[Row], matrix: HistoryMatrix | None = None) -> HistoryMatrix:
        levers = [self._kind(one.field) for one in self.negotiation.levers]
        likeness = [self._kind(one.path) for one in self.negotiation.similar]
        scales = [_scale(one) for one in (*levers, *likeness)]
        words = matrix.words if matrix is not None else ()
        return matrix_of(self.columns, rows, len(levers), len(self._links), scales, words)

    def again(self, matrix: HistoryMatrix, ids: Sequence[int]) -> HistoryMatrix:
        """The matrix with these rows as they stand: changed, gone or come."""
        fresh = self.made(stored_rows(self.work, self.few, ids), matrix)
        return matrix.without(numpy.array(ids, dtype=numpy.int64)).and_rows(fresh)

    def changed(self, matrix: HistoryMatrix, events: Sequence[tuple[str, int]]) -> list[int] | None:
        """The rows that events may have changed; None where they touch what rows are read by in another way."""
        model, entity = self.work.model, self.negotiation.history.entity
        links: dict[str, list[int]] = {}
        for at, path in enumerate(self._links):
            links.setdefault(_target(model, entity, path), []).append(at)
        beside = tables_of(self.work, self.question) - {entity, *links}
        found: dict[int, None] = {}
        for name, record in events:
            if name == entity:
                found[record] = None
            elif name in links:
                along = (matrix.links[:, links[name]] == record).any(axis=1)
                found |= dict.fromkeys(matrix.ids[along].tolist())
            elif name in beside:
                return None
        return list(found)

    def _kind(self, path: Path) -> Formula | Field | None:
        return kind_of(self.work.model, self.negotiation.history.entity, path)


def _target(model: AppModel, entity: str, path: Path) -> str:
    found = model.field(entity, path)
    return found.relation.entity if found is not None and found.relation is not None else ""


def _is_number(kind: Formula | Field | None) -> bool:
    return isinstance(kind, Field) and kind.kind in NUMERIC_KINDS


def _scale(kind: Formula | Field | None) -> int:
    if isinstance(kind, Field):
        return 0 if kind.kind is FieldKind.INTEGER else kind.scale
    return scale_of(kind.type) if isinstance(kind, Formula) else 0
