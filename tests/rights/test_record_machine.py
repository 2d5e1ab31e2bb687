"""Records as a machine: any run of writes and changes of rights leaves what a dictionary says, for everybody who looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from runtime.textual import HASH, Application, application

from engine.diagnostics import DougongError
from engine.model.access import Action
from engine.model.context import Context
from engine.model.requests import Condition, Outcome, QueryRequest
from engine.runtime.history import history
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user, set_roles, user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.lists import list_records
from engine.runtime.records import removal
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.rows import update as update_columns
from engine.runtime.work import Work

DEALS = {
    "pack.yaml": "label: {zh: 交易, en: Deals}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/lead.yaml": "label: {zh: 主管, en: Lead}\n",
    "roles/sweeper.yaml": "label: {zh: 清理, en: Sweeper}\n",
    "entities/deal.yaml": """label: {zh: 交易, en: Deal}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  amount: {type: integer, label: {zh: 数, en: Amount}}
  owner: {type: user, required: true, label: {zh: 人, en: Owner}}
  memo: {type: text, label: {zh: 备忘, en: Memo}}
  state: {type: state, workflow: life, label: {zh: 状态, en: State}}
""",
    "workflows/life.yaml": """label: {zh: 状态, en: Life}
entity: deal
field: state
initial: open
states: [{id: open, label: {zh: 待办, en: Open}}, {id: won, label: {zh: 成, en: Won}}]
transitions:
  - {id: win, label: {zh: 成, en: Win}, from: [open], to: won, roles: [clerk, lead, sweeper]}
  - {id: reopen, label: {zh: 重开, en: Reopen}, from: [won], to: open, roles: [lead]}
""",
    "access/deal.yaml": """grants:
  - {id: own, roles: [clerk], actions: [read, create, transition], rows: "owner = user.id"}
  - {id: own_open, roles: [clerk], actions: [update, delete], rows: 'owner = user.id and state = "open"'}
  - {id: all, roles: [lead], actions: [read, create, update, delete, transition]}
  - {id: unseen, roles: [sweeper], actions: [delete, transition]}
fields:
  - {id: memo, fields: [memo], roles: [lead], right: write}
""",
}
PEOPLE = ("ann", "bob")
who = st.sampled_from(PEOPLE)
at = st.integers(0, 30)
roles = st.sampled_from(("clerk", "lead", "sweeper"))


@dataclass
class Deal:
    """A row as the dictionary has it."""

    values: dict[str, object]
    state: str = "open"
    deleted: bool = False
    version: int = 1
    told: list[str] = field(default_factory=list)


class Deals(RuleBasedStateMachine):
    """Two people with rights that come and go write the same rows; `rows` is what should be there."""

    app: Application
    ids: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, Deal] = {}
        self.roles: dict[str, set[str]] = {name: set() for name in PEOPLE}
        for name in PEOPLE:
            self._keep_roles(name)

    def _keep_roles(self, person: str) -> None:
        roles = sorted(self.roles[person])
        self.app.installation.database.write(lambda session: set_roles(session, self.ids[person], roles))

    def context(self, person: str) -> Context:
        """Who somebody is, as the database says it now."""
        model = self.app.installation.models.current()

        def resolve(session: object) -> Context:
            user = user_by_account(session, person)  # type: ignore[arg-type]
            assert user is not None
            return context_for(session, model, user, Circumstances(self.app.clock.now(), "en", "Asia/Shanghai"))  # type: ignore[arg-type]

        return self.app.installation.database.read(resolve)

    def attempt(self, person: str, act: Callable[[Work], Outcome]) -> str | Outcome:
        """What came of a write: its outcome, or the code of its refusal."""
        try:
            return self.app.installation.workplace.write(self.context(person), act)
        except DougongError as refused:
            return refused.code

    def may(self, person: str, row: Deal, action: str) -> bool:
        if "lead" in self.roles[person]:
            return True
        own = "clerk" in self.roles[person] and row.values["owner"] == self.ids[person]
        swept = "sweeper" in self.roles[person] and action in ("delete", "transition")
        return swept or (own and (action not in ("update", "delete") or row.state == "open"))

    def refusal(self, person: str, row: Deal, action: str) -> str | None:
        """Why somebody may not do something to a row, or None."""
        if row.deleted or not self.may(person, row, "read"):
            return "not_found"
        return None if self.may(person, row, action) else "forbidden"

    def pick(self, number: int) -> tuple[int, Deal] | None:
        ids = list(self.rows)
        return (ids[number % len(ids)], self.rows[ids[number % len(ids)]]) if ids else None

    @initialize(role=roles)
    def begin(self, role: str) -> None:
        """Somebody leads, somebody else has a role, and there are rows of both: without them most acts meet nothing."""
        self.grant("ann", "lead")
        self.grant("bob", role)
        for owner in (*PEOPLE, *PEOPLE):
            self.create("ann", owner, 1)

    @rule(person=who, role=roles)
    def grant(self, person: str, role: str) -> None:
        self.roles[person].add(role)
        self._keep_roles(person)

    @rule(person=who, role=roles)
    def revoke(self, person: str, role: str) -> None:
        self.roles[person].discard(role)
        self._keep_roles(person)

    @rule(person=who, owner=who, amount=st.integers(0, 9))
    def create(self, person: str, owner: str, amount: int) -> None:
        values = {"name": "deal", "amount": amount, "owner": self.ids[owner]}
        given = {**values, "owner": encode_id(self.ids[owner])}
        found = self.attempt(person, lambda work: create(work, "deal", given))
        if self.may(person, Deal(values), "create"):
            assert isinstance(found, Outcome)
            self.rows[found.id] = Deal({**values, "memo": None}, told=["create"])
        else:
            assert found == "forbidden"

    @rule(person=who, number=at, name=st.sampled_from(("amount", "name")), amount=st.integers(0, 9))
    def edit(self, person: str, number: int, name: str, amount: int) -> None:
        self._write(person, number, name, amount if name == "amount" else f"deal {amount}")

    @rule(person=who, number=at, text=st.sampled_from(("a", "b")))
    def note(self, person: str, number: int, text: str) -> None:
        self._write(person, number, "memo", text)

    @rule(person=who, number=at, owner=who)
    def give(self, person: str, number: int, owner: str) -> None:
        self._write(person, number, "owner", self.ids[owner])

    def _write(self, person: str, number: int, name: str, value: object) -> None:
        picked = self.pick(number)
        if picked is None:
            return
        id, row = picked
        given = {name: encode_id(value) if name == "owner" and isinstance(value, int) else value}
        found = self.attempt(person, lambda work: update(work, "deal", id, given))
        expected = self.refusal(person, row, "update")
        if expected is None and name == "memo" and "lead" not in self.roles[person]:
            expected = "validation_failed"
        after = Deal({**row.values, name: value}, row.state)
        if expected is None and not self.may(person, after, "update"):
            expected = "not_found"
        if expected is not None:
            assert found in (expected, "unknown_field" if name == "memo" else expected), (found, expected)
        elif row.values[name] != value:
            row.values[name] = value
            self._changed(row, "update")

    def _changed(self, row: Deal, action: str) -> None:
        row.version += 1
        row.told.append(action)

    @rule(person=who, number=at, move=st.sampled_from(("win", "reopen")))
    def move(self, person: str, number: int, move: str) -> None:
        picked = self.pick(number)
        if picked is None:
            return
        id, row = picked
        found = self.attempt(person, lambda work: transition(work, "deal", id, move))
        source, target = {"win": ("open", "won"), "reopen": ("won", "open")}[move]
        expected = self.refusal(person, row, "transition")
        if expected is None and row.state == source and (move == "win" or "lead" in self.roles[person]):
            assert isinstance(found, Outcome), found
            row.state = target
            self._changed(row, "transition")
        else:
            assert isinstance(found, str)
            assert expected is None or found == expected

    @rule(person=who, number=at)
    def delete(self, person: str, number: int) -> None:
        picked = self.pick(number)
        if picked is None:
            return
        id, row = picked
        found = self.attempt(person, lambda work: delete(work, "deal", id))
        expected = self.refusal(person, row, "delete")
        if expected is None:
            assert isinstance(found, Outcome), found
            row.deleted = True
            self._changed(row, "delete")
        else:
            assert found == expected

    @rule(person=who, number=at)
    def restore(self, person: str, number: int) -> None:
        picked = self.pick(number)
        if picked is None:
            return
        id, row = picked
        found = self.attempt(person, lambda work: restore(work, "deal", id))
        if not (row.deleted and self.may(person, row, "read")):
            assert found == "not_found"
        elif self.may(person, row, "delete"):
            assert isinstance(found, Outcome), found
            row.deleted = False
            self._changed(row, "restore")
        else:
            assert found == "forbidden"

    @invariant()
    def everybody_sees_what_the_dictionary_says(self) -> None:
        for person in PEOPLE:
            lead = "lead" in self.roles[person]
            expected = {
                id: (row.version, row.state, *(row.values[name] for name in self.names(lead)))
                for id, row in self.rows.items()
                if not row.deleted and self.may(person, row, "read")
            }
            assert self.seen(person, lead) == expected

    def names(self, lead: bool) -> tuple[str, ...]:
        return ("name", "amount", "owner", "memo") if lead else ("name", "amount", "owner")

    def seen(self, person: str, lead: bool) -> dict[int, tuple[object, ...]]:
        if not self.roles[person] & {"clerk", "lead"} or not self.rows:
            return {}
        columns = ("state", *self.names(lead))
        mine = Condition(("id",), "in", tuple(self.rows))
        request = QueryRequest("deal", tuple((name,) for name in columns), where=mine, limit=100)
        page = self.app.installation.workplace.read(self.context(person), lambda work: list_records(work, request))
        return {one.id: (one.version, *(one.cells.get(name) for name in columns)) for one in page.records}

    def teardown(self) -> None:
        """The history of every row that can be read tells each act that was done to it, in its order."""
        self.roles["ann"] = {"lead"}
        self._keep_roles("ann")
        for id, row in self.rows.items():
            if row.deleted:
                continue
            entries = self.app.installation.workplace.read(self.context("ann"), lambda w, id=id: history(w, "deal", id))
            acts = dict.fromkeys(reversed([(one.at, one.action) for one in entries]))
            assert {action for _, action in acts} <= set(row.told), (acts, row.told)


@pytest.fixture
def deals(database_url: str, tmp_path: Path) -> Iterator[Application]:
    with application(tmp_path, database_url, DEALS) as made:
        yield made


def machine(app: Application) -> type[Deals]:
    ids = {}
    for name in PEOPLE:
        ids[name] = app.installation.ids.next()
        new = NewUser(ids[name], name, name.title(), 0, HASH)
        app.installation.database.write(lambda session, new=new: create_user(session, new))
    return type("Machine", (Deals,), {"app": app, "ids": ids})


def run_machine(app: Application) -> None:
    run_state_machine_as_test(
        machine(app),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_run_of_writes_and_rights_leaves_what_the_dictionary_says(deals: Application) -> None:
    run_machine(deals)


def unasked(work: Work, entity: str, record: int, action: Action, deleted: bool = False) -> None:
    """The planted fault: whoever asks may delete."""


def half_deleting(work: Work, entity: str, record: int) -> Outcome:
    """The planted fault: a row counts on as one that is there."""
    done = removal.delete(work, entity, record)
    update_columns(work.session, entity, {"deleted_at": None}, {"id": record})
    return done


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [(removal, "check_permitted", unasked), (sys.modules[__name__], "delete", half_deleting)],
    ids=["rights", "rows"],
)
def test_a_planted_fault_is_found(
    deals: Application, monkeypatch: pytest.MonkeyPatch, place: ModuleType, name: str, fault: object
) -> None:
    """The control: with a right that is not asked, or an act that is not done, some run differs from the dictionary."""
    monkeypatch.setattr(place, name, fault)
    with pytest.raises((AssertionError, DougongError)):
        run_machine(deals)
