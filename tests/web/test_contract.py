"""The interface is as its OpenAPI document says, for every role: no server error, no undeclared answer."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from web.site import Site, running_site

from tests.conftest import KINDS, fresh_url

EXAMPLES = int(os.environ.get("DOUGONG_CONTRACT_EXAMPLES", "5"))
ENTITIES = ("opportunity", "quote", "customer", "task", "receivable")
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("contract")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, fresh_url(request.param, dsn, folder)) as running:
        yield running


def examined(path: str) -> bool:
    return path.startswith("/api/metrics") or any(
        path == f"/api/records/{one}" or path.startswith(f"/api/records/{one}/") for one in ENTITIES
    )


def hold_to(document: dict[str, object], client: TestClient) -> int:
    """Every examined operation answers as the document declares; the number of operations. Raises on a breach."""
    schema = schemathesis.openapi.from_dict(document)
    operations = [one for one in (found.ok() for found in schema.get_all_operations()) if examined(one.path)]
    for operation in operations:

        @seed(zlib.crc32(f"{operation.method} {operation.path}".encode()))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case: Case) -> None:
            sent = case.as_transport_kwargs(base_url="http://testserver")
            sent.pop("cookies", None)
            case.validate_response(client.request(**sent), checks=list(CHECKS))

        answers()
    return len(operations)


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
