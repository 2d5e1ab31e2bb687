"""Flows as an author writes them and tests them: a small pack whose own tests walk every path, on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.installation.app_tests import run_suites
from engine.runtime.database.protocol import Database
from tests.runtime.records.shop import SHOP

FLOWS = {
    "entities/bill.yaml": """label: {zh: 账单, en: Bill}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  order: {type: relation, to: order, label: {zh: 订单, en: Order}, inverse: bills, inverse_label: {zh: 账单, en: Bills}}
  note: {type: long_text, label: {zh: 备注, en: Note}}
""",
    "access/bill.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n",
    "workflows/prepare.yaml": """label: {zh: 备货, en: Prepare}
entity: order
triggers: [{id: made, type: created, when: 'name = "prepared"'}]
title: name
steps:
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '"begun"'}, undo: [{id: unmark, type: update, label: {zh: 撤销, en: Undo}, set: {note: '"undone"'}}]}
  - id: both
    type: parallel
    label: {zh: 同时, en: Both}
    branches:
      - id: bill
        label: {zh: 开账单, en: Bill}
        steps: [{id: bill_it, type: create, label: {zh: 开账单, en: Bill}, entity: bill, set: {name: name, order: id}}]
      - id: rest
        label: {zh: 等待, en: Rest}
        steps: [{id: rest_it, type: wait, label: {zh: 等待, en: Wait}, for: 8h}]
  - id: which
    type: inclusive
    label: {zh: 哪些, en: Which}
    branches:
      - {id: dear, label: {zh: 贵, en: Dear}, when: "total > 100", steps: [{id: dear_told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], title: name}]}
      - {id: cheap, label: {zh: 便宜, en: Cheap}, when: "total <= 100", steps: [{id: cheap_told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], title: name}]}
  - {id: dated, type: wait, label: {zh: 等日期, en: Dated}, holds: "not is_empty(due_on)"}
  - {id: bills, type: for_each, label: {zh: 各账单, en: Bills}, over: bills, where: "is_empty(note)", one_by_one: true, flow: stamp}
  - {id: ask, type: approval, label: {zh: 审批, en: Ask}, approvers: [{type: initiator}], own: allow}
  - {id: finish, type: transition, label: {zh: 完成, en: Finish}, transition: finish}
rejected: [{id: told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], title: name}]
""",
    "workflows/stamp.yaml": """label: {zh: 盖章, en: Stamp}
entity: bill
title: name
steps:
  - {id: do_it, type: task, label: {zh: 盖章, en: Stamp}, people: [{type: initiator}], write: [note], require: [note]}
""",
    "workflows/hasty.yaml": """label: {zh: 急件, en: Hasty}
entity: order
triggers: [{id: made, type: created, when: 'name = "hasty"'}]
title: name
steps:
  - {id: early, type: transition, label: {zh: 先完成, en: Early}, transition: finish, error: [{id: instead, type: update, label: {zh: 改为, en: Instead}, set: {note: '"too early"'}}]}
  - {id: stop, type: end, label: {zh: 结束, en: End}, outcome: done}
""",
    "tests/prepare.yaml": """label: {zh: 备货, en: Prepare}
tests:
  - id: all_the_way
    label: {zh: 一路走完, en: All the way}
    clock: "2026-03-02T09:00:00+08:00"
    users: [{id: li, roles: [clerk]}]
    steps:
      - {id: make, as: li, do: create, entity: order, values: {name: prepared, due_on: null, lines: [{what: a, price: "60", count: "2"}]}, save_as: order, expect: {flow: {at: [rest_it]}, values: {note: begun}}}
      - {id: bill, as: li, do: list, entity: bill, expect: {count: 1}}
      - {id: soon, do: later, row: "@order", passes: 7h, expect: {flow: {at: [rest_it]}}}
      - {id: rested, do: later, row: "@order", passes: 1d, expect: {flow: {at: [dated]}}}
      - {id: dated, as: li, do: update, row: "@order", values: {due_on: "2026-04-01"}, expect: {flow: {at: [bills]}}}
      - {id: unstamped, as: li, do: answer, row: "@order", act: done, expect: {error: validation_failed}}
      - {id: stamped, as: li, do: answer, row: "@order", act: done, values: {note: stamped}, expect: {flow: {at: [ask], waiting: ["@li"]}}}
      - {id: agreed, as: li, do: answer, row: "@order", act: approve, expect: {flow: {outcome: approved}, values: {state: done}}}
  - id: refused
    label: {zh: 被拒绝则撤销, en: Undone when refused}
    clock: "2026-03-02T09:00:00+08:00"
    users: [{id: li, roles: [clerk]}]
    steps:
      - {id: make, as: li, do: create, entity: order, values: {name: prepared, due_on: "2026-04-01", lines: [{what: a, price: "10", count: "2"}]}, save_as: order}
      - {id: rested, do: later, row: "@order", passes: 2d, expect: {flow: {at: [bills]}}}
      - {id: stamped, as: li, do: answer, row: "@order", act: done, values: {note: stamped}, expect: {flow: {at: [ask]}}}
      - {id: refused, as: li, do: answer, row: "@order", act: reject, comment: nein, expect: {flow: {outcome: rejected}, values: {note: undone, state: open}}}
  - id: hasty
    label: {zh: 出错另走, en: Another way where it fails}
    clock: "2026-03-02T09:00:00+08:00"
    users: [{id: li, roles: [clerk]}]
    steps:
      - {id: make, as: li, do: create, entity: order, values: {name: hasty}, save_as: order, expect: {flow: {outcome: done}, values: {note: too early, state: open}}}
""",
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for name, text in (SHOP | FLOWS).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_every_kind_of_step_does_what_its_words_say(pack: Path, database: Database) -> None:
    report = run_suites([pack], database=database)
    assert [
        f"{one.test}: {failure.step} {failure.message.en}" for one in report.results for failure in one.failures
    ] == []
    covered, parts = report.coverage["flow paths"]
    assert covered == parts
