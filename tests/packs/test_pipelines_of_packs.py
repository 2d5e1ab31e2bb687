"""Pipelines of the shipped packs: whole plans, in words of both languages, each feature with what it comes from."""

from __future__ import annotations

import re

import pytest

from engine.dsl.compiler import compile_packs
from engine.installation.served import WIDGETS, pack_folders
from engine.model.app import AppModel
from engine.runtime.modeling.plan_words import plan_words
from engine.runtime.nodes.registry import node_specs
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets

NAMES = ("payment_late", "win", "deal_price", "week_sales")


@pytest.fixture(scope="module")
def app() -> AppModel:
    model = compile_packs(pack_folders(""), read_widgets(WIDGETS), node_specs(), connector_specs()).model
    assert model is not None
    return model


@pytest.mark.parametrize("name", NAMES)
def test_a_pipeline_of_a_pack_is_a_whole_plan_that_people_can_read(app: AppModel, name: str) -> None:
    plan = app.pipelines[name].plan
    assert plan is not None
    assert plan.outcome is not None
    assert plan.split is not None
    lines = {one.name: one for one in plan_words(app, plan)}
    assert [*lines] == [plan.node, *(one.name for one in plan.features), "label", "split"]
    for one in lines.values():
        assert re.search("[\u4e00-\u9fff]", one.says.zh) or one.says.zh == one.label.zh
        assert not re.search("[\u4e00-\u9fff]", one.says.en)
    for feature in plan.features:
        assert feature.lineage
        for column in feature.lineage:
            entity, field = column.split(".")
            assert field == "id" or field in app.entities[entity].fields


def test_what_a_manager_reads_says_what_is_counted_of_which_rows_and_since_when(app: AppModel) -> None:
    plan = app.pipelines["payment_late"].plan
    assert plan is not None
    says = {one.name: one.says for one in plan_words(app, plan)}
    assert (
        says["late_share"].zh
        == "回款中 days_late > 0 的占比，同一 customer = customer，决策前 730 天内已知（按 paid_on）"
    )
    assert says["late_share"].en == (
        "the share of Payment with days_late > 0, of the same customer = customer, known in the 730 days before the "
        "decision (by paid_on)"
    )
    assert says["due_month"].en == "the month of Due on"
    assert plan.features[0].column.level == "G1"
