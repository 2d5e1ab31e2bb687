"""Compiling again says what compiling afresh says, whatever was changed between the two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dsl.compiler import Compilation, Compiler
from engine.dsl.references import ReferenceCheck
from engine.installation.served import SHIPPED, WIDGETS, packs_under
from engine.widgets.registry import read_widgets

Edit = tuple[str, str, str]
"""A file, a text in it, and what stands there instead; an empty text means that the file is removed."""
EDITS: tuple[Edit, ...] = (
    ("organisation/pages/task_list.yaml", "label:", "label: {zh: 别的, en: Other}\nlabel_was:"),
    ("b2b_sales/entities/opportunity.yaml", "\n  competitor:", "\n  rival:"),
    ("b2b_sales/workflows/opportunity_stage.yaml", "", ""),
    ("b2b_sales/workflows/opportunity_stage.yaml", "en: Solution}, tone: info", "en: Plan}, tone: info"),
    ("b2b_sales/metrics/pipeline_value.yaml", "", ""),
    ("b2b_sales/pack.yaml", "requires:", "needs:"),
    ("b2b_sales/roles/sales.yaml", "", ""),
    ("b2b_sales/dashboards/audit_desk.yaml", "span: 3}", "span: 4}"),
    ("b2b_sales/maps/discount_request.yaml", "label: {zh: 折扣申请", "label: {zh: 申请折扣"),
    ("b2b_sales/documents/quotation.yaml", "label:", "labels:"),
    ("b2b_sales/duties/unit_report.yaml", "", ""),
    ("b2b_sales/rules/big_discount.yaml", "", ""),
    ("b2b_sales/forms/quote.yaml", "", ""),
    ("b2b_sales/demo/33_leads.yaml", "", ""),
    ("b2b_sales/units/cju.yaml", "en: Sales}, roles: [sales]", "en: Sales}, roles: [service]"),
)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again") / "packs"
    for name in ("organisation", "b2b_sales"):
        shutil.copytree(SHIPPED / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def warm(packs: Path) -> Compiler:
    return fresh(packs)


def fresh(packs: Path) -> Compiler:
    return Compiler(packs_under(packs), read_widgets(WIDGETS))


def told(compilation: Compilation) -> list[str]:
    return [f"{one.code} {one.span} {one.message.en}" for one in compilation.diagnostics]


class Edited:
    """Changes a file of the packs for as long as the block lasts."""

    def __init__(self, packs: Path, edit: Edit) -> None:
        self.path = packs / edit[0]
        self.before = self.path.read_text("utf-8")
        assert edit[1] in self.before
        self.after = self.before.replace(edit[1], edit[2], 1) if edit[1] else None

    def __enter__(self) -> None:
        if self.after is None:
            self.path.unlink()
        else:
            self.path.write_text(self.after, "utf-8")

    def __exit__(self, *_: object) -> None:
        self.path.write_text(self.before, "utf-8")


@pytest.fixture(params=EDITS, ids=lambda edit: edit[0])
def edit(request: pytest.FixtureRequest) -> Iterator[Edit]:
    yield request.param


def test_a_warm_compiler_says_what_a_fresh_one_says(packs: Path, warm: Compiler, edit: Edit) -> None:
    before = warm.compile()
    assert before.model is not None
    with Edited(packs, edit):
        again, afresh = warm.compile(), fresh(packs).compile()
        assert told(again) == told(afresh)
        assert again.model == afresh.model
        assert told(again) != told(before) or again.model != before.model
    assert warm.compile().model == before.model


def test_what_is_remembered_too_long_is_seen(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a compiler that thinks the surroundings never change misses a broken reference."""
    monkeypatch.setattr(ReferenceCheck, "surroundings", lambda self: None)
    careless = fresh(packs)
    careless.compile()
    with Edited(packs, EDITS[1]):
        assert told(careless.compile()) != told(fresh(packs).compile())


def test_nothing_is_done_again_when_nothing_has_changed(warm: Compiler) -> None:
    assert warm.compile() is warm.compile()
