"""Past decisions: judgements that a reader may see, with how their records ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model.negotiations import Negotiation
from engine.runtime.instants import to_micros
from engine.runtime.negotiation.decision_rights import open_reads
from engine.runtime.negotiation.decision_tables import DECISION
from engine.runtime.negotiation.judgement_tables import Judgement, judgement_of_decision, newest_judgements
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.rows import select
from engine.runtime.work import Work

MOST = 2_000
"""Judgements that one question reads."""
WON, LOST = "won", "lost"


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A judgement with how its record ended (None: not yet), what was chosen and the reason that was given."""

    judgement: Judgement
    outcome: str | None
    choice: str
    reason: str

    @property
    def realised(self) -> int | None:
        """In fen, what the chosen terms left: of a lost record nothing; None while it is open or the money is not known."""
        if self.outcome == LOST and self.judgement.won is not None:
            return 0
        return self.judgement.won if self.outcome == WON else None


@dataclass(frozen=True, slots=True)
class Found:
    """Decisions, the newest first; `capped` where there were more than one question reads, `lowest` the last that was read,
    whether it may be seen or not."""

    decisions: tuple[PastDecision, ...]
    capped: bool
    lowest: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """Which decisions: since when and until when, of which unit, of whom; None is any. `below` continues behind a decision
    by its instant and id."""

    since: datetime | None = None
    until: datetime | None = None
    unit: int | None = None
    by: int | None = None
    below: tuple[datetime, int] | None = None

    def where(self, negotiation: str) -> dict[str, object]:
        """As conditions of rows."""
        found: dict[str, object] = {"negotiation": negotiation}
        ends = [("at >=", self.since), ("at <", self.until), ("at <=", self.below[0] if self.below else None)]
        found |= {name: to_micros(at) for name, at in ends if at is not None}
        return found | {name: one for name, one in (("unit", self.unit), ("by", self.by)) if one is not None}


def seen_people(work: Work) -> frozenset[int]:
    """Whose decisions a reader sees by name: one's own, and those of people in or below units that one heads."""
    return work.context.scopes.get("user.reports", frozenset()) | {work.context.principal.user_id}


def past_decisions(work: Work, negotiation: Negotiation, among: Among, most: int = MOST) -> Found:
    """Those that the reader may see: of records within their reach, made on nothing that they may not read. A reader who may
    see none is told nothing."""
    read = newest_judgements(work.session, among.where(negotiation.name), most + 1)
    allowed = open_reads(work, negotiation)
    below = among.below
    seen = [one for one in read[:most] if not one.reads & ~allowed and (below is None or (one.at, one.id) < below)]
    outcomes = _outcomes(work, negotiation, sorted({one.record for one in seen}))
    within = [one for one in seen if one.record in outcomes]
    told = _told(work, [one.id for one in within])
    found = (PastDecision(one, outcomes[one.record], *told[one.id]) for one in within if one.id in told)
    lowest = (read[most - 1].at, read[most - 1].id) if len(read) >= most else None
    return Found(tuple(found), len(read) > most, lowest)


def past_decision(work: Work, negotiation: Negotiation, identity: int) -> PastDecision | None:
    """One that the reader may see, by its id; None where nothing was judged of it."""
    one = judgement_of_decision(work.session, identity)
    if one is None or one.reads & ~open_reads(work, negotiation):
        return None
    outcomes, told = _outcomes(work, negotiation, [one.record]), _told(work, [identity])
    known = one.record in outcomes and identity in told
    return PastDecision(one, outcomes[one.record], *told[identity]) if known else None


def _outcomes(work: Work, negotiation: Negotiation, records: Sequence[int]) -> dict[int, str | None]:
    """How records ended, of those within reach."""
    question = Question(negotiation.entity, (negotiation.won, negotiation.lost), among=("id",))
    rows = read_rows(work, question, records, len(records)) if records else []
    return {row.id: WON if row.cells[0] is True else LOST if row.cells[1] is True else None for row in rows}


def _told(work: Work, ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """What was chosen, and why."""
    rows = select(work.session, DECISION, ("id", "choice", "reason"), {"id in": list(ids)}) if ids else ()
    return {int(str(row[0])): (str(row[1]), str(row[2])) for row in rows}
