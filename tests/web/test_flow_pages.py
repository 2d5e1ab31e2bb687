"""Flows over HTTP: a quote is submitted, asked of people, decided, signed; what goes wrong is loud and can be mended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.runtime.events import EVENT
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.jobs import JOB
from engine.runtime.notices import NOTICE
from engine.runtime.records.changes import ChangeSet, settle
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.stored import encoded, locked_row, update_row
from engine.runtime.rows import select, update
from engine.runtime.work import Work
from engine.runtime.workflow.flow_instances import flow_of, instance, log_of
from engine.runtime.workflow.flow_machine import replayed
from engine.runtime.workflow.flow_tables import INSTANCE, LOG, TASK
from tests.conftest import KINDS, unmade_url
from tests.web.quotes import Quote, product
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("flows")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


class Submitted:
    """A quote that was submitted, and its flow."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.path = Quote.made(site).path
        self.record = self.path.rpartition("/")[2]
        answer = site.client("li").post(f"{self.path}/transitions/submit", json={})
        assert answer.status_code == 200, answer.text
        self.flow = str(self.flows()[0]["id"])

    def flows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.site.client("li").get(f"{self.path}/flows").json()["flows"]
        return found

    def state(self) -> object:
        return self.site.client("li").get(self.path).json()["data"]["state"]

    def task(self, person: str) -> str:
        found = self.site.client(person).get("/api/inbox").json()["data"]
        return str(next(one["id"] for one in found if one.get("flow") == self.flow))

    def answer(self, person: str, act: str, task: str = "", **body: object) -> tuple[int, Any]:
        answer = self.site.client(person).post(f"/api/tasks/{task or self.task(person)}/{act}", json=body)
        return answer.status_code, answer.json()

    def act(self, person: str, act: str, **body: object) -> tuple[int, Any]:
        answer = self.site.client(person).post(f"/api/flows/{self.flow}/{act}", json=body)
        return answer.status_code, answer.json()


def test_a_submitted_quote_waits_for_the_head_and_is_approved_in_one_act(site: Site) -> None:
    quote = Submitted(site)
    assert [one["step"] for one in quote.flows()[0]["waiting"]] == ["lead"]
    assert quote.answer("lead", "approve", comment="同意")[0] == 200
    row = site.client("li").get(quote.path).json()["data"]
    assert (row["state"], row["approved_by"]) == ("approved", site.public("lead"))
    told = site.client("lead").get(f"/api/flows/{quote.flow}").json()
    decided = next(one for one in told["log"] if one["kind"] == "decided")
    assert (told["outcome"], decided["comment"], len(decided["signature"])) == ("approved", "同意", 64)


def test_what_answers_took_is_told_to_the_unit_in_each_reader_s_language(site: Site) -> None:
    """The page of collaboration times: for members of the unit, by the labels of what the facts name; not for another unit."""
    quote = Submitted(site)
    assert quote.answer("lead", "approve")[0] == 200
    told = {
        language: site.client("li").get("/app/collaboration_times", headers={"accept-language": language}).text
        for language in ("zh-CN", "en")
    }
    for words in ("报价审批 · 单元负责人", "平均等待"):
        assert words in told["zh-CN"]
    assert "Quote approval · Unit lead" in told["en"]
    assert "单元负责人" not in told["en"] and ">quote_review" not in told["en"]
    rows = site.client("li").get("/api/records/collaboration?sort=-answered_at&limit=1").json()["data"]
    assert (rows[0]["title"], rows[0]["seat"], rows[0]["from_seat"]) == ("quote_review.lead", "cju.lead", "cju.sales")
    page = site.client("li").get(f"/r/collaboration/{rows[0]['id']}", headers={"accept-language": "en"}).text
    assert "Quote approval · Unit lead" in page and "quote_review.lead" not in page
    assert site.client("wang").get(f"/r/collaboration/{rows[0]['id']}").status_code == 404
    assert (
        "Quote approval"
        not in site.client("wang").get("/app/collaboration_times", headers={"accept-language": "en"}).text
    )
    assert site.client("money").get("/app/collaboration_times").status_code == 404


def test_whoever_may_not_read_the_quote_learns_nothing_of_its_flow(site: Site) -> None:
    quote = Submitted(site)
    task = quote.task("lead")
    wang = site.client("wang")
    assert wang.get(f"/api/flows/{quote.flow}").status_code == 404
    assert wang.post(f"/api/flows/{quote.flow}/urge", json={}).status_code == 404
    assert quote.answer("wang", "approve", task)[0] == 404
    assert quote.answer("li", "approve", task)[0] == 404, "not even who started it"
    assert wang.get(f"/flows/{quote.flow}").status_code == 404


def test_an_administrator_who_may_not_read_it_sees_where_it_stands_and_no_word_of_it(site: Site) -> None:
    quote = Submitted(site)
    code = str(site.client("li").get(quote.path).json()["data"]["code"])
    assert quote.answer("lead", "add_after", people=[site.public("money")], comment="底价别外传")[0] == 200
    admin = site.client("admin")
    assert admin.get(quote.path).status_code == 404
    told = admin.get(f"/api/flows/{quote.flow}").json()
    pages = [admin.get(path).text for path in (f"/flows/{quote.flow}", "/admin/flows?flow=quote_review")]
    assert [one["step"] for one in told["waiting"]] and f"/flows/{quote.flow}" in pages[1]
    assert not [one for one in (str(told), *pages) if code in one or "底价" in one]
    whole = site.client("lead").get(f"/api/flows/{quote.flow}").json()
    assert str(whole["title"]).endswith(code) and "底价" in str(whole), "the lead reads it all"
    assert admin.post(f"/api/flows/{quote.flow}/comment", json={"comment": "x"}).status_code == 404


def test_whoever_started_it_sees_it_as_long_as_they_may_read_the_record(site: Site) -> None:
    quote = Submitted(site)
    li, code = site.client("li"), str(site.client("li").get(quote.path).json()["data"]["code"])
    assert code in li.get("/inbox?tab=started").text
    _move(site, decode_id(quote.record), "cju_b")
    assert li.get(f"/flows/{quote.flow}").status_code == 404
    assert quote.act("li", "withdraw")[0] == 404
    assert code not in li.get("/inbox?tab=started").text
    _move(site, decode_id(quote.record), "cju_a")


def test_a_task_is_answered_once(site: Site) -> None:
    quote = Submitted(site)
    task = quote.task("lead")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: quote.answer("lead", "approve", task)[0], range(6)))
    assert sorted(answers) == [200] + [409] * 5
    entered = [one["kind"] for one in site.client("lead").get(f"/api/flows/{quote.flow}").json()["log"]]
    assert entered.count("decided") == 1


def test_a_refusal_needs_words_and_leaves_a_draft(site: Site) -> None:
    quote = Submitted(site)
    status, body = quote.answer("lead", "reject")
    assert (status, [one["field"] for one in body["error"]["problems"]]) == (422, ["comment"])
    assert quote.answer("lead", "reject", comment="价格太低")[0] == 200
    assert quote.state() == "draft"


def test_the_initiator_withdraws_until_somebody_has_decided(site: Site) -> None:
    quote = Submitted(site)
    assert quote.act("lead", "withdraw")[0] == 409
    assert quote.act("li", "withdraw")[0] == 200
    assert (quote.state(), quote.flows()[0]["outcome"]) == ("draft", "withdrawn")


def test_added_people_answer_first_and_only_within_reach(site: Site) -> None:
    quote = Submitted(site)
    status, body = quote.answer("lead", "add_before", people=[site.public("wang")])
    assert (status, body["error"]["code"]) == (409, "flow_out_of_reach")
    task = quote.task("lead")
    assert quote.answer("lead", "add_before", people=[site.public("money")])[0] == 200
    assert quote.answer("lead", "approve", task)[0] == 409
    assert quote.answer("money", "approve")[0] == 200
    assert quote.answer("lead", "approve")[0] == 200
    assert quote.flows()[0]["outcome"] == "approved"


def test_whoever_has_added_somebody_takes_them_out_while_waiting_and_nobody_else_does(site: Site) -> None:
    quote = Submitted(site)
    assert quote.answer("lead", "add_before", people=[site.public("money")])[0] == 200
    token, slot = _place(site, quote.flow, "money")
    assert quote.act("li", "remove", token=token, slot=slot)[1]["error"]["code"] == "flow_not_added_by_you"
    assert quote.act("lead", "remove", token=token, slot=slot + 7)[0] == 409
    assert f'name="slot" value="{slot}"' in site.client("lead").get(f"/r/quote/{quote.record}").text
    assert quote.act("lead", "remove", token=token, slot=slot)[0] == 200
    assert [one["user"] for one in quote.flows()[0]["waiting"]] == [site.public("lead")]
    assert quote.answer("lead", "approve")[0] == 200


def test_a_transferred_task_is_the_others(site: Site) -> None:
    quote = Submitted(site)
    task = quote.task("lead")
    assert quote.answer("lead", "transfer", people=[site.public("money")])[0] == 200
    assert quote.answer("lead", "approve", task)[0] == 409
    assert quote.answer("money", "approve")[0] == 200


def test_a_quote_is_sent_back_and_handed_in_again(site: Site) -> None:
    quote = Submitted(site)
    assert quote.answer("lead", "return", step="nowhere", comment="改")[0] == 409
    assert quote.answer("lead", "return", step="@initiator", comment="改")[0] == 200
    assert quote.answer("li", "resubmit")[0] == 200
    assert quote.answer("lead", "approve")[0] == 200


def test_reminders_have_a_rest_between_them(site: Site) -> None:
    quote = Submitted(site)
    assert quote.act("li", "urge")[0] == 200
    status, body = quote.act("li", "urge")
    assert (status, body["error"]["code"]) == (409, "flow_too_soon")


def test_administrators_act_with_a_reason_and_nobody_else_does(site: Site) -> None:
    quote = Submitted(site)
    assert quote.act("lead", "terminate", comment="不做了")[0] == 403
    assert quote.act("admin", "terminate")[0] == 409
    token, slot = _place(site, quote.flow)
    people = [site.public("money")]
    assert quote.act("admin", "reassign", comment="离职交接", token=token, slot=slot, people=people)[0] == 200
    assert quote.task("money")
    assert quote.act("admin", "terminate", comment="客户取消")[0] == 200
    assert quote.state() == "draft"


def test_an_effect_that_is_refused_is_loud_and_can_be_tried_again(site: Site) -> None:
    quote = Submitted(site)
    line = site.client("li").get(f"/api/records/quote_line?quote={quote.record}").json()["data"][0]
    _write(site, "quote_line", decode_id(str(line["id"])), {"unit_cost": "1000000"})
    assert quote.answer("lead", "approve")[0] == 200
    if quote.flows()[0]["at"] == ["finance"]:
        assert quote.answer("money", "approve", values={"verdict": "样板"})[0] == 200
    assert quote.state() == "submitted"
    assert quote.flows()[0]["problem"] == "validation_failed"
    page = site.client("li").get(f"/r/quote/{quote.record}").text
    assert "毛利率为负" in page, "the initiator reads why, where they stand"
    assert "重试" in page
    _write(site, "quote_line", decode_id(str(line["id"])), {"unit_cost": "1"})
    token, _ = _place(site, quote.flow)
    assert quote.act("li", "retry", token=token)[0] == 200
    assert (quote.state(), quote.flows()[0]["outcome"]) == ("approved", "approved")


def test_the_log_replays_to_the_stored_state(site: Site) -> None:
    quote = Submitted(site)
    quote.answer("lead", "add_after", people=[site.public("money")])
    quote.answer("money", "approve")

    def check(work: Work) -> None:
        row = instance(work.session, decode_id(quote.flow))
        assert row is not None
        flow = flow_of(work, row)
        assert flow is not None
        assert replayed(flow, [one.event for one in log_of(work.session, row.id) if one.event]) == row.state

    site.inside(check)


def test_the_pages_show_it_and_answer_it_without_script(site: Site) -> None:
    quote = Submitted(site)
    lead = site.client("lead")
    assert quote.flow in lead.get("/inbox").text
    page = lead.get(f"/r/quote/{quote.record}").text
    assert f"/tasks/{quote.task('lead')}/approve" in page
    task = quote.task("lead")
    refused = lead.post(f"/tasks/{task}/reject", data={"next": "/inbox"})
    assert (refused.status_code, "请写明意见" in refused.text) == (422, True)
    done = lead.post(f"/tasks/{task}/approve", data={"comment": "同意", "next": "/inbox"})
    assert (done.status_code, done.headers["location"]) == (303, "/inbox")
    assert "已通过" in site.client("li").get("/inbox?tab=started").text


def test_many_are_approved_in_one_batch(site: Site) -> None:
    quotes = [Submitted(site) for _ in range(3)]
    form = {"item": [f"approval:{one.task('lead')}" for one in quotes], "act": "approve"}
    answer = site.client("lead").post("/inbox", data=form)
    assert answer.headers["location"] == "/inbox?done=3"
    assert {one.state() for one in quotes} == {"approved"}


def test_a_deleted_record_takes_its_flow_along_while_it_runs(site: Site) -> None:
    lead, renewal = site.client("lead"), _renewal(site)
    path = f"/api/records/renewal/{encode_id(renewal)}"
    assert lead.post(f"{path}/transitions/ask", json={}).status_code == 200
    flow = lead.get(f"{path}/flows").json()["flows"][0]["id"]
    assert flow in [one.get("flow") for one in site.client("admin").get("/api/inbox").json()["data"]], (
        "its own is not the lead's"
    )
    assert lead.delete(path).status_code in {200, 204}
    assert flow not in [one.get("flow") for one in site.client("admin").get("/api/inbox").json()["data"]]
    row = site.inside(lambda work: instance(work.session, decode_id(flow)))
    assert row is not None
    assert (row.outcome, row.problem, row.ended_at is not None, row.state.tokens) == ("terminated", None, True, ())
    assert f"/flows/{flow}" not in site.client("admin").get("/admin/flows?stuck=1").text


def _renewal(site: Site) -> int:
    """A renewal far below its price, negotiated."""

    def load(work: Work) -> int:
        common = {"customer": site.ids["acme"], "owner": site.ids["li"], "name": "续约"}
        contract, renewal = work.ids.next(), work.ids.next()
        deed = {**common, "kind": "sale", "amount": Decimal("100000"), "state": "active", "ends_on": date(2026, 5, 1)}
        amounts = {"last_amount": Decimal("100000"), "expected_amount": Decimal("70000")}
        cut = {**common, "contract": contract, "state": "negotiating", "due_on": date(2026, 5, 1), **amounts}
        load_rows(work, work.model.entities["contract"], [(contract, deed)])
        load_rows(work, work.model.entities["renewal"], [(renewal, cut)])
        finish_loading(work, {"contract", "renewal"})
        return renewal

    return site.inside(load)


def test_administration_lists_what_runs(site: Site) -> None:
    quote = Submitted(site)
    page = site.client("admin").get("/admin/flows?flow=quote_review").text
    assert f"/flows/{quote.flow}" in page
    assert "中位耗时" in page
    assert site.client("li").get("/admin/flows").status_code == 403


def _place(site: Site, flow: str, person: str = "") -> tuple[int, int]:
    """The token at which an instance stands, and the slot of a person there, else the first."""
    found: list[tuple[int, int]] = []

    def look(work: Work) -> None:
        row = instance(work.session, decode_id(flow))
        assert row is not None
        token = row.state.tokens[-1]
        slots = [one.id for one in token.slots if not person or one.user == site.ids[person]]
        found.append((token.id, slots[0] if slots else 0))

    site.inside(look)
    return found[0]


def _move(site: Site, quote: int, unit: str) -> None:
    """Let a quote belong to another unit."""
    site.inside(lambda work: update(work.session, "quote", {"scope_unit": site.ids[unit]}, {"id": quote}))


def _write(site: Site, entity: str, record: int, values: Mapping[str, object]) -> None:
    """Change a row as somebody who may, past the state of its quote."""

    def unit(work: Work) -> None:
        declared, changes = work.model.entities[entity], ChangeSet()
        before = locked_row(work, declared, record)
        changes.touch(declared, record, before, "update")
        update_row(work, declared, record, encoded(work, declared, before, values))
        settle(work, changes)

    site.inside(unit)


def test_a_flow_is_tried_on_a_page_and_nothing_stays(site: Site) -> None:
    admin, quote = site.client("admin"), Submitted(site)
    path = "/admin/flows/try"
    assert 'name="step.lead"' in admin.get(f"{path}?flow=quote_review").text
    before = _counted(site)
    lines = [{"product": product(site), "quantity": "1", "list_price": "10"}]
    values = {"customer": site.public("acme"), "opportunity": site.public("acme_deal"), "lines": lines}
    form = {"flow": "quote_review", "starter": site.public("li"), "values": json.dumps(values)}
    tried = admin.post(path, data=form)
    assert (tried.status_code, "data-course" in tried.text, "Lead" in tried.text) == (200, True, True)
    assert admin.post(path, data={**form, "step.lead": "reject"}).text.count("拒绝") > tried.text.count("拒绝")
    assert admin.post(path, data={**form, "record": quote.record}).status_code == 404, "not the administrator's to read"
    assert admin.post(path, data={**form, "values": "no"}).status_code == 400
    assert site.client("li").post(path, data=form).status_code == 403
    assert _counted(site) == before


def _counted(site: Site) -> Mapping[str, int]:
    """How many rows stand where a flow would leave some."""
    tables = {"quote": "id", INSTANCE: "id", LOG: "instance", TASK: "id", JOB: "id", NOTICE: "id", EVENT: "id"}
    return site.inside(lambda work: {name: len(select(work.session, name, (key,))) for name, key in tables.items()})
