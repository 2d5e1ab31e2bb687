"""A running installation with demo data, and Chromium, for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.e2e.people import Server
from tests.e2e.serving import serving, shipped
from tests.widgets.showroom import PACK, make_showroom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("e2e")
    packs = folder / "packs"
    shutil.copytree(ROOT / "packs", packs, ignore=shutil.ignore_patterns("__pycache__"))
    size = os.environ.get("DOUGONG_DEMO_SIZE", "small")
    with serving(folder / "data", shipped(packs), size) as base:
        yield Server(base, packs)


@pytest.fixture(scope="session")
def showroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, int]]]:
    """The showroom of widgets, and the ids of what stands in it."""
    folder = tmp_path_factory.mktemp("showroom") / "data"
    ids = make_showroom(folder, "")
    with serving(folder, str(PACK)) as base:
        yield Server(base, PACK), ids


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
