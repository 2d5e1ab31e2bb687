"""Flows of definitions: what their text becomes, the right that they act with, and what differs between two models."""

from __future__ import annotations

from pathlib import Path

import pytest
from definition_cases import Case, CaseFile, lay_out

from engine.dsl.compiler import compile_packs
from engine.dsl.formatter import format_text
from engine.model.access import Action, FieldRight
from engine.model.app import AppModel, compare
from engine.model.flows import Approval, Branches, Mode, PeopleKind, RungAct, Subflow, Term
from engine.model.names import ResourceName
from engine.widgets.registry import read_widgets

WIDGETS = read_widgets(Path(__file__).parents[2] / "engine/widgets")
FLOW = """label: {zh: 处理, en: Handle}
entity: task
triggers: [{id: dear, type: created, when: "rate > 100"}]
title: name
amount: cost
urge: 2h
steps:
  - id: ask
    type: approval
    label: {zh: 审批, en: Ask}
    approvers: [{type: manager, path: owner, levels: 2}]
    mode: vote
    percent: 60
    write: [rate]
    empty: reject
    deadline: 48h always
    ladder: [{id: late, after: 4h, act: escalate}]
  - id: which
    type: condition
    label: {zh: 分支, en: Which}
    branches:
      - id: long
        label: {zh: 长, en: Long}
        when: "hours > 10"
        steps:
          - {id: log, type: create, label: {zh: 记下, en: Log}, entity: remark, set: {task: "id", text: "name"}}
      - {id: other, label: {zh: 其他, en: Other}}
  - id: each
    type: for_each
    label: {zh: 逐条, en: Each}
    over: remarks
    where: 'text <> ""'
    flow: read_remark
  - {id: done, type: transition, label: {zh: 完成, en: Finish}, transition: finish}
"""
READ = """label: {zh: 读备注, en: Read a remark}
entity: remark
steps:
  - {id: mark, type: update, label: {zh: 标记, en: Mark}, set: {text: '"read"'}}
"""
LIFE = """label: {zh: 事项状态, en: Task status}
entity: task
field: status
initial: open
states:
  - {id: open, label: {zh: 待办, en: Open}}
  - {id: done, label: {zh: 已完成, en: Done}, final: true}
transitions:
  - {id: finish, label: {zh: 完成, en: Finish}, from: [open], to: done}
"""
REMARK = """label: {zh: 备注, en: Remark}
part_of: task
fields:
  task: {type: relation, label: {zh: 事项, en: Task}, to: task, required: true, on_delete: cascade, inverse: remarks}
  text: {type: text, label: {zh: 内容, en: Text}}
"""
GUARDED = """grants:
  - {id: everyone, roles: [worker], actions: [read, create, export]}
fields:
  - {id: price, fields: [rate], roles: [worker], right: read}
"""


def compiled(folder: Path, **changes: str) -> AppModel:
    texts = {
        "workflows/handle.yaml": FLOW,
        "workflows/read_remark.yaml": READ,
        "workflows/task_status.yaml": LIFE,
        "entities/remark.yaml": REMARK,
        "access/task.yaml": GUARDED,
        "tests/task_status.yaml": "",
    } | {path.replace("__", "/") + ".yaml": text for path, text in changes.items()}
    files = tuple(CaseFile(path, "" if text else "absent", text) for path, text in texts.items())
    compilation = compile_packs(lay_out(Case("", "", files, ()), folder), WIDGETS)
    assert compilation.model is not None, [one.as_text("en") for one in compilation.errors]
    return compilation.model


@pytest.fixture
def model(tmp_path: Path) -> AppModel:
    return compiled(tmp_path)


def test_a_flow_is_what_its_text_says(model: AppModel) -> None:
    flow = model.flows["handle"]
    assert [step.id for step in flow.every_step()] == ["ask", "which", "log", "each", "done"]
    ask, which, each, _ = (step.action for step in flow.steps)
    assert isinstance(ask, Approval)
    assert (ask.mode, ask.vote.percent, ask.vote.majority) == (Mode.VOTE, 60, False)
    assert (ask.approvers[0].kind, ask.approvers[0].levels) == (PeopleKind.MANAGER, 2)
    assert (ask.deadline, ask.ladder[0].act) == (Term(hours=48, working=False), RungAct.ESCALATE)
    assert isinstance(which, Branches)
    assert [branch.when is None for branch in which.branches] == [False, True]
    assert isinstance(each, Subflow)
    assert (each.over, each.flow, each.attached) == ("remarks", "read_remark", True)
    assert flow.urge_minutes == 120
    assert flow.triggers[0].when is not None
    assert set(model.workflows) == {"task_status"}


def test_a_flow_may_do_what_its_text_names_and_nothing_else(model: AppModel) -> None:
    grants = {(name, grant.id): grant.actions for name, one in model.access.items() for grant in one.grants}
    assert grants["task", "flow:handle"] == {Action.READ, Action.UPDATE, Action.TRANSITION}
    assert grants["task", "flow:read_remark"] == {Action.READ, Action.UPDATE}
    rules = [rule for rule in model.access["task"].field_rules if rule.roles == {"flow:handle"}]
    assert [(rule.fields, rule.right) for rule in rules] == [(("rate",), FieldRight.WRITE)]
    assert not [rule for rule in model.access["task"].field_rules if rule.roles == {"flow:read_remark"}]
    assert model.workflows["task_status"].transitions[0].roles == {"flow:handle"}


def test_nobody_can_hold_the_role_of_a_flow(model: AppModel) -> None:
    assert "flow:handle" not in model.roles
    assert model.acting_name("flow:handle", "zh") == "流程 处理"
    assert model.acting_name("flow:handle", "en") == "flow Handle"
    assert model.acting_name("worker", "en") == "worker"


def test_models_that_differ_in_a_flow_differ(model: AppModel, tmp_path: Path) -> None:
    other = compiled(tmp_path / "other", workflows__handle=FLOW.replace("percent: 60", "percent: 70"))
    assert compare(model, other).modified == (ResourceName("workflows", "handle"),)
    assert model.flows["handle"].fingerprint != other.flows["handle"].fingerprint
    assert model.flows["read_remark"].fingerprint == other.flows["read_remark"].fingerprint


def test_a_flow_keeps_its_words_when_it_is_formatted() -> None:
    once = format_text("workflows", FLOW)
    assert isinstance(once, str)
    assert format_text("workflows", once) == once
    assert once.index("id: ask") < once.index("approvers:") < once.index("id: which")
