"""The interface is as its OpenAPI document says, for every role: no server error, no undeclared answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.conftest import KINDS, unmade_url
from tests.web.contract import hold, operations_of
from tests.web.site import Site, running_site

ENTITIES = ("opportunity", "quote", "customer", "task", "receivable")


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("contract")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def examined(path: str) -> bool:
    return path.startswith(("/api/metrics", "/api/knowledge")) or any(
        path == f"/api/records/{one}" or path.startswith(f"/api/records/{one}/") for one in ENTITIES
    )


def hold_to(document: dict[str, object], client: TestClient) -> int:
    """Every examined operation answers as the document declares; the number of operations. Raises on a breach."""
    examined_ones = [one for one in operations_of(document) if examined(one.path)]
    for operation in examined_ones:
        hold(operation, client)
    return len(examined_ones)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("person", ["li", "lead", "money", "audit"])
def test_every_operation_answers_as_declared(site: Site, person: str) -> None:
    client = site.client(person)
    assert hold_to(client.get("/api/openapi.json").json(), client) > 10


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("planted", ["status", "schema"])
def test_an_undeclared_answer_is_found(site: Site, planted: str) -> None:
    client = site.client("li")
    document = client.get("/api/openapi.json").json()
    listing = document["paths"]["/api/records/opportunity"]["get"]["responses"]
    if planted == "status":
        for responses in list(listing):
            if responses != "418":
                del listing[responses]
        listing["418"] = {"description": "a teapot"}
    else:
        listing["200"]["content"]["application/json"]["schema"]["properties"]["next_cursor"] = {"type": "integer"}
    with pytest.raises(BaseException, match=r"(?i)status code|schema"):
        hold_to(document, client)


def test_the_document_names_nothing_that_its_reader_may_not_use(site: Site) -> None:
    sales = site.client("li").get("/api/openapi.json").json()
    finance = site.client("money").get("/api/openapi.json").json()
    assert "unit_cost" in finance["components"]["schemas"]["quote_line"]["properties"]
    assert "unit_cost" not in str(sales)
    assert "post" not in site.client("audit").get("/api/openapi.json").json()["paths"]["/api/records/opportunity"]
