"""A running installation with demo data, and Chromium, for all browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.people import Server
from playwright.sync_api import Browser, sync_playwright

from tests.widgets.showroom import PACK, make_showroom

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("DOUGONG_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("e2e")
    packs = folder / "packs"
    shutil.copytree(ROOT / "packs", packs, ignore=shutil.ignore_patterns("__pycache__"))
    listed = ":".join(str(packs / name) for name in ("organisation", "store_sales", "b2b_sales", "strategy"))
    with _serving(folder / "data", listed) as base:
        yield Server(base, packs)


@pytest.fixture(scope="session")
def showroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, int]]]:
    """The showroom of widgets, and the ids of what stands in it."""
    folder = tmp_path_factory.mktemp("showroom") / "data"
    ids = make_showroom(folder, "")
    with _serving(folder, str(PACK)) as base:
        yield Server(base, PACK), ids


@contextmanager
def _serving(data: Path, packs: str) -> Iterator[str]:
    """An installation served by a process of its own at the day of the tests; the address it answers at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DOUGONG_NOW": "2026-03-02T09:00:00+08:00", "DOUGONG_RATE_LIMIT": "1000000"}
    program = str(Path(sys.executable).parent / "dougong")
    command = [program, "--data", str(data), "--packs", packs, "start", "--demo", "small", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(2400):
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{base}/readyz").read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not come up")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
