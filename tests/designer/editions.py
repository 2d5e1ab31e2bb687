"""Editions made from texts: the smallest application, changed as a case says, compiled by the product's compiler."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from designer.differences.editions import Edition, edition_of
from engine.dsl.compiler import compile_packs
from engine.dsl.new_pack import TEMPLATE
from engine.installation.served import WIDGETS
from engine.widgets.registry import read_widgets

SPECS = read_widgets(WIDGETS)


def base(folder: Path) -> Path:
    """The smallest application as the pack `tasks`."""
    return Path(shutil.copytree(TEMPLATE, folder / "tasks"))


def change(pack: Path, changes: Iterable[Mapping[str, str]]) -> None:
    """Apply changes: a `file` with `was` and `now` replaced once, with a whole `text`, or `gone`."""
    for one in changes:
        path = pack / one["file"]
        if "text" in one:
            path.parent.mkdir(exist_ok=True)
            path.write_text(one["text"], "utf-8")
        elif "gone" in one:
            path.unlink()
        else:
            text = path.read_text("utf-8")
            assert text.count(one["was"]) == 1, (one["file"], one["was"])
            path.write_text(text.replace(one["was"], one["now"]), "utf-8")


def edition(pack: Path) -> Edition:
    compilation = compile_packs([pack], SPECS)
    found = edition_of(compilation, SPECS)
    assert found is not None, [f"{one.span} {one.message.en}" for one in compilation.errors]
    return found


def cases(name: str) -> list[dict[str, object]]:
    path = Path(__file__).parents[1] / "fixtures" / "designer" / f"{name}.yaml"
    found = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(found, list)
    return found
