"""Opening the installation for the length of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.leasing import Leaseholder
from engine.runtime.settings import Settings


@contextmanager
def opened(settings: Settings, replaying: bool = False) -> Iterator[Installation]:
    """The installation, its database closed afterwards whatever happens. Raises as `open_installation`."""
    installation = open_installation(settings, replaying=replaying)
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def writing(settings: Settings, replaying: bool = False) -> Iterator[Installation]:
    """As `opened`, brought up to date and with a node of its own: a command that makes identifiers makes none that
    another process makes too."""
    with opened(settings, replaying) as installation:
        bring_up_to_date(installation)
        holder = Leaseholder(installation.database, installation.ids, installation.clock)
        holder.start()
        try:
            yield installation
        finally:
            holder.stop()
