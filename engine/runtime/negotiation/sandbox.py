"""The sandbox: everything that is said of a record under negotiation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.negotiation.advice import Advice, Dropped, advise
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.corridors import Corridor, corridors
from engine.runtime.negotiation.deals import Deal, negotiation_of, open_deal
from engine.runtime.negotiation.delivery_signals import SignalWindow, signal_window
from engine.runtime.negotiation.desk import Desk, Laid, lay
from engine.runtime.negotiation.history_matrix import HistoryMatrix
from engine.runtime.negotiation.packages import Package
from engine.runtime.negotiation.payment_history import PaymentHistory, payment_history
from engine.runtime.negotiation.similar import Similar, similar_to
from engine.runtime.negotiation.stakes import EffectStake
from engine.runtime.work import Work

Offer = Mapping[str, float]
"""Values that a customer asks for, by lever."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The answer: packages beside the terms of now, similar deals with their corridors, signals, payments, and notes on what
    is not known and why; of a counter-offer how it stands and by which levers it goes beyond what the asker may give."""

    deal: Deal
    matrix: HistoryMatrix
    laid: Laid
    now: Package
    packages: tuple[Package, ...]
    dropped: Dropped
    similar: Similar
    corridors: tuple[Corridor, ...]
    signals: SignalWindow | None
    payments: PaymentHistory
    effect: EffectStake
    notes: tuple[Message, ...]
    advised: tuple[Message, ...]
    offer: Package | None = None
    breaches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A deal with what it is compared with and its advice: what a counter-offer needs."""

    deal: Deal
    matrix: HistoryMatrix
    similar: Similar
    corridors: tuple[Corridor, ...]
    laid: Laid
    advice: Advice


def offered(deal: Deal, offer: Offer) -> Terms:
    """An offer as terms: levers that it does not name stay as they are. Raises BadRequest for names that are no levers."""
    keys = [one.id for one in deal.negotiation.levers]
    unknown = ", ".join(sorted(set(offer) - set(keys))[:5])
    if unknown:
        raise BadRequest(
            Message(
                f"没有这些条件：{unknown}。可用：{'、'.join(keys)}",
                f"No such levers: {unknown}; known: {', '.join(keys)}",
            )
        )
    return tuple(offer.get(key, now) for key, now in zip(keys, deal.now, strict=True))


def find_similar(work: Work, desk: Desk, name: str, record: int) -> tuple[Deal, Similar]:
    """The decided rows nearest to a record alone. Raises NotFound, Forbidden, NotOffered."""
    deal = open_deal(work, negotiation_of(work, name), record)
    return deal, similar_to(work, deal.negotiation, deal, desk.histories.matrix(work, deal.negotiation))


def open_table(work: Work, desk: Desk, name: str, record: int, offer: Offer | None = None) -> Table:
    """The packages of a record beside an offer. Raises NotFound, Forbidden, NotOffered, BadRequest."""
    deal = open_deal(work, negotiation_of(work, name), record)
    matrix = desk.histories.matrix(work, deal.negotiation)
    similar = similar_to(work, deal.negotiation, deal, matrix)
    usual = corridors(matrix, similar.places)
    laid = lay(work, desk, deal, matrix, similar, usual)
    asked = None if offer is None else offered(deal, offer)
    return Table(deal, matrix, similar, usual, laid, advise(laid.stakes, laid.models, asked))


def open_sandbox(work: Work, desk: Desk, name: str, record: int, offer: Offer | None = None) -> Sandbox:
    """The sandbox of a record. Raises NotFound, Forbidden, NotOffered, BadRequest."""
    table = open_table(work, desk, name, record, offer)
    deal, advice = table.deal, table.advice
    return Sandbox(
        deal=deal,
        matrix=table.matrix,
        laid=table.laid,
        now=advice.now,
        packages=advice.packages,
        dropped=advice.dropped,
        similar=table.similar,
        corridors=table.corridors,
        signals=signal_window(work, deal.negotiation, deal),
        payments=payment_history(work, deal.negotiation, deal),
        effect=table.laid.stakes.effect,
        notes=(*table.laid.notes, *advice.notes),
        advised=advice.notes,
        offer=advice.offer,
        breaches=advice.breaches,
    )
