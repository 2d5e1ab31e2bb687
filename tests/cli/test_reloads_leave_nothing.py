"""Memory under hot reloads: of all the definitions that were served, only the newest are still held.

In this process, so that the objects can be counted: pages are asked for and rows written between the edits.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, make_application
from engine.installation.reload import Reloader
from engine.model.app import AppModel
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from tests.cli.new_app import new_app

EDITS, WARM = 6, 2


@dataclass
class Edited:
    """An installation whose definitions are edited, and what is done after each edit."""

    installation: Installation
    client: TestClient
    entity: Path
    text: str
    served: list[AppModel]

    def edit(self, number: int, after: Callable[[AppModel], None] = lambda model: None) -> None:
        """A new label everywhere and a field that comes and goes; then a list, a row, a page."""
        field = f'  extra: {{type: text, label: {{zh: 附加, en: "Extra {number}"}}}}\n' if number % 2 else ""
        text = self.text.replace("en: Name}", f"en: Name {number}}}", 1)
        self.entity.write_text(text.replace("fields:\n", f"fields:\n{field}", 1), "utf-8")
        place = self.installation
        reloader = Reloader(place.models, place.workplace, place.clock, place.settings.zone, lambda line: None)
        assert reloader.reload()
        assert self.client.get("/api/records/task").status_code == 200
        values = {"name": f"Task {number}", "hours": "2", "rate": "10"}
        answer = self.client.post("/api/records/task", json=values, headers={"Idempotency-Key": f"task {number}"})
        assert answer.status_code == 201
        assert f"Name {number}" in self.client.get("/app/task_list").text
        after(place.models.current())


@pytest.fixture
def edited(tmp_path: Path, database_url: str) -> Edited:
    installation = new_app(tmp_path, "my_app", database_url)
    headers = {"Authorization": f"Bearer {_token(installation)}", "Accept-Language": "en"}
    client = TestClient(make_application(installation), headers=headers)
    entity = tmp_path / "my_app" / "entities" / "task.yaml"
    return Edited(installation, client, entity, entity.read_text("utf-8"), [])


def _token(installation: Installation) -> str:
    database, new = installation.database, NewUser(installation.ids.next(), "li", "Li", 0, None, roles=("worker",))
    database.write(lambda session: create_user(session, new))
    user = database.read(lambda session: user_by_account(session, "li"))
    assert user is not None
    token = NewToken(installation.ids.next(), "load", (), timedelta(days=400))
    return database.write(lambda session: make_token(session, user, token, installation.clock.now()))


def models_held(pack: str) -> int:
    """Whole applications in the memory of this process that have a pack of this name."""
    gc.collect()
    return sum(isinstance(one, AppModel) and pack in one.packs for one in gc.get_objects())


def test_only_the_newest_definitions_are_held(edited: Edited) -> None:
    with edited.client:
        for number in range(WARM):
            edited.edit(number)
        for number in range(WARM, EDITS):
            edited.edit(number)
            assert models_held("my_app") == 1
        formulas = sum(len(one) for one in edited.installation.models.compiler._formulas.book.entries.values())
        edited.edit(EDITS)
        edited.edit(EDITS + 1)
        assert sum(len(one) for one in edited.installation.models.compiler._formulas.book.entries.values()) == formulas


@pytest.mark.one_database
def test_definitions_that_are_held_are_found(edited: Edited) -> None:
    """The control: somebody who keeps every model that was served."""
    with edited.client:
        for number in range(3):
            edited.edit(number, edited.served.append)
        assert models_held("my_app") == 3
