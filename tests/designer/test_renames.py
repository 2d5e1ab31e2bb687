"""Renames of what data is stored under: the draft is renamed, published, and everything goes on under the new name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import user_by_account
from engine.runtime.rows import insert, select
from tests.designer.publishing_studio import API, Studio, running

LIFE = "tasks/workflows/task_status.yaml"


@pytest.fixture
def studio(tmp_path: Path, database_url: str) -> Iterator[Studio]:
    with running(tmp_path, database_url) as one:
        yield one


def act(studio: Studio, command: dict[str, object], person: str = "admin") -> Any:
    return studio.client(person).post(f"{API}/commands", json={"command": command})


def rename(studio: Studio, target: str, new: str, person: str = "admin") -> Any:
    answer = act(studio, {"do": "rename", "target": target, "new": new}, person)
    assert answer.status_code == 200, answer.text
    return answer.json()


def published(studio: Studio) -> None:
    found = studio.plan("admin")
    answer = studio.publish("admin", consent=False, reason="改名")
    assert answer.status_code == 200, (answer.text, found)


def made(studio: Studio, name: str) -> str:
    answer = studio.client("worker").post("/api/records/task", json={"name": name, "hours": "2"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


NAMES = (
    ("workflows/task_status.states.open", "waiting"),
    ("workflows/task_status.transitions.finish", "complete"),
    ("workflows/task_status", "task_life"),
    ("roles/worker", "doer"),
    ("pages/task_list", "all_tasks"),
    ("metrics/open_cost", "cost_of_open"),
)


def test_records_people_views_and_watches_go_on_under_new_names(studio: Studio) -> None:
    first, second = made(studio, "一"), made(studio, "二")
    keep(studio)
    for target, new in NAMES:
        rename(studio, target, new)
    plan = studio.plan("admin")
    assert plan["problems"] == [] or {one["severity"] for one in plan["problems"]} == {"warning"}
    words = [one["words"]["zh"] for one in plan["migration"]["operations"]]
    assert "task.status 里的 open 改称 waiting" in words
    published(studio)
    worker = studio.client("worker")
    assert record(studio, first)["status"] == "waiting"
    history = worker.get(f"/api/records/task/{first}/history")
    assert '"open"' not in history.text
    moved = worker.post(f"/api/records/task/{first}/transitions/complete", json={})
    assert moved.status_code == 200, moved.text
    assert record(studio, first)["status"] == "done"
    assert kept(studio) == ("all_tasks", {"status__in": "waiting,done"}, ["doer"], "cost_of_open")
    assert worker.get("/app/all_tasks").status_code == 200
    again = studio.versions()[-1]["id"]
    back = studio.client("admin").post(f"{API}/versions/{again}/restore", json={"consent": False})
    assert back.status_code == 200, back.text
    assert record(studio, second)["status"] == "open"
    assert worker.post(f"/api/records/task/{second}/transitions/finish", json={}).status_code == 200
    assert kept(studio) == ("task_list", {"status__in": "open,done"}, ["worker"], "open_cost")


def test_two_renames_of_one_draft_are_one_for_what_is_stored(studio: Studio) -> None:
    """The name between was never live: what is stored under the first one follows all the same, a field's values too."""
    task = made(studio, "一")
    for target, new in (
        ("workflows/task_status.state.open", "fresh"),
        ("workflows/task_status.state.fresh", "waiting"),
        ("task.hours", "effort"),
        ("task.effort", "labour"),
    ):
        rename(studio, target, new)
    text = studio.client("admin").get(f"{API}/files/{LIFE}").json()["text"]
    assert "renamed_from: [fresh, open]" in text
    published(studio)
    found = record(studio, task)
    assert (found["status"], found["labour"]) == ("waiting", "2.00")


def test_a_rename_is_one_undo_and_a_bad_one_says_why(studio: Studio) -> None:
    client = studio.client("admin")
    before = {one: client.get(f"{API}/files/{one}").json()["text"] for one in (LIFE, "tasks/roles/worker.yaml")}
    rename(studio, "roles/worker", "doer")
    assert client.get(f"{API}/files/tasks/roles/worker.yaml").status_code == 404
    assert client.post(f"{API}/undo").status_code == 200
    assert {one: client.get(f"{API}/files/{one}").json()["text"] for one in before} == before
    for target, new, says in (
        ("roles/worker", "maker", "已由"),
        ("roles/nobody", "doer", "没有「nobody」"),
        ("alerts/x", "y", "不能改名"),
        ("workflows/task_status.states.open", "done", "已由"),
        ("workflows/task_status.states.gone", "x", "没有状态"),
        ("pages/task_list", "页", "不是有效名称"),
    ):
        refused = act(studio, {"do": "rename", "target": target, "new": new})
        assert refused.status_code == 422, (target, refused.text)
        assert says in refused.text


def record(studio: Studio, id: str) -> Any:
    answer = studio.client("worker").get(f"/api/records/task/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def keep(studio: Studio) -> None:
    """A view that is shared with a role, and a watch of a figure, as their pages write them."""
    view = {"page": "task_list", "label": "未完", "shared": 1, "unit_id": None, "changed_at": 1}
    view |= {"parameters": json.dumps({"status__in": "open,done"}), "roles": json.dumps(["worker"])}
    watch = {
        "metric": "open_cost",
        "period": "this_month",
        "side": "above",
        "bound": "1",
        "passed_in": "",
        "looked_at": 0,
    }

    def write(session: Session) -> None:
        user = user_by_account(session, "worker")
        assert user is not None
        insert(session, "dougong_list_view", {"id": 1, "user_id": user.id, **view})
        insert(session, "dougong_figure_watch", {"id": 1, "user_id": user.id, **watch})

    studio.installation.database.write(write)


def kept(studio: Studio) -> tuple[object, ...]:
    def read(session: Session) -> tuple[object, ...]:
        ((page, parameters, roles),) = select(session, "dougong_list_view", ("page", "parameters", "roles"))
        ((metric,),) = select(session, "dougong_figure_watch", ("metric",))
        return page, json.loads(str(parameters)), json.loads(str(roles)), metric

    return studio.installation.database.read(read)


FLOW = """\
label: {zh: 完成后核对, en: Check}
entity: task
triggers:
  - {id: by_hand, type: manual, label: {zh: 核对, en: Check}, roles: [worker]}
steps:
  - id: look
    type: approval
    label: {zh: 看一看, en: Look}
    approvers: [{type: role, roles: [worker]}]
    empty: administrator
    own: allow
  - {id: close, type: transition, label: {zh: 完成, en: Finish}, transition: finish, when: 'status = "open" and hours > 0'}
"""


def test_a_flow_that_runs_goes_on_when_what_it_names_is_renamed(studio: Studio) -> None:
    """It keeps the text that it began with, read with the names that things have now."""
    act(studio, {"do": "create", "file": "tasks/workflows/check.yaml", "text": FLOW})
    published(studio)
    worker, task = studio.client("worker"), made(studio, "一")
    begun = worker.post(f"/api/records/task/{task}/flows/check", json={})
    assert begun.status_code in {200, 201}, begun.text
    for target, new in (*NAMES[:3], ("task.hours", "effort"), ("task", "job")):
        rename(studio, target, new)
    published(studio)
    found = worker.get("/api/inbox").json()
    assert [one["kind"] for one in found["data"]] == ["approval"], found
    done = worker.post(f"/api/tasks/{found['data'][0]['id']}/approve", json={"comment": "好"})
    assert done.status_code == 200, done.text
    assert worker.get(f"/api/records/job/{task}").json()["data"]["status"] == "done"
