"""Row names: what rows that were named once are called to whoever reads of them later; nothing where they may not read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.runtime.negotiation.packages import Package, RowEvidence
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.query.names import TITLE
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class RowNames:
    """Names by entity and id, of the rows within reach."""

    names: Mapping[tuple[str, int], str]

    @classmethod
    def of(cls, work: Work, rows: Iterable[RowEvidence]) -> RowNames:
        """The names of rows as the reader reads them now, asked once for each entity."""
        ids: dict[str, dict[int, None]] = {}
        for one in rows:
            ids.setdefault(one.entity, {})[one.id] = None
        return cls(
            {
                (entity, row.id): str(row.cells[0] or "")
                for entity, some in ids.items()
                if entity in work.model.entities
                for row in read_rows(work, Question(entity, ((TITLE,),), among=("id",)), tuple(some), len(some))
            }
        )

    def row(self, row: RowEvidence) -> RowEvidence:
        return replace(row, title=self.names.get((row.entity, row.id), ""))

    def package(self, package: Package) -> Package:
        """A package with the rows that it rests on."""
        return replace(package, evidence=tuple(map(self.row, package.evidence)))
