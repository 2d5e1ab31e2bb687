"""Problems come with the command that mends them; the history says who changed what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KINDS, unmade_url
from tests.designer.studio_site import API, Designer
from tests.designer.workshop import ENTITY, LIST, PACK, PAGE, Workshop, workshop


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
    assert done["problems"]["errors"] == 0, (fix, problems(ann))
    assert fix["label"]["zh"]
    ann.undo()
    ann.undo()
    assert problems(ann) == []


CUSTOMER = (
    "label: {zh: 客户, en: Customer}\nfields:\n  name: {type: text, max_length: 80, label: {zh: 名称, en: Name}}\n"
)
GRANT = "grants:\n  - {id: all, roles: [worker], actions: [read]}\n"
FLOW = """label: {zh: 分派, en: Sent}
entity: task
triggers:
  - {id: begin, type: created}
title: name
steps:
  - id: fork
    type: condition
    label: {zh: 分档, en: Tiers}
    branches:
      - {id: usual, label: {zh: 平常, en: Usual}}
      - {id: never, label: {zh: 走不到, en: Never}, when: "hours > 9"}
"""
ENDED = """label: {zh: 结束, en: Ended}
entity: task
triggers:
  - {id: begin, type: created}
title: name
steps:
  - {id: done, type: end, label: {zh: 结束, en: End}, outcome: approved}
  - {id: tell, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], subject: {zh: 好了, en: Done}}
"""
WORKFLOW, ROLE = f"{PACK}/workflows/task_status.yaml", f"{PACK}/roles/worker.yaml"


@pytest.mark.parametrize(
    ("code", "made", "file", "was", "now"),
    [
        ("W402", {}, LIST, "label: {zh: 事项, en: Tasks}", "label: {zh: 客户}"),
        ("W402", {}, LIST, "label: {zh: 事项, en: Tasks}", "label: 客户金额"),
        (
            "W421",
            {},
            WORKFLOW,
            "transitions:",
            "  - {id: lost, label: {zh: 丢失, en: Lost}, final: true}\ntransitions:",
        ),
        ("W440", {"entities/customer": CUSTOMER}, ENTITY, "icon: check", "icon: user"),
        (
            "W440",
            {"entities/customer": CUSTOMER, "access/customer": "grants: []\n"},
            ENTITY,
            "icon: check",
            "icon: user",
        ),
        (
            "W445",
            {"roles/clerk": "label: {zh: 文员, en: Clerk}\nhome: task_list\n"},
            ENTITY,
            "icon: check",
            "icon: user",
        ),
        ("W484", {"workflows/sent": FLOW}, ENTITY, "icon: check", "icon: user"),
        ("E481", {"workflows/sent": ENDED}, ENTITY, "icon: check", "icon: user"),
        (
            "I447",
            {},
            ENTITY,
            "  due_on:",
            "  # nobody asks for it\n  leftover: {type: text, label: {zh: 剩下, en: Left}}\n  due_on:",
        ),
        (
            "I451",
            {"entities/customer": CUSTOMER, "access/customer": GRANT},
            ENTITY,
            "  due_on:",
            "  customer: {type: relation, to: customer, on_delete: refuse, label: {zh: 客户, en: Customer}}\n  due_on:",
        ),
    ],
)
def test_what_is_only_unwise_is_mended_by_a_press_too(
    shop: Workshop, code: str, made: dict[str, str], file: str, was: str, now: str
) -> None:
    ann, acts = shop.person("ann"), len(made) + 1
    for name, text in made.items():
        ann.does({"do": "create", "file": f"{PACK}/{name}.yaml", "text": text})
    typed(ann, file, was, now)
    if code == "I451":
        typed(ann, LIST, "sort: [due_on]", "sort: [due_on, -customer.name]")
        acts += 1
    found = [one for one in problems(ann) if one["code"] == code]
    assert len(found) == 1, problems(ann)
    fix = found[0]["fix"]
    assert isinstance(fix, dict), found[0]
    done = ann.does(fix)
    assert done["problems"]["errors"] == 0, (fix, problems(ann))
    assert code not in {one["code"] for one in problems(ann)}, (fix, problems(ann))
    for _ in range(acts + 1):
        ann.undo()
    assert problems(ann) == []


def test_words_that_no_list_knows_are_not_made_up(shop: Workshop) -> None:
    ann = shop.person("ann")
    typed(ann, LIST, "label: {zh: 事项, en: Tasks}", "label: {zh: 鸾翔凤翥}")
    assert [one["fix"] for one in problems(ann) if one["code"] == "W402"] == [None]


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
