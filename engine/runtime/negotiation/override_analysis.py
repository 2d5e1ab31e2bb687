"""Override analysis: how often advice was not taken, where, by which lever, what came of it, and what it was expected to cost.

What came of followed and of overridden decisions stands side by side and is no effect of either: people override the deals
that they know to be different.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.diagnostics import Message
from engine.model.errors import Forbidden, NotFound
from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.deals import reviewed_negotiation
from engine.runtime.negotiation.past_decisions import LOST, WON, Among, PastDecision, past_decisions, seen_people
from engine.runtime.negotiation.shares import Share
from engine.runtime.work import Work

DAYS = (30, 90, 365)
LARGEST = 10
NOT_A_REVIEWER = Message(
    "只有复核这类谈判的角色可以看改判分析", "Only those who review these negotiations see how advice was overridden"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How the records of some decisions ended."""

    n: int
    won: int
    lost: int

    @property
    def pending(self) -> int:
        return self.n - self.won - self.lost

    @property
    def wins(self) -> Share:
        """Of those that have ended."""
        return Share(self.won, self.won + self.lost)


@dataclass(frozen=True, slots=True)
class Regret:
    """In fen: what `n` decisions were expected to leave less than advised; of those that have ended what the best was
    expected to leave, and what they left."""

    n: int = 0
    total: int = 0
    ended: int = 0
    hoped: int = 0
    realised: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The decisions of a unit, person, month or move of a lever."""

    key: Hashable
    overridden: Share
    tally: Tally
    regret: Regret
    before_cost: Regret


@dataclass(frozen=True, slots=True)
class Overrides:
    """The whole. `silent` decisions had no advice in figures; `people` are those alone whom the reader heads."""

    negotiation: Negotiation
    days: int
    overridden: Share
    silent: int
    capped: bool
    followed_tally: Tally
    overridden_tally: Tally
    levers: tuple[Group, ...]
    units: tuple[Group, ...]
    people: tuple[Group, ...]
    months: tuple[Group, ...]
    regret: Regret
    before_cost: Regret
    largest: tuple[PastDecision, ...]


def review_of(work: Work, name: str) -> Negotiation:
    """A negotiation that the person reviews. Raises NotFound, Forbidden."""
    found = reviewed_negotiation(work, name)
    if not found.reviewers & work.context.principal.roles:
        raise Forbidden(NOT_A_REVIEWER)
    return found


def overrides(work: Work, name: str, days: int) -> Overrides:
    """Of the last days. Raises NotFound, Forbidden."""
    negotiation = review_of(work, name)
    if days not in DAYS:
        raise NotFound
    found = past_decisions(work, negotiation, Among(since=work.context.now - timedelta(days=days)))
    advised = [one for one in found.decisions if one.judgement.advised]
    changed = [one for one in advised if not one.judgement.followed]
    mine = seen_people(work)
    moves = [(move, one) for one in changed for move in one.judgement.moved.split(",") if move]
    zone = ZoneInfo(work.context.zone)
    costly = [one for one in changed if one.judgement.regret]
    return Overrides(
        negotiation=negotiation,
        days=days,
        overridden=Share(len(changed), len(advised)),
        silent=len(found.decisions) - len(advised),
        capped=found.capped,
        followed_tally=_tally([one for one in advised if one.judgement.followed]),
        overridden_tally=_tally(changed),
        levers=_groups((move for move, _ in moves), (one for _, one in moves)),
        units=_grouped(advised, lambda one: one.judgement.unit),
        people=_grouped([one for one in advised if one.judgement.by in mine], lambda one: one.judgement.by),
        months=_grouped(advised, lambda one: month_of(one.judgement.at, zone)),
        regret=_regret(advised, whole=True),
        before_cost=_regret(advised, whole=False),
        largest=tuple(
            sorted(costly, key=lambda one: (-int(one.judgement.whole), -(one.judgement.regret or 0)))[:LARGEST]
        ),
    )


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The month of an instant where the reader is, as 2026-03."""
    return f"{at.astimezone(zone):%Y-%m}"


def _grouped(decisions: Iterable[PastDecision], key: Callable[[PastDecision], Hashable]) -> tuple[Group, ...]:
    listed = list(decisions)
    return _groups(map(key, listed), listed)


def _groups(keys: Iterable[Hashable], decisions: Iterable[PastDecision]) -> tuple[Group, ...]:
    """Groups by key, never by how they did: nobody is ranked."""
    found: dict[Hashable, list[PastDecision]] = {}
    for key, one in zip(keys, decisions, strict=True):
        found.setdefault(key, []).append(one)
    return tuple(_group(key, found[key]) for key in sorted(found, key=str))


def _group(key: Hashable, decisions: Sequence[PastDecision]) -> Group:
    overridden = Share.of(not one.judgement.followed for one in decisions)
    return Group(key, overridden, _tally(decisions), _regret(decisions, True), _regret(decisions, False))


def _tally(decisions: Sequence[PastDecision]) -> Tally:
    ends = [one.outcome for one in decisions]
    return Tally(len(ends), ends.count(WON), ends.count(LOST))


def _regret(decisions: Iterable[PastDecision], whole: bool) -> Regret:
    known = [one for one in decisions if one.judgement.whole is whole and one.judgement.regret is not None]
    ended = [one for one in known if one.realised is not None]
    return Regret(
        len(known),
        sum(one.judgement.regret or 0 for one in known),
        len(ended),
        sum(one.judgement.best or 0 for one in ended),
        sum(one.realised or 0 for one in ended),
    )
