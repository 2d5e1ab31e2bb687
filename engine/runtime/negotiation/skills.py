"""Skills of working with advice: what the records of one person's decisions say, dimension by dimension, for that person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.deals import reviewed_negotiation
from engine.runtime.negotiation.past_decisions import LOST, WON, Among, PastDecision, past_decisions, seen_people
from engine.runtime.negotiation.shares import LEAST, Share
from engine.runtime.work import Work

DAYS = 365
SOON = 7 * 86_400
"""Seconds within which a decision is soon."""


@dataclass(frozen=True, slots=True)
class Skill:
    """A dimension: what it is, from 0 to 1 how it stands, and how many cases tell it; `low` to `high` where it is a share."""

    key: str
    label: Message
    definition: Message
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def enough(self) -> bool:
        return self.n >= LEAST and self.value is not None


@dataclass(frozen=True, slots=True)
class Skills:
    """Of a person, over the last days; `capped` where older decisions were left out."""

    negotiation: Negotiation
    person: int
    decisions: int
    capped: bool
    dimensions: tuple[Skill, ...]

    @property
    def drawn(self) -> bool:
        """Whether three dimensions or more have enough cases."""
        return sum(one.enough for one in self.dimensions) >= 3


def skills(work: Work, name: str, person: int | None = None) -> Skills:
    """Of oneself, or of somebody in or below a unit that one heads. Raises NotFound for anybody else, Forbidden."""
    negotiation, mine = reviewed_negotiation(work, name), work.context.principal.user_id
    whom = mine if person is None else person
    if whom not in seen_people(work):
        raise NotFound
    among = Among(since=work.context.now - timedelta(days=DAYS), by=whom)
    found = past_decisions(work, negotiation, among)
    return Skills(negotiation, whom, len(found.decisions), found.capped, dimensions(found.decisions))


def dimensions(decisions: Sequence[PastDecision]) -> tuple[Skill, ...]:
    """The six that the records hold."""
    advised = [one for one in decisions if one.judgement.advised]
    changed = [one for one in advised if not one.judgement.followed]
    return (
        _share(
            "good_advice",
            Message("采纳见效", "Advice that held"),
            Message(
                "赢下的单子里，当时采用了期望毛利最高方案的占比",
                "Of decisions whose deal was won, the share that took the package expected to leave most",
            ),
            [one.judgement.followed for one in advised if one.outcome == WON],
        ),
        _share(
            "paid_off",
            Message("改判见效", "Overrides that held"),
            Message(
                "没有采用建议、且已有结果的决定里，成交的占比；不说明改判是成交的原因",
                "Of overridden decisions that have ended, the share that was won; it says nothing of the cause",
            ),
            [one.outcome == WON for one in changed if one.outcome in {WON, LOST}],
        ),
        _kept(advised),
        _share(
            "own_reasons",
            Message("理由具体", "Reasons of its own"),
            Message(
                "没有采用建议的决定里，理由与自己其他改判不雷同的占比",
                "Of overridden decisions, the share whose reason is not word for word that of another one",
            ),
            _own_reasons(changed),
        ),
        _share(
            "offer_tried",
            Message("带着还价", "With the offer at hand"),
            Message(
                "决定时已把客户的还价放进沙盘的占比",
                "The share of decisions taken with the customer's offer tried in the sandbox",
            ),
            [one.judgement.offered for one in decisions],
        ),
        _share(
            "soon",
            Message("及时", "In time"),
            Message(
                "报价定成当时的样子后七天内作出决定的占比",
                "The share of decisions within seven days after the terms came to stand as they were",
            ),
            [one.judgement.waited <= SOON for one in decisions if one.judgement.waited is not None],
        ),
    )


def _share(key: str, label: Message, definition: Message, cases: Sequence[bool]) -> Skill:
    share = Share.of(cases)
    low, high = share.interval
    return Skill(key, label, definition, share.value, share.n, low, high)


def _kept(advised: Sequence[PastDecision]) -> Skill:
    """How much of what was expected of the best was expected of what was chosen. Of advice before and after our cost alike:
    either is set beside its own best."""
    pairs = [
        (one.judgement.best, min(one.judgement.chosen, one.judgement.best))
        for one in advised
        if one.judgement.best is not None and one.judgement.chosen is not None and one.judgement.best > 0
    ]
    best = sum(one for one, _ in pairs)
    value = max(sum(other for _, other in pairs) / best, 0.0) if best else None
    return Skill(
        "kept",
        Message("留住期望", "Expectation kept"),
        Message(
            "所选条件的期望收益合计，占当时最优方案期望收益合计的比例",
            "What the chosen terms were expected to leave, as a share of what the best packages were expected to leave",
        ),
        value,
        len(pairs),
    )


def _own_reasons(decisions: Sequence[PastDecision]) -> list[bool]:
    told = ["".join(one.reason.split()).casefold() for one in decisions]
    often = Counter(told)
    return [often[one] == 1 for one in told]
