"""A keyring to try, on a file of keys or in a database of keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.runtime.sovereignty.key_store import open_key_store
from engine.runtime.sovereignty.keyring import MOST_WRITES, Keyring, SubjectRef
from engine.runtime.sovereignty.root_keys import RootCustody
from engine.runtime.sovereignty.vault import Sealed, Sealing, Vault

CUSTOMER = SubjectRef("customer", 42)
OTHER = SubjectRef("customer", 43)


@dataclass
class MovedClock:
    """The real clock, and so much besides."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead.total_seconds()


@dataclass(frozen=True)
class KeyDesk:
    """Where keys are: a data folder, and the address of the database of keys, empty for the file."""

    folder: Path
    url: str
    clock: MovedClock

    @contextmanager
    def keyring(self, passphrase: str = "", most_writes: int = MOST_WRITES) -> Iterator[Keyring]:
        """Opened as another process would."""
        store = open_key_store(self.url, self.folder)
        try:
            yield Keyring(store, RootCustody(self.folder, passphrase), self.clock, most_writes)
        finally:
            store.close()

    @contextmanager
    def vault(self, passphrase: str = "") -> Iterator[Vault]:
        with self.keyring(passphrase) as keyring:
            yield Vault(lambda: keyring)


def sealings(vault: Vault, subjects: list[SubjectRef], count: int) -> list[Sealing]:
    """Rows to be sealed, of each subject in turn."""
    return [
        Sealing(subjects[at % len(subjects)], vault.place("visit", at, "G3", 1), f"row {at}".encode() * 3)
        for at in range(count)
    ]


def sealed(vault: Vault, rows: list[Sealing]) -> list[Sealed]:
    return [Sealed(row.subject, row.place, envelope) for row, envelope in zip(rows, vault.seal_many(rows), strict=True)]
