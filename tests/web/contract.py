"""One operation of the interface held to its own OpenAPI document, on drawn requests from a fixed seed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

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
from schemathesis.specs.openapi.schemas import APIOperation
from starlette.testclient import TestClient

EXAMPLES = int(os.environ.get("DOUGONG_CONTRACT_EXAMPLES", "5"))
"""Requests an operation."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


def operations_of(document: dict[str, object]) -> Iterator[APIOperation]:
    """Every operation of a document."""
    yield from (found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations())


def hold(operation: APIOperation, client: TestClient) -> None:
    """The operation answers as it is declared. Raises on a breach."""

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
