"""Price effects: what a point of discount does to the chance, as the registry has it; the only thing that moves it."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.stakes import EffectStake
from engine.runtime.work import Work

NONE_YET = EffectStake(
    "none",
    None,
    None,
    None,
    0,
    Message("还没有上线的价格影响估计", "No estimate of the price's effect is live"),
    Message("", ""),
)


def price_effect(work: Work, deal: Deal) -> EffectStake:
    """The effect for whom the deal is with."""
    return NONE_YET
