"""Workflows of the draft over HTTP: every shipped one as it is, trials that leave nothing, the paths that app tests walk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.rows import select
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.designer.studio_site import API
from tests.web.site import HASH, SINCE, Site, running_site

ROOT = Path(__file__).parents[2] / "packs"
FLOWS = [one.relative_to(ROOT).as_posix() for one in sorted(ROOT.glob("*/workflows/*.yaml"))]
STAGES = "b2b_sales/workflows/opportunity_stage.yaml"
TRIED = "b2b_sales/workflows/deal_tried.yaml"
FLOW = """label: {zh: 商机复核, en: Deal review}
entity: opportunity
triggers:
  - {id: begin, type: manual, label: {zh: 复核, en: Review}, roles: [sales]}
title: name
steps:
  - id: large
    type: condition
    label: {zh: 大小, en: Size}
    branches:
      - {id: big, label: {zh: 大单, en: Big}, when: "coalesce(amount, 0) > 1000", steps: [{id: ask, type: approval, label: {zh: 复核, en: Review}, approvers: [{type: head}], empty: administrator}]}
      - {id: small, label: {zh: 小单, en: Small}}
  - {id: mark, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], subject: {zh: 已复核, en: Reviewed}}
"""
KEPT = {
    "opportunity": ("id", "version"),
    "opportunity__version": ("record", "version"),
    "dougong_job": ("id",),
    "dougong_notice": ("id",),
}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    folder = tmp_path_factory.mktemp("workflows")
    with running_site(folder / "data", unmade_url(request.param, dsn, folder)) as running:
        running.inside(lambda work: _add_designer(work, running))
        made = {"do": "create", "file": TRIED, "text": FLOW}
        answer = running.client("chen").post(f"{API}/commands", json={"command": made})
        assert answer.status_code == 200, answer.text[:400]
        assert answer.json()["problems"]["errors"] == 0
        yield running


def _add_designer(work: Work, site: Site) -> None:
    """Somebody who designs and sells: they read the rows of their own unit."""
    user = work.ids.next()
    create_user(work.session, NewUser(user, "chen", "Chen", 0, HASH, roles=("administrator",)))
    take_seat(work.session, work.model, Membership(work.ids.next(), user, site.ids["cju_a"], "sales", SINCE, None))


def tried(site: Site, status: int = 200, **body: object) -> Any:
    answer = answered(lambda: site.client("chen").post(f"{API}/workflows/try", json=body))
    assert answer.status_code == status, answer.text[:500]
    return answer.json()


def answered(ask: Callable[[], Any]) -> Any:
    """An answer that is worked out in another process, once it is there."""
    ends = time.monotonic() + 120
    while True:
        answer = ask()
        if answer.status_code != 200 or answer.json().get("standing") != "running" or time.monotonic() > ends:
            return answer
        time.sleep(0.1)


def rows(site: Site) -> dict[str, list[object]]:
    return site.inside(
        lambda work: {name: list(select(work.session, name, columns, {})) for name, columns in KEPT.items()}
    )


@pytest.mark.parametrize("file", FLOWS)
def test_a_shipped_workflow_keeps_every_byte_when_nothing_is_changed(site: Site, file: str) -> None:
    client = site.client("chen")
    told = client.get(f"{API}/files/{file}").json()
    assert told["text"].encode() == (ROOT / file).read_bytes().removeprefix(b"\xef\xbb\xbf")
    command = {"do": "set", "file": file, "path": ["label"], "value": told["data"]["label"]}
    answer = client.post(f"{API}/commands", json={"command": command, "problems": "later"})
    assert answer.status_code == 200, answer.text[:300]
    assert client.get(f"{API}/files/{file}").json()["hash"] == told["hash"]


def test_the_files_about_an_entity_are_told_at_once(site: Site) -> None:
    client = site.client("chen")
    files = client.get(f"{API}/workflows/about", params={"entity": "opportunity"}).json()["files"]
    assert {STAGES, TRIED, "b2b_sales/entities/opportunity.yaml", "b2b_sales/access/opportunity.yaml"} <= set(files)
    assert files[TRIED]["steps"][1]["id"] == "mark"
    assert not any(one.startswith("b2b_sales/workflows/quote") for one in files)
    assert client.get(f"{API}/workflows/about", params={"entity": "../x"}).status_code == 422


def test_a_drafted_flow_is_tried_on_values_and_lights_its_path(site: Site) -> None:
    big = tried(site, file=TRIED, values={"amount": "5000"}, role="sales")
    assert (big["outcome"], big["practised"]) == ("approved", True)
    assert big["lit"] == {"steps": {"large": "past", "ask": "past", "mark": "past"}, "branches": ["large.big"]}
    asked = next(one for one in big["course"] if one["kind"] == "asked")
    assert (asked["step"], len(asked["people"])) == ("ask", 1)
    guard = next(one for one in big["guards"] if one["part"] == "large.big")
    assert guard["held"] is True
    assert guard["tree"]["parts"][0]["text"] == "coalesce(amount, 0)"
    small = tried(site, file=TRIED, values={"amount": "10"}, role="sales")
    assert small["lit"]["branches"] == ["large.small"]
    refused = tried(site, file=TRIED, values={"amount": "5000"}, role="sales", answers={"ask": "reject"})
    assert (refused["outcome"], refused["lit"]["steps"]["ask"]) == ("rejected", "refused")


def test_a_flow_is_tried_on_a_stored_record_and_nothing_of_it_stays(site: Site) -> None:
    before = rows(site)
    found = tried(site, file=TRIED, record=site.public("acme_deal"))
    assert (found["outcome"], found["practised"]) == ("done", False)
    assert [one["kind"] for one in found["course"]].count("told") == 1
    assert rows(site) == before


def test_nobody_tries_a_record_that_they_may_not_read_or_learns_a_cell_from_its_path(site: Site) -> None:
    tried(site, 404, file=TRIED, record=site.public("bravo_deal"))
    worker = site.client("li").post(f"{API}/workflows/try", json={"file": TRIED, "values": {}})
    assert worker.status_code == 403


READS = {
    "a condition": 'steps: [{id: a, type: notify, label: {zh: 甲, en: A}, when: "hidden_kpi_weight > 1", people: [{type: initiator}], subject: {zh: 好, en: Good}}]',
    "whom it tells": "steps: [{id: a, type: notify, label: {zh: 甲, en: A}, people: [{type: member, path: decision_maker.created_by}], subject: {zh: 好, en: Good}}]",
    "what it passes on": 'steps: [{id: a, type: create, label: {zh: 甲, en: A}, entity: activity, set: {subject: "hidden_kpi"}}]',
    "a flow about another": "steps: [{id: a, type: update, label: {zh: 甲, en: A}, path: customer, set: {name: name}}]",
}


@pytest.mark.parametrize("way", READS)
def test_nobody_learns_a_cell_from_what_a_flow_does(site: Site, way: str) -> None:
    """Chen reads the deal, and neither what its owner keeps back nor any customer."""
    client, record = site.client("chen"), site.public("acme_deal")
    begin = "label: {zh: 试, en: Try}\nentity: opportunity\ntriggers: [{id: begin, type: manual, label: {zh: 试, en: Try}, roles: [sales]}]\ntitle: name\n"
    assert tried(site, file=TRIED, record=record)["practised"] is False
    acts = [{"do": "create", "file": "b2b_sales/workflows/deal_reads.yaml", "text": begin + READS[way] + "\n"}]
    if way == "a flow about another":
        about = (
            begin.replace("entity: opportunity", "entity: customer")
            + READS["a condition"].replace("hidden_kpi_weight > 1", "not is_empty(tier)")
            + "\n"
        )
        acts.append({"do": "create", "file": "b2b_sales/workflows/customer_reads.yaml", "text": about})
    answer = client.post(
        f"{API}/commands", json={"command": {"do": "batch", "label": {"zh": "试", "en": "Try"}, "commands": acts}}
    )
    try:
        assert answer.json()["problems"]["errors"] == 0, [
            one["message"] for one in client.get(f"{API}/problems").json() if one["severity"] == "error"
        ]
        refused = tried(site, 403, file="b2b_sales/workflows/deal_reads.yaml", record=record)
        assert "无权查看" in refused["error"]["message"], refused
    finally:
        assert client.post(f"{API}/undo").status_code == 200


def test_states_tell_what_leads_away_and_why_not(site: Site) -> None:
    found = tried(site, file=STAGES, values={"amount": "100"}, role="sales", state="solution")
    steps = {one["transition"]: one for one in found["steps"]}
    assert found["state"] == "solution"
    assert (steps["to_proposal"]["allowed"], steps["to_proposal"]["code"]) == (False, "missing")
    guards = {one["part"]: one for one in found["guards"]}
    assert guards["to_proposal"]["held"] is False


def test_what_cannot_be_tried_says_why(site: Site) -> None:
    assert "b2b_sales/pages/x.yaml" in tried(site, 422, file="b2b_sales/pages/x.yaml")["error"]["message"]
    assert tried(site, 422, file=TRIED, answers={"ask": "perhaps"})["error"]["message"]
    nobody = tried(site, 422, file=TRIED, values={}, role="nobody")
    assert "nobody" in nobody["error"]["message"]


def test_app_tests_tell_which_parts_they_walk(site: Site) -> None:
    client = site.client("chen")
    found = answered(lambda: client.get(f"{API}/workflows/coverage", params={"file": STAGES})).json()
    walked = {one["part"]: one["tests"] for one in found["parts"] if one["how"] == "taken"}
    assert walked["to_solution"]
    assert found["failed"] == []


def test_nobody_waits_for_a_trial_and_its_answer_is_kept_while_the_draft_is_the_same(site: Site) -> None:
    """The first question about a draft is answered that it is under way; the server goes on; the second is answered at once."""
    client, body = site.client("chen"), {"file": TRIED, "values": {"amount": "77"}, "role": "sales"}
    began = time.monotonic()
    first = client.post(f"{API}/workflows/try", json=body).json()
    assert (first["standing"], first["done"]) == ("running", 0)
    assert client.get(f"{API}/files/{TRIED}").status_code == 200, "the server serves meanwhile"
    once = tried(site, **body)
    took, began = time.monotonic() - began, time.monotonic()
    assert client.post(f"{API}/workflows/try", json=body).json() == once
    assert time.monotonic() - began < max(took, 1)
    changed = client.post(
        f"{API}/commands",
        json={"command": {"do": "set", "file": TRIED, "path": ["label", "en"], "value": "Second look"}},
    )
    assert changed.status_code == 200
    try:
        assert client.post(f"{API}/workflows/try", json=body).json()["standing"] == "running", (
            "another draft is tried anew"
        )
        assert tried(site, **body)["outcome"] == once["outcome"]
    finally:
        assert client.post(f"{API}/undo").status_code == 200


LOOK = """label: {zh: 看人, en: Look}
entity: contact
triggers: [{id: begin, type: manual, label: {zh: 看, en: Look}, roles: [sales]}]
title: name
steps:
"""
AT_ONE = (
    LOOK
    + "  - {id: a, type: notify, label: {zh: 甲, en: A}, when: 'not is_empty(hidden_kpi)', people: [{type: initiator}], subject: {zh: 好, en: Good}}\n"
)
ABOVE = LOOK + "  - {id: up, type: flow, label: {zh: 上级, en: Above}, flow: look_at_one, path: reports_to}\n"


def test_a_flow_started_on_another_record_is_judged_by_that_record(site: Site) -> None:
    """Chen may read what is kept back of a contact of his own customer, and not of the one above it; with one of his own
    above it is tried: the control."""
    chen, li = site.client("chen"), site.client("li")

    def made(client: Any, entity: str, **values: object) -> str:
        answer = client.post(f"/api/records/{entity}", json=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    unit = site.public("cju_a")
    theirs = made(li, "customer", name="别人的", unit=unit, industry="auto_parts")
    own = made(chen, "customer", name="自己的", unit=unit, industry="auto_parts")
    far = made(li, "contact", name="远", customer=theirs)
    near = made(chen, "contact", name="近", customer=own)
    below = {one: made(chen, "contact", name="下属", customer=own, reports_to=one) for one in (far, near)}
    names = {"look_at_one": AT_ONE, "look_above": ABOVE}
    acts = [{"do": "create", "file": f"b2b_sales/workflows/{name}.yaml", "text": text} for name, text in names.items()]
    batch = {"do": "batch", "label": {"zh": "试", "en": "Try"}, "commands": acts}
    answer = chen.post(f"{API}/commands", json={"command": batch})
    try:
        assert answer.json()["problems"]["errors"] == 0, [
            one for one in chen.get(f"{API}/problems").json() if one["severity"] == "error"
        ]
        refused = tried(site, 403, file="b2b_sales/workflows/look_above.yaml", record=below[far])
        assert "hidden_kpi" in refused["error"]["message"]
        assert tried(site, file="b2b_sales/workflows/look_above.yaml", record=below[near])["practised"] is False
    finally:
        assert chen.post(f"{API}/undo").status_code == 200
