"""Leasing: a serving process holds a node number of its own, renewed while it runs, given back at its end."""

from __future__ import annotations

import secrets
import threading

import structlog

from engine.diagnostics import DougongError
from engine.extensions import Clock
from engine.runtime.database.errors import DatabaseError
from engine.runtime.database.protocol import Database
from engine.runtime.events import newest
from engine.runtime.identifiers import IdSource, made_at
from engine.runtime.leases import TERM, Lease, LeaseLost, lease_node, release_node, renew_node

AGAIN = 2.0
"""Seconds between two tries while the database takes no writes."""
log = structlog.get_logger("dougong.lease")


def go_on_after_events(database: Database, ids: IdSource, node: int = 0) -> None:
    """On SQLite events are read in the order of their identifiers: new ones come after those that stand, whatever the
    clock says by now."""
    if database.dialect == "sqlite":
        last = database.read(newest)
        ids.take(node, made_at(last) if last else 0)


class Leaseholder:
    """Keeps the lease of one process. A database that takes no writes now is asked again; without one nothing is written."""

    def __init__(self, database: Database, ids: IdSource, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock
        self._lease: Lease | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> None:
        """Lease a node and make identifiers with it from now on."""
        self._renew()
        self._thread.start()

    def stop(self) -> None:
        """Give the node back; one that cannot be is free when its lease has run out."""
        self._stopped.set()
        self._thread.join()
        if self._lease is None:
            return
        try:
            release_node(self._database, self._lease, self._clock.now(), self._ids.reached)
        except DougongError as error:
            log.warning("node not given back", error=error.code)

    def _keep(self) -> None:
        while not self._stopped.wait(AGAIN if self._lease is None else TERM.total_seconds() / 3):
            self._renew()

    def _renew(self) -> None:
        """The lease for another term, or a new one: the first, or in the place of one that was lost."""
        now = self._clock.now()
        try:
            if self._lease is not None:
                self._lease = renew_node(self._database, self._lease, now)
                return
            self._lease = lease_node(self._database, secrets.token_hex(8), now)
            self._ids.take(self._lease.node, self._lease.floor)
            go_on_after_events(self._database, self._ids, self._lease.node)
        except LeaseLost:
            self._lease = None
            log.warning("lease lost, another node is taken")
        except DatabaseError as error:
            log.warning("the lease waits", error=error.code)
