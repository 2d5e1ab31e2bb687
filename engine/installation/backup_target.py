"""The target of a backup outside of the data folder: it leaves the house, so it is decided as everything else that does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.extensions import EgressRefused
from engine.installation.served import DoesNotCompile, compiled_folders, installed_packs
from engine.model.sources import Destination
from engine.runtime.database.protocol import Session
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.cargo import BACKUP, FILES, FOLDER, Cargo, folder_of
from engine.runtime.sovereignty.decision import Block, Circumstances, decide_egress
from engine.runtime.sovereignty.kill_mark import marked
from engine.runtime.sovereignty.pending import PendingAttempt, leave_pending
from engine.runtime.sovereignty.rules import explained
from engine.runtime.sovereignty.switches import BREAKER, EVERYTHING, blocking, circuit_of, endpoint_of

LEVEL, PLACE = "G4", "backup"


def admit_target(settings: Settings, session: Session, tables: Mapping[str, object], target: Path) -> str:
    """The destination that a backup goes to. `tables` are those that stand: an older database has no breakers.

    Raises EgressRefused; the refusal waits in the data folder for the server to write it down.
    """
    folder = str(target.resolve().parent)
    found = folder_of(_declared(settings), folder)
    if found is None:
        raise _refused(settings, FOLDER, "folder")
    asked = Cargo(BACKUP, LEVEL, PLACE).request(found.name)
    stands = "killed" if marked(settings.data) else ""
    if not stands and BREAKER in tables:
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


def _declared(settings: Settings) -> Mapping[str, Destination]:
    """The destinations as installed; none where the definitions do not compile: data is saved all the same."""
    try:
        return compiled_folders(installed_packs(settings)).current().destinations
    except DoesNotCompile:
        return {}
