"""`dougong new` gives a pack that compiles at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dsl.compiler import compile_packs
from engine.dsl.new_pack import CannotWritePack, write_new_pack
from engine.widgets.registry import read_widgets

WIDGETS = read_widgets(Path(__file__).parents[2] / "engine/widgets")


def test_a_new_pack_compiles_without_a_word(tmp_path: Path) -> None:
    files = write_new_pack(tmp_path / "my_app")
    assert tmp_path / "my_app/pack.yaml" in files
    compilation = compile_packs([tmp_path / "my_app"], WIDGETS)
    assert compilation.diagnostics == ()
    assert compilation.model is not None
    assert list(compilation.model.packs) == ["my_app"]


@pytest.mark.parametrize("name", ["My-App", "我的应用", "1st"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWritePack):
        write_new_pack(tmp_path / name)


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/notes.txt").write_text("mine", "utf-8")
    with pytest.raises(CannotWritePack):
        write_new_pack(tmp_path / "app")
    assert [path.name for path in (tmp_path / "app").iterdir()] == ["notes.txt"]
