"""The application under long load: what `dougong new` makes, with a worker, served in development so that edits are taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.application import Installation, bring_up_to_date, open_installation
from engine.cli import main
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.settings import Settings
from tests.crash.serving import Serving

FIELD = '  extra: {{type: text, label: {{zh: 附加, en: "Extra V{0}"}}}}\n'
LABELS = ("en: Name}", "en: Due on}", "en: Cost}")


@dataclass(frozen=True)
class Desk:
    """A served desk: its pack, its token, and the entity's text as it was."""

    serving: Serving
    token: str
    text: str

    @property
    def entity(self) -> Path:
        return self.serving.packs / "my_app" / "entities" / "task.yaml"

    def edit(self, number: int) -> None:
        """The edit of a number: the number in every label, and a field that comes and goes; each fifth has mistakes."""
        if wrong(number):
            self.entity.write_text(self.text.replace("type: text", "tpye: text", 1), "utf-8")
            return
        text = self.text
        for label in LABELS:
            text = text.replace(label, label.replace("}", f" V{number}}}"), 1)
        if number % 2:
            text = text.replace("fields:\n", "fields:\n" + FIELD.format(number), 1)
        self.entity.write_text(text, "utf-8")


def wrong(number: int) -> bool:
    """Has the edit of this number mistakes?"""
    return number % 5 == 4


@contextmanager
def served(folder: Path, database_url: str) -> Iterator[Desk]:
    """The desk for as long as the block lasts."""
    packs, data = folder / "packs", folder / "data"
    assert main(["new", "my_app", "--folder", str(packs)]) == 0
    url = database_url if database_url.startswith("postgres") else ""
    installation = open_installation(Settings(data=data, database=url, packs=str(packs)))
    try:
        bring_up_to_date(installation)
        token = _worker(installation)
    finally:
        installation.database.close()
    with Serving(packs, data, url, environment={"DOUGONG_DEVELOPMENT": "1"}) as serving:
        yield Desk(serving, token, (packs / "my_app" / "entities" / "task.yaml").read_text("utf-8"))


def _worker(installation: Installation) -> str:
    database, new = installation.database, NewUser(installation.ids.next(), "li", "Li", 0, None, roles=("worker",))
    database.write(lambda session: create_user(session, new))
    user = database.read(lambda session: user_by_account(session, "li"))
    assert user is not None
    token = NewToken(installation.ids.next(), "load", (), timedelta(days=400))
    return database.write(lambda session: make_token(session, user, token, installation.clock.now()))
