"""The interface as people read it: what its page lists is what the document of the same reader says, application by application."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("documents")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def test_the_document_of_one_application_has_its_entities_and_those_it_stands_on(site: Site) -> None:
    client = site.client("audit")
    whole, one = (set(client.get(f"/api/openapi.json{ask}").json()["paths"]) for ask in ("", "?app=b2b_sales"))
    assert "/api/records/opportunity" in one <= whole
    assert "/api/records/task" in one, "organisation's, on which it stands"
    assert "/api/records/store" in whole - one, "of another application"
    refused = client.get("/api/openapi.json?app=nothing")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(("person", "creates"), [("li", True), ("audit", False)])
def test_the_page_lists_what_its_reader_may_and_nothing_else(site: Site, person: str, creates: bool) -> None:
    client = site.client(person)
    page = client.get("/interface?app=b2b_sales&entity=quote", headers={"accept-language": "en"})
    assert page.status_code == 200
    document = client.get("/api/openapi.json?app=b2b_sales").json()
    listed = set(re.findall(r'<span class="tag">([A-Z]+)</span> <code>([^<]+)</code>', page.text))
    declared = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        if path == "/api/records/quote" or path.startswith("/api/records/quote/")
        for method in item
        if method != "parameters"
    }
    assert listed == declared
    assert (("POST", "/api/records/quote") in listed) == creates == ("Idempotency-Key" in page.text)
    fields = set(re.findall(r'<td class="lead"><code>([^<]+)</code></td>', page.text))
    assert "payment_days" in fields
    readable = "margin" in document["components"]["schemas"]["quote"]["properties"]
    assert ("margin" in fields) == readable
    assert client.get("/interface?app=b2b_sales&entity=nothing").status_code == 404
    assert client.get("/interface?app=nothing").status_code == 404
    assert "接口文档" in client.get("/interface", headers={"accept-language": "zh-CN"}).text
