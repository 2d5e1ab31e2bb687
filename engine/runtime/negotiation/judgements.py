"""Judging: a decision beside the package that its models expected most of, when it is taken.

expected = chance of winning × what is left when it is won. The regret of a decision is the expected of the best package
among those that were told, the terms of now among them, less the expected of what was chosen, and nothing where more was
chosen than was advised. It is a difference of two answers of the same models, no effect of anything. What a draw moved is nobody's choice: advice
that was taken and then moved by it was taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy

from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import from_micros
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.decision_rights import reads_of
from engine.runtime.negotiation.decision_tables import KeptDecision
from engine.runtime.negotiation.decisions import Decision
from engine.runtime.negotiation.judgement_tables import Judgement
from engine.runtime.negotiation.packages import Estimate, Package
from engine.runtime.negotiation.stakes import Stakes
from engine.runtime.negotiation.takings import one_way, takings
from engine.runtime.organisation.contexts import Circumstances
from engine.runtime.organisation.standings import standing_of
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

FEN, PARTS = 100, 10_000
SAME = 1e-9


class Expected(NamedTuple):
    """What a package is expected to leave, from `low` to `high` by the interval of its chance; `money` when it is won."""

    value: float
    low: float
    high: float
    money: float


def judged(work: Work, found: Decision) -> Judgement:
    """The judgement of a decision."""
    kept, stakes, said = found.kept, found.given.stakes, found.said
    told = [(one, expected(stakes, one)) for one in (said.advice.now, *said.advice.packages)]
    known = [(one, much) for one, much in told if much is not None]
    best = max(known, key=lambda pair: pair[1].value) if known else None
    meant = found.given.meant
    followed = best is not None and _same(best[0].terms, meant)
    mine = best[1] if best is not None and followed else expected(stakes, said.chosen)
    compared = best is not None and mine is not None
    low, high = (0.0, 0.0) if followed else _apart(best[1], mine) if best is not None and mine is not None else (0, 0)
    win = said.chosen.win
    return Judgement(
        id=kept.id,
        negotiation=kept.negotiation,
        record=kept.record,
        at=kept.at,
        by=kept.by,
        unit=_unit(work, kept),
        advised=str(best[0].key) if best is not None else "",
        followed=followed,
        moved="" if best is None or followed else ",".join(_moved(stakes, best[0].terms, meant)),
        whole=stakes.sums.cost is not None,
        best=_fen(best[1].value) if best is not None else None,
        chosen=_fen(mine.value) if mine is not None else None,
        low=_fen(low) if compared else None,
        high=_fen(high) if compared else None,
        won=_fen(mine.money) if mine is not None else None,
        chance=round(win.value * PARTS) if win is not None else None,
        waited=_waited(work, found),
        offered=found.given.offer is not None,
        reads=int(reads_of(stakes)),
    )


def expected(stakes: Stakes, package: Package) -> Expected | None:
    """What a package was expected to leave: after our cost where whoever decided read it, else before. None without a chance."""
    win = package.win
    late = numpy.array([numpy.nan if package.late is None else package.late.value])
    money = takings(stakes, one_way(package.terms), late)
    left = money.margin if money.margin is not None else money.net
    if win is None or left is None:
        return None
    much = float(left[0])
    return Expected(much * win.value, *_between(much, win), much)


def _between(much: float, win: Estimate) -> tuple[float, float]:
    low, high = sorted((much * win.low, much * win.high))
    return low, high


def _apart(best: Expected, mine: Expected) -> tuple[float, float]:
    """How far apart they may be at the least and at the most: either chance anywhere in its interval."""
    return max(best.low - mine.high, 0.0), max(best.high - mine.low, 0.0)


def _fen(yuan: float) -> int:
    return round(yuan * FEN)


def _same(one: Terms, other: Terms) -> bool:
    return all(abs(a - b) < SAME for a, b in zip(one, other, strict=True))


def _moved(stakes: Stakes, advised: Terms, chosen: Terms) -> Iterator[str]:
    """The levers that stand elsewhere than advised, with + where the customer gets more than that."""
    for lever, was, now in zip(stakes.levers, advised, chosen, strict=True):
        if abs(was - now) >= SAME:
            yield f"{lever.key}{'+' if lever.gives(now) > lever.gives(was) else '-'}"


def _unit(work: Work, kept: KeptDecision) -> int:
    """The unit of the seat that whoever decided held that day, 0 for nobody with a seat."""
    context = work.context
    if context.principal.user_id == kept.by and context.now == kept.at:
        return context.seats[0].unit if context.seats else 0
    if user_by_id(work.session, kept.by) is None:
        return 0
    day = Circumstances(kept.at, context.locale, context.zone).day
    seats = standing_of(work.session, work.model, kept.by, day).seats
    return seats[0].unit if seats else 0


def _waited(work: Work, found: Decision) -> int | None:
    """Seconds from when the terms of now came to stand as they were until the decision."""
    row = next((one.row for one in found.evidence if one.use == "terms"), None)
    if row is None or row.entity not in work.model.entities:
        return None
    where = {"record": row.id, "version": row.version}
    rows = select(work.session, version_table_name(row.entity), ("valid_from",), where)
    if not rows:
        return None
    return max(int((found.kept.at - from_micros(int(str(rows[0][0])))).total_seconds()), 0)
