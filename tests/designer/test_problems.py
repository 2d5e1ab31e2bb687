"""Problems come with the command that mends them; the history says who changed what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KINDS, unmade_url
from tests.designer.studio_site import API, Designer
from tests.designer.workshop import ENTITY, LIST, PAGE, Workshop, workshop


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with workshop(tmp_path, unmade_url(request.param, dsn, tmp_path)) as opened:
        yield opened


def problems(one: Designer) -> list[dict[str, object]]:
    answer = one.client.get(f"{API}/problems")
    assert answer.status_code == 200, answer.text[:300]
    return list(answer.json())


def typed(one: Designer, file: str, was: str, now: str) -> None:
    """What somebody types into the text view."""
    known = one.file(file)
    at = str(known["text"]).index(was)
    edit = {"start": at, "end": at + len(was), "text": now}
    one.does({"do": "text", "file": file, "edits": [edit], "hash": known["hash"]})


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        (LIST, "columns: [name, status", "columns: [name, statsu"),
        (ENTITY, "required: true", "required: yes"),
        (PAGE, "{id: history, widget: history}", "{widget: history}"),
        (ENTITY, "icon: check\n", "icon: check\nnothing_known: 1\n"),
        (
            ENTITY,
            "hours: {type: decimal, precision: 9, scale: 2",
            "hours: {type: decimal, precision: 9, scale: 2, currency: CNY",
        ),
    ],
)
def test_a_fix_mends_its_problem(shop: Workshop, file: str, was: str, now: str) -> None:
    ann = shop.person("ann")
    typed(ann, file, was, now)
    found = [one for one in problems(ann) if one["severity"] == "error"]
    assert found
    fix = found[0]["fix"]
    assert isinstance(fix, dict), found[0]
    done = ann.does(fix)
    assert done["problems"]["errors"] == 0, (fix, problems(ann))  # type: ignore[index]
    assert fix["label"]["zh"]
    ann.undo()
    ann.undo()
    assert problems(ann) == []


def test_the_history_of_an_element_says_who_changed_it_and_when(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), shop.person("bo")
    ann.does({"do": "set", "file": PAGE, "path": ["items", {"id": "header"}, "span"], "value": 6})
    bo.does({"do": "set", "file": PAGE, "path": ["items", {"id": "history"}, "span"], "value": 6})
    bo.does({"do": "remove", "file": PAGE, "path": ["items", {"id": "header"}, "figures"]})
    bo.undo()
    answer = ann.client.get(f"{API}/history", params={"file": PAGE, "path": "items.header"}).json()["entries"]
    assert [(one["author"], one["sort"], one["undone"]) for one in answer] == [
        ("Bo", "undo", False),
        ("Bo", "act", True),
        ("Ann", "act", False),
    ]
    assert answer[-1]["label"]["en"] == f"Change {PAGE} items.header.span"
    assert answer[-1]["at"].startswith("2026-03-02")
    assert len(ann.client.get(f"{API}/history").json()["entries"]) == 4
