"""Keeping: a decision is written down with everything that it was made on, and with what it came to beside what was advised."""

from __future__ import annotations

from typing import NamedTuple

from engine.runtime.negotiation.decision_tables import DECISION, add_decision, kept_decision
from engine.runtime.negotiation.decisions import Draft, WrittenOtherwise, kept_whole, whole_decision
from engine.runtime.negotiation.judgement_tables import JUDGEMENT, add_judgement
from engine.runtime.negotiation.judgements import judged
from engine.runtime.rows import select
from engine.runtime.work import Work

AT_ONCE = 100
"""Earlier decisions that are judged in one transaction."""


def keep(work: Work, draft: Draft) -> int:
    """Write a draft down; its id."""
    found = whole_decision(work, draft)
    add_decision(work.session, found.kept)
    add_judgement(work.session, judged(work, found))
    return found.kept.id


class Judged(NamedTuple):
    """How many decisions were judged, and the last that was looked at; None at the end."""

    judged: int
    last: int | None


def judge_earlier(work: Work, after: int = 0) -> Judged:
    """Judge the next decisions behind an id that earlier releases kept without a judgement, so many at once."""
    where = {"id >": after}
    ids = [int(str(row[0])) for row in select(work.session, DECISION, ("id",), where, ("id",), AT_ONCE)]
    done = {int(str(row[0])) for row in select(work.session, JUDGEMENT, ("id",), {"id in": ids})} if ids else set()
    left = [identity for identity in ids if identity not in done]
    return Judged(sum(_judged_now(work, one) for one in left), ids[-1] if ids else None)


def _judged_now(work: Work, identity: int) -> bool:
    """Whether a decision could be judged: one that this release cannot read is not."""
    kept = kept_decision(work.session, identity)
    if kept is None:
        return False
    try:
        add_judgement(work.session, judged(work, kept_whole(kept)))
    except WrittenOtherwise:
        return False
    return True
