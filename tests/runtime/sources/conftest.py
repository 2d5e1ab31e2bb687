"""One installation for the tests of a file, with the sources that the file declares in `SOURCES`, beside a server of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from runtime.simulator import Simulator, running_simulator
from runtime.source_world import SourceWorld, source_world

from tests.conftest import KINDS, fresh_url


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, simulator: Simulator
) -> Iterator[SourceWorld]:
    folder = tmp_path_factory.mktemp("sources")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder)
    secrets = getattr(request.module, "SECRETS", {})
    with source_world(folder, url, simulator, request.module.SOURCES, secrets) as world:
        yield world


@pytest.fixture
def world(shared: SourceWorld) -> Iterator[SourceWorld]:
    """Without rows and runs of other tests."""
    shared.empty()
    yield shared
