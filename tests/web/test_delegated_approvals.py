"""Approvals delegated on one's own page: for whom, when, which flows, on what condition; ended by who gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.model.context import Context, Principal
from engine.model.flows import Flow
from engine.model.names import Label, Place
from engine.runtime.workflow.delegations import instead_of
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site

PLACE = Place("b2b_sales", "workflows/deal_check.yaml", 1)
DEAL_CHECK = Flow(
    "deal_check", Label({"zh": "商机评审", "en": "Deal review"}), PLACE, "b2b_sales", "opportunity", (), ()
)
TICKET_CHECK = replace(
    DEAL_CHECK, name="ticket_check", entity="service_ticket", label=Label({"zh": "服务升级", "en": "Escalation"})
)


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("approvals")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        models = running.installation.models
        before = models.current()
        models.serve(replace(before, flows={one.name: one for one in (DEAL_CHECK, TICKET_CHECK)}))
        yield running
        models.serve(before)


def given(site: Site, **more: str) -> dict[str, str]:
    return {"act": "approvals", "user": site.public("money"), "since": "2026-03-02", "until": "2026-03-05", **more}


def asked_instead(site: Site, flow: Flow = DEAL_CHECK) -> bool:
    context = Context(Principal(0, "flow", frozenset(), service="flow"), NOW)
    ids = site.ids
    found = site.installation.workplace.read(
        context, lambda work: instead_of(work, [ids["lead"]], flow, ids["acme_deal"])
    )
    return found == {ids["lead"]: ids["money"]}


def end_all(site: Site, person: str = "lead") -> int:
    page = site.client(person).get("/account").text
    found = re.findall(r'value="end_approvals"><input type="hidden" name="delegation" value="(\w+)"', page)
    for one in found:
        answer = site.client(person).post("/account/delegations", data={"act": "end_approvals", "delegation": one})
        assert answer.status_code == 303
    return len(found)


def test_approvals_are_delegated_seen_by_both_and_taken_back(site: Site) -> None:
    lead, money = site.client("lead"), site.client("money")
    sent = given(site, flow="deal_check", field="opportunity/name", operator="contains", value="acme")
    assert lead.post("/account/delegations", data=sent).status_code == 303
    page = lead.get("/account").text
    assert "已委托 Money" in page
    assert "商机评审、商机名称包含acme" in page
    assert "代行 Lead" in money.get("/account").text
    assert asked_instead(site)
    assert not asked_instead(site, TICKET_CHECK)
    found = re.search(r'value="end_approvals"><input type="hidden" name="delegation" value="(\w+)"', page)
    assert found
    foreign = {"act": "end_approvals", "delegation": found[1]}
    assert money.post("/account/delegations", data=foreign).status_code == 404
    assert end_all(site) == 1
    assert not asked_instead(site)
    assert "代行 Lead" not in money.get("/account").text


def test_all_flows_are_delegated_where_none_is_named(site: Site) -> None:
    assert site.client("lead").post("/account/delegations", data=given(site)).status_code == 303
    assert "全部审批" in site.client("lead").get("/account").text
    assert asked_instead(site)
    assert asked_instead(site, TICKET_CHECK)
    assert end_all(site) == 1


def test_a_field_that_one_may_not_read_is_not_offered(site: Site) -> None:
    assert "opportunity/amount" in site.client("lead").get("/account").text
    page = site.client("admin").get("/account").text
    assert 'name="flow"' in page
    assert "opportunity/" not in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"user": "lead"}, 400, "不能委托给自己"),
        ({"until": "2026-03-02"}, 400, "晚于开始"),
        ({"until": ""}, 400, "晚于开始"),
        ({"flow": "nothing"}, 404, ""),
        ({"field": "opportunity/amount", "operator": "ge", "value": "很多"}, 400, "amount"),
        ({"field": "opportunity/amount", "operator": "ge", "value": ""}, 400, "请填写值"),
        ({"field": "opportunity/amount", "operator": "like", "value": "1"}, 400, "不认识的比较方式"),
        ({"field": "opportunity/nothing", "operator": "eq", "value": "1"}, 400, ""),
        (
            {"flow": "ticket_check", "field": "opportunity/amount", "operator": "ge", "value": "1"},
            400,
            "不是同一种记录",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(site: Site, changes: dict[str, str], status: int, words: str) -> None:
    sent = given(site, **changes)
    if "user" in changes:
        sent["user"] = site.public(changes["user"])
    answer = site.client("lead").post("/account/delegations", data=sent)
    assert answer.status_code == status
    assert words in answer.text
    assert end_all(site) == 0
