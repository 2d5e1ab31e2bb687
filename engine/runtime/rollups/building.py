"""Building roll-ups from rows, a range at a time: each range is one short transaction, and deltas stay right meanwhile.

Where figures have one date, a build goes along it: first the rows without a day, then day after day. A day is counted once,
so its cells are made and never added to; coarser cells are made of finer ones, months once their last day is there. Where
they have several dates or none, it goes along ids, and every level is counted from rows.

What writes have appended about a range is in what is counted of it, and goes in the same snapshot: a delta has its row's id
and its cell's date, so it belongs to one range as rows do. What is appended later stays to be folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollups import Level, Rollup
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, StatementCache, compile_statement
from engine.runtime.metrics.buckets import MONTH, bucket_start
from engine.runtime.query import nodes
from engine.runtime.rollups.state import NOTHING_YET, counted_to, remember
from engine.runtime.rollups.statements import TAKEN, Asked, adding, marked, measured, own, part_of_it, summed
from engine.runtime.rows import delete, select
from engine.runtime.storage.fields import decode_date, encode_date
from engine.runtime.storage.rollup_tables import RECORD, SPLIT

ROWS_A_STEP = 20_000
LAST_ID = 2**63 - 1
UNDATED = 0
"""How far a build along days has come when it has counted the rows without one; later it is the ordinal of a day."""
_STEPS = StatementCache(1000)


@dataclass(frozen=True, slots=True)
class _Span:
    """A condition on the rows of a table: those of the range that is counted, or of the months that are whole with it."""

    rows: exp.Expression
    months: exp.Expression


def build_next(session: Session, entity: Entity, rollup: Rollup) -> int | None:
    """Count the next range of rows; how far it has come, None when the roll-up is built."""
    low = counted_to(session, rollup)
    if low is None:
        delete(session, rollup.cells, {f"{SPLIT} >=": 0})
        low = NOTHING_YET
    high = _by_id(session, entity, rollup, low) if rollup.day is None else _by_day(session, entity, rollup, low)
    remember(session, rollup, LAST_ID if high is None else high, done=high is None)
    return high


def _by_id(session: Session, entity: Entity, rollup: Rollup, low: int) -> int | None:
    found = select(session, rollup.entity, ("id",), {"id >": low}, ("id",), ROWS_A_STEP)
    high = int(str(found[-1][0])) if len(found) == ROWS_A_STEP else None
    shape = (rollup, session.dialect, "ids")
    statements = _STEPS.get(shape, lambda: tuple(_of_ids(entity, rollup, session.dialect)))
    _execute(session, statements, {"low": low, "high": LAST_ID if high is None else high})
    return high


def _by_day(session: Session, entity: Entity, rollup: Rollup, low: int) -> int | None:
    day, dialect = str(rollup.day), session.dialect
    if low == NOTHING_YET:
        _execute(
            session, _STEPS.get((rollup, dialect, "undated"), lambda: tuple(_undated(entity, rollup, dialect))), {}
        )
        return UNDATED
    first = date.fromordinal(low + 1)
    found = select(session, rollup.entity, (day,), {f"{day} >=": encode_date(first, dialect)}, (day,), ROWS_A_STEP)
    last = decode_date(found[-1][0], dialect) if len(found) == ROWS_A_STEP else date.max
    if not isinstance(last, date):
        raise ValueError("rows from a day on have days")
    whole = last if last == date.max else bucket_start(last + timedelta(days=1), MONTH) - timedelta(days=1)
    bounds = {"first": first, "last": last, "months_first": first.replace(day=1), "months_last": whole}
    statements = _STEPS.get((rollup, dialect, "days"), lambda: tuple(_of_days(entity, rollup, dialect)))
    _execute(session, statements, {name: encode_date(one, dialect) for name, one in bounds.items()})
    return None if last == date.max else last.toordinal()


def _execute(session: Session, statements: Sequence[Statement], values: Mapping[str, object]) -> None:
    for statement in statements:
        session.execute(statement, {name: values[name] for name in statement.parameters})


def _of_ids(entity: Entity, rollup: Rollup, dialect: Dialect) -> Iterator[Statement]:
    yield from _counted(entity, rollup, rollup.levels, (_ids("id"), _ids(RECORD)), dialect)


def _undated(entity: Entity, rollup: Rollup, dialect: Dialect) -> Iterator[Statement]:
    nothing = nodes.is_null(own(str(rollup.day)))
    yield from _along_days(entity, rollup, _Span(nothing, nothing), dialect)


def _of_days(entity: Entity, rollup: Rollup, dialect: Dialect) -> Iterator[Statement]:
    day = str(rollup.day)
    span = _Span(_within(day, "first", "last"), _within(day, "months_first", "months_last"))
    yield from _along_days(entity, rollup, span, dialect)


def _along_days(entity: Entity, rollup: Rollup, span: _Span, dialect: Dialect) -> Iterator[Statement]:
    """The finest levels from rows, coarser ones of the same days from those, then months, then what has no day from months."""
    sources = dict(_sources(rollup))
    counted = [one for one in rollup.levels if one not in sources]
    yield from _counted(entity, rollup, counted, (span.rows, span.rows), dialect)
    by_day = {one for one in rollup.levels if one.month is None and rollup.day in one.split}
    by_month = {one for one in rollup.levels if one.month is not None}
    for levels, where in (
        (by_day, span.rows),
        (by_month, span.months),
        ({*rollup.levels} - by_day - by_month, span.months),
    ):
        asked = [
            Asked(level, rollup.cells, nodes.all_of([marked(source), where.copy()]), summed(rollup))
            for level, source in sources.items()
            if level in levels
        ]
        if asked:
            yield compile_statement(adding(entity, rollup, asked, dialect), dialect)


def _sources(rollup: Rollup) -> Iterator[tuple[Level, Level]]:
    """The levels that are made of finer ones, each with the one that it is made of."""
    dated = [one for one in rollup.levels if one.month is None and rollup.day in one.split]
    finest = [one for one in dated if not any({*one.split} < {*other.split} for other in dated)]
    for level in rollup.levels:
        columns = frozenset(level.split)
        if level.month is not None:
            source = rollup.level_for(columns)
        elif rollup.day in columns:
            source = next((one for one in finest if columns < {*one.split}), None)
        else:
            source = rollup.level_for(columns, rollup.day)
        if source is not None:
            yield level, source


def _counted(
    entity: Entity,
    rollup: Rollup,
    levels: Sequence[Level],
    where: tuple[exp.Expression, exp.Expression],
    dialect: Dialect,
) -> Iterator[Statement]:
    """Adds living rows of a range to cells; deltas of the range are taken away in the same snapshot: PostgreSQL needs one
    statement for it. SQLite has one writer: there the deletion goes first.
    """
    of_rows, of_deltas = where
    living = nodes.all_of([of_rows.copy(), nodes.is_null(own("deleted_at"))])
    figures = (exp.Count(this=exp.Star()), *measured(rollup))
    added = adding(entity, rollup, [Asked(one, entity.name, living, figures) for one in levels], dialect)
    gone = exp.Delete(this=nodes.bare_table(rollup.deltas), where=exp.Where(this=of_deltas.copy()))
    if dialect == "sqlite":
        yield compile_statement(gone, dialect)
    else:
        added.set("with_", exp.With(expressions=[part_of_it(gone, TAKEN)]))
    yield compile_statement(added, dialect)


def _ids(name: str) -> exp.Expression:
    low = nodes.compare(exp.GT, own(name), nodes.parameter("low"))
    return nodes.all_of([low, nodes.compare(exp.LTE, own(name), nodes.parameter("high"))])


def _within(name: str, first: str, last: str) -> exp.Expression:
    begun = nodes.compare(exp.GTE, own(name), nodes.parameter(first))
    return nodes.all_of([begun, nodes.compare(exp.LTE, own(name), nodes.parameter(last))])
