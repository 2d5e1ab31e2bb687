"""What comes with a decision: people chosen for a step, files, the record as it was handed in, a signature that is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.rows import update
from engine.runtime.storage.tables import version_table_name
from engine.runtime.workflow.flow_tables import LOG
from tests.web.flow_shop import Shop, served_shop

APPROVAL = """label: {zh: 审批, en: Approval}
entity: order
triggers: [{id: hand, type: manual, label: {zh: 送审, en: Hand in}, roles: [clerk]}]
title: name
view: snapshot
steps:
  - id: first
    type: approval
    label: {zh: 初审, en: First}
    approvers: [{type: initiator_picks, roles: [clerk]}]
    empty: administrator
    attachment: on_refusal
    actions: [return]
    back: [initiator]
    show: [name, note]
  - id: second
    type: approval
    label: {zh: 复审, en: Second}
    approvers: [{type: previous_picks}]
    empty: administrator
    attachment: always
"""
PEOPLE = ("clerk", "boss", "chief", "root")


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    with served_shop(tmp_path, database_url, {"check": APPROVAL}, people=PEOPLE) as running:
        yield running


def started(shop: Shop) -> tuple[str, str]:
    """An order that was handed in, and its flow."""
    order = shop.order("six")
    answer = shop.client.post(f"/api/records/order/{order}/flows/check")
    assert answer.status_code == 201, answer.text
    return order, str(answer.json()["id"])


def act(shop: Shop, person: str, name: str, body: Mapping[str, object]) -> Any:
    return shop.clients[person].post(f"/api/tasks/{shop.task(person)}/{name}", json=body)


def pick(shop: Shop, person: str, whom: str) -> Any:
    return act(shop, person, "pick", {"people": [shop.ids[whom]]})


def test_the_initiator_picks_the_first_and_the_first_picks_the_second(shop: Shop) -> None:
    order, flow = started(shop)
    page = shop.client.get(f"/r/order/{order}").text
    assert "请指定由谁处理" in page and shop.ids["boss"] in page
    assert act(shop, "clerk", "pick", {"people": []}).status_code == 400
    assert pick(shop, "clerk", "boss").json()["waiting"] == [{"user": shop.ids["boss"], "step": "first"}]
    assert act(shop, "boss", "approve", {}).json()["waiting"] == [{"user": shop.ids["boss"], "step": "second"}]
    assert pick(shop, "boss", "chief").json()["waiting"] == [{"user": shop.ids["chief"], "step": "second"}]
    told = shop.client.get(f"/flows/{flow}").text
    assert "指定由 Chief 处理" in told and "没有完成" not in told


def test_an_administrator_chooses_where_whoever_should_has_left(shop: Shop) -> None:
    _, flow = started(shop)
    shop.inside(lambda work: update(work.session, "dougong_user", {"disabled": 1}, {"account": "clerk"}) and None)
    admin = shop.clients["root"]
    assert "处理人已不能登录" in admin.get("/admin/flows?flow=check").text
    sent = {"token": "1", "people": shop.ids["boss"], "comment": "发起人已离职"}
    assert shop.clients["chief"].post(f"/flows/{flow}/choose", data=sent).status_code == 403
    assert "由谁处理" in admin.get(f"/flows/{flow}").text
    assert admin.post(f"/flows/{flow}/choose", data=sent).status_code == 303
    assert act(shop, "boss", "approve", {}).status_code == 200


def test_a_step_that_was_picked_for_keeps_its_people_when_it_runs_again(shop: Shop) -> None:
    started(shop)
    pick(shop, "clerk", "boss")
    answer = act(shop, "boss", "return", {"step": "@initiator", "comment": "改"})
    assert answer.status_code == 422 and "请附上文件" in answer.text
    sent = {"step": "@initiator", "comment": "改"}
    file = {"file": ("差异.txt", b"one")}
    assert shop.clients["boss"].post(f"/api/tasks/{shop.task('boss')}/return", data=sent, files=file).status_code == 200
    assert act(shop, "clerk", "resubmit", {}).json()["waiting"] == [{"user": shop.ids["boss"], "step": "first"}]


def test_a_file_is_demanded_and_kept_with_the_record(shop: Shop) -> None:
    _, flow = started(shop)
    pick(shop, "clerk", "boss")
    act(shop, "boss", "approve", {})
    pick(shop, "boss", "chief")
    chief, task = shop.clients["chief"], shop.task("chief")
    refused = chief.post(f"/tasks/{task}/approve", data={"comment": "好"}, files={"file": ("", b"")})
    assert refused.status_code == 422 and "请附上文件" in refused.text and 'type="file"' in refused.text
    taken = chief.post(f"/tasks/{task}/approve", data={"comment": "好"}, files={"file": ("依据.pdf", b"%PDF")})
    assert taken.status_code == 303
    assert "依据.pdf" in shop.client.get(f"/flows/{flow}").text


def test_a_file_attached_to_the_record_since_the_step_began_will_do_and_an_earlier_one_will_not(shop: Shop) -> None:
    order, _ = started(shop)
    pick(shop, "clerk", "boss")
    shop.clients["chief"].post(f"/r/order/{order}/files", files={"file": ("早.txt", b"early")})
    shop.clock.advance(timedelta(minutes=1))
    act(shop, "boss", "approve", {})
    pick(shop, "boss", "chief")
    assert act(shop, "chief", "approve", {}).status_code == 422
    shop.clients["chief"].post(f"/r/order/{order}/files", files={"file": ("新.txt", b"new")})
    assert act(shop, "chief", "approve", {}).json()["outcome"] == "approved"


def test_the_approver_sees_the_record_as_it_was_handed_in_and_what_it_says_now(shop: Shop) -> None:
    order, flow = started(shop)
    pick(shop, "clerk", "boss")
    assert shop.client.patch(f"/api/records/order/{order}", json={"name": "seven"}).status_code == 200
    page = shop.clients["boss"].get(f"/flows/{flow}").text
    content = page.split("提交时的内容")[1].split("</section>")[0]
    assert "six" in content and "现为 seven" in content
    act(shop, "boss", "approve", {})
    log = shop.client.get(f"/api/flows/{flow}").json()["log"]
    assert [one["version"] for one in log if one["kind"] == "decided"] == [1], (
        "the version that was looked at is signed"
    )


@pytest.mark.parametrize("altered", ["nothing", "the record", "the words", "the version"])
def test_a_signature_holds_until_anything_it_stands_for_is_altered(shop: Shop, altered: str) -> None:
    _, flow = started(shop)
    pick(shop, "clerk", "boss")
    act(shop, "boss", "approve", {"comment": "同意"})
    page = f"/flows/{flow}"
    assert "签名有效" in shop.client.get(page).text
    table = version_table_name("order")

    def tamper(work: Any) -> None:
        if altered == "the record":
            update(work.session, table, {"after": '{"name": "other"}'}, {"version": 1})
        elif altered == "the words":
            update(work.session, LOG, {"comment": "不同意"}, {"kind": "decided"})
        elif altered == "the version":
            update(work.session, LOG, {"version": 9}, {"kind": "decided"})

    shop.inside(tamper)
    words = {"nothing": "签名有效", "the version": "该版本已不再保存"}.get(altered, "内容与签名不符")
    assert words in shop.client.get(page).text


def test_people_keep_phrases_of_their_own(shop: Shop) -> None:
    started(shop)
    pick(shop, "clerk", "boss")
    boss, task = shop.clients["boss"], shop.task("boss")
    page = f"/flows/{boss.get('/api/inbox').json()['data'][0]['flow']}"
    assert 'data-value="已核实"' in boss.get(page).text
    kept = boss.post("/account", data={"act": "phrases", "phrases": "按框架协议执行\n\n请附竞品报价\n"})
    assert kept.status_code == 303 and "请附竞品报价" in boss.get("/account").text
    shown = boss.get(page).text
    assert 'data-value="按框架协议执行"' in shown and 'data-value="已核实"' not in shown
    assert 'data-value="已核实"' not in shop.client.get("/account").text, task
    long = boss.post("/account", data={"act": "phrases", "phrases": "好" * 61})
    assert long.status_code == 422 and "不超过 60 字" in long.text and "好" * 61 in long.text
    assert "按框架协议执行" in boss.get(page).text
