"""Payment history: what the customer had to pay, and how late it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.work import Work

MOST = 12


@dataclass(frozen=True, slots=True)
class Payment:
    """A sum that was due: its day, how many days late it came (None while it is open, or not told), how much."""

    id: int
    version: int
    due: date | None
    days_late: int | None
    amount: float | None


def payment_history(work: Work, negotiation: Negotiation, deal: Deal) -> tuple[Payment, ...]:
    """The customer's newest sums, newest first, as far as the person may read them."""
    declared = negotiation.payment
    if declared is None or deal.customer is None:
        return ()
    columns = ((declared.due,), (declared.late,), (declared.amount,))
    question = Question(declared.entity, columns, among=(declared.by,), newest=(declared.due,))
    return tuple(
        Payment(
            one.id,
            one.version,
            due if isinstance(due := one.cells[0], date) else None,
            None if one.cells[1] is None else int(str(one.cells[1])),
            None if one.cells[2] is None else float(str(one.cells[2])),
        )
        for one in read_rows(work, question, (deal.customer,), MOST)
    )
