"""Refusals: what one leaves behind, in one transaction: the record, the breaker's move, the ticket, the entry of the audit."""

from __future__ import annotations

from dataclasses import dataclass

from engine.extensions import Clock, EgressRequest
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Destination
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.sovereignty.breaker import State, Tripped, Violated
from engine.runtime.sovereignty.ledger import Ledger
from engine.runtime.sovereignty.owners import NOBODY, owner_of
from engine.runtime.sovereignty.rules import BREACHES, TRIPS
from engine.runtime.sovereignty.switches import Circuit, circuit_of, endpoint_of, move
from engine.runtime.sovereignty.tickets import Fault, report

WITHOUT_TICKET = frozenset({"breaker", "killed"})
"""Reasons that repeat what a ticket stands for already."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Writes refusals. Without the installation's key nothing is audited; the record and the ticket are written all the same."""

    database: Database
    ids: IdSource
    clock: Clock
    key: bytes = b""
    lead: Label = NOBODY

    def leave(
        self, context: Context, request: EgressRequest, destination: Destination | None, reason: str, attempt: int = 0
    ) -> None:
        """Write a refusal down; an `attempt` that was let out and stopped on its way is in the record already."""

        def work(session: Session) -> None:
            if not attempt:
                self.ledger.write(session, context, request, "refused", reason)
            self.follow(session, context, request, destination, reason)

        self.database.write(work)

    def follow(
        self,
        session: Session,
        context: Context,
        request: EgressRequest,
        destination: Destination | None,
        reason: str,
    ) -> None:
        """What follows from a refusal besides its record."""
        opened = self._trip(session, request, destination, reason)
        new = self._ticket(session, context, request, destination, reason)
        if self.key and (opened or new):
            append(session, self.ids, _act(context, self.clock, request, reason, opened))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database, self.ids, self.clock)

    def _trip(
        self, session: Session, request: EgressRequest, destination: Destination | None, reason: str
    ) -> Circuit | None:
        """Let the breaker hear of it; the circuit that opened over it."""
        now = self.clock.now()
        pinned = destination is not None and bool(destination.pins) and reason in {"certificate", "tls"}
        if reason in TRIPS or pinned:
            circuit = Circuit(request.destination[:48])
            before, standing = move(session, circuit, Tripped(reason), now, endpoint=endpoint_of(destination))
        elif reason in BREACHES:
            circuit = circuit_of(request.destination, request.purpose, request.level)
            event = Violated(request.level, reason)
            before, standing = move(session, circuit, event, now, endpoint=endpoint_of(destination))
        else:
            return None
        return circuit if standing.state is State.OPEN and before.state is not State.OPEN else None

    def _ticket(
        self,
        session: Session,
        context: Context,
        request: EgressRequest,
        destination: Destination | None,
        reason: str,
    ) -> bool:
        if reason in WITHOUT_TICKET:
            return False
        owner = owner_of(destination, self.lead)
        _, new = report(session, self.ids, fault_of(context, request, reason), owner, self.clock.now())
        return new


def fault_of(context: Context, request: EgressRequest, reason: str) -> Fault:
    """What a refusal is about, without a value."""
    who = context.principal
    return Fault(
        destination=request.destination[:48],
        purpose=request.purpose[:48],
        level=request.level[:2],
        rule=reason,
        place=(request.about.place or context.cause or who.service or "person")[:80],
        fields=request.about.fields,
        tags=request.about.tags,
        rows=request.about.rows,
        user=who.user_id or None,
        service=who.service,
    )


def _act(context: Context, clock: Clock, request: EgressRequest, reason: str, opened: Circuit | None) -> Act:
    what = (
        f"destination={request.destination[:48]} purpose={request.purpose[:48]} level={request.level[:2]} rule={reason}"
    )
    return Act(
        at=clock.now(),
        action="egress",
        actor=context.principal.user_id or None,
        viewing_as=context.viewing_as,
        subject=f"{what} breaker=open" if opened is not None else what,
        outcome="refused",
        request=context.request_id or None,
    )
