"""Every route × every role × a row of one's own, somebody else's, and none: the status that the definitions say.

The table of routes is the product's own, what is expected of each line stands in EXPECTED; a route that is in neither that
table nor among those without rows fails here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

import pytest

from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS
from engine.runtime.comments.reading import commented
from engine.runtime.identifiers import encode_id
from engine.web.dispatch import Right, Route
from engine.web.gate import UNSAFE
from engine.web.routes import ROUTES
from tests.rights.declared_rights import Declared, Person
from tests.rights.random_rights import SPOILS, with_access
from tests.rights.twin_trial import SEED, Trials
from tests.rights.worlds import Answer, Question, World
from tests.web.site import shipped

MISSING = encode_id(7)
STALE = (("if-match", '"9999"'),)
"""A version that no row has: a permitted change is refused for it and changes nothing."""
ENTITIES = 6
"""How many entities each role is tried on, drawn by the seed."""
STANDING = {400}


@dataclass(frozen=True)
class Case:
    """A person, an entity, and a row of it; None for an id that no row has."""

    declared: Declared
    person: Person
    entity: str
    record: int | None

    def may(self, action: str) -> bool:
        row = self.declared.rows[self.entity].get(self.record) if self.record is not None else None
        return row is not None and self.declared.may(self.person, self.entity, row, action)

    def somewhere(self, action: str) -> bool:
        return self.declared.may_somewhere(self.person, self.entity, action)


Expected = Callable[[Case], set[int]]


def reading(case: Case) -> set[int]:
    return {200} if case.may("read") else {404}


def acting(action: str, done: set[int]) -> Expected:
    """The action where it is allowed, 403 on a row that may be read, 404 on every other."""

    def expected(case: Case) -> set[int]:
        return done if case.may(action) else {403} if case.may("read") else {404}

    return expected


def listing(case: Case) -> set[int]:
    return {200} if case.somewhere("read") else {404}


def creating(case: Case) -> set[int]:
    if not case.somewhere("read"):
        return {404}
    return {201, 422, 403} if case.somewhere("create") else {403}


def moving(case: Case) -> set[int]:
    """A move of the entity's workflow, from a version that no row has; an entity without one has no moves."""
    if case.declared.model.workflow_of(case.entity) is None:
        return {404}
    return acting("transition", {400, 403, 409, 412, 422})(case)


def picking(case: Case) -> set[int]:
    """The first reference of an entity, where it is a name for the person; there is no such field without one."""
    if not case.somewhere("read"):
        return {404}
    name = reference_of(case)
    named = name is not None and case.declared.right(case.person, case.entity, name, None) != "none"
    return {200} if named else {400}


def entering(case: Case) -> set[int]:
    """The control of the first reference: a field that is no name for the person is not there, nor is a row out of reach."""
    name = reference_of(case)
    if not case.may("read") or name is None:
        return {404}
    if case.declared.right(case.person, case.entity, name, None) == "none":
        return {404}
    return {200, 403} if case.may("update") else {403}


def going(case: Case) -> set[int]:
    """Where a record may go: nowhere without a state that is a name for the person, on a row that may be read."""
    state = case.declared.model.entities[case.entity].state_field
    known = state is not None and case.declared.right(case.person, case.entity, state.name, None) != "none"
    return {200} if known and case.may("read") else {404}


def reference_of(case: Case) -> str | None:
    fields = case.declared.model.entities[case.entity].fields.values()
    return next((one.name for one in fields if one.kind in REFERENCE_KINDS), None)


def offering(action: str) -> Expected:
    """What is offered for an entity as a whole: to whom may do it, not to whom may do something else, unknown to all others."""

    def expected(case: Case) -> set[int]:
        known = case.somewhere("read") or (case.somewhere("create") and action == "create")
        return ({200} if case.somewhere(action) else {403}) if known else {404}

    return expected


def importing(case: Case) -> set[int]:
    """Parts come with their whole."""
    return {404} if case.declared.model.entities[case.entity].part_of else offering("create")(case)


def uncomputed(case: Case) -> set[int]:
    """A reference has no formula, so nothing explains it."""
    return {404}


def deleted(case: Case) -> set[int]:
    """Nothing is deleted here, so nothing is there to be restored."""
    return {404}


def unnamed(case: Case) -> set[int]:
    """A flow or document that nothing bears the name of is not there, whoever asks about whichever row."""
    return {404}


def commenting(case: Case) -> set[int]:
    """Without a text: refused for it where a page of the person has the widget, 403 where none has."""
    if not case.may("read"):
        return {404}
    pairs, roles = commented(case.declared.model), case.person.roles
    return {422} if any((case.entity, role) in pairs for role in roles) else {403}


EXPECTED: dict[tuple[str, str], Expected] = {
    ("GET", "/api/records/{entity}"): listing,
    ("POST", "/api/records/{entity}"): creating,
    ("POST", "/api/records/{entity}/bulk"): listing,
    ("GET", "/api/records/{entity}/{record}"): reading,
    ("PATCH", "/api/records/{entity}/{record}"): acting("update", {200}),
    ("DELETE", "/api/records/{entity}/{record}"): acting("delete", STANDING),
    ("POST", "/api/records/{entity}/{record}/restore"): deleted,
    ("GET", "/api/records/{entity}/{record}/history"): reading,
    ("GET", "/api/records/{entity}/{record}/access"): reading,
    ("GET", "/api/records/{entity}/{record}/flows"): reading,
    ("GET", "/api/records/{entity}/{record}/comments"): reading,
    ("POST", "/api/records/{entity}/{record}/comments"): commenting,
    ("GET", "/api/records/{entity}/{record}/people"): reading,
    ("POST", "/api/records/{entity}/{record}/flows/{flow}"): unnamed,
    ("GET", "/r/{entity}/{record}"): reading,
    ("GET", "/r/{entity}/{record}/documents/{document}"): unnamed,
    ("GET", "/r/{entity}/{record}/documents/{document}/pdf"): unnamed,
    ("GET", "/r/{entity}/{record}/access"): reading,
    ("GET", "/r/{entity}/{record}/history"): reading,
    ("GET", "/r/{entity}/{record}/lineage"): reading,
    ("GET", "/r/{entity}/{record}/edit"): acting("update", {200}),
    ("GET", "/r/{entity}/{record}/cell/{field}"): entering,
    ("GET", "/r/{entity}/{record}/moves"): going,
    ("POST", "/r/{entity}/{record}/restore"): deleted,
    ("POST", "/api/records/{entity}/{record}/transitions/{transition}"): moving,
    ("GET", "/api/records/{entity}/pick/{field}"): picking,
    ("GET", "/api/records/{entity}/{record}/value/{field}"): uncomputed,
    ("GET", "/r/{entity}/new"): offering("create"),
    ("GET", "/export/{entity}"): offering("export"),
    ("GET", "/import/{entity}"): importing,
}
"""What a method on a path answers."""

BY_FORM = {
    ("POST", "/r/{entity}"),
    ("POST", "/r/{entity}/{record}"),
    ("POST", "/r/{entity}/{record}/delete"),
    ("POST", "/r/{entity}/{record}/move/{transition}"),
    ("POST", "/r/{entity}/{record}/files"),
    ("POST", "/r/{entity}/{record}/documents/{document}"),
    ("POST", "/r/{entity}/{record}/comments"),
    ("POST", "/r/{entity}/{record}/start/{flow}"),
    ("POST", "/import/{entity}"),
    ("POST", "/preview/{entity}"),
    ("POST", "/drafts/{entity}"),
    ("POST", "/drafts/{entity}/drop"),
    ("POST", "/bulk/{entity}"),
    ("POST", "/r/{entity}/{record}/moves"),
    ("POST", "/bulk/{entity}/apply"),
    ("POST", "/r/{entity}/{record}/cell/{field}"),
    ("GET", "/formulas/{entity}/{fingerprint}.js"),
}
"""What the pages send, to the same services as the interface: held to the rows out of reach below."""


@contextmanager
def stage(trials: Trials, served: AppModel | None = None) -> Iterator[World]:
    """A world with the rows of the trials, served under the shipped rights or under others."""
    with trials.stand.world(None, served or trials.model) as world:
        yield world


def cases(trials: Trials, account: str) -> Iterator[Case]:
    """For some entities a row that the person reads, one that the person does not, and none."""
    random, person = Random(f"{SEED} {account}"), trials.people[account]
    for entity in random.sample(sorted(trials.model.entities), ENTITIES):
        rows = trials.declared.rows[entity]
        mine = [id for id, row in rows.items() if trials.declared.may(person, entity, row)]
        others = [id for id in rows if id not in mine]
        for found in (mine, others):
            if found:
                yield Case(trials.declared, person, entity, random.choice(found))
        yield Case(trials.declared, person, entity, None)


def question(method: str, path: str, case: Case) -> Question:
    record = encode_id(case.record) if case.record is not None else MISSING
    body: object = {} if method in ("POST", "PATCH") and path.startswith("/api/") else None
    if path.endswith("/bulk"):
        body = {"operations": [{"action": "delete", "id": record, "version": 9999}]}
    flow = case.declared.model.workflow_of(case.entity)
    filled = {
        "{entity}": case.entity,
        "{record}": record,
        "{field}": reference_of(case) or "none",
        "{transition}": flow.transitions[0].id if flow else "none",
    }
    address = path
    for name, value in filled.items():
        address = address.replace(name, value)
    form = () if method == "POST" and body is None else None
    return Question(
        method, address, body=body, form=form, headers=STALE if method == "DELETE" or "{transition}" in path else ()
    )


def surprises(world: World, trials: Trials, account: str) -> list[str]:
    """Answers with another status than the definitions say."""
    found = []
    for case in cases(trials, account):
        for (method, path), expected in EXPECTED.items():
            asked = question(method, path, case)
            answer = world.ask(account, asked)
            if answer.status not in expected(case):
                found.append(f"{account} {asked}: {answer.status} instead of {expected(case)}: {answer.text[:160]}")
    return found


def accounts(trials: Trials) -> list[str]:
    everybody = sorted(one for one in trials.people if one.endswith("_1"))
    return everybody[::3] if trials.ground.url else everybody


def test_every_route_answers_every_role_as_the_definitions_say(trials: Trials) -> None:
    with stage(trials) as world:
        found = [one for account in accounts(trials) for one in surprises(world, trials, account)]
    assert found == []


@pytest.mark.parametrize("fault", ["row rules dropped"])
def test_the_matrix_sees_weaker_rights(trials: Trials, fault: str) -> None:
    weaker = with_access(shipped().current(), lambda entity, access: SPOILS[fault](access), fault)
    with stage(trials, weaker) as world:
        assert any(surprises(world, trials, account) for account in ("sales_1", "associate_1", "unit_lead_1"))


def told_apart(world: World, account: str, method: str, path: str, case: Case) -> bool:
    """Whether a row out of reach is answered otherwise than one that is not there."""
    answers = [
        normal(world.ask(account, question(method, path, one)), one) for one in (case, replace(case, record=None))
    ]
    return answers[0] != answers[1]


def normal(answer: Answer, case: Case) -> tuple[int, str]:
    """An answer without the row's id and the request's, which counts on."""
    text = answer.text.replace(answer.header("x-request-id"), "REQUEST")
    return answer.status, text.replace(encode_id(case.record), MISSING) if case.record is not None else text


def test_a_row_out_of_reach_is_no_different_from_one_that_is_not_there_on_any_route(trials: Trials) -> None:
    found = []
    with stage(trials) as world:
        for account in accounts(trials):
            for case in cases(trials, account):
                if case.record is None or case.may("read"):
                    continue
                for route in ROUTES:
                    if "{record}" not in route.path:
                        continue
                    if told_apart(world, account, route.methods[0], route.path, case):
                        found.append(f"{account} {route.methods[0]} {route.path} {case.entity}")
    assert found == []


def test_nobody_gets_anything_that_is_not_public(trials: Trials) -> None:
    with stage(trials) as world:
        for route in ROUTES:
            path = route.path.replace("{entity}", "task").replace("{record}", MISSING).replace("{", "").replace("}", "")
            answer = world.ask(None, Question(route.methods[0], path))
            to_sign_in = answer.status == 303 and answer.header("location").startswith("/sign-in")
            refused = to_sign_in or "not_signed_in" in answer.text
            unknown = route.right is Right.SCREEN and answer.status == 404
            assert refused or unknown or answer.status == 401 or route.right is Right.PUBLIC, (
                route.path,
                answer.status,
            )


def test_only_administrators_administer(trials: Trials) -> None:
    with stage(trials) as world:
        for account in accounts(trials):
            administers = any(trials.model.roles[role].administers for role in trials.people[account].roles)
            for route in (one for one in ROUTES if one.right is Right.ADMINISTRATOR):
                path = route.path.replace("{user}", MISSING)
                status = world.ask(account, Question(route.methods[0], path, form=())).status
                assert (status == 403) is not administers, (account, route.path, status)


def test_pages_are_there_for_the_roles_that_they_name(trials: Trials) -> None:
    with stage(trials) as world:
        for account in accounts(trials):
            for page in Random(account).sample(sorted(trials.model.pages), 12):
                declared = trials.model.pages[page]
                there = bool(declared.roles & trials.people[account].roles) and declared.kind != "record"
                assert world.ask(account, Question("GET", f"/app/{page}")).status == (200 if there else 404), page


def test_no_unsafe_call_of_another_site_gets_through_whoever_is_signed_in(trials: Trials) -> None:
    foreign = (("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"))
    with stage(trials) as world:
        for account in (None, "administrator_1", "sales_1"):
            for route in ROUTES:
                for method in sorted(set(route.methods) & UNSAFE):
                    path = route.path.replace("{", "x").replace("}", "")
                    for header in foreign:
                        assert world.ask(account, Question(method, path, headers=(header,))).status == 403, route.path
                    own = Question(method, path, headers=(("origin", "http://testserver"),))
                    assert "另一" not in world.ask(account, own).text


def test_a_query_key_that_an_interface_route_does_not_know_is_an_error(trials: Trials) -> None:
    with stage(trials) as world:
        account = "auditor_1"
        case = next(one for one in cases(trials, account) if one.record is not None and one.may("read"))
        for route in (one for one in ROUTES if one.path.startswith("/api/") and "GET" in one.methods):
            path = route.path.replace("{metric}", sorted(trials.model.metrics)[0])
            path = path.replace("{field}", next(iter(trials.model.entities[case.entity].fields)))
            asked = replace(question("GET", path, case), query=(("nothing_of_this_name", "1"),))
            answer = world.ask("administrator_1" if route.right is Right.ADMINISTRATOR else account, asked)
            assert answer.status == 400, (str(asked), answer.status, answer.text[:200])


def test_every_route_with_rows_stands_in_the_matrix() -> None:
    rows = {(route.methods[0], route.path) for route in ROUTES if "{entity}" in route.path}
    assert rows == EXPECTED.keys() | BY_FORM


def test_a_route_without_a_right_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="right"):
        Route("/open", ("GET",), lambda work, call, site: None)  # type: ignore[call-arg,arg-type,return-value]
