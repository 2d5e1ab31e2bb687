"""Sealing the audit log: a thread of the serving process that numbers and chains what was recorded, every second."""

from __future__ import annotations

import secrets
import threading
import time
from pathlib import Path

import structlog

from engine.diagnostics import DougongError
from engine.extensions import Clock
from engine.runtime.audit_chain.anchors import anchor
from engine.runtime.audit_chain.reads import ReadSpool
from engine.runtime.audit_chain.sealing import Sealed, Sealer, last_signed, release, seal_all, seal_turn
from engine.runtime.database.protocol import Database

PAUSE = 1.0
"""Seconds between two turns: how long an entry goes unsealed at most while all is well, beside the turn itself."""
AGAIN = 10.0
"""Seconds after which what failed is tried again."""
ANCHOR_AGAIN = 60.0
"""Seconds after which a folder that took no anchor is tried again."""
log = structlog.get_logger("dougong.audit")


class AuditSealer:
    """Seals for one process; of several processes one at a time seals, the others look in. `folder` is where heads are
    anchored, None where they are not; `reads` is what pages note of reads."""

    def __init__(
        self, database: Database, key: bytes, clock: Clock, folder: Path | None, reads: ReadSpool | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._reads = reads
        self._sealer = Sealer(secrets.token_hex(8), key)
        self._anchored = -1
        self._again_at = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="audit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn at hand, seal and sign what is left, and let another process seal."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        try:
            self._take_reads()
            seal_all(self._database, self._sealer, self._clock.now())
            self._anchor()
            self._database.write(lambda session: release(session, self._sealer))
        except (DougongError, OSError) as error:
            log.warning("the audit log is sealed at the next start", error=str(error))

    def turn(self) -> Sealed:
        """Seal what waits, and anchor what was signed since."""
        self._take_reads()
        sealed = seal_turn(self._database, self._sealer, self._clock.now())
        if sealed.mine and time.monotonic() >= self._again_at:
            self._anchor()
        return sealed

    def _take_reads(self) -> None:
        if self._reads is not None:
            self._reads.take(self._database)

    def _anchor(self) -> None:
        """What cannot be anchored now is later, without holding up the sealing."""
        if self._folder is None:
            return
        last = self._database.read(last_signed)
        if last is None or last.position == self._anchored:
            return
        try:
            anchor(self._database, self._folder, self._sealer)
            self._anchored = last.position
        except (DougongError, OSError) as error:
            self._again_at = time.monotonic() + ANCHOR_AGAIN
            log.error("heads of the audit log are not anchored", error=str(error))

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._stopped.wait(self._pause())

    def _pause(self) -> float:
        """Seconds until the next turn."""
        try:
            return 0.0 if self.turn().more else PAUSE
        except (DougongError, OSError) as error:
            log.warning("the audit log waits", error=str(error))
        except Exception as error:
            log.error("the audit log waits", exc_info=error)
        return AGAIN
