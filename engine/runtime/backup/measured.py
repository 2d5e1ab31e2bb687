"""Measured: bytes counted and hashed while they pass, so that nothing is read twice or held whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

PART = 1 << 20


class Writes(Protocol):
    """Whatever takes bytes."""

    def write(self, part: bytes, /) -> object: ...


class Measured:
    """Passes bytes on to `target`, or only measures them when there is none."""

    def __init__(self, target: Writes | None = None) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, part: bytes) -> None:
        self._hash.update(part)
        self.size += len(part)
        if self._target is not None:
            self._target.write(part)

    @property
    def digest(self) -> str:
        """SHA-256 of what has passed, in hexadecimal."""
        return self._hash.hexdigest()


def parts(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in parts of bounded size."""
    while part := stream.read(PART):
        yield part
