"""Takings: what terms come to in money, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from engine.runtime.negotiation.history_matrix import Floats
from engine.runtime.negotiation.stakes import Stakes

YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Takings:
    """(ways,) the price before tax; what is left of it after service and the cost of capital, before our own cost
    (`net`); the margin and its rate. None is what is not known, or not for this person to know."""

    price: Floats | None
    net: Floats | None
    margin: Floats | None
    rate: Floats | None


def takings(stakes: Stakes, terms: Floats, late: Floats) -> Takings:
    """The money of terms. `late` are probabilities of late payment; where one is not known, none is late.

    price = list × volume ÷ volume now × (1 − discount)
    net = price − service × units of service − haste × units sooner than now − price × (1 − prepayment) × capital ÷ 365 × (payment days + late × late days)
    margin = net − cost × volume ÷ volume now
    """
    sums = stakes.sums
    if sums.listed is None:
        return Takings(None, None, None, None)
    volume = _volume(stakes, terms)
    price = sums.listed * volume * (1.0 - _part(stakes, terms, "price"))
    owed = price * (1.0 - _part(stakes, terms, "prepayment"))
    days = _part(stakes, terms, "payment") + numpy.nan_to_num(late) * stakes.late_days
    extra = sums.service * _part(stakes, terms, "service") + sums.haste * _sooner(stakes, terms)
    net = price - volume * extra - owed * sums.capital / YEAR * days
    if sums.cost is None:
        return Takings(price, net, None, None)
    margin = net - sums.cost * volume
    with numpy.errstate(divide="ignore", invalid="ignore"):
        rate = numpy.where(price > 0, margin / price, -numpy.inf)
    return Takings(price, net, margin, rate)


def amounts_owed(stakes: Stakes, terms: Floats) -> Floats | None:
    """(ways,) what is to be paid after the prepayment."""
    found = takings(stakes, terms, numpy.zeros(len(terms)))
    return None if found.price is None else found.price * (1.0 - _part(stakes, terms, "prepayment"))


def one_way(terms: Sequence[float]) -> Floats:
    return numpy.array([terms], dtype=numpy.float64)


def _part(stakes: Stakes, terms: Floats, part: str) -> Floats:
    at = stakes.place(part)
    return terms[:, at] if at is not None else numpy.zeros(len(terms))


def _sooner(stakes: Stakes, terms: Floats) -> Floats:
    """(ways,) units of delivery before that of now."""
    at = stakes.place("delivery")
    if at is None:
        return numpy.zeros(len(terms))
    found: Floats = numpy.maximum(stakes.levers[at].now - terms[:, at], 0.0)
    return found


def _volume(stakes: Stakes, terms: Floats) -> Floats:
    at = stakes.place("volume")
    if at is None or stakes.levers[at].now <= 0:
        return numpy.ones(len(terms))
    return terms[:, at] / stakes.levers[at].now
