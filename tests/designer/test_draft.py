"""The draft over HTTP: commands, undo and redo, per author and over reloads; nothing is live before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KINDS, unmade_url
from tests.designer.studio_site import API
from tests.designer.workshop import ENTITY, FORM, LIST, PAGE, Workshop, another_process, workshop


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with workshop(tmp_path, unmade_url(request.param, dsn, tmp_path)) as opened:
        yield opened


def test_only_who_may_design_reaches_the_designer(shop: Workshop) -> None:
    stranger = another_process(shop).person("wu")
    for method, path in (("GET", "/state"), ("GET", f"/files/{PAGE}"), ("POST", "/commands"), ("POST", "/undo")):
        refused = stranger.client.request(method, f"{API}{path}")
        assert refused.status_code == 403, path
        assert refused.json()["error"]["code"] == "forbidden"
    assert shop.person("ann").state()["rev"] == 0


def test_a_command_changes_the_draft_and_nothing_that_is_served(shop: Workshop) -> None:
    ann = shop.person("ann")
    before = ann.text(PAGE)
    done = ann.does({"do": "set", "file": PAGE, "path": ["items", {"id": "header"}, "figures"], "value": ["cost"]})
    assert done["rev"] == 1
    assert done["undo"] == {
        "label": {"zh": f"修改 {PAGE} items.header.figures", "en": f"Change {PAGE} items.header.figures"}
    }
    assert ann.text(PAGE) == before.replace("figures: [cost, due_on]", "figures: [cost]")
    assert shop.live(PAGE) == before
    (pack,) = ann.state()["packs"]  # type: ignore[misc]
    assert [one["file"] for one in pack["files"] if one["changed"]] == [PAGE]
    assert not pack["shipped"]


def test_undo_gives_back_the_bytes_and_redo_the_change(shop: Workshop) -> None:
    ann = shop.person("ann")
    before = ann.text(PAGE)
    ann.does({"do": "remove", "file": PAGE, "path": ["items", {"id": "details"}]})
    after = ann.text(PAGE)
    assert after != before
    again = shop.person("ann")
    undone = again.undo()
    assert (undone["undo"], again.text(PAGE)) == (None, before)
    assert not again.file(PAGE)["changed"]
    again.redo()
    assert again.text(PAGE) == after
    assert again.state()["redo"] is None
    again.undo()
    again.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    assert again.client.post(f"{API}/redo").json()["error"]["code"] == "nothing_to_undo"


def test_an_undo_takes_back_the_own_act_and_leaves_what_others_did_since(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), shop.person("bo")
    before = ann.text(FORM)
    ann.does(
        {"do": "set", "file": FORM, "path": ["items", {"id": "basics"}, "items", {"id": "name"}, "span"], "value": 6}
    )
    bo.does({"do": "set", "file": FORM, "path": ["submit", "en"], "value": "Keep"})
    ann.undo()
    assert ann.text(FORM) == before.replace("Save task", "Keep")
    assert bo.undo()["label"] == {"zh": f"修改 {FORM} submit.en", "en": f"Change {FORM} submit.en"}
    assert bo.text(FORM) == before


def test_an_undo_never_eats_what_somebody_changed_of_the_same(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), shop.person("bo")
    place = {"file": PAGE, "path": ["items", {"id": "history"}, "label"]}
    ann.does({"do": "set", **place, "value": {"zh": "历史", "en": "History"}})
    bo.does({"do": "set", **place, "value": {"zh": "经过", "en": "History"}})
    refused = ann.client.post(f"{API}/undo")
    assert refused.status_code == 409
    conflict = refused.json()["conflict"]
    assert (conflict["file"], conflict["path"]) == (PAGE, ["items", {"id": "history"}, "label"])
    assert (conflict["base"], conflict["mine"]) == ({"zh": "历史", "en": "History"}, None)
    assert conflict["theirs"] == {"zh": "经过", "en": "History"}
    assert "经过" in ann.text(PAGE)


def test_an_undo_of_an_insert_into_what_another_process_wrote_since(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), another_process(shop).person("bo")
    made = ann.does(
        {"do": "insert", "file": PAGE, "path": ["items"], "value": {"widget": "comments"}, "after": {"id": "header"}}
    )
    assert made["made"] == {"file": PAGE, "path": ["items", {"id": "comments1"}], "id": "comments1"}
    bo.does(
        {
            "do": "move",
            "file": PAGE,
            "path": ["items", {"id": "history"}],
            "to": ["items"],
            "after": {"id": "comments1"},
        }
    )
    ann.undo()
    assert [one["id"] for one in bo.file(PAGE)["data"]["items"]] == ["header", "history", "details"]  # type: ignore[index]


def test_what_a_command_expects_is_compared_with_what_is_there(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), shop.person("bo")
    command = {"do": "set", "file": PAGE, "path": ["icon"], "value": "mail", "expect": "check"}
    ann.does(command)
    status, body = bo.tries({**command, "value": "fax"})
    assert status == 409
    assert body["conflict"] == {"file": PAGE, "path": ["icon"], "base": "check", "mine": "fax", "theirs": "mail"}
    assert bo.file(PAGE)["data"]["icon"] == "mail"  # type: ignore[index]
    assert bo.tries({"do": "set", "file": PAGE, "path": ["tone"], "value": "x", "expect": None})[0] == 200


def test_a_command_that_does_not_fit_says_so_and_writes_nothing(shop: Workshop) -> None:
    ann = shop.person("ann")
    for command in (
        {"do": "set", "file": PAGE, "path": ["items", {"id": "head"}, "span"], "value": 3},
        {"do": "fly", "file": PAGE},
        {"do": "set", "file": "../../etc/passwd", "path": ["a"], "value": 1},
        {"do": "set", "file": "tasks/pages/../pack.yaml", "path": ["a"], "value": 1},
        {"do": "remove", "file": PAGE, "path": ["nothing"]},
        {"do": "insert", "file": PAGE, "path": ["label"], "value": {}},
        {"do": "insert", "file": PAGE, "path": ["items"], "value": {"id": "header", "widget": "history"}},
        {"do": "move", "file": FORM, "path": ["items", {"id": "basics"}], "to": ["items", {"id": "basics"}, "items"]},
        {"do": "create", "file": "nowhere/pages/a.yaml", "text": "label: A\n"},
        {"do": "rename", "target": "task.hour", "new": "time"},
        {"do": "batch", "commands": []},
        {"do": "text", "file": PAGE, "edits": [{"start": 5, "end": 2, "text": ""}], "hash": ann.file(PAGE)["hash"]},
    ):
        status, body = ann.tries(command)
        assert (status, body["error"]["code"]) == (422, "bad_command"), command  # type: ignore[index]
    misspelt = ann.tries({"do": "set", "file": PAGE, "path": ["items", {"id": "head"}, "span"], "value": 1})[1]
    assert "header" in misspelt["error"]["hint"]  # type: ignore[index]
    assert (
        ann.tries({"do": "set", "file": PAGE, "path": ["span"], "value": 0.1 + 0.2})[1]["error"]["code"]
        == "cannot_edit"
    )  # type: ignore[index]
    assert ann.client.post(f"{API}/commands", json=[1]).status_code == 422
    assert ann.state()["rev"] == 0


def test_a_batch_is_all_or_nothing_and_one_undo(shop: Workshop) -> None:
    ann = shop.person("ann")
    before = ann.text(ENTITY), ann.text(LIST)
    field = {
        "do": "insert_key",
        "file": ENTITY,
        "path": ["fields"],
        "key": "place",
        "value": {"type": "text"},
        "after": "owner",
    }
    column = {"do": "insert", "file": LIST, "path": ["items", {"id": "table"}, "columns"], "value": "place", "after": 0}
    wrong = {"do": "remove", "file": LIST, "path": ["items", {"id": "nobody"}]}
    label = {"zh": "加一个字段", "en": "Add a field"}
    assert ann.tries({"do": "batch", "label": label, "commands": [field, column, wrong]})[0] == 422
    assert (ann.text(ENTITY), ann.text(LIST)) == before
    done = ann.does({"do": "batch", "label": label, "commands": [field, column]})
    assert done["undo"] == {"label": label}
    assert "columns: [name, place, status" in ann.text(LIST)
    assert "  place: {type: text}\n  status:" in ann.text(ENTITY)
    ann.undo()
    assert (ann.text(ENTITY), ann.text(LIST)) == before


def test_a_rename_reaches_every_reference_and_one_undo_gives_it_all_back(shop: Workshop) -> None:
    ann = shop.person("ann")
    files = (ENTITY, PAGE, FORM, LIST, "tasks/tests/task_status.yaml", "tasks/workflows/task_status.yaml")
    before = {file: ann.text(file) for file in files}
    done = ann.does({"do": "rename", "target": "task.hours", "new": "effort"})
    assert done["problems"] == {"errors": 0, "warnings": 0}
    assert "renamed_from: hours" in ann.text(ENTITY)
    assert 'guard: "effort > 0"' in ann.text("tasks/workflows/task_status.yaml")
    ann.undo()
    assert {file: ann.text(file) for file in files} == before
    ann.does({"do": "rename", "target": "task", "new": "job"})
    assert ann.client.get(f"{API}/files/{ENTITY}").status_code == 404
    assert "renamed_from: task" in ann.text("tasks/entities/job.yaml")
    assert ann.does({"do": "set", "file": "tasks/pack.yaml", "path": ["icon"], "value": "x"})["problems"]["errors"] == 0  # type: ignore[index]
    ann.undo()
    ann.undo()
    assert {file: ann.text(file) for file in files} == before


def test_files_come_and_go_and_a_broken_text_is_kept_and_told(shop: Workshop) -> None:
    ann = shop.person("ann")
    new = "tasks/pages/notes.yaml"
    ann.does({"do": "create", "file": new, "text": "kind: list\nlabel: Notes\n"})
    assert ann.file(new)["changed"]
    assert ann.tries({"do": "create", "file": new, "text": ""})[0] == 409
    known = ann.file(new)
    broken = {"do": "text", "file": new, "edits": [{"start": 0, "end": 0, "text": "items: [\n"}], "hash": known["hash"]}
    ann.does(broken)
    told = ann.file(new)
    assert told["data"] is None
    assert told["diagnostics"][0]["message"]["zh"]  # type: ignore[index]
    assert ann.tries({"do": "set", "file": new, "path": ["icon"], "value": "x"})[1]["error"]["line"] >= 1  # type: ignore[index]
    ann.undo()
    ann.does({"do": "delete", "file": LIST})
    assert ann.client.get(f"{API}/files/{LIST}").status_code == 404
    assert any(one["errors"] for one in ann.state()["packs"][0]["files"])  # type: ignore[index]
    ann.undo()
    ann.undo()
    state = ann.state()
    assert not any(one["changed"] for one in state["packs"][0]["files"])  # type: ignore[index]
    assert not (shop.packs / new).exists()


def test_a_new_pack_lives_in_the_draft(shop: Workshop) -> None:
    ann = shop.person("ann")
    head = "label: {zh: 新的, en: New}\nversion: 0.1.0\nlanguages: [zh, en]\n"
    ann.does({"do": "create", "file": "fresh/pack.yaml", "text": head})
    ann.does({"do": "create", "file": "fresh/roles/seller.yaml", "text": "label: {zh: 销售, en: Seller}\n"})
    packs = ann.state()["packs"]
    assert [one["name"] for one in packs] == ["fresh", "tasks"]  # type: ignore[attr-defined]
    assert packs[0]["label"] == {"zh": "新的", "en": "New"}  # type: ignore[index]


def test_text_edits_that_come_late_are_merged_by_line(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), shop.person("bo")
    known = ann.file(ENTITY)
    text = str(known["text"])
    bo.does({"do": "set", "file": ENTITY, "path": ["icon"], "value": "flag"})
    at = text.index("checks:")
    late = {
        "do": "text",
        "file": ENTITY,
        "edits": [{"start": at, "end": at, "text": "# 关于检查\n"}],
        "hash": known["hash"],
    }
    ann.does(late)
    assert ann.text(ENTITY) == (text[:at] + "# 关于检查\n" + text[at:]).replace("icon: check", "icon: flag")
    at = text.index("icon: check")
    clash = {**late, "edits": [{"start": at, "end": at + 11, "text": "icon: box"}]}
    status, body = ann.tries(clash)
    assert (status, body["conflict"]["mine"]) == (409, "icon: box\n")  # type: ignore[index]
    assert body["conflict"]["theirs"] == "icon: flag\n"  # type: ignore[index]


def test_what_was_changed_stands_in_the_audit_log_without_its_values(shop: Workshop) -> None:
    ann = shop.person("ann")
    ann.does({"do": "set", "file": PAGE, "path": ["label", "zh"], "value": "绝密标题"})
    page = ann.client.get("/admin/audit").text
    assert "修改定义草稿" in page
    assert PAGE in page
    assert "绝密" not in page
