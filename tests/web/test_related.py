"""Related lists: the first rows on the record, all of them by a link, as far as one may read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

MANY = 15


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("related")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        running.inside(lambda work: _load(running, work))
        yield running


def _load(site: Site, work: Work) -> None:
    entity = work.model.entities["opportunity"]
    rows = [
        (work.ids.next(), {"name": f"deal {at:02}", "customer": site.ids["acme"], "owner": site.ids["li"]})
        for at in range(MANY)
    ]
    load_rows(work, entity, rows)
    finish_loading(work, {"opportunity"})


def test_a_list_shows_its_first_rows_and_the_whole_of_it_on_demand(site: Site) -> None:
    at = f"/r/customer/{site.public('acme')}"
    li = site.client("li")
    page = li.get(at).text
    assert 0 < page.count("deal ") < MANY and f'href="{at}?whole=deals#deals"' in page
    whole = li.get(f"{at}?whole=deals").text
    assert all(f"deal {number:02}" in whole for number in range(MANY)) and "?whole=deals#deals" not in whole
    assert (
        "deal "
        not in site.client("money").get(f"{at}?whole=quotes").text.split('id="quotes"')[1].split("</section>")[0]
    )
    assert site.client("wang").get(f"{at}?whole=deals").status_code == 404
