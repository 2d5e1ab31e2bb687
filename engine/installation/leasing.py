"""Leasing: a serving process holds a node number of its own, renewed while it runs, given back at its end."""

from __future__ import annotations

import secrets
import threading

from engine.extensions import Clock
from engine.runtime.database.protocol import Database
from engine.runtime.identifiers import IdSource
from engine.runtime.leases import TERM, Lease, lease_node, release_node, renew_node


class Leaseholder:
    """Keeps the lease of one process. SQLite has one process, which needs none."""

    def __init__(self, database: Database, ids: IdSource, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock
        self._lease: Lease | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def start(self) -> None:
        """Lease a node and make identifiers with it from now on."""
        if self._database.dialect == "sqlite":
            return
        self._lease = lease_node(self._database, secrets.token_hex(8), self._clock.now())
        self._ids.take(self._lease.node, self._lease.floor)
        self._thread.start()

    def stop(self) -> None:
        """Give the node back."""
        self._stopped.set()
        if self._lease is not None:
            release_node(self._database, self._lease, self._clock.now(), self._ids.reached)

    def _renew(self) -> None:
        while not self._stopped.wait(TERM.total_seconds() / 3):
            if self._lease is not None:
                self._lease = renew_node(self._database, self._lease, self._clock.now())
