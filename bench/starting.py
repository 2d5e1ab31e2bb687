"""Starting and compiling: how long they take, and how much a first load weighs."""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.report import Row
from bench.server import Server
from engine.dsl.compiler import Compiler
from engine.installation.served import WIDGETS, pack_folders
from engine.widgets.registry import read_widgets
from engine.widgets.shared import STYLE_SHEETS

ROUNDS = 5


def measured() -> list[Row]:
    """The figures, each the median of five runs; the first set-up is run once."""
    rows = [
        Row("compile_cold", "compile both packs, cold", 600, _median(_compile_cold), "ms"),
        Row("compile_again", "compile again, nothing changed", 60, _median(_compile_again), "ms"),
        Row("style_and_script", "style and script of a first load, gzip", 30, _style_and_script(), "KB"),
    ]
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        first = _start(Path(folder))
        rows.append(Row("first_setup", "fresh database, demo data, first page", 60, first, "s"))
        again = _median(lambda: _start(Path(folder)))
        rows.append(Row("cold_start", "installed checkout to first page", 3, again, "s"))
    return rows


def _median(act: Callable[[], float]) -> float:
    return statistics.median(act() for _ in range(ROUNDS))


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _compile_cold() -> float:
    folders, widgets = pack_folders(""), read_widgets(WIDGETS)
    return _timed(lambda: Compiler(folders, widgets).compile()) * 1000


def _compile_again() -> float:
    compiler = Compiler(pack_folders(""), read_widgets(WIDGETS))
    compiler.compile()
    return _timed(compiler.compile) * 1000


def _style_and_script() -> float:
    parts = [(WIDGETS / name).read_bytes() for name in STYLE_SHEETS]
    scripts = [(WIDGETS / "shared" / name).read_bytes() for name in ("app.js", "behaviour.js")]
    return (len(gzip.compress(b"\n".join(parts), 9)) + sum(len(gzip.compress(one, 9)) for one in scripts)) / 1024


def _start(folder: Path) -> float:
    started = time.perf_counter()
    with Server.of_engine(folder, "start"):
        return time.perf_counter() - started
