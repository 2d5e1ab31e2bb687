"""Folders of packs become one model: whole, frozen, the same each time, and only what changed is done again."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.diagnostics import Severity
from engine.dsl.compiler import Compilation, Compiler, compile_packs
from engine.dsl.pack_reader import DocumentCache, list_pack, read_document
from engine.model.app import compare
from engine.model.entities import FieldKind
from engine.model.names import ResourceName
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
TEMPLATE = ROOT / "engine/dsl/templates/new_pack"
LAYER = ROOT / "tests/fixtures/dsl/layer"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATE, tmp_path / "demo"))


def errors(compilation: Compilation) -> list[str]:
    return [one.as_text() for one in compilation.diagnostics if one.severity is Severity.ERROR]


def test_the_template_of_a_new_pack_compiles_without_a_word() -> None:
    compilation = compile_packs([TEMPLATE], WIDGETS)
    assert compilation.diagnostics == ()
    assert compilation.model is not None


def test_a_model_is_complete_and_resolved(pack: Path) -> None:
    model = compile_packs([pack], WIDGETS).model
    assert model is not None
    task = model.entities["task"]
    assert [field.name for field in task.computed_fields] == ["cost"]
    assert task.fields["status"].kind is FieldKind.STATE
    assert [choice.name for choice in task.fields["status"].choices] == ["open", "done"]
    assert task.fields["name"].label.text("en") == "Name"
    assert model.workflow_of("task") is model.workflows["task_status"]
    assert model.metrics["open_cost"].dimension("owner") is not None
    assert [item.id for item in model.pages["task_list"].walk()] == ["table"]
    views = model.pages["task_list"].items[0].properties["views"]
    assert isinstance(views, tuple)
    assert views[0]["label"].text("zh") == "待办"
    assert views[0]["where"].source == 'status = "open"'
    assert model.suites["demo.task_status"].tests[0].steps[1].arguments["transition"] == "finish"
    assert task.fields["cost"].place.line == 10


def test_the_same_text_gives_the_same_fingerprint(pack: Path) -> None:
    first, second = compile_packs([pack], WIDGETS).model, compile_packs([pack], WIDGETS).model
    assert first is not None and second is not None
    assert first.fingerprint == second.fingerprint
    assert compare(first, second).empty


def test_a_change_is_compiled_again_and_a_mistake_keeps_the_old_model_out(pack: Path) -> None:
    compiler = Compiler([pack], WIDGETS)
    before = compiler.compile().model
    page = pack / "pages/task_list.yaml"
    text = page.read_text("utf-8")
    page.write_text(text.replace("sort: [due_on]", "sort: [-due_on]"), "utf-8")
    after = compiler.compile().model
    assert before is not None and after is not None
    assert compare(before, after).modified == (ResourceName("pages", "task_list"),)
    page.write_text(text.replace("sort: [due_on]", "sort: [deu_on]"), "utf-8")
    broken = compiler.compile()
    assert broken.model is None
    assert [one.code for one in broken.errors] == ["E302"]
    page.write_text(text, "utf-8")
    assert compiler.compile().model == before


def test_formulas_are_compiled_once_and_again_when_what_they_read_changes(pack: Path) -> None:
    compiler = Compiler([pack], WIDGETS)
    first = compiler.compile().model
    second = compiler.compile().model
    assert first is not None and second is not None
    assert first.entities["task"].fields["cost"].formula is second.entities["task"].fields["cost"].formula
    entity = pack / "entities/task.yaml"
    entity.write_text(entity.read_text("utf-8").replace("precision: 9, scale: 2", "precision: 9, scale: 3"), "utf-8")
    third = compiler.compile().model
    assert third is not None
    assert third.entities["task"].fields["cost"].formula is not first.entities["task"].fields["cost"].formula


def test_all_mistakes_of_all_files_are_told_in_one_go(pack: Path) -> None:
    for name, old, new in (
        ("roles/worker.yaml", "home", "hme"),
        ("forms/task.yaml", "field: owner", "field: ownr"),
        ("workflows/task_status.yaml", "to: done", "to: dnoe"),
    ):
        file = pack / name
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    assert [one.code for one in compile_packs([pack], WIDGETS).errors] == ["E302", "E201", "E309"]


def test_a_layer_changes_resources_by_name_and_id(pack: Path) -> None:
    compilation = compile_packs([pack, LAYER], WIDGETS)
    assert errors(compilation) == []
    model = compilation.model
    assert model is not None
    task = model.entities["task"]
    assert task.fields["name"].label.text("zh") == "任务名称"
    assert task.fields["name"].required
    assert "due_on" in task.fields
    assert "place" in task.fields
    assert task.fields["place"].place.file == "layer/entities/task.yaml"
    details = next(item for item in model.pages["task"].walk() if item.id == "details")
    assert details.properties["fields"] == ("name", "place")
    assert [item.id for item in model.pages["task"].walk()] == ["header", "details", "files"]


def test_texts_add_languages_to_labels(pack: Path) -> None:
    (pack / "texts").mkdir()
    (pack / "texts/ja.yaml").write_text("entities.task.label: タスク\npages.task.items.details.label: 概要\n", "utf-8")
    model = compile_packs([pack], WIDGETS).model
    assert model is not None
    assert model.entities["task"].label.text("ja") == "タスク"
    assert model.pages["task"].items[1].label.text("ja") == "概要"
    assert model.pages["task"].items[1].label.text("zh") == "概况"


def test_a_folder_in_place_of_a_file_is_told(pack: Path) -> None:
    (pack / "roles/worker.yaml").unlink()
    (pack / "roles/worker.yaml").mkdir()
    assert "E121" in [one.code for one in compile_packs([pack], WIDGETS).errors]


def test_a_file_that_vanishes_while_it_is_read_is_told(pack: Path) -> None:
    listed = next(file for file in list_pack(pack).files if file.kind == "roles")
    listed.location.unlink()
    document, problems, _ = read_document(listed, DocumentCache())
    assert not document.sound
    assert [one.code for one in problems] == ["E127"]


def test_what_editors_leave_beside_a_file_is_no_part_of_a_pack(pack: Path) -> None:
    for name in ("task.yaml~", ".task.yaml.swp", "task.yaml.tmp"):
        (pack / "entities" / name).write_text("label: [", "utf-8")
    assert compile_packs([pack], WIDGETS).diagnostics == ()


def test_defaults_are_values_of_their_types(pack: Path) -> None:
    entity = pack / "entities/task.yaml"
    more = (
        '  begun: {type: date, label: {zh: 始, en: Begun}, default: "2026-01-31"}\n'
        '  rung: {type: instant, label: {zh: 铃, en: Rung}, default: "2026-01-31T09:00:00+08:00"}\n'
        "  span: {type: duration, label: {zh: 时长, en: Span}, default: 5400}\n"
        "  share: {type: percent, label: {zh: 比例, en: Share}, default: 0.35}\n"
        "  days: {type: choices, label: {zh: 日, en: Days}, choices: {mon: {zh: 一, en: Mon}, tue: {zh: 二, en: Tue}}, default: [mon]}\n"
    )
    entity.write_text(entity.read_text("utf-8").replace("checks:", f"{more}checks:"), "utf-8")
    model = compile_packs([pack], WIDGETS).model
    assert model is not None
    fields = model.entities["task"].fields
    assert fields["begun"].default == date(2026, 1, 31)
    assert fields["rung"].default == datetime(2026, 1, 31, 1, tzinfo=UTC)
    assert fields["span"].default == timedelta(hours=1, minutes=30)
    assert fields["share"].default == Decimal("0.35")
    assert fields["days"].default == ("mon",)
