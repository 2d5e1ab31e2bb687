"""Keeping keys: what lies under former keys is sealed anew as a job, former keys go when nothing needs them, copies end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from engine.diagnostics import DougongError
from engine.extensions import Clock
from engine.installation.job_runner import Outside
from engine.model.context import Context, Principal
from engine.runtime.database.protocol import Session
from engine.runtime.jobs import Job, enqueue, oldest_about
from engine.runtime.live_settings import LiveSettings
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.sealing.stored import sealed_tables, standing_tables
from engine.runtime.sovereignty.former_keys import destroy_unused, note_use, retired
from engine.runtime.sovereignty.key_copies import remove_ended_copies, standing_copies
from engine.runtime.sovereignty.key_opening import key_place
from engine.runtime.sovereignty.keyring import Keyring
from engine.runtime.sovereignty.rewriting import RENEW, rewrite, versions_in_use
from engine.runtime.stores import BACKUPS
from engine.runtime.work import Workplace

ABOUT = ""
DAY = timedelta(days=1)
log = structlog.get_logger("dougong.keys")


@dataclass(frozen=True, slots=True)
class KeyKeeper:
    """Queues the job when keys were renewed, and once a day while there are former keys or copies past their time."""

    workplace: Workplace
    live: LiveSettings
    clock: Clock

    def look(self) -> bool:
        """Queue the job when it is due and not queued; whether it was queued now. Keys that cannot be opened are logged."""
        vault, now = self.workplace.vault, self.clock.now()
        if vault is None or not key_place(self.live.current()).begun:
            return False
        try:
            due = self.workplace.database.read(lambda session: self._due(session, vault.keyring, now))
        except DougongError as error:
            log.warning("keys are not kept", problem=error.code)
            return False
        if due:
            context = Context(Principal(0, "keys", frozenset(), service="keys"), now)
            self.workplace.write(context, lambda work: enqueue(work, RENEW, ABOUT, {}))
        return due

    def steps(self) -> dict[str, Outside]:
        """The job's part."""
        return {RENEW: self.renew}

    def renew(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Seal anew, count, destroy, delete; may be broken off anywhere and begun again."""
        vault = workplace.vault
        if vault is None:
            return
        database, keyring, settings = workplace.database, vault.keyring, self.live.current()
        done = rewrite(database, vault, sealed_tables(workplace.models.current(), vault))
        in_use = versions_in_use(database, standing_tables(database, vault))
        note_use(keyring, in_use, now)
        kept = timedelta(days=settings.retention_former_keys)
        gone = destroy_unused(keyring, in_use, now, kept, settings.data / BACKUPS)
        removed = remove_ended_copies(keyring.store, now)
        database.write(lambda session: remember_moment(session, RENEW, now))
        log.info("keys kept", sealed=done.envelopes, unreadable=done.unreadable, destroyed=gone, copies=len(removed))

    def _due(self, session: Session, keyring: Keyring, now: datetime) -> bool:
        if oldest_about(session, ABOUT, RENEW) is not None:
            return False
        last, former = last_moment(session, RENEW), retired(keyring)
        if any(last is None or since >= last for since in former):
            return True
        anything = bool(former) or any(one.ends <= now for one in standing_copies(keyring.store))
        return anything and (last is None or now - last >= DAY)
