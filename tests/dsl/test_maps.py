"""Decision-chain maps: the shipped five, their coverage, and the flows that they become."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

from engine.dsl.compiler import Compilation, Compiler, compile_packs
from engine.dsl.formatter import format_text
from engine.dsl.map_flow import flow_draft
from engine.model.app import AppModel
from engine.model.map_shape import END, joins, shape_of
from engine.model.maps import Binding
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
SHIPPED = ["discount_request", "lead_assignment", "objection_handling", "quote_approval", "renewal_negotiation"]
COVERAGE = {
    "discount_request": (9, 14),
    "lead_assignment": (11, 13),
    "objection_handling": (12, 16),
    "quote_approval": (14, 15),
    "renewal_negotiation": (16, 18),
}
MAP = """label: {zh: 链, en: Chain}
entity: task
nodes:
  - {id: look, node: step, label: {zh: 看, en: Look}, actor: worker, fields: [hours, cost]}
  - {id: much, node: decision, label: {zh: 多？, en: Much?}, actor: worker, fields: [hours]}
  - {id: judge, node: decision, label: {zh: 行？, en: Fine?}, actor: worker, human: true, source: {zh: 问, en: Ask}}
  - {id: mend, node: step, label: {zh: 改, en: Mend}, actor: worker, fields: [rate]}
  - {id: nobody, node: step, label: {zh: 无人, en: Nobody}, fields: [rate]}
  - {id: finish, node: step, label: {zh: 完成, en: Finish}, transition: finish, final: true}
edges:
  - {from: look, to: much}
  - {from: much, to: judge, when: "hours > 8", label: {zh: 多, en: Much}}
  - {from: much, to: nobody}
  - {from: nobody, to: finish}
  - {from: judge, to: finish, answer: approve}
  - {from: judge, to: mend, answer: refuse}
  - {from: mend, to: look}
"""


@cache
def shipped() -> Compilation:
    return compile_packs([ROOT / "packs/organisation", ROOT / "packs/b2b_sales"], WIDGETS)


def model() -> AppModel:
    found = shipped().model
    assert found is not None
    return found


def small(folder: Path, text: str = MAP) -> tuple[Compiler, AppModel]:
    """A small working pack with one map."""
    pack = Path(shutil.copytree(ROOT / "engine/dsl/templates/new_pack", folder / "demo"))
    (pack / "maps").mkdir()
    (pack / "maps/chain.yaml").write_text(text, "utf-8")
    compiler = Compiler([pack], WIDGETS)
    compiled = compiler.compile().model
    assert compiled is not None
    return compiler, compiled


def test_five_maps_are_shipped_each_with_eight_steps_and_its_honest_coverage() -> None:
    maps = model().maps
    assert list(maps) == SHIPPED
    assert all(len(chart.nodes) >= 8 for chart in maps.values())
    assert {name: chart.coverage for name, chart in maps.items()} == COVERAGE


def test_every_step_of_the_shipped_maps_says_who_does_it_or_which_definition() -> None:
    silent = [
        f"{chart.name}.{node.id}"
        for chart in model().maps.values()
        for node in chart.nodes
        if not (node.actor or node.transition or node.flow)
    ]
    assert silent == []


def test_gaps_of_the_shipped_maps_are_told_as_information_and_nothing_worse() -> None:
    told = [one for one in shipped().diagnostics if "/maps/" in one.span.file]
    assert sorted(one.code for one in told) == ["I514", "I514", "I516", "I516", "I516"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_map_becomes_a_flow_that_compiles(name: str, tmp_path: Path) -> None:
    chart = model().maps[name]
    draft = flow_draft(model(), chart)
    packs = [Path(shutil.copytree(ROOT / "packs" / one, tmp_path / one)) for one in ("organisation", "b2b_sales")]
    compiler = Compiler(packs, WIDGETS)
    compiler.unsaved[packs[1] / f"workflows/{draft.name}.yaml"] = draft.text.encode()
    compilation = compiler.compile()
    assert [one.as_text() for one in compilation.errors] == []
    assert compilation.model is not None
    steps = {step.id: step for step in compilation.model.flows[draft.name].every_step()}
    for node in chart.nodes[1:]:
        assert node.id in steps, node.id
    assert format_text("workflows", draft.text) == draft.text
    warned = [one for one in compilation.diagnostics if draft.name in one.span.file and one.code[0] == "W"]
    assert warned == []


def test_a_decision_becomes_a_condition_an_answer_an_approval_a_refusal_the_rejected_end(tmp_path: Path) -> None:
    _, compiled = small(tmp_path)
    draft = flow_draft(compiled, compiled.maps["chain"], "handle")
    data = yaml.load(draft.text, yaml.CSafeLoader)
    assert data["triggers"] == [
        {"id": "start", "type": "manual", "label": {"zh": "链", "en": "Chain"}, "roles": ["worker"]}
    ]
    assert [(step["id"], step["type"]) for step in data["steps"]] == [
        ("look", "task"),
        ("much", "condition"),
        ("finish", "transition"),
    ]
    look, much, _ = data["steps"]
    assert (look["show"], look["require"]) == (["cost"], ["hours"])
    assert [(branch["id"], branch.get("when")) for branch in much["branches"]] == [
        ("to_judge", "hours > 8"),
        ("to_nobody", None),
    ]
    assert much["branches"][0]["steps"][0]["type"] == "approval"
    assert [step["id"] for step in data["rejected"]] == ["mend"]
    assert [note.en for note in draft.notes] == ['the step "nobody" has no actor and is left out']


def test_what_cannot_be_told_is_a_note_and_not_a_guess(tmp_path: Path) -> None:
    text = MAP.replace("answer: approve", "label: {zh: 行, en: Fine}").replace(
        "answer: refuse", "label: {zh: 不行, en: Bad}"
    )
    compiler, compiled = small(tmp_path, text)
    draft = flow_draft(compiled, compiled.maps["chain"])
    assert any("judge" in note.en and "when" in note.en for note in draft.notes)
    compiler.unsaved[tmp_path / f"demo/workflows/{draft.name}.yaml"] = draft.text.encode()
    assert [one.as_text() for one in compiler.compile().errors] == []


def test_branches_meet_where_every_way_leads(tmp_path: Path) -> None:
    _, compiled = small(tmp_path)
    shape = shape_of(compiled.maps["chain"])
    assert shape.back == {("mend", "look")}
    assert joins(shape, lambda edge: edge.answer != "refuse")["much"] == "finish"
    assert joins(shape, lambda edge: True)["judge"] == END
    ranks: Mapping[str, int] = shape.ranks()
    assert all(ranks[edge.target] > ranks[name] for name, ways in shape.onward.items() for edge in ways)


def test_a_step_rests_on_the_firmest_of_its_grounds() -> None:
    nodes = {node.id: node.binding for node in model().maps["quote_approval"].nodes}
    assert nodes["lead"] is Binding.FLOW
    assert nodes["submit"] is Binding.TRANSITION
    assert nodes["margin"] is Binding.RULE
    assert nodes["draft"] is Binding.FIELD
    assert nodes["value"] is Binding.HUMAN


def test_every_basis_of_a_contact_is_a_rule_a_map_or_a_model() -> None:
    compiled = model()
    bases = [choice.name for choice in compiled.entities["activity"].fields["basis"].choices]
    known = {*compiled.rules, *compiled.maps}
    assert [name for name in bases if name not in known and not name.startswith("model_")] == []
    assert {name for name in bases if name in compiled.maps} == set(SHIPPED)
