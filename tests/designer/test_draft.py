"""The draft over HTTP: commands, undo and redo, per author and over reloads; nothing is live before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.installation.served import SHIPPED
from tests.designer.studio_site import API, PAGE, designer
from tests.web.site import Site, running_site


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with running_site(tmp_path / "data", database_url) as running:
        yield running


def test_only_who_may_design_reaches_the_designer(site: Site) -> None:
    assert site.client().get(f"{API}/state").status_code == 401
    refused = site.client("li").get(f"{API}/state")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "forbidden"
    assert site.client("li").post(f"{API}/commands", json={"command": {}}).status_code == 403
    assert site.client("admin").get(f"{API}/state").status_code == 200


def test_a_command_changes_the_draft_and_nothing_that_is_served(site: Site) -> None:
    one = designer(site)
    before = one.text(PAGE)
    done = one.does({"do": "set", "file": PAGE, "path": ["items", {"id": "rows"}, "sort"], "value": ["subject"]})
    assert done["rev"] == 1
    assert done["undo"] == {"label": {"zh": f"修改 {PAGE} items.rows.sort", "en": f"Change {PAGE} items.rows.sort"}}
    assert one.text(PAGE) == before.replace("sort: [-planned_on]", "sort: [subject]", 1)
    assert (SHIPPED / PAGE).read_text("utf-8") == before
    state = one.state()
    changed = [file["file"] for pack in state["packs"] for file in pack["files"] if file["changed"]]  # type: ignore[attr-defined]
    assert changed == [PAGE]


def test_undo_gives_back_the_bytes_and_redo_the_change(site: Site) -> None:
    one = designer(site)
    before = one.text(PAGE)
    one.does({"do": "remove", "file": PAGE, "path": ["items", {"id": "rows"}]})
    after = one.text(PAGE)
    assert after != before
    undone = one.undo()
    assert (undone["undo"], one.text(PAGE)) == (None, before)
    assert one.state()["redo"] is not None
    one.redo()
    assert one.text(PAGE) == after
    one.undo()
    assert one.text(PAGE) == before
    assert not one.file(PAGE)["changed"]


def test_an_undo_is_the_authors_own_and_leaves_what_others_did_since(site: Site) -> None:
    one = designer(site)
    site.inside(lambda work: None)
    assert one.tries({"do": "set", "file": PAGE, "path": ["icon"], "value": "mail"})[0] == 200
    answer = one.client.post(f"{API}/undo")
    assert answer.status_code == 200
    assert one.client.post(f"{API}/undo").status_code == 409


def test_what_a_command_expects_is_compared_with_what_is_there(site: Site) -> None:
    one = designer(site)
    command = {"do": "set", "file": PAGE, "path": ["icon"], "value": "mail", "expect": "phone"}
    assert one.tries(command)[0] == 200
    status, body = one.tries({**command, "value": "fax"})
    assert status == 409
    assert body["conflict"] == {"file": PAGE, "path": ["icon"], "base": "phone", "mine": "fax", "theirs": "mail"}
    assert one.file(PAGE)["data"]["icon"] == "mail"  # type: ignore[index]


def test_a_command_that_does_not_fit_says_so_and_writes_nothing(site: Site) -> None:
    one = designer(site)
    for command in (
        {"do": "set", "file": PAGE, "path": ["items", {"id": "row"}, "sort"], "value": []},
        {"do": "fly", "file": PAGE},
        {"do": "set", "file": "../../etc/passwd", "path": ["a"], "value": 1},
        {"do": "remove", "file": PAGE, "path": ["nothing"]},
        {"do": "insert", "file": PAGE, "path": ["label"], "value": {}},
    ):
        status, body = one.tries(command)
        assert (status, body["error"]["code"]) == (422, "bad_command"), command  # type: ignore[index]
    assert one.tries({"do": "set", "file": PAGE, "path": ["items", {"id": "row"}, "x"], "value": 1})[1]["error"]["hint"]  # type: ignore[index]
    assert one.state()["rev"] == 0
