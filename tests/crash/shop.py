"""The application under fault: areas, orders with numbers and lines, a workflow; and a clerk with a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.records.writing import create
from engine.runtime.settings import Settings
from tests.runtime.records.shop import SHOP

NUMBER = '  number: {type: code, label: {zh: 单号, en: No.}, pattern: "O{yyyy}-{seq:5}", per: [year]}\n'
NUMBERED = SHOP | {"entities/order.yaml": SHOP["entities/order.yaml"].replace("fields:\n", f"fields:\n{NUMBER}", 1)}
AREAS = 3


@dataclass(frozen=True)
class Shop:
    """An installation that is served by nobody yet: its folders, the clerk's token, the ids of the areas."""

    packs: Path
    data: Path
    database: str
    token: str
    areas: tuple[str, ...]


def open_shop(folder: Path, database_url: str) -> Shop:
    """Make the installation in a folder; `database_url` is PostgreSQL's, else SQLite stands in the folder."""
    packs, data = folder / "packs", folder / "data"
    for name, text in NUMBERED.items():
        path = packs / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=data, database=url, packs=str(packs))
    return in_installation(settings, lambda installation: _furnish(installation, packs, data, url))


def in_installation(settings: Settings, act: Callable[[Installation], Shop]) -> Shop:
    installation = open_installation(settings)
    try:
        bring_up_to_date(installation)
        return act(installation)
    finally:
        installation.database.close()


def _furnish(installation: Installation, packs: Path, data: Path, url: str) -> Shop:
    database, now = installation.database, installation.clock.now()
    clerk = installation.ids.next()
    database.write(lambda session: create_user(session, NewUser(clerk, "clerk", "Clerk", 0, None, roles=("clerk",))))
    user = database.read(lambda session: user_by_account(session, "clerk"))
    assert user is not None
    wanted = NewToken(installation.ids.next(), "load", (), timedelta(days=2000))
    token = database.write(lambda session: make_token(session, user, wanted, now))
    context = Context(Principal(clerk, "clerk", frozenset({"clerk"})), now)
    areas = [
        installation.workplace.write(context, lambda work, at=at: create(work, "area", {"name": f"area {at}"}).id)  # type: ignore[misc]
        for at in range(AREAS)
    ]
    return Shop(packs, data, url, token, tuple(encode_id(one) for one in areas))
