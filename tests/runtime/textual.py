"""A small application from definition text, installed in a real database: for tests of what happens to its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identity.users import NewUser, create_user, hash_password
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HASH = hash_password("correct-horse")
Result = TypeVar("Result")


@dataclass
class Application:
    """The installation and a clerk who may do everything that the definitions let a role do."""

    installation: Installation
    clock: FixedClock
    clerk: int

    def context(self, *roles: str, user: int | None = None) -> Context:
        principal = Principal(user or self.clerk, "clerk", frozenset(roles or {"clerk"}))
        return Context(principal, self.clock.now())

    def write(self, act: Callable[[Work], Result], *roles: str) -> Result:
        return self.installation.workplace.write(self.context(*roles), act)

    def read(self, act: Callable[[Work], Result], *roles: str) -> Result:
        return self.installation.workplace.read(self.context(*roles), act)


@contextmanager
def application(folder: Path, database_url: str, files: Mapping[str, str]) -> Iterator[Application]:
    """The application of `files` (text by path in the pack) for as long as the block lasts."""
    for name, text in files.items():
        path = folder / "packs" / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    clock = FixedClock(NOW)
    installation = open_installation(Settings(data=folder / "data", database=url, packs=str(folder / "packs")), clock)
    bring_up_to_date(installation)
    clerk = installation.ids.next()
    new = NewUser(clerk, "clerk", "Clerk", 0, HASH, roles=("clerk",))
    installation.database.write(lambda session: create_user(session, new))
    try:
        yield Application(installation, clock, clerk)
    finally:
        installation.database.close()
