"""The widgets of the product are declared whole, and what they take inside is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.widgets.registry import WidgetFolderError, read_widgets

FOLDER = Path(__file__).parents[2] / "engine/widgets"


def test_every_widget_folder_is_read_with_a_valid_schema() -> None:
    widgets = read_widgets(FOLDER)
    assert set(widgets) == {file.parent.name for file in FOLDER.glob("*/widget.yaml")}
    for spec in widgets.values():
        Draft202012Validator.check_schema(spec.schema)
        assert spec.title.text("zh") and spec.title.text("en")


def test_containers_take_what_their_slots_accept() -> None:
    widgets = read_widgets(FOLDER)
    assert widgets["section"].takes(widgets["field"])
    assert not widgets["field"].takes(widgets["field"])


def test_a_later_folder_replaces_a_widget(tmp_path: Path) -> None:
    (tmp_path / "kpi").mkdir()
    (tmp_path / "kpi/widget.yaml").write_text(
        "title: {zh: 指标, en: Figure}\ngroup: data\nslots: {body: {min: 1, max: 2}}\n", "utf-8"
    )
    spec = read_widgets(FOLDER, tmp_path)["kpi"]
    assert spec.title.text("en") == "Figure"
    assert spec.slots[0].maximum == 2
    assert spec.takes(read_widgets(FOLDER)["field"])


@pytest.mark.parametrize("text", ["title: [", "- a list\n"])
def test_a_widget_that_cannot_be_read_is_a_mistake_of_the_product(text: str, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd/widget.yaml").write_text(text, "utf-8")
    with pytest.raises(WidgetFolderError):
        read_widgets(tmp_path)
