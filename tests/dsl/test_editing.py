"""What editors ask of the compiler: every case is a text with the cursor at ¦, over the shipped packs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from engine.dsl.editing.completion import complete
from engine.dsl.editing.hover import meaning_at
from engine.dsl.editing.workspace import Workspace
from engine.installation.served import WIDGETS
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests/fixtures/dsl/editing.yaml").read_text("utf-8"))
CURSOR = "¦"


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    for name in ("organisation", "store_sales", "b2b_sales"):
        shutil.copytree(ROOT / "packs" / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def workspace(packs: Path) -> Workspace:
    folders = [packs / name for name in ("organisation", "store_sales", "b2b_sales")]
    return Workspace(folders, read_widgets(WIDGETS))


def typed(workspace: Workspace, packs: Path, file: str, text: str) -> tuple[Path, int, int]:
    """The text written into the editor, and the line and column of its cursor."""
    before, cursor, after = text.partition(CURSOR)
    assert cursor
    workspace.write(packs / file, before + after)
    return packs / file, before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize("case", CASES["completion"], ids=lambda one: one["title"])
def test_completion(workspace: Workspace, packs: Path, case: dict[str, object]) -> None:
    file, line, column = typed(workspace, packs, str(case["file"]), str(case["text"]))
    found = complete(workspace, file, line, column)
    workspace.close(file)
    texts = [one.text for one in found]
    assert [one for one in case.get("offers", []) if one not in texts] == [], texts  # type: ignore[attr-defined]
    assert [one for one in case.get("never", []) if one in texts] == []  # type: ignore[attr-defined]
    assert len(texts) == len(set(texts))
    if "first" in case:
        assert texts[0] == case["first"]
    if "says" in case:
        assert str(case["says"]) in "".join(one.words.zh + one.words.en for one in found)


@pytest.mark.parametrize("case", CASES["meaning"], ids=lambda one: one["title"])
def test_hover_and_definition(workspace: Workspace, packs: Path, case: dict[str, object]) -> None:
    file, line, column = typed(workspace, packs, str(case["file"]), str(case["text"]))
    found = meaning_at(workspace, file, line, column)
    workspace.close(file)
    if case.get("nothing"):
        assert found is None
        return
    assert found is not None
    assert str(case["says"]) in found.words.zh + found.words.en
    if "declared" in case:
        assert found.declared is not None
        place, _, start = str(case["declared"]).partition(" ")
        assert found.declared.file == place
        location = workspace.location(found.declared.file)
        assert location is not None
        lines = location.read_text("utf-8").splitlines()
        assert lines[found.declared.line - 1][found.declared.column - 1 :].startswith(start)


def test_diagnostics_are_those_of_the_text_that_is_not_saved(workspace: Workspace, packs: Path) -> None:
    file = packs / "b2b_sales/entities/lead.yaml"
    assert workspace.diagnostics(file) == ()
    workspace.write(file, file.read_text("utf-8").replace("label:", "lable:", 1))
    found = workspace.diagnostics(file)
    assert [one.code for one in found if one.code == "E201"] == ["E201"]
    assert all(one.span.file == "b2b_sales/entities/lead.yaml" for one in found)
    workspace.close(file)
    assert workspace.diagnostics(file) == ()


def test_a_file_that_was_never_saved_counts(workspace: Workspace, packs: Path) -> None:
    file = packs / "b2b_sales/entities/zz_new.yaml"
    workspace.write(file, "label: {zh: 新, en: New}\nfields:\n  name: {type: text, label: {zh: 名, en: Name}}\n")
    assert "zz_new" in workspace.known().symbols.entities
    assert [one.code for one in workspace.diagnostics(file)] == ["W440"], "nobody has rights on it yet"
    workspace.close(file)
    assert "zz_new" not in workspace.known().symbols.entities


def test_what_is_no_definition_is_left_alone(workspace: Workspace, packs: Path) -> None:
    for name in ("b2b_sales/README.md", "b2b_sales/entities/Upper.yaml", "elsewhere.yaml"):
        assert workspace.pack_file(packs / name) is None
        assert complete(workspace, packs / name, 1, 1) == ()
        assert meaning_at(workspace, packs / name, 1, 1) is None


def test_no_place_of_any_shipped_text_is_too_much(workspace: Workspace, packs: Path) -> None:
    """Words all over the shipped definitions is asked about: no exception, and references are declared."""
    declared = 0
    for file in sorted(packs.glob("*/*/*.yaml"))[::11]:
        lines = file.read_text("utf-8").splitlines()
        for number, line in list(enumerate(lines, 1))[::9]:
            found = meaning_at(workspace, file, number, len(line) // 2 + 1)
            declared += found is not None and found.declared is not None
    assert declared > 15


def test_any_broken_text_is_answered(workspace: Workspace, packs: Path) -> None:
    file = packs / "b2b_sales/entities/lead.yaml"
    whole = file.read_text("utf-8")
    for end in range(0, len(whole), 173):
        workspace.write(file, whole[:end])
        line, column = whole[:end].count("\n") + 1, end - whole.rfind("\n", 0, end)
        complete(workspace, file, line, column)
        meaning_at(workspace, file, line, column)
    workspace.close(file)
