"""A site on each database whose administrator is at the designer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, fresh_url
from tests.designer.studio_site import Designer, designer, undo_all
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("studio")
    dsn = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with running_site(folder / "data", fresh_url(request.param, dsn, folder)) as running:
        yield running


@pytest.fixture
def one(site: Site) -> Iterator[Designer]:
    """The administrator at the designer; what they did is taken back afterwards."""
    person = designer(site)
    yield person
    undo_all(person)
