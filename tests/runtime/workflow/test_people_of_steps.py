"""Whom flows ask: people by what they are, on the day, and those who were asked to stand in for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

import pytest

from engine.model.context import Context, Principal
from engine.model.errors import BadRequest, UnknownField
from engine.model.flows import Flow, People, PeopleKind
from engine.model.formula import Formula, Reference, Relation
from engine.model.names import NO_LABEL, Place
from engine.runtime.identity.users import NewUser, create_user, disable, set_roles
from engine.runtime.organisation.members import Membership, leave_seat, memberships_of, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from engine.runtime.workflow.delegations import ApprovalDelegation, end_entrusting, entrust, instead_of
from engine.runtime.workflow.people import Asked, resolve
from tests.conftest import KINDS, unmade_url
from tests.web.site import HASH, NOW, SINCE, Site, running_site

Result = TypeVar("Result")
PLACE = Place("test", "workflows/test.yaml", 1)
FLOW = Flow("deal_check", NO_LABEL, PLACE, "b2b_sales", "opportunity", (), ())
OTHER = replace(FLOW, name="visit_check", entity="customer")
DAY = date(2026, 3, 2)
NUMBERS = count(1)
SOON, PAST = DAY + timedelta(days=5), DAY - timedelta(days=5)
UNITS = {
    "north": ("area", "hq"),
    "cju_n": ("cju", "north"),
    "law": ("department", "hq"),
    "law_n": ("department", "north"),
}
SEATS = {
    "nora": ("cju_n", "lead"),
    "nils": ("cju_n", "sales"),
    "nina": ("cju_n", "sales"),
    "fred": ("north", "finance"),
    "lena": ("law", "legal"),
    "lars": ("law_n", "legal"),
}


class Office:
    """A site with an area, a unit below it and two law departments; every act is undone."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def act(self, do: Callable[[Work], Result], day: date = DAY) -> Result:
        """Do something in a transaction that is rolled back."""
        now = NOW + (day - DAY)
        context = Context(Principal(0, "flow", frozenset(), service="flow"), now)
        found: list[Result] = []

        def undone(work: Work) -> None:
            found.append(do(work))
            raise _Undo

        with pytest.raises(_Undo):
            self.site.installation.workplace.write(context, undone)
        return found[0]

    def asked(
        self, work: Work, *sources: People, record: str = "north_deal", picked: tuple[str, ...] = ()
    ) -> list[str]:
        ids = self.site.ids
        about = Asked("opportunity", ids[record], ids["nils"], tuple(ids[one] for one in picked))
        names = {number: name for name, number in ids.items()}
        return [names[one] for one in resolve(work, sources, about)]


class _Undo(Exception):
    """Ends a transaction without leaving anything."""


@pytest.fixture(scope="module", params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("people")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as site:
        context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
        site.installation.workplace.write(context, lambda work: _furnish(work, site))
        yield Office(site)


def _furnish(work: Work, site: Site) -> None:
    for code, (kind, parent) in UNITS.items():
        site.ids[code] = work.ids.next()
        add_unit(work.session, work.model, Unit(site.ids[code], code, kind, code, None, site.ids[parent], SINCE, None))
    for account, (unit, seat) in SEATS.items():
        site.ids[account] = work.ids.next()
        create_user(work.session, NewUser(site.ids[account], account, account.title(), 0, HASH))
        given = Membership(work.ids.next(), site.ids[account], site.ids[unit], seat, SINCE, None)
        take_seat(work.session, work.model, given)
    customer, deal = work.ids.next(), work.ids.next()
    site.ids["north_deal"] = deal
    owned = {"owner": site.ids["nils"], "unit": site.ids["cju_n"], "name": "北方"}
    load_rows(work, work.model.entities["customer"], [(customer, owned)])
    values = {"name": "north deal", "customer": customer, "owner": site.ids["nils"], "amount": Decimal(90000)}
    load_rows(work, work.model.entities["opportunity"], [(deal, {**values, "stage": "qualify"})])
    finish_loading(work, {"customer", "opportunity"})


def people(kind: PeopleKind, **given: Any) -> People:
    return People(kind, PLACE, **given)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (people(PeopleKind.INITIATOR), ["nils"]),
        (people(PeopleKind.MEMBER, path=("customer", "owner")), ["nils"]),
        (people(PeopleKind.MANAGER), ["nora"]),
        (people(PeopleKind.MANAGER, levels=2), []),
        (people(PeopleKind.MANAGERS, path=("owner",), levels=3), ["nora"]),
        (people(PeopleKind.HEAD), ["nora"]),
        (people(PeopleKind.HEAD, path=("customer", "unit"), above=1), []),
        (people(PeopleKind.SEAT, path=("customer", "unit"), seat="sales"), ["nils", "nina"]),
        (people(PeopleKind.SEAT, seat="finance", above=1), ["fred"]),
        (people(PeopleKind.SEAT, seat="finance"), []),
        (people(PeopleKind.ROLE, roles=frozenset({"unit_lead"})), ["nora"]),
        (people(PeopleKind.ROLE, roles=frozenset({"finance"})), ["fred"]),
        (people(PeopleKind.ROLE, roles=frozenset({"finance"}), above=2), ["fred"]),
        (people(PeopleKind.ROLE, roles=frozenset({"legal"})), ["lars"]),
        (people(PeopleKind.ROLE, roles=frozenset({"legal"}), above=2), ["lena", "lars"]),
        (people(PeopleKind.ROLE, roles=frozenset({"auditor"})), ["audit"]),
        (people(PeopleKind.ROLE, roles=frozenset({"privacy_officer"})), []),
        (people(PeopleKind.USERS, users=("wang", "nobody", "lena")), ["wang", "lena"]),
    ],
)
def test_people_are_found_by_what_they_are(office: Office, source: People, names: list[str]) -> None:
    assert office.act(lambda work: office.asked(work, source)) == names


def test_a_record_without_a_unit_and_picks(office: Office) -> None:
    picks = people(PeopleKind.INITIATOR_PICKS), people(PeopleKind.PREVIOUS_PICKS)
    assert office.act(lambda work: office.asked(work, *picks, picked=("nina", "wang"))) == ["nina", "wang"]
    assert office.act(lambda work: office.asked(work, *picks)) == []
    assert office.act(lambda work: office.asked(work, people(PeopleKind.HEAD), record="acme_deal")) == ["lead"]


def test_a_formula_names_a_person_of_the_row(office: Office) -> None:
    owner = Formula("owner", Reference(("owner",), Relation("user")), Relation("user"))
    assert office.act(lambda work: office.asked(work, people(PeopleKind.FORMULA, formula=owner))) == ["nils"]


def test_each_person_once_and_nobody_who_may_not_sign_in(office: Office) -> None:
    sources = people(PeopleKind.HEAD), people(PeopleKind.SEAT, seat="sales"), people(PeopleKind.MANAGER)

    def closed(work: Work) -> list[str]:
        disable(work.session, office.site.ids["nina"], True)
        return office.asked(work, *sources)

    assert office.act(lambda work: office.asked(work, *sources)) == ["nora", "nils", "nina"]
    assert office.act(closed) == ["nora", "nils"]


def test_the_day_decides_and_a_role_given_directly_counts(office: Office) -> None:
    ids = office.site.ids

    def left(work: Work) -> tuple[list[str], list[str]]:
        held = memberships_of(work.session, ids["nora"], DAY)
        leave_seat(work.session, held[0].id, SOON)
        set_roles(work.session, ids["nina"], ("legal",))
        return office.asked(work, people(PeopleKind.HEAD)), office.asked(
            work, people(PeopleKind.ROLE, roles=frozenset({"legal"}))
        )

    assert office.act(left) == (["nora"], ["nina"])
    assert office.act(left, SOON) == ([], ["nina"])


def delegation(office: Office, giver: str, taker: str, **more: Any) -> ApprovalDelegation:
    ids = office.site.ids
    given: dict[str, Any] = {"id": next(NUMBERS), "valid_from": DAY, "valid_to": SOON} | more
    return ApprovalDelegation(from_user=ids[giver], to_user=ids[taker], **given)


def standing_in(office: Office, *given: ApprovalDelegation, flow: Flow = FLOW, day: date = DAY) -> dict[str, str]:
    """Who is asked instead of whom, of everybody."""
    ids = office.site.ids
    names = {number: name for name, number in ids.items()}

    def found(work: Work) -> dict[str, str]:
        for one in given:
            entrust(work, one)
        return {
            names[user]: names[other]
            for user, other in instead_of(work, [ids[one] for one in SEATS], flow, ids["north_deal"]).items()
        }

    return office.act(found, day)


def test_a_delegation_holds_on_its_days_and_for_its_flows(office: Office) -> None:
    given = delegation(office, "nora", "fred", flows=("deal_check",))
    assert standing_in(office, given) == {"nora": "fred"}
    assert standing_in(office, given, day=SOON) == {}
    assert standing_in(office, given, flow=OTHER) == {}
    assert standing_in(office, replace(given, flows=()), flow=OTHER) == {"nora": "fred"}
    assert standing_in(office, replace(given, valid_from=DAY + timedelta(days=1))) == {}


def test_a_chain_ends_with_its_last_and_a_circle_with_who_was_asked(office: Office) -> None:
    chain = delegation(office, "nora", "fred"), delegation(office, "fred", "lena")
    assert standing_in(office, *chain) == {"nora": "lena", "fred": "lena"}
    assert standing_in(office, *chain, delegation(office, "lena", "nora")) == {}


def test_a_condition_is_read_with_the_rights_of_its_giver(office: Office) -> None:
    large = {"entity": "opportunity", "conditions": (("amount__ge", "80000"),)}
    assert standing_in(office, delegation(office, "nora", "fred", **large)) == {"nora": "fred"}
    larger = {"entity": "opportunity", "conditions": (("amount__ge", "100000"),)}
    assert standing_in(office, delegation(office, "nora", "fred", **larger)) == {}
    both = delegation(office, "nora", "lena"), delegation(office, "nora", "fred", **large)
    assert standing_in(office, *both) == {"nora": "fred"}
    assert standing_in(office, *both, flow=OTHER) == {"nora": "lena"}
    unread = {"entity": "opportunity", "conditions": (("name__contains", "north"),)}
    assert standing_in(office, delegation(office, "lead", "fred", **unread)) == {}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"taker": "nora"}, BadRequest),
        ({"valid_to": DAY}, BadRequest),
        ({"entity": "opportunity", "conditions": (("nothing", "1"),)}, UnknownField),
        ({"entity": "opportunity", "conditions": (("amount__ge", "much"),)}, BadRequest),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(
    office: Office, changes: dict[str, object], error: type[Exception]
) -> None:
    given = delegation(office, "nora", **{"taker": "fred", **changes})
    with pytest.raises(error):
        office.act(lambda work: entrust(work, given))


def test_who_cannot_sign_in_stands_in_for_nobody_and_an_ended_delegation_ends(office: Office) -> None:
    ids, given = office.site.ids, delegation(office, "nora", "fred")

    def closed(work: Work) -> int:
        entrust(work, given)
        disable(work.session, ids["fred"], True)
        return len(instead_of(work, [ids["nora"]], FLOW, ids["north_deal"]))

    def ended(work: Work) -> tuple[bool, bool, int]:
        entrust(work, given)
        others = end_entrusting(work.session, ids["fred"], given.id, DAY)
        own = end_entrusting(work.session, ids["nora"], given.id, DAY)
        return others, own, len(instead_of(work, [ids["nora"]], FLOW, ids["north_deal"]))

    assert office.act(closed) == 0
    assert office.act(ended) == (False, True, 0)
