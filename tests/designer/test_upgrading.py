"""A release brings a newer edition of a shipped pack that was changed: told, merged into the draft, published; nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.upgrading.bases import base_of
from engine.model.version import product_version
from engine.runtime.design_tables import PACK_BASE
from engine.runtime.rows import delete
from tests.conftest import KINDS, fresh_url
from tests.designer.studio_site import API, undo_all
from tests.designer.upgrade_site import PACK, Product, conflicts, edition, editions, product, published

ENTITY, PAGE, LIST, FORM = (
    f"{PACK}/{name}.yaml" for name in ("entities/task", "pages/task", "pages/task_list", "forms/task")
)
DONE = f"{PACK}/metrics/open_cost.yaml"


def inside(file: str) -> str:
    return file.removeprefix(f"{PACK}/")


def newer(shop: Product, file: str, *pairs: tuple[str, str]) -> dict[str, str | None]:
    """A shipped file with something else in it."""
    text = shop.shipped_text(inside(file))
    for was, now in pairs:
        assert text.count(was) == 1, (file, was)
        text = text.replace(was, now)
    return {inside(file): text}


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Product:
    return product(tmp_path, database_url)


def test_a_newer_edition_is_told_merged_into_the_draft_and_published(shop: Product) -> None:
    with shop.running():
        ann = shop.person()
        ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        ann.does({"do": "set", "file": LIST, "path": ["icon"], "value": "box"})
        assert editions(ann) == []
        published(ann)
        assert (shop.copy / "pages" / "task.yaml").exists()
        assert shop.installation is not None
        kept = shop.installation.database.read(lambda session: base_of(session, PACK))
        assert kept is not None
        assert kept.release == product_version(), "kept with the publication, not found out afterwards"
        assert editions(ann) == []
    shop.ships(newer(shop, PAGE, ("icon: check", "icon: flag"), ("zh: 概况, en: Overview", "zh: 要点, en: Key points")))
    shop.ships(newer(shop, "tasks/pack.yaml", ("version: 0.1.0", "version: 0.2.0")))
    with shop.running():
        ann, live = shop.person(), (shop.copy / "pages" / "task.yaml").read_text("utf-8")
        (told,) = editions(ann)
        assert told["label"]["zh"] == "我的应用"
        assert (told["since"], told["until"], told["places"], told["conflicts"]) == ("0.1.0", "0.2.0", 4, 1)
        assert ann.state()["undo"] is None, "nothing is done unasked"
        shown = edition(ann)
        assert [(one["file"], one["effect"], one["conflicts"]) for one in shown["files"]] == [
            ("tasks/pack.yaml", "changed", 0),
            (PAGE, "changed", 1),
        ]
        assert ["+", "icon: flag"] in [
            line for one in shown["texts"] for hunk in one["hunks"] for line in hunk["lines"]
        ]
        done = ann.does({"do": "take_newer", "pack": PACK})
        assert done["label"] == {
            "zh": "合并「我的应用」的新版本 0.2.0",
            "en": "Take in the new edition 0.2.0 of My app",
        }
        assert "icon: box" in ann.text(PAGE)
        assert "zh: 要点" in ann.text(PAGE)
        assert (shop.copy / "pages" / "task.yaml").read_text("utf-8") == live, "never straight live"
        (clash,) = conflicts(ann)
        assert [clash[side] for side in ("base", "mine", "theirs", "newer")] == ["check", "box", "flag", True]
        assert editions(ann) == []
        assert ann.client.get(f"{API}/publish").json()["blocked"]["zh"] == "还有没有解决的冲突，先逐条选择"
        ann.undo()
        assert ann.text(PAGE) == live
        assert (conflicts(ann), ann.state()["conflicts"], len(editions(ann))) == ([], 0, 1)
        ann.redo()
        assert (len(conflicts(ann)), editions(ann)) == (1, [])
        bo = shop.person("bo")
        bo.does({"do": "resolve", "file": PAGE, "path": ["icon"], "take": "theirs"})
        published(bo)
        text = (shop.copy / "pages" / "task.yaml").read_text("utf-8")
        assert "icon: flag" in text
        assert "icon: box" in (shop.copy / "pages" / "task_list.yaml").read_text("utf-8"), (
            "what the customer changed stays"
        )
        assert editions(ann) == []
    with shop.running():
        assert editions(shop.person()) == [], "publishing moved the base on"


def test_two_releases_that_nobody_merged_are_merged_as_one_and_going_back_brings_the_offer_again(shop: Product) -> None:
    with shop.running():
        ann = shop.person()
        ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        published(ann)
    shop.ships(newer(shop, LIST, ("icon: check", "icon: flag")))
    with shop.running():
        assert len(editions(shop.person())) == 1
    shop.ships(newer(shop, LIST, ("sort: [due_on]", "sort: [-due_on]")))
    with shop.running():
        ann = shop.person()
        ann.does({"do": "take_newer", "pack": PACK})
        assert conflicts(ann) == []
        assert {"icon: flag", "    sort: [-due_on]"} <= set(ann.text(LIST).splitlines())
        published(ann)
        merged = ann.client.get(f"{API}/versions").json()["versions"]
        before = next(one["id"] for one in merged if one["sort"] == "published" and one["id"] != merged[0]["id"])
        assert ann.client.post(f"{API}/versions/{before}/restore", json={"consent": True}).status_code == 200
        assert "icon: check" in (shop.copy / "pages" / "task_list.yaml").read_text("utf-8")
        assert len(editions(ann)) == 1, "the newer edition is not hidden by having been merged once"
        first = next(one["id"] for one in merged if one["sort"] == "first")
        assert ann.client.post(f"{API}/versions/{first}/restore", json={"consent": True}).status_code == 200
        assert len(editions(ann)) == 1
    shop.ships(newer(shop, LIST, ("icon: flag", "icon: user")))
    with shop.running():
        ann = shop.person()
        ann.does({"do": "take_newer", "pack": PACK})
        shop.ships(newer(shop, LIST, ("icon: user", "icon: table")))
        assert len(editions(ann)) == 1, "a release after a merge that is not published yet is another offer"
        ann.does({"do": "take_newer", "pack": PACK})
        assert "icon: table" in ann.text(LIST)
        ann.undo()
        assert "icon: user" in ann.text(LIST)
        ann.undo()
        assert "icon: check" in ann.text(LIST)
        undo_all(ann)
        assert len(editions(ann)) == 1


EXTRA = "kind: list\nlabel: {zh: 另一页, en: Another}\nicon: check\nroles: [worker]\nitems:\n  - {id: table, widget: table, columns: [name, status]}\nentity: task\n"


LONG = "kind: record\nlabel: {zh: 旧名, en: Old name}\nicon: check\nroles: [worker]\nitems:\n" + "".join(
    f"  - {{id: part_{at}, widget: details, fields: [{field}]}}\n" for at, field in enumerate(("name", "owner", "rate", "cost"))
) + "entity: task\n"  # fmt: skip


def extra(label: str, icon: str = "check") -> str:
    return EXTRA.replace("另一页, en: Another", f"{label}, en: {label.title()}").replace("icon: check", f"icon: {icon}")


@pytest.fixture(scope="module", params=KINDS)
def merged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One release in which every kind of change meets every kind of change of the customer's, taken into the draft."""
    folder = tmp_path_factory.mktemp("upgrade")
    dsn = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    shop = product(folder, fresh_url(request.param, dsn, folder))
    names = ("gone", "gone_changed", "deleted", "deleted_still", "ends", "same", "broken", "old_name")
    shop.ships({f"pages/{name}.yaml": extra(name) for name in names} | {"pages/old_name.yaml": LONG})
    with shop.running():
        ann = shop.person()
        ann.does({"do": "set", "file": ENTITY, "path": ["fields", "hours", "label", "en"], "value": "Time"})
        ann.does({"do": "insert_key", "file": ENTITY, "path": ["fields"], "key": "own", "value": {"type": "text", "label": {"zh": "自己", "en": "Own"}}, "after": "hours"})  # fmt: skip
        ann.does({"do": "set", "file": LIST, "path": ["items", {"id": "table"}, "columns"], "value": ["name", "status", "owner", "hours"]})  # fmt: skip
        for name in ("gone_changed", "same", "old_name"):
            ann.does({"do": "set", "file": f"{PACK}/pages/{name}.yaml", "path": ["icon"], "value": "flag"})
        for name in ("deleted", "deleted_still"):
            ann.does({"do": "delete", "file": f"{PACK}/pages/{name}.yaml"})
        ann.does({"do": "create", "file": f"{PACK}/pages/both.yaml", "text": extra("both", "box")})
        published(ann)
    ends = (shop.copy / "pages" / "ends.yaml").read_text("utf-8")
    shop.saves({"pages/ends.yaml": f"# ours\n{ends}".replace("\n", "\r\n")})
    shop.ships(newer(shop, ENTITY, (
        "  hours: {type: decimal", "  effort: {renamed_from: hours, type: decimal"), ('"round(rate * hours, 2)"', '"round(rate * effort, 2)"'),
        ('expect: "hours <= 60"\n    fields: [hours]', 'expect: "effort <= 60"\n    fields: [effort]'),
    ))  # fmt: skip
    for file in (PAGE, FORM, f"{PACK}/tests/task_status.yaml", f"{PACK}/workflows/task_status.yaml"):
        text = shop.shipped_text(inside(file))
        shop.ships({inside(file): text.replace("hours", "effort")})
    shop.ships(
        {
            "pages/gone.yaml": None,
            "pages/gone_changed.yaml": None,
            "pages/deleted.yaml": extra("deleted", "user"),
            "pages/ends.yaml": extra("ends", "user"),
            "pages/same.yaml": extra("same", "flag"),
            "pages/broken.yaml": extra("broken", "user"),
            "pages/both.yaml": extra("both", "user"),
            "pages/fresh.yaml": extra("fresh"),
            "pages/old_name.yaml": None,
            "pages/new_name.yaml": LONG.replace("旧名", "新名"),
        }
    )
    with shop.running():
        (told,) = editions(shop.person())
        assert told["known"] is True
        shop.saves({"pages/broken.yaml": extra("broken") + "tabs:\n\t- x\n"})
        shop.person().does({"do": "take_newer", "pack": PACK})
        yield shop


def waiting(shop: Product, name: str) -> list[dict[str, object]]:
    return [one for one in conflicts(shop.person()) if one["file"] == f"{PACK}/pages/{name}.yaml"]


def there(shop: Product, name: str) -> bool:
    return shop.person().client.get(f"{API}/files/{PACK}/pages/{name}.yaml").status_code == 200


def test_files_that_come_are_there_and_files_that_go_are_gone(merged: Product) -> None:
    assert there(merged, "fresh")
    assert not there(merged, "gone")
    assert waiting(merged, "fresh") == waiting(merged, "gone") == []


def test_a_file_that_goes_and_was_changed_waits_for_a_choice(merged: Product) -> None:
    (clash,) = waiting(merged, "gone_changed")
    assert "icon: flag" in str(clash["mine"])
    assert "theirs" not in clash
    assert there(merged, "gone_changed")


def test_a_file_that_was_deleted_stays_so_and_waits_where_it_changed(merged: Product) -> None:
    assert not there(merged, "deleted_still")
    assert waiting(merged, "deleted_still") == []
    (clash,) = waiting(merged, "deleted")
    assert "mine" not in clash
    assert "icon: user" in str(clash["theirs"])
    ann = merged.person()
    ann.does({"do": "resolve", "file": f"{PACK}/pages/deleted.yaml", "path": [], "take": "theirs"})
    assert there(merged, "deleted")
    ann.undo()


def test_line_ends_and_remarks_of_the_customer_stay(merged: Product) -> None:
    text = (merged.person().client.get(f"{API}/files/{PACK}/pages/ends.yaml")).json()["text"]
    assert text == ("# ours\n" + extra("ends", "user")).replace("\n", "\r\n")
    assert waiting(merged, "ends") == []


def test_the_same_change_on_both_sides_is_none(merged: Product) -> None:
    assert waiting(merged, "same") == []
    assert not merged.person().file(f"{PACK}/pages/same.yaml")["changed"]


def test_one_name_for_two_new_files_shows_what_differs(merged: Product) -> None:
    (clash,) = waiting(merged, "both")
    assert (clash["path"], clash["mine"], clash["theirs"]) == (["icon"], "box", "user")


def test_a_broken_text_of_the_customer_is_kept_and_merged_by_line(merged: Product) -> None:
    text = merged.person().text(f"{PACK}/pages/broken.yaml")
    assert text == extra("broken", "user") + "tabs:\n\t- x\n"


def test_a_file_under_another_name_takes_its_changes_along(merged: Product) -> None:
    assert not there(merged, "old_name")
    assert merged.person().text(f"{PACK}/pages/new_name.yaml") == LONG.replace("旧名", "新名").replace(
        "icon: check", "icon: flag"
    )


def test_a_field_under_another_name_is_called_so_in_what_the_customer_wrote(merged: Product) -> None:
    ann = merged.person()
    field = ann.file(ENTITY)["data"]["fields"]
    assert list(field)[3:5] == ["effort", "own"]
    assert (field["effort"]["renamed_from"], field["effort"]["label"]["en"]) == ("hours", "Time")
    assert ann.file(LIST)["data"]["items"][0]["columns"][-1] == "effort"
    assert [one for one in conflicts(ann) if one["file"] in (ENTITY, LIST)] == []


def test_the_column_moves_with_the_field_once_it_is_published(merged: Product) -> None:
    ann = merged.person()
    mended = {"do": "text", "file": f"{PACK}/pages/broken.yaml", "edits": [{"start": len(extra("broken", "user")), "end": len(extra("broken", "user")) + len("tabs:\n\t- x\n"), "text": ""}], "hash": ann.file(f"{PACK}/pages/broken.yaml")["hash"]}  # fmt: skip
    ann.does(mended)
    for one in conflicts(ann):
        ann.does({"do": "resolve", "file": one["file"], "path": one["path"], "take": "mine"})
    plan = ann.client.get(f"{API}/publish").json()
    assert plan["blocked"] is None, [one for one in plan["problems"] if one["severity"] == "error"]
    operations = [one["words"]["en"] for one in plan["migration"]["operations"] if "effort" in one["words"]["en"]]
    assert any("hours" in one for one in operations), operations
    assert plan["migration"]["destructive"] == []
    published(ann)
    assert editions(ann) == []


def test_an_edition_for_a_newer_engine_is_told_and_not_taken(shop: Product) -> None:
    with shop.running():
        ann = shop.person()
        ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        published(ann)
    shop.ships(newer(shop, "tasks/pack.yaml", ("version: 0.1.0", "version: 9.0.0\nneeds: 99.0.0")))
    with shop.running():
        ann = shop.person()
        (told,) = editions(ann)
        assert "99.0.0" in told["refusal"]["zh"]
        status, body = ann.tries({"do": "take_newer", "pack": PACK})
        assert (status, "99.0.0" in body["error"]["message"]) == (422, True)
        assert ann.state()["undo"] is None


def test_a_copy_whose_base_nobody_kept_is_merged_with_what_versions_tell(shop: Product) -> None:
    """As an installation of an earlier release has it: versions, and no base."""
    with shop.running():
        ann = shop.person()
        ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        published(ann)
        ann.does({"do": "set", "file": ENTITY, "path": ["icon"], "value": "box"})
        published(ann)
        shop.inside(lambda session: delete(session, PACK_BASE, {"pack": PACK}))
    shop.ships(newer(shop, LIST, ("icon: check", "icon: flag")))
    with shop.running():
        ann = shop.person()
        (told,) = editions(ann)
        assert (told["known"], told["places"], told["conflicts"]) == (True, 1, 0)
        ann.does({"do": "take_newer", "pack": PACK})
        assert "icon: flag" in ann.text(LIST)
        assert [one["file"] for one in ann.client.get(f"{API}/publish").json()["texts"]] == [LIST]


def test_a_copy_that_came_from_nowhere_known_loses_nothing(shop: Product) -> None:
    """Somebody laid it there by hand: what differs from the shipped pack waits for a choice."""
    shutil.copytree(shop.shipped / PACK, shop.copy)
    shop.saves(newer(shop, PAGE, ("icon: check", "icon: box")))
    with shop.running():
        ann = shop.person()
        (told,) = editions(ann)
        assert (told["known"], told["conflicts"]) == (False, 1)
        ann.does({"do": "take_newer", "pack": PACK})
        (clash,) = conflicts(ann)
        assert (clash["file"], clash["mine"], clash["theirs"]) == (PAGE, "box", "check")
        assert "icon: box" in ann.text(PAGE)
