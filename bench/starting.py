"""Starting: how long it takes and how much memory, how soon a saved definition is served, what a first load weighs."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import socket
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.report import Row
from bench.server import Server
from bench.sides import Side, side_of
from bench.world import FILE, Home
from engine.installation.served import SHIPPED, WIDGETS
from engine.widgets.shared import STYLE_SHEETS

ROUNDS = 5
PAGE = "b2b_sales/pages/opportunity_list.yaml"
_LABEL = re.compile("^label:.*$", re.MULTILINE)
RELOADING = 8.0
"""Seconds after which a development server has read the packs ahead."""


def measured() -> list[Row]:
    """The figures, each the median of five; the first set-up is run once."""
    rows = [Row("style_and_script", "style and script of a first load, gzip", 30, _style_and_script(), "KB")]
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        folder = Path(name) / "data"
        first = _start(folder, "start")
        rows.append(Row("first_setup", "fresh database, demo data, first page", 60, first, "s"))
        again = _median(lambda: _start(folder, "serve"))
        rows.append(Row("cold_start", "start of an installation to the first 200", 1.5, again, "s"))
        rows.append(
            Row("memory", "resident, both packs loaded, no request served", 150, _median(_memory(folder)), "MB")
        )
        words = "from a saved definition to the first page that shows it"
        rows.append(Row("saved_to_served", words, 300, _saved_to_served(folder, Path(name) / "packs"), "ms"))
    return rows


def _median(act: Callable[[], float]) -> float:
    return statistics.median(act() for _ in range(ROUNDS))


def _style_and_script() -> float:
    parts = [(WIDGETS / name).read_bytes() for name in STYLE_SHEETS]
    scripts = [(WIDGETS / "shared" / name).read_bytes() for name in ("app.js", "behaviour.js", "changes.js")]
    return (len(gzip.compress(b"\n".join(parts), 9)) + sum(len(gzip.compress(one, 9)) for one in scripts)) / 1024


def _start(folder: Path, act: str) -> float:
    started = time.perf_counter()
    with Server.of_engine(folder, act=act):
        return time.perf_counter() - started


def _memory(folder: Path) -> Callable[[], float]:
    """Megabytes of a serving process as soon as it listens; connecting is not a request."""

    def once() -> float:
        server = Server.of_engine(folder)
        process = server.spawned()
        try:
            while not _listens(server.port):
                time.sleep(0.02)
            return resident(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    return once


def resident(process: int) -> float:
    """Megabytes of a process in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _saved_to_served(folder: Path, packs: Path) -> float:
    """Milliseconds from the save of a page's label until the page bears it, asked every few milliseconds."""
    shutil.copytree(SHIPPED, packs, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    file = packs / PAGE
    text = file.read_text("utf-8")
    with Server.of_engine(folder, act="start", packs=str(packs)) as server:
        side = side_of(server, Home(folder, str(folder / FILE)))
        time.sleep(RELOADING)
        return statistics.median(_until_shown(side, file, text, number) for number in range(ROUNDS))


def _until_shown(side: Side, file: Path, text: str, number: int) -> float:
    label = f"商机第{number}版"
    changed = _LABEL.sub(f"label: {{zh: {label}, en: Version {number}}}", text, count=1)
    started = time.perf_counter()
    file.write_text(changed, "utf-8")
    while label not in _page(side):
        if time.perf_counter() - started > 30:
            raise RuntimeError("the saved definition is not served")
        time.sleep(0.005)
    return (time.perf_counter() - started) * 1000


def _page(side: Side) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{side.server.port}/app/opportunity_list", headers=dict(side.headers)
    )
    return str(urllib.request.urlopen(request).read().decode())
