"""A process that sends through the gate of an installation as fast as it may, until it is refused: one line a refusal.

`python -m bench.prove.sending DATA DATABASE PORT`. Used to see how soon a kill switch is in force everywhere.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

from bench.prove.bypass_world import HONEST, answering, declared_besides, destination
from engine.application import open_installation
from engine.extensions import EgressRefused, EgressRequest
from engine.installation.leasing import Leaseholder
from engine.model.context import Context, Principal
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.work import OneModel

LONGEST = 60.0
"""Seconds after which it gives up, were nobody to stop it."""


def main(data: str, database: str, port: int) -> None:
    """Send until refused; say how many went and when the refusal came, as seconds of the clock."""
    opened = open_installation(Settings(data=Path(data), database=database))
    lease = Leaseholder(opened.database, opened.ids, opened.clock)
    lease.start()
    model = declared_besides(opened.models.current(), [destination("kill_trial", port)])
    resolve, _ = answering([HONEST])
    gate = EgressGate(opened.database, OneModel(model), opened.ids, opened.clock, resolve=resolve)
    context = Context(Principal(0, "kill", frozenset(), service="kill"), datetime.now().astimezone())
    request = EgressRequest("kill_trial", "POST", "/in", "operation", "G2", body=b"x" * 200)
    went, ends = 0, time.monotonic() + LONGEST
    print("ready", flush=True)
    while time.monotonic() < ends:
        try:
            gate.send(context, request)
            went += 1
        except EgressRefused as error:
            print(error.reason, went, time.time(), flush=True)
            break
    lease.stop()
    opened.database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
