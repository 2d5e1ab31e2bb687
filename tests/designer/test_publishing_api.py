"""Publishing over HTTP: the plan, what it asks for, who may, the versions, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.designer.publishing_studio import ACCESS, API, Studio, running
from tests.designer.publishing_world import ENTITY, FIELD, PLACE


@pytest.fixture
def studio(tmp_path: Path, database_url: str) -> Iterator[Studio]:
    with running(tmp_path, database_url) as one:
        yield one


def test_a_plan_says_what_changes_whom_it_touches_and_what_the_database_needs(studio: Studio) -> None:
    assert studio.edit(ENTITY, FIELD, FIELD + PLACE).status_code == 200
    found = studio.plan()
    assert found["headline"] == {"zh": "新增 1 个字段", "en": "1 new field"}
    assert found["blocked"] is None
    assert [one["file"] for one in found["texts"]] == [ENTITY]
    assert ["+", PLACE.rstrip("\n")] in found["texts"][0]["hunks"][0]["lines"]
    migration = found["migration"]
    assert migration["destructive"] == []
    assert any("place" in one["words"]["zh"] and one["sql"] for one in migration["operations"])
    assert found["affected"]["people"] == 2  # the worker and the maker, who read tasks
    assert found["tests"]["state"] == "ended"
    assert (found["tests"]["passed"], found["tests"]["failed"]) == (1, [])


def test_the_draft_is_published_and_served_at_once(studio: Studio) -> None:
    studio.edit(ENTITY, FIELD, FIELD + PLACE)
    found = studio.plan()
    done = studio.publish(rev=found["rev"], note="地点")
    assert done.status_code == 200, done.text
    assert "place" in studio.installation.models.current().entities["task"].fields
    assert [(one["sort"], one["note"], one["author"]) for one in studio.versions()] == [
        ("published", "地点", "Maker"),
        ("first", "", None),
    ]
    state = studio.client("maker").get(f"{API}/state").json()
    assert [one for pack in state["packs"] for one in pack["files"] if one["changed"]] == []
    assert state["undo"] is None
    assert studio.plan()["blocked"]["zh"] == "没有可发布的改动"


def test_errors_conflicts_and_stale_looks_block(studio: Studio) -> None:
    studio.edit(ENTITY, "type: date", "type: dat")
    found = studio.plan()
    assert found["blocked"]["zh"] == "草稿里还有错误，改好才能发布"
    assert found["problems"][0]["file"] == ENTITY
    assert studio.publish().status_code == 422
    stale = studio.publish(rev=0)
    assert stale.status_code == 409
    assert studio.versions() == []


def test_failing_app_tests_ask_for_a_reason_that_is_kept(studio: Studio) -> None:
    studio.edit(ENTITY, "round(rate * hours, 2)", "round(rate * hours * 2, 2)")
    found = studio.plan()
    assert [one["test"] for one in found["tests"]["failed"]] == ["a_member_finishes_an_own_task"]
    refused = studio.publish()
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "tests_fail")
    assert studio.publish(reason="价格翻倍，测试随后改").status_code == 200
    assert studio.versions()[0]["reason"] == "价格翻倍，测试随后改"


def test_retiring_data_needs_consent_and_a_version_brings_it_back(studio: Studio) -> None:
    studio.edit(ENTITY, FIELD, FIELD + PLACE)
    studio.plan()
    assert studio.publish().status_code == 200
    first = studio.versions()[-1]["id"]
    client = studio.client("maker")
    plan = client.get(f"{API}/versions/{first}/restore").json()
    assert plan["headline"]["zh"] == "去掉 1 个字段"
    assert len(plan["migration"]["destructive"]) == 1
    refused = client.post(f"{API}/versions/{first}/restore", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "consent_needed")
    done = client.post(f"{API}/versions/{first}/restore", json={"consent": True})
    assert done.status_code == 200, done.text
    assert studio.versions()[0]["restores"] == first
    assert "place" not in studio.installation.models.current().entities["task"].fields
    shown = client.get(f"{API}/versions/{studio.versions()[1]['id']}").json()
    assert [one["file"] for one in shown["changed"]] == [ENTITY]


def test_one_element_comes_back_as_a_command_of_the_draft(studio: Studio) -> None:
    studio.edit(ENTITY, FIELD, FIELD + PLACE)
    studio.plan()
    studio.publish()
    first, client = studio.versions()[-1]["id"], studio.client("maker")
    found = client.get(f"{API}/versions/{first}/files/{ENTITY}").json()
    assert PLACE not in found["text"]
    assert client.post(f"{API}/commands", json={"command": found["command"]}).status_code == 200
    assert client.get(f"{API}/files/{ENTITY}").json()["text"] == found["text"]
    assert client.post(f"{API}/undo").status_code == 200
    assert PLACE in client.get(f"{API}/files/{ENTITY}").json()["text"]


NOTE = "  note: {type: text, label: {zh: 备注, en: Note}}\n"
CHANGES = (
    (ENTITY, PLACE, "", "fields.place"),
    (ENTITY, "label: {zh: 工时, en: Hours}, min: 0", "label: {zh: 工时, en: Hours}, min: 1", "fields.hours"),
    (ENTITY, "checks:\n", NOTE + "checks:\n", "fields.note"),
    (ENTITY, "hours <= 60", "hours <= 80", "checks.hours_in_a_week"),
    ("tasks/workflows/task_status.yaml", "tone: success", "tone: info", "states.done"),
    ("tasks/workflows/task_status.yaml", '    guard: "hours > 0"\n', "", "transitions.finish"),
)


def with_place(studio: Studio) -> None:
    assert studio.edit(ENTITY, FIELD, FIELD + PLACE, "admin").status_code == 200
    studio.plan("admin")
    assert studio.publish("admin", reason="试").status_code == 200


def test_each_element_comes_back_by_itself(studio: Studio) -> None:
    """A field that went, changed or came, a check, a state, a transition: one is taken back, the others stay as they are."""
    client = studio.client("admin")
    with_place(studio)
    first = studio.versions()[0]["id"]
    text = {file: client.get(f"{API}/files/{file}").json()["text"] for file, *_ in CHANGES}
    for file, was, now, _ in CHANGES:
        assert studio.edit(file, was, now, "admin").status_code == 200
    studio.plan("admin")
    assert studio.publish("admin", consent=True, reason="试").status_code == 200
    for file, _, _, name in CHANGES:
        before = client.get(f"{API}/files/{file}").json()["text"]
        found = client.get(f"{API}/versions/{first}/files/{file}").json()["elements"]
        assert sorted(one["name"] for one in found) == sorted(listed for other, *_, listed in CHANGES if other == file)
        one = next(one for one in found if one["name"] == name)
        answer = client.post(f"{API}/commands", json={"command": one["command"]})
        assert answer.status_code == 200, (name, answer.text)
        left = client.get(f"{API}/versions/{first}/files/{file}").json()["elements"]
        assert sorted(one["name"] for one in left) == sorted({one["name"] for one in found} - {name})
        assert client.post(f"{API}/undo").status_code == 200
        assert client.get(f"{API}/files/{file}").json()["text"] == before
    for file, original in text.items():
        while found := client.get(f"{API}/versions/{first}/files/{file}").json()["elements"]:
            assert client.post(f"{API}/commands", json={"command": found[0]["command"]}).status_code == 200
        assert client.get(f"{API}/files/{file}").json()["text"] == original


def test_an_element_is_restored_by_who_may_change_its_file(studio: Studio) -> None:
    with_place(studio)
    first = studio.versions()[-1]["id"]
    found = studio.client("drafter").get(f"{API}/versions/{first}/files/{ENTITY}").json()["elements"]
    command = {"command": found[0]["command"]}
    assert studio.client("drafter").post(f"{API}/commands", json=command).status_code == 403
    assert studio.client("maker").post(f"{API}/commands", json=command).status_code == 200


def test_what_one_may_not_do_one_may_not_grant(studio: Studio) -> None:
    """The maker reads own tasks alone: letting all of them be read takes somebody who may read them."""
    studio.edit(f"tasks/{ACCESS}", "rows: 'owner = user.id'", "rows: 'hours < 8'")
    found = studio.plan()
    assert "超出您自己的" in found["blocked"]["zh"]
    assert "hours < 8" in found["beyond"][0]["zh"]
    assert studio.publish().status_code == 403
    assert studio.plan("admin")["blocked"] is None
    assert studio.publish("admin").status_code == 200


def test_what_stays_within_ones_own_rights_may_be_granted(studio: Studio) -> None:
    """The control: a narrower rule is published by the maker."""
    studio.edit(f"tasks/{ACCESS}", "rows: 'owner = user.id'", "rows: 'owner = user.id and hours < 8'")
    assert studio.plan()["beyond"] == []
    assert studio.publish().status_code == 200


LIFE = "tasks/workflows/task_status.yaml"
ROLES_OF = {
    LIFE: ("roles: [worker]", "roles: [worker, maker]", "完成"),
    "tasks/pages/task_list.yaml": ("roles: [worker]", "roles: [worker, maker]", "事项"),
}


@pytest.mark.parametrize("file", ROLES_OF)
def test_pages_and_moves_are_opened_by_who_has_them(studio: Studio, file: str) -> None:
    """The maker may neither open the list nor finish a task: no role is let to by them, their own the least."""
    was, now, named = ROLES_OF[file]
    studio.edit(file, was, now)
    found = studio.plan()
    assert [named in one["zh"] for one in found["beyond"]] == [True], found["beyond"]
    assert studio.publish().status_code == 403
    assert studio.plan("admin")["blocked"] is None
    assert studio.publish("admin").status_code == 200
    studio.edit(file, now, now.replace("]", ", drafter]"))
    assert studio.plan()["beyond"] == []
    assert studio.publish().status_code == 200


def test_a_new_way_around_a_guard_is_made_by_who_may_move_so(studio: Studio) -> None:
    studio.edit(
        LIFE,
        "  - id: finish\n",
        "  - {id: skip, label: {zh: 跳过, en: Skip}, from: [open], to: done, roles: [maker]}\n  - id: finish\n",
    )
    assert ["跳过" in one["zh"] for one in studio.plan()["beyond"]] == [True]
    assert studio.publish().status_code == 403


@pytest.mark.parametrize(("now", "beyond"), [("hours > -1", True), ("", True), ("hours > 0 and hours < 9", False)])
def test_a_guard_is_loosened_by_who_may_move_so(studio: Studio, now: str, beyond: bool) -> None:
    """The maker may not finish a task: nobody finishes more of them by the maker's hand; a narrower guard is the control."""
    line = '    guard: "hours > 0"\n'
    studio.edit(LIFE, line, line.replace("hours > 0", now) if now else "")
    assert ["完成" in one["zh"] for one in studio.plan()["beyond"]] == [True] * beyond
    assert studio.publish(reason="试").status_code == (403 if beyond else 200)


def test_a_life_under_another_name_grants_no_more_than_the_one_before(studio: Studio) -> None:
    client = studio.client("maker")
    life = client.get(f"{API}/files/{LIFE}").json()["text"].replace('    guard: "hours > 0"\n', "")
    named = {"do": "create", "file": LIFE.replace("task_status", "task_life"), "text": life}
    field = {"do": "set", "file": ENTITY, "path": ["fields", "status", "workflow"], "value": "task_life"}
    acts = [{"do": "delete", "file": LIFE}, named, field]
    batch = {"do": "batch", "label": {"zh": "改名", "en": "Rename"}, "commands": acts}
    assert client.post(f"{API}/commands", json={"command": batch}).status_code == 200
    assert ["完成" in one["zh"] for one in studio.plan()["beyond"]] == [True]
    assert studio.publish().status_code == 403


WAY = "    roles: [worker]\n"
STRICT = WAY + "    requires: [due_on]\n    set: {owner: 'user.id', rate: '0'}\n"


@pytest.mark.parametrize(
    ("was", "now", "beyond"),
    [
        ("    requires: [due_on]\n", "", True),
        ("owner: 'user.id', ", "", True),
        ("owner: 'user.id'", "owner: 'created_by'", True),
        ("rate: '0'", "rate: '0', name: 'name'", True),
        ("    requires: [due_on]\n", "    requires: [due_on, name]\n", False),
    ],
)
def test_what_a_move_asks_and_sets_is_part_of_it(studio: Studio, was: str, now: str, beyond: bool) -> None:
    """The maker may not finish a task: not with fewer fields filled, nor into other hands; one field more is the control."""
    studio.edit(LIFE, WAY, STRICT, "admin")
    studio.plan("admin")
    assert studio.publish("admin", reason="试").status_code == 200
    assert studio.edit(LIFE, was, now).status_code == 200
    found = studio.plan()
    assert found["problems"] == [], found
    assert ["完成" in one["zh"] for one in found["beyond"]] == [True] * beyond
    assert studio.publish(reason="试").status_code == (403 if beyond else 200)


def test_a_life_is_taken_away_and_given_by_who_has_its_moves(studio: Studio) -> None:
    """Without a life, whoever may write a task says where it stands; put back later it would bind them to less."""
    client = studio.client("maker")
    chosen = {"type": "choice", "label": {"zh": "状态"}, "choices": {"open": {"zh": "待办"}, "done": {"zh": "已完成"}}}
    acts = [
        {"do": "delete", "file": LIFE},
        {"do": "delete", "file": "tasks/tests/task_status.yaml"},
        {"do": "set", "file": ENTITY, "path": ["fields", "status"], "value": chosen},
    ]
    batch = {"do": "batch", "label": {"zh": "去掉流程", "en": "No life"}, "commands": acts}
    life = client.get(f"{API}/files/{LIFE}").json()["text"]
    assert client.post(f"{API}/commands", json={"command": batch}).status_code == 200
    assert ["不再受它的流转约束" in one["zh"] for one in studio.plan()["beyond"]] == [True]
    assert studio.publish(consent=True).status_code == 403
    studio.plan("admin")
    assert studio.publish("admin", consent=True, reason="试").status_code == 200
    field = {"type": "state", "label": {"zh": "状态"}, "workflow": "task_status"}
    looser = life.replace('    guard: "hours > 0"\n', "")
    acts = [
        {"do": "create", "file": LIFE, "text": looser},
        {"do": "set", "file": ENTITY, "path": ["fields", "status"], "value": field},
    ]
    batch = {"do": "batch", "label": {"zh": "加回流程", "en": "A life"}, "commands": acts}
    answer = client.post(f"{API}/commands", json={"command": batch})
    assert answer.status_code == 200, answer.text
    assert ["完成" in one["zh"] for one in studio.plan()["beyond"]] == [True]
    assert studio.publish(consent=True, reason="试").status_code == 403
    studio.plan("admin")
    assert studio.publish("admin", consent=True, reason="试").status_code == 200


FLOW = "tasks/workflows/task_check.yaml"
CHECKED = """\
label: {zh: 检查, en: Check}
entity: task
triggers:
  - {id: made, type: transition, transition: finish}
steps:
  - id: look
    type: approval
    label: {zh: 看一看, en: Look}
    approvers: [{type: role, roles: [worker]}, {type: initiator}]
    empty: administrator
"""


@pytest.mark.parametrize(
    ("was", "now", "beyond"),
    [
        ("roles: [worker]", "roles: [worker, maker]", True),
        ("{type: initiator}", "{type: manager}", True),
        ("empty: administrator", "empty: pass", True),
        ("type: approval\n", "type: approval\n    when: 'hours > 8'\n", True),
        (", {type: initiator}", "", False),
    ],
)
def test_who_is_asked_is_changed_by_who_is_asked(studio: Studio, was: str, now: str, beyond: bool) -> None:
    """The maker decides nothing here: they let nobody else do so, nor is anything let through; fewer people is the control."""
    made = {"command": {"do": "create", "file": FLOW, "text": CHECKED}}
    assert studio.client("admin").post(f"{API}/commands", json=made).status_code == 200
    found = studio.plan("admin")
    assert studio.publish("admin", reason="试").status_code == 200, found
    assert studio.edit(FLOW, was, now).status_code == 200
    found = studio.plan()
    assert found["problems"] == [], found
    assert ["看一看" in one["zh"] for one in found["beyond"]] == [True] * beyond, found["beyond"]
    assert studio.publish(reason="试").status_code == (403 if beyond else 200)


GUARD = "fields:\n  - {id: secret, fields: [hours], roles: [worker], right: write}\n"
"""The worker alone sees hours: a field that a rule names is nobody else's."""


def renamed(studio: Studio, target: str, new: str) -> None:
    act = {"do": "rename", "target": target, "new": new}
    answer = studio.client("maker").post(f"{API}/commands", json={"command": act})
    assert answer.status_code == 200, answer.text


def test_what_bears_another_name_is_not_new(studio: Studio) -> None:
    """The maker reads own tasks alone, whatever tasks are called; a name by itself grants nothing."""
    renamed(studio, "task", "job")
    assert studio.plan()["beyond"] == []
    studio.edit("tasks/access/job.yaml", "rows: 'owner = user.id'", "rows: 'hours < 8'")
    assert ["hours < 8" in one["zh"] for one in studio.plan()["beyond"]] == [True]
    assert studio.publish(consent=True).status_code == 403


def test_a_field_under_another_name_is_guarded_as_before(studio: Studio) -> None:
    studio.edit(f"tasks/{ACCESS}", "grants:\n", GUARD + "grants:\n")
    studio.plan("admin")
    assert studio.publish("admin", reason="试").status_code == 200
    renamed(studio, "task.hours", "effort")
    assert studio.plan()["beyond"] == []
    studio.edit(f"tasks/{ACCESS}", GUARD.replace("hours", "effort"), "")
    assert studio.plan()["beyond"] != []
    assert studio.publish(consent=True).status_code == 403


@pytest.mark.parametrize("power", ["administers: true", "designs: true", "publishes: true"])
def test_powers_are_given_by_administrators(studio: Studio, power: str) -> None:
    studio.edit("tasks/roles/worker.yaml", "home: task_board\n", f"home: task_board\n{power}\n")
    studio.plan()
    assert studio.publish().status_code == 403
    assert studio.publish("admin").status_code == 200


def test_who_designs_some_kinds_changes_no_others_and_publishes_nothing(studio: Studio) -> None:
    assert studio.edit("tasks/forms/task.yaml", "span: 12", "span: 6", "drafter").status_code == 200
    refused = studio.edit(ENTITY, FIELD, "", "drafter")
    read = {"sentence": "任务必须填写负责人", "pack": "tasks"}
    assert studio.client("drafter").post(f"{API}/rules/read", json=read).status_code == 403, "rules are not theirs"
    assert studio.client("maker").post(f"{API}/rules/read", json=read).status_code == 200
    assert refused.status_code == 403
    assert ENTITY in refused.text
    assert studio.plan("drafter")["blocked"]["zh"].startswith("您没有发布的权限")
    assert studio.publish("drafter").status_code == 403
    assert studio.client("worker").get(f"{API}/publish").status_code == 403
    assert studio.publish("maker").status_code == 200


def test_two_people_publish_where_that_is_set(tmp_path: Path, database_url: str) -> None:
    with running(tmp_path, database_url, by_two=True) as studio:
        studio.edit("tasks/forms/task.yaml", "span: 12", "span: 6")
        studio.plan()
        refused = studio.publish()
        assert refused.status_code == 403
        assert "没有改过这份草稿的人" in refused.text
        assert studio.publish("admin").status_code == 200


WISH = {
    "app": "样品寄送",
    "entity": "寄样单",
    "fields": "名称 文字，运费 钱，进度 选择 待寄/已寄",
    "roles": [
        {"label": "寄样员", "does": "enter"},
        {"label": "组长", "does": "approve"},
        {"label": "经理", "does": "look"},
    ],
    "approval": True,
}


def test_a_first_application_is_published_with_the_holders_of_its_roles(studio: Studio) -> None:
    """By a designer who does not administer: the roles are new with it, and all that they may do is new too."""
    maker = studio.client("maker")
    looked = maker.post(f"{API}/applications/look", json={**WISH, "app": ""}).json()
    assert [one["kind"] for one in looked["fields"]] == ["text", "money", "choice"]
    made = maker.post(f"{API}/applications", json=WISH).json()
    assert made["problems"]["errors"] == 0
    found = studio.plan()
    assert (found["blocked"], found["tests"]["passed"], found["tests"]["failed"]) == (None, 2, [])
    assert {one["name"] for one in found["new_roles"]} == set(made["roles"])
    assert "worker" in {one["account"] for one in found["people"]}
    enter, approve, _ = made["roles"]
    assert studio.publish(holders={"worker": ["maker"]}).status_code == 422
    for wrong in (["nobody"], [{}], {"worker": True}, [None]):
        assert studio.publish(holders={enter: wrong}).status_code == 422, wrong
    assert studio.publish(holders={enter: ["worker"], approve: ["drafter"]}).status_code == 200
    entity = made["entity"]
    page = f"/app/{studio.installation.models.current().roles[enter].home}"
    assert studio.client("worker").get(page).status_code == 200
    assert studio.client("admin").get(page).status_code == 404
    row = studio.client("worker").post(f"/api/records/{entity}", json={"name": "轴承"})
    assert row.status_code == 201, row.text
    moved = studio.client("worker").post(
        f"/api/records/{entity}/{row.json()['data']['id']}/transitions/submit", json={}
    )
    assert moved.status_code == 200, moved.text
    assert "轴承" in studio.client("drafter").get("/inbox").text


def test_a_first_application_is_one_act_that_one_undo_takes_back(studio: Studio) -> None:
    maker = studio.client("maker")
    pack = maker.post(f"{API}/applications", json=WISH).json()["pack"]
    assert pack in [one["name"] for one in maker.get(f"{API}/state").json()["packs"]]
    assert maker.post(f"{API}/undo").status_code == 200
    assert pack not in [one["name"] for one in maker.get(f"{API}/state").json()["packs"]]
    assert maker.post(f"{API}/applications", json={**WISH, "roles": []}).status_code == 422
    assert studio.client("worker").post(f"{API}/applications", json=WISH).status_code == 403
