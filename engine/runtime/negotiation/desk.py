"""The desk: what negotiations of a process stand on, and the stakes of a deal read for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy

from engine.diagnostics import Message
from engine.model.names import Label
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.negotiation.advice import Models
from engine.runtime.negotiation.corridors import Corridor
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.history_matrix import HistoryMatrix
from engine.runtime.negotiation.history_shelf import HistoryShelf
from engine.runtime.negotiation.lines import model_line
from engine.runtime.negotiation.price_effects import price_effect
from engine.runtime.negotiation.readings import label_of
from engine.runtime.negotiation.similar import Similar
from engine.runtime.negotiation.stakes import LeverStake, Stakes, SupportStake
from engine.runtime.work import Work

FINE = 4
"""Decimal places of values of levers that are no whole numbers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Matrices of decided rows, and versions that are loaded."""

    models: Shelf = field(default_factory=Shelf)
    histories: HistoryShelf = field(default_factory=HistoryShelf)


@dataclass(frozen=True, slots=True)
class Laid:
    """The stakes of a deal with the versions that they name, and why there are none."""

    stakes: Stakes
    models: Models
    notes: tuple[Message, ...]


def lay(
    work: Work, desk: Desk, deal: Deal, matrix: HistoryMatrix, similar: Similar, usual: tuple[Corridor, ...]
) -> Laid:
    """Read everything that packages are worked out from."""
    negotiation = deal.negotiation
    win, late = (model_line(work, desk.models, deal, one) for one in (negotiation.win, negotiation.late))
    levers = tuple(_lever(work, deal, matrix, at, corridor.middle) for at, corridor in enumerate(usual))
    held = matrix.support
    stakes = Stakes(
        levers,
        deal.sums,
        negotiation.money.late_days,
        win.stake,
        late.stake,
        price_effect(work, deal),
        SupportStake(tuple(map(tuple, held.terms.tolist())), tuple(held.scales.tolist()), held.reach),
        similar.judged,
        tuple(_message(one.label) for one in negotiation.asks),
    )
    notes = tuple(one.why for one in (win, late) if one.why is not None)
    return Laid(stakes, Models(win.scorer, late.scorer), notes)


def _lever(work: Work, deal: Deal, matrix: HistoryMatrix, at: int, usual: float | None) -> LeverStake:
    lever, reach = deal.negotiation.levers[at], deal.reaches[at]
    entity = deal.negotiation.history.entity
    declared = work.model.field(entity, lever.field)
    low, high = observed(matrix, at, deal.now[at])
    return LeverStake(
        key=lever.id,
        label=_message(label_of(work.model, entity, lever.field, lever.label)),
        unit=_message(declared.measure_unit) if declared is not None else Message("", ""),
        kind=str(declared.kind) if declared is not None else "decimal",
        part=str(lever.part),
        generous=lever.generous,
        now=deal.now[at],
        limit=reach.limit,
        locked=reach.locked,
        low=low,
        high=high,
        steps=lever.steps,
        most=lever.most,
        scale=float(matrix.term_scales[at]),
        places=_places(matrix, at, deal.now[at]),
        usual=usual,
        win=lever.win,
        late=lever.late,
    )


def observed(matrix: HistoryMatrix, at: int, now: float) -> tuple[float, float]:
    """The least and the most that history has seen of a lever, and now."""
    known = matrix.terms[:, at]
    known = known[~numpy.isnan(known)]
    if not len(known):
        return now, now
    return min(float(known.min()), now), max(float(known.max()), now)


def _places(matrix: HistoryMatrix, at: int, now: float) -> int:
    """Decimal places of a lever's values: none where history has whole numbers alone."""
    known = matrix.terms[:, at]
    whole = known[~numpy.isnan(known)]
    return 0 if now == round(now) and bool((whole == numpy.round(whole)).all()) and len(whole) else FINE


def _message(label: Label) -> Message:
    return Message(label.text("zh"), label.text("en"))
