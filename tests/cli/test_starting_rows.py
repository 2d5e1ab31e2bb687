"""Starting rows: an edit that declares them makes them at once; an earlier choice is taken over only where it says something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application
from engine.installation.reload import Reloader
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.jobs import waiting
from engine.runtime.records.starting_rows import TAKE_OVER
from tests.cli.new_app import new_app

KIND = """label: {zh: 种类, en: Kind}
title: name
natural_key: [code]
fields:
  code: {type: text, max_length: 40, read_only: true, label: {zh: 代号, en: Code}}
  name: {type: text, required: true, search: 1, label: {zh: 名称, en: Name}}
starts_with:
  plain: {name: 普通}
"""
CHOICE = "  sort: {type: choice, label: {zh: 旧种类, en: Sort}, choices: {plain: {zh: 普通, en: Plain}}}\n"
RELATION = (
    "  kind: {type: relation, to: kind, label: {zh: 种类, en: Kind},"
    " proposed: {from: name, roles: [worker], instead_of: sort}}\n"
)


@dataclass
class Edited:
    """An application that is served while its definitions are edited."""

    pack: Path
    installation: Installation
    client: TestClient

    def reload(self) -> None:
        place = self.installation
        lines: list[str] = []
        reloader = Reloader(place.models, place.workplace, place.clock, place.settings.zone, lines.append)
        assert reloader.reload(), lines

    def add_fields(self, text: str) -> None:
        entity = self.pack / "entities" / "task.yaml"
        entity.write_text(entity.read_text("utf-8").replace("fields:\n", f"fields:\n{text}", 1), "utf-8")

    def add_kinds(self) -> None:
        (self.pack / "entities" / "kind.yaml").write_text(KIND, "utf-8")
        access = "grants:\n  - {id: all, roles: [worker], actions: [read, create]}\n"
        (self.pack / "access" / "kind.yaml").write_text(access, "utf-8")

    def kinds(self) -> list[str]:
        return [row["name"] for row in self.client.get("/api/records/kind").json()["data"]]

    def jobs(self) -> list[str]:
        return [one.kind for one in self.installation.database.read(waiting)]


@pytest.fixture
def edited(tmp_path: Path, database_url: str) -> Edited:
    installation = new_app(tmp_path, "growing_app", database_url)
    database, new = installation.database, NewUser(installation.ids.next(), "li", "Li", 0, None, roles=("worker",))
    database.write(lambda session: create_user(session, new))
    user = database.read(lambda session: user_by_account(session, "li"))
    assert user is not None
    token = NewToken(installation.ids.next(), "edits", (), timedelta(days=400))
    secret = database.write(lambda session: make_token(session, user, token, installation.clock.now()))
    client = TestClient(make_application(installation), headers={"Authorization": f"Bearer {secret}"})
    return Edited(tmp_path / "growing_app", installation, client)


def test_rows_that_an_edit_declares_stand_when_it_is_served(edited: Edited) -> None:
    edited.add_kinds()
    edited.reload()
    assert edited.kinds() == ["普通"]
    edited.add_fields("  note: {type: text, label: {zh: 备注, en: Note}}\n")
    edited.reload()
    bring_up_to_date(edited.installation)
    assert edited.kinds() == ["普通"]


@pytest.mark.parametrize("said", [None, "plain"])
def test_a_choice_is_taken_over_by_a_job_only_where_it_says_something(edited: Edited, said: str | None) -> None:
    edited.add_fields(CHOICE)
    edited.reload()
    made = edited.client.post("/api/records/task", json={"name": "一件", "sort": said})
    assert made.status_code == 201, made.text
    edited.add_kinds()
    edited.add_fields(RELATION)
    edited.reload()
    assert edited.jobs().count(TAKE_OVER) == (said is not None)
