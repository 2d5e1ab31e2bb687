"""The sandbox: everything that is said of a record under negotiation."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.diagnostics import Message
from engine.runtime.negotiation.corridors import Corridor, corridors
from engine.runtime.negotiation.deals import Deal, negotiation_of, open_deal
from engine.runtime.negotiation.delivery_signals import SignalWindow, signal_window
from engine.runtime.negotiation.history_matrix import HistoryMatrix
from engine.runtime.negotiation.history_shelf import HistoryShelf
from engine.runtime.negotiation.packages import Package, PackageKey, plain_package
from engine.runtime.negotiation.payment_history import Payment, payment_history
from engine.runtime.negotiation.similar import Similar, similar_to
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The answer: packages beside the terms of now, similar deals with their corridors, signals, payments, and notes on what
    is not known and why."""

    deal: Deal
    matrix: HistoryMatrix
    now: Package
    similar: Similar
    corridors: tuple[Corridor, ...]
    signals: SignalWindow | None
    payments: tuple[Payment, ...]
    packages: tuple[Package, ...] = ()
    notes: tuple[Message, ...] = field(default=())


def open_sandbox(work: Work, shelf: HistoryShelf, name: str, record: int) -> Sandbox:
    """The sandbox of a record. Raises NotFound, Forbidden, NotOffered."""
    deal = open_deal(work, negotiation_of(work, name), record)
    negotiation = deal.negotiation
    matrix = shelf.matrix(work, negotiation)
    similar = similar_to(work, negotiation, deal, matrix)
    keys = tuple(one.id for one in negotiation.levers)
    return Sandbox(
        deal,
        matrix,
        plain_package(PackageKey.NOW, deal.now, deal.now, keys),
        similar,
        corridors(matrix, similar.places),
        signal_window(work, negotiation, deal),
        payment_history(work, negotiation, deal),
    )
