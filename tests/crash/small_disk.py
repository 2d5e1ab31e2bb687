"""A disk of a few megabytes, filled to its last byte and emptied again; mounting it takes the rights of root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 12


class NoSmallDisk(Exception):
    """This machine does not let us mount one."""


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk."""

    folder: Path

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> None:
        """Take all room that is left."""
        with self.filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * BLOCK)
            except OSError:
                return

    def empty(self) -> None:
        """Give it back."""
        self.filler.unlink(missing_ok=True)

    def protect(self) -> None:
        """Nothing may be written on it from now on; nobody may have a file open for writing."""
        _run("mount", "-o", "remount,ro", str(self.folder))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted at `folder` for as long as the block lasts. Raises NoSmallDisk."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "dougong-crash", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "-l", str(folder))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoSmallDisk(str(error)) from None
    if done.returncode:
        raise NoSmallDisk(done.stderr.strip())
