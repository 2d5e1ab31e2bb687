"""Compiling: all packs by a fresh process, again in the same one, with a page or an entity changed, and from the model that an earlier start has kept.

`python -m bench.compiling cold|again|page|entity|kept FOLDER` measures once and prints milliseconds of CPU.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.report import Row
from engine.dsl.compiler import Compiler
from engine.installation.kept_model import Shelf
from engine.installation.served import SHIPPED, WIDGETS, compiled_packs, pack_folders
from engine.widgets.registry import read_widgets

ROUNDS = 5
_LABEL = re.compile("^label:.*$", re.MULTILINE)
BARS = {"cold": 600.0, "again": 60.0, "page": 60.0, "entity": 60.0, "kept": 60.0}
WORDS = {
    "cold": "compile all packs in a fresh process, CPU",
    "again": "compile again, nothing changed, CPU",
    "page": "compile again with the label of a page changed, CPU",
    "entity": "compile again with the label of an entity changed, CPU",
    "kept": "the model that an earlier start has kept, CPU",
}


def measured() -> list[Row]:
    """Each the median of five fresh processes."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        compiled_packs("", Shelf(Path(folder), b"bench"))
        return [Row(f"compile_{name}", WORDS[name], bar, _median_of(name, folder), "ms") for name, bar in BARS.items()]


def _median_of(name: str, folder: str) -> float:
    command = (sys.executable, "-m", "bench.compiling", name, folder)
    return statistics.median(float(subprocess.check_output(command)) for _ in range(ROUNDS))


def _cold(folder: Path) -> Callable[[], object]:
    folders, widgets = pack_folders(""), read_widgets(WIDGETS)
    return lambda: Compiler(folders, widgets).compile().model


def _again(folder: Path) -> Callable[[], object]:
    compiler = Compiler(pack_folders(""), read_widgets(WIDGETS))
    compiler.compile()
    return lambda: compiler.compile().model


def _edited(file: str) -> Callable[[], object]:
    compiler = Compiler(pack_folders(""), read_widgets(WIDGETS))
    compiler.compile()
    text = (SHIPPED / file).read_text("utf-8")
    compiler.unsaved = {SHIPPED / file: _LABEL.sub("label: {zh: 改过, en: Changed}", text, count=1).encode()}
    return lambda: compiler.compile().model


def _page(folder: Path) -> Callable[[], object]:
    return _edited("b2b_sales/pages/opportunity_list.yaml")


def _entity(folder: Path) -> Callable[[], object]:
    return _edited("b2b_sales/entities/opportunity.yaml")


def _kept(folder: Path) -> Callable[[], object]:
    shelf = Shelf(folder, b"bench")
    return lambda: compiled_packs("", shelf).current()


ACTS = {"cold": _cold, "again": _again, "page": _page, "entity": _entity, "kept": _kept}


def main(name: str, folder: str) -> None:
    act = ACTS[name](Path(folder))
    before = time.process_time()
    if act() is None:
        raise RuntimeError("the packs do not compile")
    print((time.process_time() - before) * 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
