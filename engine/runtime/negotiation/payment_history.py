"""Payment history: what the customer had to pay, and how late it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.work import Work

MOST, READ = 12, 200
"""Sums that are told, and those that are looked at."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A sum that was due: its day, how many days late it came (None while it is open, or not told), how much."""

    id: int
    version: int
    due: date | None
    days_late: int | None
    amount: float | None


@dataclass(frozen=True, slots=True)
class PaymentHistory:
    """The newest sums that were due by today, newest first; how many are due later, and how much they come to. `more`:
    there are still others."""

    past: tuple[Payment, ...] = ()
    coming: int = 0
    coming_amount: float = 0.0
    more: bool = False


def payment_history(work: Work, negotiation: Negotiation, deal: Deal) -> PaymentHistory:
    """What the customer had and has to pay, as far as the person may read it."""
    declared = negotiation.payment
    if declared is None or deal.customer is None:
        return PaymentHistory()
    columns = ((declared.due,), (declared.late,), (declared.amount,))
    question = Question(declared.entity, columns, among=(declared.by,), newest=(declared.due,))
    rows = read_rows(work, question, (deal.customer,), READ)
    found = [
        Payment(
            one.id,
            one.version,
            due if isinstance(due := one.cells[0], date) else None,
            None if one.cells[1] is None else int(str(one.cells[1])),
            None if one.cells[2] is None else float(str(one.cells[2])),
        )
        for one in rows
    ]
    today = work.context.today
    coming = [one for one in found if one.due is not None and one.due > today]
    past = [one for one in found if one.due is None or one.due <= today]
    amount = sum(one.amount or 0.0 for one in coming)
    return PaymentHistory(tuple(past[:MOST]), len(coming), amount, len(rows) == READ)
