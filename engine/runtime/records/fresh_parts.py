"""Fresh parts: the rows that new records bring along, such as the lines of orders, written for many records at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity
from engine.runtime.query.rights import some_not_written_by_right, writable_in_new
from engine.runtime.records.cells import CellReader
from engine.runtime.records.changes import ChangeSet
from engine.runtime.records.checks import failed_of_many
from engine.runtime.records.defaults import defaults_of
from engine.runtime.records.fresh_rows import Fresh, FreshRows
from engine.runtime.records.inserting import insert_fresh
from engine.runtime.work import Work


@dataclass(slots=True)
class FreshParts:
    """The rows of one part that wholes bring along; `by` leads from each to its whole. Wholes are told by their places."""

    work: Work
    part: Entity
    by: str
    _rows: FreshRows = field(init=False)
    _written: dict[int, int] = field(default_factory=dict)
    """The ids of the rows written last, with the place of the whole of each."""
    _given: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._rows = FreshRows(self.work, self.part, CellReader(self.part, self.work.context.zone), self.by)

    def insert(
        self, changes: ChangeSet, wholes: Mapping[int, int], brought: Mapping[int, Sequence[Mapping[str, object]]]
    ) -> set[int]:
        """Write what was entered for wholes, given by their ids; the wholes that are to be written alone, then nothing is."""
        places = [at for at, rows in brought.items() for _ in rows]
        entered = dict(enumerate(row for rows in brought.values() for row in rows))
        belongs = {at: wholes[place] for at, place in enumerate(places)}
        ready = self._rows.ready(
            entered, writable_in_new(self.work, self.part.name), defaults_of(self.work, self.part), belongs
        )
        fresh = sorted((one for one in ready.values() if isinstance(one, Fresh)), key=lambda one: one.at)
        if len(fresh) < len(ready):
            return {places[at] for at, one in ready.items() if not isinstance(one, Fresh)}
        insert_fresh(self.work, changes, self.part, fresh)
        self._written = {one.id: places[one.at] for one in fresh}
        self._given = frozenset[str]().union(*{one.given for one in fresh})
        return set()

    def written(self) -> dict[tuple[str, int], int]:
        """The rows written last, as a change set names them, with the places of their wholes."""
        return {(self.part.name, record): at for record, at in self._written.items()}

    def failed(self, changes: ChangeSet) -> set[int]:
        """The wholes of rows that may not stay as they were written."""
        if not self._written:
            return set()
        rows = [changes.now[key] for key in self.written()]
        failed = {*failed_of_many(self.work, self.part, rows, None)}
        failed |= some_not_written_by_right(self.work, self.part.name, [*self._written], self._given)
        return {self._written[record] for record in failed}
