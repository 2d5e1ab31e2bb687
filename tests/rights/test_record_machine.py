"""Records as a machine: any run of writes and changes of rights leaves what a dictionary says, for everybody who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from runtime.textual import HASH, Application, application

from engine.diagnostics import DougongError
from engine.model.context import Context
from engine.model.requests import Condition, Outcome, QueryRequest
from engine.runtime.history import history
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user, set_roles, user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.lists import list_records
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.work import Work
from tests.conftest import KINDS, fresh_url

DEALS = {
    "pack.yaml": "label: {zh: 交易, en: Deals}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/lead.yaml": "label: {zh: 主管, en: Lead}\n",
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
  - {id: win, label: {zh: 成, en: Win}, from: [open], to: won, roles: [clerk, lead]}
  - {id: reopen, label: {zh: 重开, en: Reopen}, from: [won], to: open, roles: [lead]}
""",
    "access/deal.yaml": """grants:
  - {id: own, roles: [clerk], actions: [read, create, transition], rows: "owner = user.id"}
  - {id: own_open, roles: [clerk], actions: [update, delete], rows: 'owner = user.id and state = "open"'}
  - {id: all, roles: [lead], actions: [read, create, update, delete, transition]}
fields:
  - {id: memo, fields: [memo], roles: [lead], right: write}
""",
}
PEOPLE = ("ann", "bob")
who = st.sampled_from(PEOPLE)
at = st.integers(0, 30)


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
        return own and (action not in ("update", "delete") or row.state == "open")

    def refusal(self, person: str, row: Deal, action: str) -> str | None:
        """Why somebody may not do something to a row, or None."""
        if row.deleted:
            return "not_found"
        if self.may(person, row, action):
            return None
        return "forbidden" if self.may(person, row, "read") else "not_found"

    def pick(self, number: int) -> tuple[int, Deal] | None:
        ids = list(self.rows)
        return (ids[number % len(ids)], self.rows[ids[number % len(ids)]]) if ids else None

    @rule(person=who, role=st.sampled_from(("clerk", "lead")))
    def grant(self, person: str, role: str) -> None:
        self.roles[person].add(role)
        self._keep_roles(person)

    @rule(person=who, role=st.sampled_from(("clerk", "lead")))
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
        if row.deleted and self.may(person, row, "delete"):
            assert isinstance(found, Outcome), found
            row.deleted = False
            self._changed(row, "restore")
        else:
            readable = row.deleted and self.may(person, row, "read")
            assert found == ("forbidden" if readable else "not_found")

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
        if not self.roles[person] or not self.rows:
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


@pytest.fixture(scope="module", params=KINDS)
def deals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("machine")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), DEALS) as made:
        yield made


def machine(app: Application) -> type[Deals]:
    ids = {}
    for name in PEOPLE:
        ids[name] = app.installation.ids.next()
        new = NewUser(ids[name], name, name.title(), 0, HASH)
        app.installation.database.write(lambda session, new=new: create_user(session, new))
    return type("Machine", (Deals,), {"app": app, "ids": ids})


def test_any_run_of_writes_and_rights_leaves_what_the_dictionary_says(deals: Application) -> None:
    run_state_machine_as_test(
        machine(deals),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
