"""`make bench`: how long starting, compiling and the common requests take, and how much a first load weighs."""

from __future__ import annotations

import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.dsl.compiler import Compiler
from engine.installation.served import SHIPPED, WIDGETS, pack_folders
from engine.widgets.registry import read_widgets
from engine.widgets.shared import STYLE_SHEETS

ROUNDS = 5
PORT = 8391


@dataclass(frozen=True)
class Row:
    """One measured figure and its target."""

    id: str
    what: str
    target: float
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.target


def median(act: Callable[[], float]) -> float:
    return statistics.median(act() for _ in range(ROUNDS))


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def compile_cold() -> float:
    folders, widgets = pack_folders(""), read_widgets(WIDGETS)
    return timed(lambda: Compiler(folders, widgets).compile()) * 1000


def compile_again() -> float:
    compiler = Compiler(pack_folders(""), read_widgets(WIDGETS))
    compiler.compile()
    return timed(compiler.compile) * 1000


def style_and_script() -> float:
    shared = WIDGETS
    parts = [(shared / name).read_bytes() for name in STYLE_SHEETS]
    scripts = [(shared / "shared" / name).read_bytes() for name in ("app.js", "behaviour.js")]
    return (len(gzip.compress(b"\n".join(parts), 9)) + sum(len(gzip.compress(one, 9)) for one in scripts)) / 1024


def start_to_first_page(folder: Path) -> float:
    command = [sys.executable, "-c", "from engine.cli import main; raise SystemExit(main())"]
    given = [*command, "--data", str(folder), "start", "--port", str(PORT)]
    started = time.perf_counter()
    process = subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        while time.perf_counter() - started < 300:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/sign-in").read()
            except OSError:
                time.sleep(0.02)
            else:
                return time.perf_counter() - started
        return 300.0
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    """Measure, print, write; exit 0 whatever the figures are."""
    rows = [
        Row("compile_cold", "compile both packs, cold", 600, median(compile_cold), "ms"),
        Row("compile_again", "compile again, nothing changed", 60, median(compile_again), "ms"),
        Row("style_and_script", "style and script of a first load, gzip", 30, style_and_script(), "KB"),
    ]
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        first = start_to_first_page(Path(folder))
        rows.append(Row("first_setup", "fresh database, demo data, first page", 60, first, "s"))
        rows.append(
            Row(
                "cold_start",
                "installed checkout to first page",
                3,
                median(lambda: start_to_first_page(Path(folder))),
                "s",
            )
        )
    for row in rows:
        print(
            f"{row.id:<18} {row.measured:>9.2f} {row.unit:<3} target {row.target:g}  {'met' if row.met else 'NOT MET'}  {row.what}"
        )
    report = {
        "machine": f"{platform.machine()} {os.cpu_count()} cores",
        "versions": {"python": platform.python_version()},
        "seed": 20260302,
        "date": datetime.now(UTC).date().isoformat(),
        "packs": sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "pack.yaml").exists()),
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    target = Path("build/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
