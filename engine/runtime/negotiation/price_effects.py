"""Price effects: what a point of discount does to the chance, as the registry has it; the only thing that moves it."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.runtime.modeling.effects import live_effect
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.stakes import EffectStake
from engine.runtime.work import Work

POINTS = 100.0
"""Percentage points of a probability of one."""
NOTHING = Message("", "")
NONE_DECLARED = EffectStake(
    "none", None, None, None, 0, Message("没有声明价格的影响", "No effect of the price is declared"), NOTHING
)


def price_effect(work: Work, deal: Deal) -> EffectStake:
    """The effect for whom the deal is with, in percentage points of the chance; one that cannot be read is none."""
    declared = deal.negotiation.effect
    if declared is None:
        return NONE_DECLARED
    cells = {name: deal.values[path] for name, path in declared.where.items()}
    where = {name: str(cell) for name, cell in cells.items() if cell is not None}
    try:
        found = live_effect(work, declared.name, where)
    except DougongError as error:
        return EffectStake("unusable", None, None, None, 0, error.message, NOTHING)
    value, low, high = (None if one is None else one * POINTS for one in (found.value_per_point, found.low, found.high))
    return EffectStake(found.state, value, low, high, found.n, found.words, found.overlap)
