"""Business days are those of the reader's zone: late in UTC is already tomorrow in China."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

LATE = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
"""02:30 of 3 March in Shanghai."""


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("days")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder), LATE) as running:
        yield running


@pytest.mark.parametrize(("day", "word"), [("2026-03-02", "昨天"), ("2026-03-03", "今天"), ("2026-03-04", "明天")])
def test_a_date_is_named_by_the_day_of_its_reader(site: Site, day: str, word: str) -> None:
    client = site.client("li")
    path = f"/r/opportunity/{site.public('acme_deal')}"
    held = client.get(f"/api{path.replace('/r/', '/records/')}").headers["etag"]
    changed = client.patch(
        f"/api{path.replace('/r/', '/records/')}", json={"opened_on": day}, headers={"if-match": held}
    )
    assert changed.status_code == 200, changed.text
    assert f'<time datetime="{day}">{word}</time>' in client.get(path).text
