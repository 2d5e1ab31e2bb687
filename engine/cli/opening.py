"""Opening the installation for the length of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.application import Installation, open_installation
from engine.runtime.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """The installation, its database closed afterwards whatever happens. Raises as `open_installation`."""
    installation = open_installation(settings)
    try:
        yield installation
    finally:
        installation.database.close()
