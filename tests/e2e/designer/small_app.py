"""The smallest application, served to somebody who designs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.application import bring_up_to_date, open_installation
from engine.runtime.identity.users import NewUser, create_user, hash_password
from engine.runtime.settings import Settings
from tests.designer.workshop import laid_out
from tests.e2e.people import PASSWORD, Server
from tests.e2e.serving import serving_only


def installed(folder: Path) -> Path:
    """The application in a folder, with ann, who designs it and works with it; the folder of its packs."""
    packs = laid_out(folder / "packs")
    installation = open_installation(Settings(data=folder / "data", packs=str(packs)))
    bring_up_to_date(installation)
    ann = NewUser(installation.ids.next(), "ann", "Ann", 0, hash_password(PASSWORD), roles=("designer", "worker"))
    installation.database.write(lambda session: create_user(session, ann))
    installation.database.close()
    return packs


@contextmanager
def small_app(folder: Path) -> Iterator[Server]:
    """The same, served."""
    packs = installed(folder)
    with serving_only(folder / "data", str(packs)) as address:
        yield Server(address, packs)
