"""A consultant saves files while people design: nothing is lost, what both changed differently waits for a choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KINDS, unmade_url
from tests.designer.workshop import ENTITY, PAGE, Workshop, another_process, workshop


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with workshop(tmp_path, unmade_url(request.param, dsn, tmp_path)) as opened:
        yield opened


def test_an_outside_edit_of_another_place_is_in_the_draft_at_once_with_its_remarks(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(ENTITY)
    ann.does({"do": "set", "file": ENTITY, "path": ["fields", "rate", "min"], "value": 1})
    mine = ann.text(ENTITY)
    shop.saved(ENTITY, live.replace("icon: check\n", "# 图标\nicon: flag  # new\n"))
    assert ann.text(ENTITY) == mine.replace("icon: check\n", "# 图标\nicon: flag  # new\n")
    assert ann.state()["conflicts"] == 0
    ann.does({"do": "set", "file": ENTITY, "path": ["fields", "rate", "min"], "value": 2})
    ann.undo()
    ann.undo()
    assert ann.text(ENTITY) == shop.live(ENTITY)
    assert not ann.file(ENTITY)["changed"]


def test_an_undo_after_an_outside_edit_keeps_it(shop: Workshop) -> None:
    """A stack of whole texts would bring the old text back."""
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "remove", "file": PAGE, "path": ["items", {"id": "history"}]})
    shop.saved(PAGE, live.replace("icon: check", "icon: flag"))
    ann.undo()
    assert ann.text(PAGE) == live.replace("icon: check", "icon: flag")


def test_the_same_property_shows_three_columns_until_somebody_chooses(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    shop.saved(PAGE, live.replace("icon: check", "icon: flag"))
    bo = another_process(shop).person("bo")
    assert bo.state()["conflicts"] == 1
    file = bo.file(PAGE)
    conflict = {"path": ["icon"], "base": "check", "mine": "box", "theirs": "flag"}
    assert file["conflicts"] == [conflict]
    assert "icon: box" in str(file["text"])
    done = bo.does({"do": "resolve", "file": PAGE, "path": ["icon"], "take": "theirs"})
    assert bo.state()["conflicts"] == 0
    assert "icon: flag" in bo.text(PAGE)
    assert done["label"] == {"zh": f"选定 {PAGE} icon", "en": f"Choose {PAGE} icon"}
    assert not bo.file(PAGE)["changed"]


def test_what_was_chosen_to_stay_is_not_asked_again_and_a_newer_edit_is(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    shop.saved(PAGE, live.replace("icon: check", "icon: flag"))
    ann.does({"do": "resolve", "file": PAGE, "path": ["icon"], "take": "mine"})
    assert ann.state()["conflicts"] == 0
    assert "icon: box" in ann.text(PAGE)
    shop.saved(PAGE, live.replace("icon: check", "icon: user"))
    assert ann.file(PAGE)["conflicts"] == [{"path": ["icon"], "base": "flag", "mine": "box", "theirs": "user"}]


def test_what_one_side_removed_and_the_other_changed_is_a_conflict_too(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "remove", "file": PAGE, "path": ["items", {"id": "details"}]})
    ann.does({"do": "set", "file": PAGE, "path": ["items", {"id": "history"}, "span"], "value": 6})
    shop.saved(PAGE, live.replace("fields: [name, owner, hours, rate, due_on]", "fields: [name]").replace(
        "  - {id: history, widget: history}\n", ""
    ))  # fmt: skip
    conflicts = {str(one["path"][-1]): one for one in ann.file(PAGE)["conflicts"]}  # type: ignore[attr-defined]
    assert set(conflicts) == {"{'id': 'details'}", "{'id': 'history'}"}
    details, history = conflicts["{'id': 'details'}"], conflicts["{'id': 'history'}"]
    assert ("mine" in details, details["theirs"]["fields"]) == (False, ["name"])
    assert ("theirs" in history, history["mine"]["span"]) == (False, 6)
    ann.does({"do": "resolve", "file": PAGE, "path": details["path"], "take": "theirs"})
    ann.does({"do": "resolve", "file": PAGE, "path": history["path"], "take": "theirs"})
    data = ann.file(PAGE)["data"]
    assert {one["id"] for one in data["items"]} == {"header", "details"}  # type: ignore[index]
    assert ann.state()["conflicts"] == 0


def test_a_broken_outside_edit_is_shown_whole_and_loses_nothing(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    mine = ann.text(PAGE)
    broken = live.replace("icon: check", "icon: [")
    shop.saved(PAGE, broken)
    (conflict,) = ann.file(PAGE)["conflicts"]  # type: ignore[misc]
    assert (conflict["path"], conflict["mine"], conflict["theirs"]) == ([], mine, broken)
    assert ann.text(PAGE) == mine
    ann.does({"do": "set", "file": PAGE, "path": ["items", {"id": "header"}, "span"], "value": 12})
    assert ann.state()["conflicts"] == 1
    shop.saved(PAGE, live.replace("zh: 概况", "zh: 概要"))
    assert ann.state()["conflicts"] == 0
    assert "figures: [cost, due_on], span: 12" in ann.text(PAGE)
    assert "icon: box" in ann.text(PAGE)
    assert "概要" in ann.text(PAGE)


def test_a_broken_outside_edit_may_be_taken_or_left(shop: Workshop) -> None:
    ann, live = shop.person("ann"), shop.live(PAGE)
    ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    mine, broken = ann.text(PAGE), live.replace("icon: check", "icon: [")
    shop.saved(PAGE, broken)
    ann.does({"do": "resolve", "file": PAGE, "path": [], "take": "mine"})
    assert (ann.state()["conflicts"], ann.text(PAGE)) == (0, mine)
    shop.saved(PAGE, broken + "# more\n")
    ann.does({"do": "resolve", "file": PAGE, "path": [], "take": "theirs"})
    assert (ann.state()["conflicts"], ann.text(PAGE)) == (0, broken + "# more\n")


def test_a_file_that_goes_while_it_is_designed_stays_in_the_draft(shop: Workshop) -> None:
    ann = shop.person("ann")
    ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
    (shop.packs / PAGE).unlink()
    file = ann.file(PAGE)
    assert "icon: box" in str(file["text"])
    assert "theirs" not in file["conflicts"][0]  # type: ignore[index]
    ann.does({"do": "resolve", "file": PAGE, "path": [], "take": "theirs"})
    assert ann.client.get(f"/designer/api/files/{PAGE}").status_code == 404
