"""Keys are renewed while rows are written and read, and the process that does it is killed, again and again.

`python -m tests.runtime.sovereignty.rotation_killed FOLDER URL KILLS SEED` tells what became of it, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from engine.runtime.database.errors import DatabaseError
from engine.runtime.database.open import open_database
from engine.runtime.sovereignty.keyring import SubjectRef
from engine.runtime.sovereignty.rewriting import rewrite
from engine.runtime.sovereignty.vault import Vault
from tests.runtime.sovereignty.key_desk import KeyDesk, MovedClock
from tests.runtime.sovereignty.sealed_table import SealedTable

ROWS, SUBJECTS, PART = 300, 12, 20
LONGEST = 0.15
"""Seconds after which the process is killed at the latest, from when it has begun."""


class Doomed:
    """What the process does until it dies: one thread renews keys and rewrites rows, two write, one reads."""

    def __init__(self, url: str, vault: Vault, told: int, seeded: random.Random) -> None:
        self.url, self.vault, self.told, self.seeded = url, vault, told, seeded
        self.table, self.database = SealedTable(vault), open_database(url)

    def live(self) -> None:
        numbers = [random.Random(self.seeded.random()) for _ in range(3)]
        threads = [
            threading.Thread(target=self.write, args=(numbers[0], range(0, ROWS, 2)), daemon=True),
            threading.Thread(target=self.write, args=(numbers[1], range(1, ROWS, 2)), daemon=True),
            threading.Thread(target=self.read, args=(numbers[2],), daemon=True),
        ]
        for one in threads:
            one.start()
        self.tell("begun")
        while True:
            self.vault.keyring.rotate(SubjectRef("person", self.seeded.randrange(SUBJECTS)))
            if self.seeded.random() < 0.2:
                self.vault.keyring.rotate_keks(part=4)
            rewrite(self.database, self.vault, [self.table], PART)

    def write(self, seeded: random.Random, rows: range) -> None:
        """Rows of its own, so that the last number told of a row is the last that was kept."""
        at = time.monotonic_ns()
        while True:
            row, at = seeded.choice(rows), at + 1
            try:
                self.table.set_number(self.database, row, at)
            except Exception as error:
                self.tell(f"failed {type(error).__name__} {error}")
                continue
            self.tell(f"kept {row} {at}")

    def read(self, seeded: random.Random) -> None:
        while True:
            try:
                self.table.number(self.database, seeded.randrange(ROWS))
            except Exception as error:
                self.tell(f"failed {type(error).__name__} {error}")

    def tell(self, text: str) -> None:
        os.write(self.told, f"{text}\n".encode())


def killed_once(folder: Path, url: str, seeded: random.Random) -> list[str]:
    """What a process told until it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            desk = KeyDesk(folder, "", MovedClock())
            with desk.vault() as vault:
                Doomed(url, vault, writing, seeded).live()
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        begun = pipe.readline()
        assert begun, "it did not begin"
        killer = threading.Timer(seeded.random() * LONGEST, os.kill, (child, signal.SIGKILL))
        killer.start()
        content = begun + pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended by itself"
    return content.decode().splitlines()


def main() -> None:
    folder, url, kills, seeded = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), random.Random(int(sys.argv[4]))
    desk = KeyDesk(folder, "", MovedClock())
    with desk.vault() as vault:
        database = open_database(url)
        SealedTable(vault).make(database, ROWS, SUBJECTS)
        database.close()
    kept = dict.fromkeys(range(ROWS), 0)
    failed: list[str] = []
    for _ in range(kills):
        for line in killed_once(folder, url, seeded):
            word, _, rest = line.partition(" ")
            if word == "kept" and rest.count(" ") == 1 and rest[-1:].isdigit():
                row, number = rest.split()
                kept[int(row)] = max(kept[int(row)], int(number))
            elif word == "failed":
                failed.append(rest)
    with desk.vault() as vault:
        database, table = open_database(url), SealedTable(vault)
        before = table.versions(database)
        rewrite(database, vault, [table], PART)
        vault.keyring.rotate_keks()
        lost = unreadable = 0
        for row, number in kept.items():
            try:
                lost += table.number(database, row) < number
            except Exception:
                unreadable += 1
        newest = {one: vault.keyring.data_key(one)[0] for one in before}
        old = sum(versions != {newest[one]} for one, versions in table.versions(database).items())
        with suppress(DatabaseError):
            database.close()
        told = {
            "kills": kills,
            "written": sum(1 for number in kept.values() if number),
            "failed": failed,
            "between": sum(len(versions) > 1 for versions in before.values()),
            "lost": lost,
            "unreadable": unreadable,
            "old": old,
            "versions": max(newest.values()),
            "keks": vault.keyring.counts().keks,
        }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
