"""Rights of decisions: what a decision was made on that not everybody may read, and who may read it now."""

from __future__ import annotations

from dataclasses import replace
from enum import IntFlag

from engine.model.negotiations import Negotiation
from engine.runtime.modeling.feature_rights import is_open, unreadable
from engine.runtime.negotiation.stakes import Stakes
from engine.runtime.query.names import Reader
from engine.runtime.work import Work


class Reads(IntFlag):
    """What a decision was made on: features of the model of winning, of that of late payment, our cost."""

    WIN = 1
    LATE = 2
    COST = 4


def reads_of(stakes: Stakes) -> Reads:
    """What stakes hold of it."""
    found = Reads(0)
    for flag, held in ((Reads.WIN, stakes.win), (Reads.LATE, stakes.late), (Reads.COST, stakes.sums.cost)):
        if held is not None:
            found |= flag
    return found


def open_reads(work: Work, negotiation: Negotiation) -> Reads:
    """What of it the person may read now."""
    reader, found = Reader(work.model, work.context), Reads.WIN | Reads.LATE | Reads.COST
    for flag, declared in ((Reads.WIN, negotiation.win), (Reads.LATE, negotiation.late)):
        plan = work.model.pipelines[declared.pipeline].plan if declared is not None else None
        if plan is not None and unreadable(reader, replace(plan, outcome=None)):
            found &= ~flag
    cost, entity = negotiation.money.cost, negotiation.history.entity
    if cost is not None and not all(is_open(reader, entity, tuple(one.split("."))) for one in cost.references):
        found &= ~Reads.COST
    return found
