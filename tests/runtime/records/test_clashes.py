"""A row that is like another: whoever may not write the row learns nothing of the other, whoever may does, as far as released."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from runtime.textual import HASH, Application, application

from engine.diagnostics import DougongError
from engine.model.errors import Forbidden, ValidationFailed
from engine.model.requests import Outcome
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.records.writing import create, update
from engine.runtime.work import Work

NOTES = {
    "pack.yaml": "label: {zh: 笔记, en: Notes}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "entities/note.yaml": """label: {zh: 笔记, en: Note}
title: name
natural_key: [owner, day]
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  owner: {type: user, required: true, label: {zh: 人, en: Owner}}
  day: {type: date, required: true, label: {zh: 日, en: Day}}
  badge: {type: text, unique: true, label: {zh: 牌号, en: Badge}}
unique:
  - {id: one_name, fields: [name], everywhere: false, message: {zh: 重名, en: Taken}}
""",
    "access/note.yaml": """grants:
  - {id: own, roles: [clerk], actions: [read, create, update], rows: "owner = user.id"}
""",
}


@pytest.fixture
def notes(tmp_path: Path, database_url: str) -> Application:
    with application(tmp_path, database_url, NOTES) as made:
        other = NewUser(7, "other", "Other", 0, HASH, roles=("clerk",))
        made.installation.database.write(lambda session: create_user(session, other))
        yield made


def note(app: Application, writer: int, owner: int, day: str, name: str = "n", **more: str) -> Outcome:
    values = {"name": name, "owner": encode_id(owner), "day": day, **more}
    return by(app, writer, lambda work: create(work, "note", values))


def by(app: Application, writer: int, act: Callable[[Work], Outcome]) -> Outcome:
    return app.installation.workplace.write(app.context("clerk", user=writer), act)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DougongError) as refused:
        act()
    error = refused.value
    return f"{error.code} {[one.code for one in error.problems] if isinstance(error, ValidationFailed) else ''}"


def test_who_may_not_write_a_row_does_not_learn_that_it_is_there(notes: Application) -> None:
    note(notes, 7, 7, "2026-03-02", "theirs")
    there = refusal(lambda: note(notes, notes.clerk, 7, "2026-03-02", "mine"))
    missing = refusal(lambda: note(notes, notes.clerk, 7, "2026-03-03", "mine"))
    assert there == missing == "forbidden "


def test_the_same_holds_for_a_row_that_is_given_away(notes: Application) -> None:
    note(notes, 7, 7, "2026-03-02", "theirs")
    mine = note(notes, notes.clerk, notes.clerk, "2026-03-02", "mine").id
    given = [{"owner": encode_id(7), "day": day} for day in ("2026-03-02", "2026-03-03")]
    told = [
        refusal(lambda one=one: by(notes, notes.clerk, lambda work: update(work, "note", mine, one))) for one in given
    ]
    assert told[0] == told[1]


def test_who_may_write_the_row_is_told_of_a_value_that_is_unique_everywhere(notes: Application) -> None:
    note(notes, 7, 7, "2026-03-02", "theirs", badge="B1")
    told = refusal(lambda: note(notes, notes.clerk, notes.clerk, "2026-03-02", "mine", badge="B1"))
    assert told == "validation_failed ['not_unique']"
    note(notes, notes.clerk, notes.clerk, "2026-03-02", "mine")
    again = refusal(lambda: note(notes, notes.clerk, notes.clerk, "2026-03-02", "more"))
    assert again == "validation_failed ['not_unique']"


def test_a_rule_within_the_unit_speaks_of_rows_that_its_writer_reads(notes: Application) -> None:
    note(notes, 7, 7, "2026-03-02", "plan")
    note(notes, notes.clerk, notes.clerk, "2026-03-02", "plan")
    again = refusal(lambda: note(notes, notes.clerk, notes.clerk, "2026-03-03", "plan"))
    assert again == "validation_failed ['not_unique']"


def test_nothing_stays_of_a_row_that_clashed(notes: Application) -> None:
    note(notes, notes.clerk, notes.clerk, "2026-03-02", "one", badge="B1")
    refusal(lambda: note(notes, notes.clerk, notes.clerk, "2026-03-03", "two", badge="B1"))
    assert note(notes, notes.clerk, notes.clerk, "2026-03-03", "two", badge="B2").version == 1
    with pytest.raises(Forbidden):
        note(notes, notes.clerk, 7, "2026-03-04", "three")
