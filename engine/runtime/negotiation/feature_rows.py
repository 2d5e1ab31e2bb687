"""Feature rows: the rows that the features of a line come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from engine.model.feature_plans import FeaturePlan, Fold, Raw
from engine.model.formula import Formula, Reference
from engine.model.negotiations import Path
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.readings import Question, ReadRow, read_rows
from engine.runtime.query.names import TITLE
from engine.runtime.work import Work

MOST = 200
"""Rows of one fold that are named: the newest."""


def feature_rows(work: Work, plan: FeaturePlan, record: int) -> Iterator[tuple[str, RowEvidence]]:
    """Each feature of a row with the rows that it comes from: the row itself and those along its relations, or those that
    are folded and were known strictly before the decision. A relation that leads to no row that is read says so by the row
    itself. With the rights of the work."""
    entity = plan.rows.entity
    raws = [
        (one.name, path)
        for one in plan.features
        if isinstance(one.value, Raw)
        for path in dict.fromkeys(_links(one.value.formula) or [()])
    ]
    folds = [(one.name, one.value) for one in plan.features if isinstance(one.value, Fold)]
    keys = [path for _, fold in folds for path in _paths(fold)]
    links = tuple(dict.fromkeys((*(path for _, path in raws if path), *keys)))
    rows = read_rows(work, Question(entity, (plan.as_of, (TITLE,), *links), among=("id",)), (record,), 1)
    if not rows:
        return
    row = rows[0]
    cells = dict(zip(links, row.cells[2:], strict=True))
    own = RowEvidence(entity, row.id, row.version, str(row.cells[1] or ""))
    for name, path in raws:
        found = list(_linked(work, entity, path, cells[path])) if path else []
        yield from ((name, one) for one in found or [own])
    known: dict[object, list[RowEvidence]] = {}
    for name, fold in folds:
        shape = (fold.over.entity, fold.known.source, fold.days, fold.where, fold.pairs)
        if shape not in known:
            known[shape] = list(_folded(work, fold, row.cells[0], {path: cells[path] for path in _paths(fold)}))
        yield name, own
        yield from ((name, one) for one in known[shape])


def _links(formula: Formula) -> list[Path]:
    """The relations along which a formula reads, () for the row itself."""
    return [tuple(reference.split(".")[:-1]) for reference in sorted(formula.references)]


def _paths(fold: Fold) -> tuple[Path, ...]:
    """The cells of the row that folded rows have in common with it."""
    nodes = (pair.row.node for pair in fold.pairs)
    return tuple(node.path for node in nodes if isinstance(node, Reference))


def _linked(work: Work, entity: str, path: Path, target: object) -> Iterator[RowEvidence]:
    field = work.model.field(entity, path)
    if field is None or field.relation is None or not isinstance(target, int):
        return
    other = field.relation.entity
    for one in read_rows(work, Question(other, ((TITLE,),), among=("id",)), (target,)):
        yield RowEvidence(other, one.id, one.version, str(one.cells[0] or ""))


def _folded(work: Work, fold: Fold, decided: object, cells: dict[Path, object]) -> Iterator[RowEvidence]:
    """The rows of a fold; of a pair that is no plain field none can be named."""
    entity = fold.over.entity
    pairs = [(pair.fact.node, pair.row.node) for pair in fold.pairs]
    plain = [(fact.path, row.path) for fact, row in pairs if isinstance(fact, Reference) and isinstance(row, Reference)]
    if not plain or len(plain) < len(pairs) or not isinstance(cells[plain[0][1]], int):
        return
    facts = tuple(fact for fact, _ in plain)
    conditions = (*fold.over.where, *((fold.where,) if fold.where is not None else ()))
    question = Question(entity, (fold.known, (TITLE,), *facts), conditions, among=facts[0])
    sought = tuple(cells[row] for _, row in plain)
    found = read_rows(work, question, (int(str(sought[0])),), MOST * 5)
    within = [one for one in found if one.cells[2:] == sought and _was_known(one, decided, fold.days)]
    for one in sorted(within, key=lambda one: (str(one.cells[0]), one.id), reverse=True)[:MOST]:
        yield RowEvidence(entity, one.id, one.version, str(one.cells[1] or ""))


def _was_known(row: ReadRow, decided: object, days: int | None) -> bool:
    """Whether a row was known strictly before the decision, and not too long before."""
    known = row.cells[0]
    if isinstance(known, datetime) and not isinstance(decided, datetime):
        known = known.date()
    if not isinstance(known, date) or not isinstance(decided, date):
        return False
    return known < decided and (days is None or known >= decided - timedelta(days=days))
