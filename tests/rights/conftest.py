"""What the tests of rights stand on: a ground and trials on it, made once. Nobody writes into them: worlds are copies."""

from __future__ import annotations

import pytest

from tests.conftest import KINDS, fresh_url
from tests.rights.twin_trial import SEED, Trials
from tests.rights.worlds import Ground, make_ground
from tests.web.site import shipped


@pytest.fixture(scope="session", params=KINDS)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("rights") / "ground"
    folder.mkdir()
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    return make_ground(folder, fresh_url("postgres", dsn, folder) if request.param == "postgres" else "", shipped())


@pytest.fixture(scope="session")
def trials(ground: Ground) -> Trials:
    return Trials(ground, shipped().current(), SEED)
