"""Feature reading: the table of a plan, for whoever trains or scores, with their rights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.model.feature_plans import DAY, FeaturePlan
from engine.model.feature_tables import FeatureTable
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.modeling.decoding import OutcomeReading, moment_of, readings, ticks_of
from engine.runtime.modeling.feature_rights import as_readable, check_readable
from engine.runtime.modeling.statement import ONLY, PlanStatement
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import list_parameter
from engine.runtime.query.names import Reader
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.work import Work

Line = Sequence[object]


@dataclass(frozen=True, slots=True)
class Learning:
    """A table to learn from, and what was left out of it: rows whose outcome is not known yet, and those of the gap."""

    table: FeatureTable
    censored: int
    in_gap: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """A table to score. `omitted` are features that the reader may not read: an answer without them is none, for the
    model learnt from them."""

    table: FeatureTable
    omitted: tuple[str, ...]


def learning_table(work: Work, plan: FeaturePlan) -> Learning:
    """Every row of the plan whose outcome is known, in the order of time, as its reader may see it.

    Raises ColumnNotReadable where the reader may not read a column. A plan without an outcome gives all rows.
    """
    check_readable(Reader(work.model, work.context), plan)
    lines = _lines(work, plan, None)
    if plan.outcome is None:
        return Learning(_table(work, plan, lines, None), 0, 0)
    reading = OutcomeReading(plan.outcome, plan.clock, _now(work, plan))
    known = [(line, told) for line in lines if (told := reading.read(line[1], line[-reading.parts :])) is not None]
    table = _table(work, plan, [line for line, _ in known], [told for _, told in known])
    return _split(work, plan, Learning(table, len(lines) - len(known), 0))


def scoring_table(work: Work, plan: FeaturePlan, records: Iterable[int]) -> Scoring:
    """The rows with these ids, as the reader may see them; a row out of their reach is not in the table."""
    readable, omitted = as_readable(Reader(work.model, work.context), replace(plan, outcome=None))
    return Scoring(_table(work, readable, _lines(work, readable, tuple(records)), None), omitted)


def _lines(work: Work, plan: FeaturePlan, records: tuple[int, ...] | None) -> list[Line]:
    few, outcome = records is not None, plan.outcome is not None
    shape = ("features", plan.pipeline, plan.node, few, outcome, tuple(one.name for one in plan.features))

    def build() -> Built:
        compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
        tree = PlanStatement(compilation, plan, few, outcome).tree()
        return tree, RecordDecoder(plan.rows.entity, (), work.session.dialect), compilation

    work.read_once("plain plans of features", _plainly)
    statement = prepared(work, shape, build)
    values = {} if records is None else {ONLY: list_parameter(records, work.session.dialect)}
    return list(rows_of(work, statement, values))


def _plainly(session: Session) -> None:
    """PostgreSQL sorts a list of events in memory, and does not compile statements that run once."""
    if session.dialect == "postgres":
        session.execute(Statement("SET LOCAL jit = off", (), "postgres"))
        session.execute(Statement("SET LOCAL work_mem = '128MB'", (), "postgres"))


def _table(work: Work, plan: FeaturePlan, lines: list[Line], target: list[float] | None) -> FeatureTable:
    values, first = [], 3
    for reading in readings(plan):
        last = first + reading.parts
        values.append(tuple(reading.read(line[first:last]) for line in lines))
        first = last
    zone = work.context.zone
    moments: dict[object, datetime] = {}
    for line in lines:
        if line[1] not in moments:
            moments[line[1]] = moment_of(line[1], plan.clock, zone)
    return FeatureTable(
        columns=plan.columns,
        keys=tuple(_id(line[0]) for line in lines),
        at=tuple(moments[line[1]] for line in lines),
        units=tuple(None if line[2] is None else _id(line[2]) for line in lines),
        values=tuple(values),
        target=None if target is None else tuple(target),
        held_out=(False,) * len(lines),
    )


def _id(stored: object) -> int:
    return int(str(stored))


def _now(work: Work, plan: FeaturePlan) -> int:
    return ticks_of(work.context.moment, plan.clock, work.context.zone)


def _split(work: Work, plan: FeaturePlan, learning: Learning) -> Learning:
    """The last part of the rows in time is held out; all rows of its first moment are in it, none of the gap before."""
    if plan.split is None or not learning.table.keys:
        return learning
    table, zone = learning.table, work.context.zone
    ticks = [ticks_of(at, plan.clock, zone) for at in table.at]
    first = int(len(ticks) * (1 - plan.split.holdout))
    cut = ticks[min(first, len(ticks) - 1)]
    gap = plan.split.gap * (1 if plan.clock == "day" else DAY)
    kept = [at for at, tick in enumerate(ticks) if tick >= cut or tick < cut - gap]
    split = replace(
        table,
        keys=tuple(table.keys[at] for at in kept),
        at=tuple(table.at[at] for at in kept),
        units=tuple(table.units[at] for at in kept),
        values=tuple(tuple(column[at] for at in kept) for column in table.values),
        target=None if table.target is None else tuple(table.target[at] for at in kept),
        held_out=tuple(ticks[at] >= cut for at in kept),
    )
    return replace(learning, table=split, in_gap=len(ticks) - len(kept))
