"""A process that opens one envelope over and over; it tells opens that began after the shredding had returned."""

from __future__ import annotations

import mmap
import sys
import threading
from pathlib import Path

from engine.runtime.sovereignty.keyring import KeyDestroyed, SubjectRef
from engine.runtime.sovereignty.vault import Vault
from tests.runtime.sovereignty.key_desk import KeyDesk, MovedClock

RETURNED, ENDED = 0, 1
"""Bytes of the page that the processes share: the shredding has returned; everybody is to end."""
THREADS = 2


def watch(vault: Vault, envelope: bytes, page: mmap.mmap, counts: list[list[int]]) -> None:
    place, early, late, refused = vault.place("visit", 1, "G3", 1), 0, 0, 0
    while not page[ENDED]:
        returned = page[RETURNED]
        try:
            vault.open(SubjectRef("customer", 42), place, envelope)
        except KeyDestroyed:
            refused += 1
            continue
        if returned:
            late += 1
        else:
            early += 1
            if early == 1:
                sys.stdout.write("opened\n")
                sys.stdout.flush()
    counts.append([early, late, refused])


def main() -> None:
    folder, url, envelope = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
    with (folder / "page").open("r+b") as file:
        page = mmap.mmap(file.fileno(), 2)
    counts: list[list[int]] = []
    with KeyDesk(folder, url, MovedClock()).vault() as vault:
        threads = [threading.Thread(target=watch, args=(vault, envelope, page, counts)) for _ in range(THREADS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    sys.stdout.write(" ".join(str(sum(column)) for column in zip(*counts, strict=True)) + "\n")


if __name__ == "__main__":
    main()
