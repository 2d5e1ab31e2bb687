"""Answers on a canvas: rows of the live database where it has what the draft asks for, samples where it has not.

What is asked of the database is asked with the live model, which fits its tables, and with the rights of the role that the page is
shown as, as far as the designer may look through it: a column that only the draft has is filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from designer.canvas.samples import field_at, sample_cells, sample_of
from engine.diagnostics import DougongError
from engine.model.access import FieldRight
from engine.model.requests import AggregateRow, Path, QueryRequest, Record, RecordPage
from engine.runtime.database.errors import SchemaChanged
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.widgets.contract import (
    Aggregates,
    BoardTotals,
    Failed,
    FieldRights,
    GroupedRows,
    ManyRows,
    Need,
    RowGroup,
    RowGroups,
    Rows,
    Scene,
    TransitionOffers,
)

NOTHING_LIVE = Failed("not_found", "")


class CanvasAnswers:
    """Answers what the widgets of one canvas need. `work` asks the live database; with a sample record nothing of a record is asked."""

    def __init__(self, work: Work, sample_record: bool) -> None:
        self._work = work
        self._sample_record = sample_record
        self.samples: set[str] = set()
        """Items that show samples, by id."""
        self._filled = False

    def __call__(self, scene: Scene, need: Need) -> object:
        return self._live(scene, need)

    def of_item(self, item: str, scene: Scene, needs: Mapping[str, Need]) -> Mapping[str, object]:
        """What one item needs: all of it from the database, or all of it as samples where that has nothing."""
        self._filled = False
        found = {name: self._live(scene, need) for name, need in needs.items()}
        if needs and all(_says_nothing(one) for one in found.values()):
            samples = {name: sample for name, need in needs.items() if (sample := sample_of(need, scene)) is not None}
            found, self._filled = {**found, **samples}, bool(samples)
        if self._filled:
            self.samples.add(item)
        return found

    def _live(self, scene: Scene, need: Need) -> object:
        if isinstance(need, FieldRights):
            return _rights(scene, need.entity)
        if isinstance(need, TransitionOffers) and self._sample_record:
            return ()
        if isinstance(need, Rows | ManyRows | GroupedRows):
            return self._rows(scene, need)
        if isinstance(need, Aggregates) and not self._has_metrics(scene, need):
            return NOTHING_LIVE
        return self._answered(scene, need)

    def _has_metrics(self, scene: Scene, need: Aggregates) -> bool:
        """Whether each metric is live as it is drafted."""
        live = self._work.model.metrics
        return all(
            name in live and _meaning(live[name]) == _meaning(scene.model.metrics.get(name))
            for name in need.request.metrics
        )

    def _answered(self, scene: Scene, need: Need) -> object:
        try:
            return answer_need(self._work, scene, need)
        except SchemaChanged:
            raise
        except (DougongError, LookupError) as error:  # a name that only the draft knows
            return Failed(getattr(error, "code", "not_found"), "")

    def _rows(self, scene: Scene, need: Rows | ManyRows | GroupedRows) -> object:
        """Rows with the columns that are live; those that only the draft has are filled in."""
        request = need.request
        entity = self._work.model.entities.get(request.entity)
        if entity is None:
            return NOTHING_LIVE
        live = tuple(path for path in request.columns if self._is_live(scene, request, path))
        found = self._answered(scene, replace(need, request=replace(request, columns=live or (("id",),))))
        missing = tuple(path for path in request.columns if path not in live)
        if not missing or _says_nothing(found):
            return found
        self._filled = True
        return _with_samples(found, missing, scene)

    def _is_live(self, scene: Scene, request: QueryRequest, path: tuple[str, ...]) -> bool:
        drafted = field_at(scene.model, scene.model.entities[request.entity], path)
        live = field_at(self._work.model, self._work.model.entities[request.entity], path)
        if drafted is None:
            return True
        return live is not None and live[1].kind is drafted[1].kind


def _with_samples(found: object, missing: tuple[Path, ...], scene: Scene) -> object:
    """Rows with samples in the columns that only the draft has."""
    if isinstance(found, RecordPage):
        return replace(
            found, records=tuple(_completed(one, missing, at, scene) for at, one in enumerate(found.records, 1))
        )
    if isinstance(found, RowGroups):
        return replace(found, groups=tuple(_group(one, missing, scene) for one in found.groups))
    return found


def _group(one: RowGroup, missing: tuple[Path, ...], scene: Scene) -> RowGroup:
    page = _with_samples(one.page, missing, scene)
    return replace(one, page=page) if isinstance(page, RecordPage) else one


def _completed(record: Record, missing: tuple[Path, ...], number: int, scene: Scene) -> Record:
    cells = dict(record.cells)
    for path in missing:
        cells |= sample_cells(scene.model, scene.model.entities[record.entity], path, number, scene)
    return replace(record, cells=cells)


def _meaning(metric: object) -> tuple[object, ...]:
    """What decides about a metric's figures."""
    names = ("entity", "time", "inputs")
    formulas = ("measure", "where", "formula")
    texts = tuple(str(getattr(metric, name, None)) for name in formulas)
    return (*(getattr(metric, name, None) for name in names), *texts)


def _rights(scene: Scene, entity: str) -> Mapping[str, FieldRight]:
    """The rights of the draft to each field."""
    writable, readable = scene.writable[entity], scene.readable[entity]
    fields = scene.model.entities[entity].fields
    return {
        name: FieldRight.WRITE if name in writable else FieldRight.READ
        for name in fields
        if name in readable or name in writable
    }


def _says_nothing(found: object) -> bool:
    match found:
        case Failed():
            return True
        case RecordPage(records):
            return not records
        case RowGroups(groups):
            return not groups
        case BoardTotals(counts):
            return not any(counts.values())
        case tuple():
            return all(isinstance(one, AggregateRow) and not any(one.values.values()) for one in found)
    return False
