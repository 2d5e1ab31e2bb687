"""The target of a backup outside of the data folder: it leaves the house, so it is decided as everything else that does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.extensions import EgressRefused
from engine.model.sources import Destination
from engine.runtime.database.protocol import Session
from engine.runtime.schema.live import live_schema
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.cargo import BACKUP, FILES, FOLDER, Cargo, folder_of
from engine.runtime.sovereignty.decision import Block, Circumstances, decide_egress
from engine.runtime.sovereignty.kill_mark import marked
from engine.runtime.sovereignty.pending import PendingAttempt, leave_pending
from engine.runtime.sovereignty.rules import explained
from engine.runtime.sovereignty.switches import BREAKER, EVERYTHING, blocking, circuit_of, endpoint_of

LEVEL, PLACE = "G4", "backup"


def admit_target(settings: Settings, session: Session, declared: Mapping[str, Destination], target: Path) -> str:
    """The destination that a backup goes to. `declared` are the destinations as installed.

    Raises EgressRefused; the refusal waits in the data folder for the server to write it down.
    """
    folder = str(target.resolve().parent)
    found = folder_of(declared, folder)
    if found is None:
        raise _refused(settings, FOLDER, "folder")
    asked = Cargo(BACKUP, LEVEL, PLACE).request(found.name)
    stands = "killed" if marked(settings.data) else ""
    if not stands and BREAKER in live_schema(session):
        switch = blocking(session, circuit_of(found.name, BACKUP, LEVEL), endpoint_of(found))
        stands = "" if switch is None else "killed" if switch.circuit == EVERYTHING else "breaker"
    decision = decide_egress(found, asked, FILES, Circumstances(open=stands))
    if isinstance(decision, Block):
        raise _refused(settings, found.name, decision.reason)
    return found.name


def register_backup(settings: Settings, destination: str, size: int) -> None:
    """Leave what was written for the register. Raises OSError."""
    leave_pending(settings.data, PendingAttempt(destination, BACKUP, LEVEL, PLACE, size=size))


def _refused(settings: Settings, destination: str, reason: str) -> EgressRefused:
    leave_pending(settings.data, PendingAttempt(destination, BACKUP, LEVEL, PLACE, reason))
    return EgressRefused(destination, reason, explained(destination, reason))
