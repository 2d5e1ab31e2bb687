"""Bodies of overrides and skills: figures as numbers, money as text, shares with their interval and n."""

from __future__ import annotations

from engine.runtime.identifiers import encode_id
from engine.runtime.negotiation.bodies import Body
from engine.runtime.negotiation.override_analysis import Group, Overrides, Regret, Tally
from engine.runtime.negotiation.past_decisions import PastDecision
from engine.runtime.negotiation.shares import LEAST, Share
from engine.runtime.negotiation.skills import Skills

CAUSAL = False
"""Nothing here is an effect of following or overriding."""


def overrides_body(found: Overrides) -> Body:
    return {
        "negotiation": found.negotiation.name,
        "days": found.days,
        "least": LEAST,
        "causal": CAUSAL,
        "overridden": _share(found.overridden),
        "without_advice": found.silent,
        "capped": found.capped,
        "outcomes": {"followed": _tally(found.followed_tally), "overridden": _tally(found.overridden_tally)},
        "levers": [
            {"lever": str(one.key)[:-1], "gave": "more" if str(one.key).endswith("+") else "less", **_tally(one.tally)}
            for one in found.levers
        ],
        "units": [_group("unit", one) for one in found.units],
        "people": [_group("person", one) for one in found.people],
        "months": [_group("month", one) for one in found.months],
        "regret": _regret(found.regret),
        "regret_before_cost": _regret(found.before_cost),
        "largest": [past_body(one, frozenset()) for one in found.largest],
    }


def past_body(one: PastDecision, named: frozenset[int]) -> Body:
    """A decision; who took it is told of the people in `named` alone."""
    judgement = one.judgement
    return {
        "id": encode_id(judgement.id),
        "record": encode_id(judgement.record),
        "at": judgement.at.isoformat(),
        "unit": encode_id(judgement.unit) if judgement.unit else None,
        "by": encode_id(judgement.by) if judgement.by in named else None,
        "advised": judgement.advised or None,
        "chosen": one.choice,
        "followed": judgement.followed,
        "moved": [move for move in judgement.moved.split(",") if move],
        "expected_of_best": money(judgement.best),
        "expected_of_chosen": money(judgement.chosen),
        "regret": money(judgement.regret),
        "regret_from": money(judgement.low),
        "regret_to": money(judgement.high),
        "after_our_cost": judgement.whole,
        "outcome": one.outcome,
        "realised": money(one.realised),
        "reason": one.reason,
    }


def skills_body(found: Skills) -> Body:
    return {
        "negotiation": found.negotiation.name,
        "person": encode_id(found.person),
        "decisions": found.decisions,
        "least": LEAST,
        "capped": found.capped,
        "dimensions": [
            {
                "key": one.key,
                "label": {"zh": one.label.zh, "en": one.label.en},
                "definition": {"zh": one.definition.zh, "en": one.definition.en},
                "value": one.value if one.enough else None,
                "low": one.low if one.enough else None,
                "high": one.high if one.enough else None,
                "n": one.n,
            }
            for one in found.dimensions
        ],
    }


def money(fen: int | None) -> str | None:
    """Fen as yuan."""
    if fen is None:
        return None
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _share(share: Share) -> Body:
    low, high = share.interval
    told = share.value if share.enough else None
    return {
        "hits": share.hits,
        "n": share.n,
        "share": told,
        "low": low if share.enough else None,
        "high": high if share.enough else None,
    }


def _tally(tally: Tally) -> Body:
    return {
        "n": tally.n,
        "won": tally.won,
        "lost": tally.lost,
        "pending": tally.pending,
        "win_rate": _share(tally.wins),
    }


def _regret(regret: Regret) -> Body:
    return {
        "n": regret.n,
        "total": money(regret.total),
        "ended": regret.ended,
        "expected_of_best_of_ended": money(regret.hoped),
        "realised": money(regret.realised),
    }


def _group(name: str, group: Group) -> Body:
    key = encode_id(group.key) if isinstance(group.key, int) and group.key else group.key or None
    return {
        name: key,
        "overridden": _share(group.overridden),
        "outcomes": _tally(group.tally),
        "regret": _regret(group.regret),
        "regret_before_cost": _regret(group.before_cost),
    }
